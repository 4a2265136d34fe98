//! Whether what endpoints ask of callers can be: `auth/public` beside the edge (AUTH-36).

use crate::{
    config::{Config, Endpoint, Extra},
    diagnostic::{Diagnostic, codes},
    namespace::{edge::Edge, public},
};

pub fn check(config: &Config, edge: Option<&Edge>, findings: &mut Vec<Diagnostic>) {
    for extra in config.endpoints.iter().filter_map(of) {
        match (public::read(&extra.value).0, edge) {
            (false, None) => findings.push(
                Diagnostic::new(
                    &codes::UNSUPPORTED_VALUE,
                    "`\"auth/public\": false` asks for an identity, and nothing here finds one out",
                    extra.value.span,
                    "closed to anonymous callers",
                )
                .help("`github.com/hanzoai/gateway/auth` in the root's `extra_config` checks tokens")
                .help("`--allow unsupported-value` builds without it; the endpoint then answers 501, it does not stand open"),
            ),
            (true, Some(edge)) if edge.require && !edge.disabled => findings.push(
                Diagnostic::new(
                    &codes::INERT_KEY,
                    "`\"auth/public\": true` does not open this endpoint",
                    extra.value.span,
                    "still asks for a token",
                )
                .note("`require` of `github.com/hanzoai/gateway/auth` refuses every request without one, before it is routed")
                .help("add its path to `public_paths` there, or remove one of the two"),
            ),
            _ => {}
        }
    }
}

fn of(endpoint: &Endpoint) -> Option<&Extra> {
    endpoint
        .extra
        .iter()
        .find(|extra| extra.namespace.key == public::KEY)
}
