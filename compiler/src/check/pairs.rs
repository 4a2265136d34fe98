//! Namespaces beside the endpoint around them: each is right alone, and together they do something else.

use super::{NO_OP, encoding, identity, shards};
use crate::{
    config::{Backend, Config, Endpoint, Extra},
    diagnostic::{Diagnostic, codes},
    json::Node,
    namespace::{base_ha, breaker, retry, words::inert as inert_key},
    plan::Method,
    source::Spanned,
};

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    telemetry(config, findings);
    validators(config, findings);
    for endpoint in &config.endpoints {
        claims(endpoint, findings);
        body_required(endpoint, findings);
        signer(endpoint, findings);
        preflight(endpoint, findings);
        for backend in &endpoint.backends {
            breaker(endpoint, backend, config, findings);
            retry(endpoint, backend, findings);
            cache(endpoint, backend, findings);
            status(endpoint, backend, config, findings);
            replaced(endpoint, backend, findings);
        }
    }
}

fn inert(extra: &Extra, why: &str, help: &str) -> Diagnostic {
    let message = format!("`{}` does nothing here: {why}", extra.namespace.key);
    Diagnostic::new(
        &codes::INERT_NAMESPACE,
        message,
        extra.key.span,
        "does nothing",
    )
    .help(help)
}

/// The root's block is about the keys of the endpoints' validators.
fn validators(config: &Config, findings: &mut Vec<Diagnostic>) {
    const KEY: &str = "auth/validator";
    let asks = |endpoint: &Endpoint| endpoint.extra(KEY).is_some();
    if let Some(extra) = config
        .extra(KEY)
        .filter(|_| !config.endpoints.iter().any(asks))
    {
        let life = extra
            .value
            .get("shared_cache_duration")
            .and_then(Node::as_u64);
        // Not its default, which it would be without.
        let why = match life.filter(|seconds| ![0, 900].contains(seconds)) {
            Some(_) => {
                "no endpoint asks for a token whose keys would live for `shared_cache_duration`"
            }
            None => "no endpoint asks for a token",
        };
        findings.push(inert(
            extra,
            why,
            "write it at the endpoints that it is to guard, or once in `$defaults`",
        ));
    }
}

/// Without what they depend on they are silently not used (reference 28 to 31).
fn telemetry(config: &Config, findings: &mut Vec<Diagnostic>) {
    for (key, needs) in [
        ("telemetry/gelf", "telemetry/logging"),
        ("telemetry/logstash", "telemetry/logging"),
        ("telemetry/influx", "telemetry/metrics"),
    ] {
        if let Some(extra) = config.extra(key).filter(|_| config.extra(needs).is_none()) {
            findings.push(inert(
                extra,
                &format!("it needs `{needs}`"),
                &format!("add `{needs}` at the root"),
            ));
        }
    }
}

/// A claim is put into a header of the request, and then the list of headers decides (reference 6.4).
fn claims(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    for header in identity::propagated(endpoint) {
        let Some(name) = header.as_str().filter(|name| !name.is_empty()) else {
            continue;
        };
        if !endpoint.lists(name) && !shards::choose_by(endpoint, name) {
            findings.push(
                Diagnostic::new(
                    &codes::CLAIM_NOT_FORWARDED,
                    format!("`{name}` is filled from a claim, and dropped"),
                    header.span,
                    "not in `input_headers`",
                )
                .label(endpoint.path.span, "of this endpoint")
                .help(format!(
                    "add \"{name}\" to `input_headers`: what a client sends there is overwritten"
                )),
            );
        }
    }
}

/// An empty body fits no schema (reference 15).
fn body_required(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let method = *endpoint.method;
    let schema = endpoint.extra("validation/json-schema");
    if let Some(extra) = schema.filter(|_| matches!(method, Method::Get | Method::Head)) {
        findings.push(
            Diagnostic::new(
                &codes::BODY_REQUIRED,
                format!("a {} has no body to validate", method.as_str()),
                extra.key.span,
                "refuses every request with 400",
            )
            .label(endpoint.method.span, "this endpoint")
            .help("remove it: it validates bodies, not answers or query strings"),
        );
    }
}

/// The signer answers itself, before what stands behind it (reference 7).
fn signer(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    if endpoint.extra("auth/signer").is_none() {
        return;
    }
    if let Some(extra) = endpoint.extra("modifier/lua-endpoint") {
        findings.push(inert(
            extra,
            "`auth/signer` answers before it is asked",
            "put it on another endpoint, or in front of the gateway",
        ));
    }
}

/// Browsers send a preflight without credentials (Fetch, 4.8), so a validator refuses it.
fn preflight(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    if *endpoint.method != Method::Options {
        return;
    }
    if let Some(extra) = endpoint.extra("auth/validator") {
        findings.push(
            Diagnostic::new(
                &codes::GUARDED_PREFLIGHT,
                "no preflight passes this guard: browsers send them without a token",
                extra.key.span,
                "answers 401",
            )
            .label(endpoint.method.span, "of an endpoint for preflights")
            .help("remove the guard here: what OPTIONS allows is guarded where it is asked for"),
        );
    }
}

/// The token of the gateway takes the place of the client's (reference 9).
fn replaced(endpoint: &Endpoint, backend: &Backend, findings: &mut Vec<Diagnostic>) {
    let Some(token) = backend.extra("auth/client-credentials") else {
        return;
    };
    let named = |entry: &&Spanned<String>| entry.eq_ignore_ascii_case("authorization");
    if let Some(entry) = endpoint.input_headers.iter().find(named) {
        findings.push(
            Diagnostic::new(
                &codes::INERT_HEADER,
                "the client's `Authorization` never gets to this backend: the gateway's own takes its place",
                entry.span,
                "does nothing",
            )
            .label(token.key.span, "sets it")
            .help("remove it"),
        );
    }
}

/// The Go engine sees no status under no-op, and otherwise takes all but 200 and 201 for failures (reference 12).
fn breaker(
    endpoint: &Endpoint,
    backend: &Backend,
    config: &Config,
    findings: &mut Vec<Diagnostic>,
) {
    let extra = backend.extra(breaker::KEY);
    let Some(extra) = extra.filter(|extra| breaker::read(&extra.value).0.is_some()) else {
        return;
    };
    let there = if encoding(endpoint, config) == NO_OP {
        "under no-op the Go engine counts only connections that fail and timeouts"
    } else {
        "the Go engine counts every answer but 200 and 201, also a 404"
    };
    findings.push(
        Diagnostic::new(
            &codes::BREAKER_SEES_STATUS,
            "this breaker counts answers of 500 and above as failures, and no others",
            extra.key.span,
            there,
        )
        .help("check that `max_errors` fits a backend whose errors count"),
    );
}

/// Whose calls it is about, and what of it counts for them.
fn retry(endpoint: &Endpoint, backend: &Backend, findings: &mut Vec<Diagnostic>) {
    let (own, above) = (backend.extra(retry::KEY), endpoint.extra(retry::KEY));
    if let (Some(_), Some(above)) = (own, above) {
        findings.push(inert(
            above,
            "the backend has its own",
            "remove one of the two",
        ));
    }
    let Some(extra) = own.or(above) else { return };
    let method = backend.method.unwrap_or(endpoint.method);
    for (cluster, is_its_own) in [
        (base_ha::KEY, base_ha::writes(backend, *method)),
        ("github.com/hanzoai/gateway/base-network", true),
    ] {
        if is_its_own && backend.extra(cluster).is_some() {
            let why = format!("`{cluster}` makes attempts of its own");
            findings.push(inert(extra, &why, "remove it"));
        }
    }
    if matches!(*method, Method::Post | Method::Patch) {
        let asked = retry::read(&extra.value).0;
        let said = [
            ("statuses", asked.statuses.is_some()),
            ("buffer", asked.buffer.is_some()),
        ];
        for (key, _) in said.into_iter().filter(|(_, is_said)| *is_said) {
            findings.extend(inert_key(
                &extra.value,
                key,
                "a POST or PATCH is sent again only if nothing of it has arrived",
                "remove the key",
            ));
        }
    }
}

/// The key of the cache is the URL, whoever asks (reference 13).
fn cache(endpoint: &Endpoint, backend: &Backend, findings: &mut Vec<Diagnostic>) {
    let Some(extra) = backend.extra("qos/http-cache") else {
        return;
    };
    let method = backend.method.unwrap_or(endpoint.method);
    if !matches!(*method, Method::Get | Method::Head) {
        let why = format!("the answer to a {} is never kept", method.as_str());
        findings.push(inert(extra, &why, "remove it"));
        return;
    }
    let personal = ["Authorization", "Cookie", "X-Api-Key"];
    let named = |name: &&&str| {
        endpoint
            .input_headers
            .iter()
            .any(|entry| entry.eq_ignore_ascii_case(name))
    };
    if let Some(name) = personal.iter().find(named) {
        findings.push(
            Diagnostic::new(&codes::SHARED_ANSWERS, "answers are kept by URL, whoever asked", extra.key.span, format!("`{name}` is forwarded, and is no part of the key"))
                .label(endpoint.path.span, "of this endpoint")
                .note("an answer that the backend allows to be kept, without `Vary`, is given to the next caller too")
                .help("let the backend say `Vary` or `Cache-Control: no-store` on personal answers, or remove the cache"),
        );
    }
}

/// No-op passes status and body on in any case (reference 19).
fn status(endpoint: &Endpoint, backend: &Backend, config: &Config, findings: &mut Vec<Diagnostic>) {
    if let Some(extra) = backend
        .extra("backend/http")
        .filter(|_| encoding(endpoint, config) == NO_OP)
    {
        findings.push(inert(
            extra,
            "no-op passes status and body on in any case",
            "remove it",
        ));
    }
}
