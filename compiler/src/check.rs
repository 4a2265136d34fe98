//! What a schema cannot say: findings that need two places of the file, or knowledge of what the gateway does.
//!
//! `routes.rs` looks at endpoints beside one another, `guards.rs` at who may call them, `backends.rs`, `upstreams.rs` and
//! `discovery.rs` at what an endpoint calls, `endings.rs` at who makes its answer, `inputs.rs`, `identity.rs` and `spelling.rs` at what it lets through, `public.rs` at whom it asks for, `sdk.rs` and
//! `websockets.rs` at what its path promises, `cors.rs` at who answers for CORS, `limits.rs` and `pairs.rs` at namespaces beside what stands around them,
//! `shards.rs` at what a shard is chosen by, `settings.rs` at values that do nothing, `listeners.rs` at ports, `tls.rs` and `transport.rs` at TLS.

mod backends;
mod cors;
mod discovery;
mod endings;
mod guards;
mod identity;
mod inputs;
mod limits;
mod listeners;
mod pairs;
mod public;
mod routes;
mod sdk;
mod settings;
mod shards;
mod spelling;
mod tls;
mod transport;
mod upstreams;
mod websockets;

use crate::{
    config::{Config, Endpoint},
    diagnostic::Diagnostic,
    json::Node,
    namespace::{self, Scope, Support, edge, surprises},
};

/// What an endpoint answers with unless it or the root says otherwise.
const DEFAULT_ENCODING: &str = "json";
/// The encoding that passes the backend's answer on.
const NO_OP: &str = "no-op";

/// Judges a whole config. `root` is what it was read from, for keys that it has no place for.
pub fn check(root: &Node, config: &Config) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    transport::check(root, config, &mut findings);
    settings::check(config, &mut findings);
    cors::check(config, &mut findings);
    namespace::revoker::check(config, &mut findings);
    listeners::check(config, &mut findings);
    namespace::base_ha::check(config, &mut findings);
    tls::check(root, config, &mut findings);
    routes::check(config, &mut findings);
    for endpoint in &config.endpoints {
        backends::check(endpoint, config, &mut findings);
        upstreams::check(endpoint, config, &mut findings);
        discovery::check(endpoint, config, &mut findings);
        endings::check(endpoint, &mut findings);
        inputs::check(endpoint, &mut findings);
        identity::check(endpoint, config, &mut findings);
        spelling::check(endpoint, &mut findings);
        sdk::check(endpoint, config, &mut findings);
        websockets::check(endpoint, config, &mut findings);
    }
    upstreams::mixed_schemes(&config.host, &mut findings);
    guards::check(config, &mut findings);
    limits::check(config, &mut findings);
    pairs::check(config, &mut findings);
    shards::check(config, &mut findings);
    public::check(config, edge::of(config).as_ref(), &mut findings);
    namespaces(config, &mut findings);
    findings
}

/// What each namespace has to say about its own values, and what is surprising about them, built or not.
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
        findings.extend(surprises(extra.namespace.key, &extra.value, scope));
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
