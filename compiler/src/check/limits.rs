//! Rate limits beside the endpoints that they hold for: who is counted, and by what a client says of itself.

use super::{guards, identity};
use crate::{
    config::{Config, Endpoint, Extra},
    diagnostic::{Diagnostic, codes, nearest},
    json::Node,
    namespace::{
        edge,
        ratelimit::{By, KEY},
    },
    source::Span,
};

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    service(config, findings);
    untrusted_address(config, findings);
    if let Some(limit) = config.extra(KEY) {
        nobody_known(None, config, &limit.value, findings);
        params_at_the_root(&limit.value, findings);
        chosen(None, config, &limit.value, findings);
    }
    for endpoint in &config.endpoints {
        if let Some(limit) = endpoint.extra(KEY) {
            nobody_known(Some(endpoint), config, &limit.value, findings);
            params(endpoint, &limit.value, findings);
            chosen(Some(endpoint), config, &limit.value, findings);
        }
    }
}

/// The document promises a limit for the whole gateway (RL-1); the Go engine reads the key at endpoints only.
fn service(config: &Config, findings: &mut Vec<Diagnostic>) {
    let Some(limit) = config.extra(KEY) else {
        return;
    };
    let all = config.endpoints.len();
    let bare = config
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.extra(KEY).is_none())
        .count();
    let label = match bare {
        0 => "every endpoint has a limit of its own: it is for what has no endpoint".to_owned(),
        _ => format!(
            "holds for {bare} of {all} endpoints, and for what has none; in the Go gateway for nothing"
        ),
    };
    findings.push(
        Diagnostic::new(
            &codes::SERVICE_LIMIT,
            "a rate limit at the root holds for the whole gateway; the Go engine never reads it",
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
        .filter(|extra| extra.namespace.key == KEY)
        .filter_map(|extra: &Extra| {
            let node = extra.value.get("strategy")?;
            (node.as_str()? == "ip").then_some(node.span)
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

/// A claim to count by, where nobody checks a token.
fn nobody_known(
    endpoint: Option<&Endpoint>,
    config: &Config,
    limit: &Node,
    findings: &mut Vec<Diagnostic>,
) {
    let (Some(By::Claim(claim)), Some(strategy)) = (By::of(limit), limit.get("strategy")) else {
        return;
    };
    if !is_above_zero(limit, "client_max_rate") {
        return;
    }
    let validates = |endpoint: &Endpoint| endpoint.extra("auth/validator").is_some();
    let mut held = config.endpoints.iter().filter(|e| e.extra(KEY).is_none());
    let knows = endpoint.map_or_else(|| held.all(validates), validates);
    if knows || edge::of(config).is_some() {
        return;
    }
    let message = format!("a limit counts by `{claim}` of a token, and no token is checked here");
    findings.push(
        Diagnostic::new(&codes::LIMIT_KEY, message, strategy.span, "of which token?")
            .help("add `auth/validator`, or `github.com/hanzoai/gateway/auth` at the root"),
    );
}

/// The root has no path, so it has no placeholder either.
fn params_at_the_root(limit: &Node, findings: &mut Vec<Diagnostic>) {
    if let (Some(By::Param(name)), Some(key)) = (By::of(limit), limit.get("key")) {
        let message = format!("the gateway as a whole has no placeholder `{{{name}}}` to count by");
        findings.push(
            Diagnostic::new(&codes::LIMIT_KEY, message, key.span, "of which path?").help(
                "write the limit into the endpoints whose path has it, by `$define` and `$use` say",
            ),
        );
    }
}

/// `param` counts by a placeholder of the path.
fn params(endpoint: &Endpoint, limit: &Node, findings: &mut Vec<Diagnostic>) {
    let (Some(By::Param(name)), Some(key)) = (By::of(limit), limit.get("key")) else {
        return;
    };
    let params = &endpoint.path.placeholders;
    if params.iter().any(|param| param.name == name) {
        return;
    }
    let finding = Diagnostic::new(
        &codes::LIMIT_KEY,
        format!("the endpoint has no placeholder `{{{name}}}` to count by"),
        key.span,
        "in no request",
    )
    .label(endpoint.path.span, "the endpoint's path")
    .note("where the key is empty, the Go engine refuses every request with 429");
    findings.push(
        match nearest(&name, params.iter().map(|param| param.name.as_str())) {
            Some(near) => finding
                .help(format!("did you mean `{near}`?"))
                .fix(key.span, format!("\"{near}\"")),
            None => finding.help("name a placeholder of the endpoint's path"),
        },
    );
}

/// A client that picks its bucket has as many as it likes. `endpoint`: `None` is the root.
fn chosen(
    endpoint: Option<&Endpoint>,
    config: &Config,
    limit: &Node,
    findings: &mut Vec<Diagnostic>,
) {
    const HELP: &str = "count by `\"strategy\": \"ip\"` without `key`, or by `jwt.sub`, the user of a token that was checked";
    let place = |key| limit.get(key).map(|node: &Node| node.span);
    let (message, place, help): (String, Option<Span>, &str) = match By::of(limit) {
        Some(By::Header(name)) if !is_set(endpoint, &name) && !authenticates(endpoint, config) => (
            format!(
                "clients are counted by `{}`, which they write themselves",
                limit.get("key").and_then(Node::as_str).unwrap_or(&name)
            ),
            place("key"),
            HELP,
        ),
        Some(By::AddressIn(_)) => (
            format!(
                "clients are counted by the address in `{}`, whoever wrote it there",
                limit.get("key").and_then(Node::as_str).unwrap_or_default()
            ),
            place("key"),
            "believed from trusted proxies only; which must set it themselves, whatever a client sends. Without `key`, the client's address is what they say in X-Forwarded-For",
        ),
        Some(By::Credential) if !is_checked(endpoint) && !is_above_zero(limit, "max_rate") => (
            "clients are counted by the API key that they send, and nobody checks it here"
                .to_owned(),
            place("strategy"),
            "`max_rate` beside it bounds what invented keys can do",
        ),
        _ => return,
    };
    findings.push(
        Diagnostic::new(
            &codes::CLIENT_CHOSEN_LIMIT,
            message,
            place.unwrap_or(limit.start()),
            "another value, another limit",
        )
        .help(help),
    );
}

/// By the validator, from a token.
fn is_set(endpoint: Option<&Endpoint>, name: &str) -> bool {
    let mut headers = endpoint.into_iter().flat_map(identity::propagated);
    headers.any(|header| {
        header
            .as_str()
            .is_some_and(|header| header.eq_ignore_ascii_case(name))
    })
}

/// Whether whoever comes here has shown who they are. At the root, that takes the edge.
fn authenticates(endpoint: Option<&Endpoint>, config: &Config) -> bool {
    match endpoint {
        Some(endpoint) => guards::authenticates(endpoint, config),
        None => edge::of(config).is_some(),
    }
}

/// Only a token that the validator believes comes so far; of the edge, API keys pass unread.
fn is_checked(endpoint: Option<&Endpoint>) -> bool {
    endpoint.is_some_and(|endpoint| endpoint.extra("auth/validator").is_some())
}

fn is_above_zero(limit: &Node, key: &str) -> bool {
    let rate = limit.get(key).map(Node::to_value);
    rate.and_then(|rate| rate.as_f64())
        .is_some_and(|rate| rate > 0.0)
}
