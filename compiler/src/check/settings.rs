//! Values that do nothing, or count as not given.

use super::{NO_OP, encoding};
use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
    plan::Slotted,
    source::Spanned,
};
use std::time::Duration;

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let streams = |endpoint| encoding(endpoint, config) == NO_OP;
    zero(config.timeout, "2s is used", findings);
    if !config.endpoints.is_empty() && config.endpoints.iter().all(streams) {
        cache_ttl(config.cache_ttl, findings);
    }
    zero_defaults(config, findings);
    for endpoint in &config.endpoints {
        zero(endpoint.timeout, "the root's `timeout` is used", findings);
        if streams(endpoint) {
            cache_ttl(endpoint.cache_ttl, findings);
        }
    }
}

fn zero(timeout: Option<Spanned<Duration>>, instead: &str, findings: &mut Vec<Diagnostic>) {
    if let Some(timeout) = timeout.filter(|timeout| timeout.is_zero()) {
        findings.push(
            Diagnostic::new(
                &codes::ZERO_TIMEOUT,
                "a timeout of zero counts as none given",
                timeout.span,
                instead,
            )
            .help("remove it, or write how long a backend may keep silent, for example \"120s\""),
        );
    }
}

/// Zeros that are not taken at their word.
fn zero_defaults(config: &Config, findings: &mut Vec<Diagnostic>) {
    let port = config.port.as_ref().and_then(|port| match port.value {
        Slotted::Fixed(number) => Some(Spanned::new(u64::from(number), port.span)),
        // The binary refuses to start on a port of zero.
        Slotted::Slots(_) => None,
    });
    for (key, number, instead) in [
        ("port", port, "8080 is used"),
        ("max_header_bytes", config.max_header_bytes, "1 MiB is used"),
        (
            "max_idle_connections_per_host",
            config.max_idle_connections_per_host,
            "250 are kept; `disable_keep_alives` keeps none",
        ),
    ] {
        if let Some(zero) = number.filter(|number| **number == 0) {
            findings.push(
                Diagnostic::new(
                    &codes::ZERO_DEFAULT,
                    format!("`{key}` of zero counts as none given"),
                    zero.span,
                    instead,
                )
                .help("remove it, or write the number that is meant"),
            );
        }
    }
}

fn cache_ttl(ttl: Option<Spanned<Duration>>, findings: &mut Vec<Diagnostic>) {
    if let Some(ttl) = ttl.filter(|ttl| !ttl.is_zero()) {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "`cache_ttl` does nothing where answers are passed on",
                ttl.span,
                "no Cache-Control comes from this",
            )
            .help("the backend's own Cache-Control reaches the client; remove the key"),
        );
    }
}
