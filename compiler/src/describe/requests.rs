//! Which requests a route takes, and what its neighbours get.

use super::units::{duration, listed};
use crate::{
    matching::{Matcher, more_specific, toggled},
    plan::{Action, Call, Endpoint, Method, Plan},
};

/// Points about the requests that the endpoints `group` take, which have these methods.
pub fn requests(
    plan: &Plan,
    matcher: &Matcher<'_>,
    group: &[usize],
    methods: &[Method],
) -> Vec<String> {
    let endpoint = &plan.endpoints[group[0]];
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    let mut points = vec![format!("{} of {}.", listed(&names), shape(&endpoint.path))];
    let winners: Vec<&Endpoint> = group
        .iter()
        .flat_map(|at| more_specific(plan, *at))
        .map(|at| &plan.endpoints[at])
        .collect();
    if !winners.is_empty() {
        let said: Vec<String> = winners
            .iter()
            .map(|e| format!("{} {}", e.method.as_str(), e.path))
            .collect();
        points.push(format!(
            "But not what a more specific route takes: {}.",
            listed(&said)
        ));
    }
    if let Some(slash) = slash(plan, matcher, endpoint, methods) {
        points.push(slash);
    }
    if methods.contains(&Method::Get) && !matcher.has_own(Method::Head, &endpoint.path) {
        let asked = match &endpoint.action {
            Action::Forward(Call {
                method: Some(method),
                ..
            }) => method.as_str(),
            _ => "HEAD",
        };
        points.push(format!(
            "HEAD too, for no route of this path is for HEAD; the backend is asked with {asked}."
        ));
    }
    if methods.contains(&Method::Get)
        && let Action::Forward(call) = &endpoint.action
    {
        points.push(format!(
            "A WebSocket handshake (GET over HTTP/1.1) is passed on too; after the backend's \
             101, bytes go both ways until one \
             side ends or nothing passes for {}.",
            duration(call.timeout)
        ));
    }
    points.push(others(plan, matcher, &endpoint.path));
    points
}

/// A pattern in words.
fn shape(path: &str) -> String {
    let named: Vec<&str> = path.split('/').filter(|s| s.starts_with('{')).collect();
    let rest = path
        .ends_with("/*")
        .then_some("`*` is whatever follows, at any depth, also nothing");
    let segment = match named.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is one segment, whatever it holds")),
        several => Some(format!(
            "{} are one segment each, whatever they hold",
            listed(several)
        )),
    };
    match (segment, rest) {
        (None, None) => format!("exactly {path}"),
        (Some(segment), None) => format!("{path}, where {segment}"),
        (None, Some(rest)) => format!("{path}, where {rest}"),
        (Some(segment), Some(rest)) => format!("{path}, where {segment}, and {rest}"),
    }
}

/// What becomes of the same path with, or without, its last slash.
fn slash(
    plan: &Plan,
    matcher: &Matcher<'_>,
    endpoint: &Endpoint,
    methods: &[Method],
) -> Option<String> {
    let other = match endpoint.path.strip_suffix("/*") {
        Some("") => return None,
        Some(prefix) => prefix.to_owned(),
        None if endpoint.path == "/" => return None,
        None => toggled(&endpoint.path),
    };
    let taken = methods
        .iter()
        .all(|m| matcher.takes(m.as_str(), &other).is_some());
    if taken {
        return Some(format!("{other} is another route's."));
    }
    if plan.server.router.no_slash_redirect {
        return Some(format!("{other} is not it, and is not redirected."));
    }
    let get = methods.contains(&Method::Get);
    let status = match (get, methods.len()) {
        (true, 1) => "301",
        (true, _) => "301 for GET, else 307",
        (false, _) => "307",
    };
    let to = toggled(&other);
    Some(format!("{other} is redirected to {to} ({status})."))
}

/// What other methods get.
fn others(plan: &Plan, matcher: &Matcher<'_>, path: &str) -> String {
    let router = &plan.server.router;
    if router.no_method_not_allowed {
        return "A method that no route of this path has gets a 404.".to_owned();
    }
    let mut allowed = matcher.allowed(path);
    if router.auto_options {
        allowed.push("OPTIONS");
    }
    let ours = if router.auto_options && !matcher.has_own(Method::Options, path) {
        " OPTIONS is answered by the gateway itself."
    } else {
        ""
    };
    format!(
        "A method that no route of this path has gets a 405 with `Allow: {}`.{ours}",
        allowed.join(", ")
    )
}
