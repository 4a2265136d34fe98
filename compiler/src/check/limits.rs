//! Rate limits beside the endpoints that they hold for: who is counted, and by what a client says of itself.

use super::{guards, identity};
use crate::{
    config::{Config, Endpoint, Extra},
    diagnostic::{Diagnostic, codes, nearest},
    json::Node,
    source::Span,
};

const LIMIT: &str = "qos/ratelimit/router";

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    service(config, findings);
    untrusted_address(config, findings);
    for endpoint in &config.endpoints {
        if let Some(limit) = endpoint.extra(LIMIT) {
            params(endpoint, &limit.value, findings);
            chosen(endpoint, config, &limit.value, findings);
        }
    }
}

fn strategy(limit: &Node) -> Option<String> {
    Some(limit.get("strategy")?.as_str()?.to_ascii_lowercase())
}

/// The document promises a limit for the whole gateway (RL-1); the Go engine reads the key at endpoints only.
fn service(config: &Config, findings: &mut Vec<Diagnostic>) {
    let Some(limit) = config.extra(LIMIT) else {
        return;
    };
    let all = config.endpoints.len();
    let bare = config
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.extra(LIMIT).is_none())
        .count();
    let label = match bare {
        0 => "every endpoint has a limit of its own".to_owned(),
        _ => {
            format!("{bare} of {all} endpoints have no other limit: without any in the Go gateway")
        }
    };
    findings.push(
        Diagnostic::new(
            &codes::SERVICE_LIMIT,
            "a rate limit at the root is meant for the whole gateway, and the Go engine never reads it",
            limit.key.span,
            label,
        )
        .note("an endpoint's own limit takes its place there"),
    );
}

/// Said once, at the first limit that counts by address: it is the gateway that does not know its proxies.
fn untrusted_address(config: &Config, findings: &mut Vec<Diagnostic>) {
    if let Some(router) = config.extra("router") {
        let off = router
            .value
            .get("forwarded_by_client_ip")
            .and_then(Node::as_bool)
            == Some(false);
        if off || router.value.get("trusted_proxies").is_some() {
            return;
        }
    }
    let own = config.endpoints.iter().flat_map(|endpoint| &endpoint.extra);
    let limits = config.extra.iter().chain(own);
    let mut by_address = limits
        .filter(|extra| extra.namespace.key == LIMIT)
        .filter_map(|extra: &Extra| {
            let node = extra.value.get("strategy")?;
            node.as_str()?
                .eq_ignore_ascii_case("ip")
                .then_some(node.span)
        });
    let Some(place) = by_address.next() else {
        return;
    };
    let label = match by_address.count() {
        0 => "counts by address".to_owned(),
        1 => "counts by address, as does 1 more".to_owned(),
        more => format!("counts by address, as do {more} more"),
    };
    findings.push(
        Diagnostic::new(&codes::UNTRUSTED_ADDRESS, "a limit counts by address, and nothing says which proxies may tell it", place, label)
            .note("the old engine believes any client's X-Forwarded-For: who changes it is never limited; this gateway believes private networks only")
            .help("name your load balancers: `\"router\": { \"trusted_proxies\": [\"10.0.0.0/8\"] }`, or say `\"forwarded_by_client_ip\": false` where there are none"),
    );
}

/// `param` counts by a placeholder of the path, or by a claim of a validated token.
fn params(endpoint: &Endpoint, limit: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(key) = limit
        .get("key")
        .filter(|_| strategy(limit).as_deref() == Some("param"))
    else {
        return;
    };
    let Some(name) = key.as_str().filter(|name| !name.is_empty()) else {
        return;
    };
    let validated = name.starts_with("JWT.") && endpoint.extra("auth/validator").is_some();
    let params = &endpoint.path.placeholders;
    if validated || params.iter().any(|param| param.name == name) {
        return;
    }
    let finding = Diagnostic::new(
        &codes::LIMIT_KEY,
        format!("the endpoint has no placeholder `{{{name}}}` to count by"),
        key.span,
        "empty in every request",
    )
    .label(endpoint.path.span, "the endpoint's path")
    .note("where the key is empty, every request is refused with 429");
    findings.push(
        match nearest(name, params.iter().map(|param| param.name.as_str())) {
            Some(near) => finding
                .help(format!("did you mean `{near}`?"))
                .fix(key.span, format!("\"{near}\"")),
            None => finding.help("name a placeholder of the endpoint's path"),
        },
    );
}

/// A client that picks its bucket has as many as it likes.
fn chosen(endpoint: &Endpoint, config: &Config, limit: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(key) = limit.get("key") else {
        return;
    };
    let Some(name) = key.as_str().filter(|name| !name.is_empty()) else {
        return;
    };
    let set = identity::propagated(endpoint).any(|header| {
        header
            .as_str()
            .is_some_and(|header| header.eq_ignore_ascii_case(name))
    });
    let (message, place): (_, Span) = match strategy(limit).as_deref() {
        Some("header") if !set && !guards::authenticates(endpoint, config) => (
            format!("clients are counted by `{name}`, which they write themselves"),
            key.span,
        ),
        Some("ip") => (
            format!("clients are counted by the address that `{name}` gives, whoever sends it"),
            key.span,
        ),
        _ => return,
    };
    findings.push(
        Diagnostic::new(&codes::CLIENT_CHOSEN_LIMIT, message, place, "another value, another limit")
            .help("count by `\"strategy\": \"ip\"` without `key`, or by a header that `propagate_claims` fills from a validated token"),
    );
}
