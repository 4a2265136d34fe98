//! What a schema cannot say: findings that need two places of the file, or knowledge of what the gateway does.
//!
//! `routes.rs` looks at endpoints beside one another, `backends.rs` at what an endpoint calls, `inputs.rs` at what it lets
//! through, `settings.rs` at values that do nothing, `tls.rs` at the two TLS objects.

mod backends;
mod inputs;
mod routes;
mod settings;
mod tls;

use crate::{
    config::{Config, Endpoint},
    diagnostic::Diagnostic,
    namespace::{Scope, Support},
};

/// What an endpoint answers with unless it or the root says otherwise.
const DEFAULT_ENCODING: &str = "json";
/// The encoding that passes the backend's answer on.
const NO_OP: &str = "no-op";

/// Judges a whole config.
pub fn check(config: &Config) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    settings::check(config, &mut findings);
    tls::check(config, &mut findings);
    routes::check(config, &mut findings);
    for endpoint in &config.endpoints {
        backends::check(endpoint, config, &mut findings);
        inputs::check(endpoint, &mut findings);
    }
    namespaces(config, &mut findings);
    findings
}

/// What each supported namespace has to say about its own values.
fn namespaces(config: &Config, findings: &mut Vec<Diagnostic>) {
    let endpoints = config.endpoints.iter().flat_map(|endpoint| {
        let backends = endpoint.backends.iter().flat_map(|backend| &backend.extra);
        let own = endpoint.extra.iter().map(|extra| (Scope::Endpoint, extra));
        own.chain(backends.map(|extra| (Scope::Backend, extra)))
    });
    for (scope, extra) in config
        .extra
        .iter()
        .map(|extra| (Scope::Service, extra))
        .chain(endpoints)
    {
        if extra.namespace.support == Support::Yes {
            findings.extend((extra.namespace.judge)(&extra.value, scope));
        }
    }
}

/// The `output_encoding` that counts.
fn encoding<'a>(endpoint: &'a Endpoint, config: &'a Config) -> &'a str {
    let stated = endpoint
        .output_encoding
        .as_ref()
        .or(config.output_encoding.as_ref());
    stated.map_or(DEFAULT_ENCODING, |encoding| &encoding.value)
}
