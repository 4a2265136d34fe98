//! What stands open beside what is guarded.
//!
//! An endpoint that says `auth/public` has decided, and is not asked again.

use crate::{
    config::{Config, Endpoint, Extra, Segment},
    diagnostic::{Diagnostic, codes},
    plan::Method,
};
use std::collections::HashMap;

/// Namespaces that may turn a caller away for who they are.
const AUTHENTICATE: [&str; 11] = [
    "auth/validator",
    "auth/api-keys",
    "auth/basic",
    "github.com/hanzoai/gateway/auth",
    "security/policies",
    "validation/cel",
    "modifier/lua-endpoint",
    "modifier/lua-proxy",
    "plugin/http-server",
    "plugin/req-resp-modifier",
    "plugin/middleware",
];

/// Whether something asks who calls. At the root, `auth/validator` holds no more than the life of a cache.
pub fn authenticates(endpoint: &Endpoint, config: &Config) -> bool {
    let asks = |extra: &Extra| AUTHENTICATE.contains(&extra.namespace.key);
    let refuses =
        |extra: &Extra| extra.namespace.key == "auth/public" && extra.value.as_bool() != Some(true);
    endpoint
        .extra
        .iter()
        .any(|extra| asks(extra) || refuses(extra))
        || config
            .extra
            .iter()
            .any(|extra| asks(extra) && extra.namespace.key != "auth/validator")
}

/// Open, and nobody said so.
fn is_open(endpoint: &Endpoint, config: &Config) -> bool {
    endpoint.extra("auth/public").is_none() && !authenticates(endpoint, config)
}

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let (open, guarded): (Vec<_>, Vec<_>) = config
        .endpoints
        .iter()
        .filter(|endpoint| {
            endpoint
                .extra("auth/public")
                .is_none_or(|public| public.value.as_bool() != Some(true))
        })
        .partition(|endpoint| is_open(endpoint, config));
    writes(&open, &guarded, findings);
    twins(&open, &guarded, findings);
    for endpoint in open {
        internals(endpoint, findings);
    }
}

/// `DELETE /users/{id}` open where `GET /users/{id}` is guarded. The other way round is how public pages are edited.
fn writes(open: &[&Endpoint], guarded: &[&Endpoint], findings: &mut Vec<Diagnostic>) {
    let read: HashMap<&str, &Endpoint> = guarded
        .iter()
        .filter(|endpoint| matches!(*endpoint.method, Method::Get | Method::Head))
        .map(|endpoint| (endpoint.path.text.as_str(), *endpoint))
        .collect();
    for endpoint in open {
        let method = *endpoint.method;
        let writes = matches!(
            method,
            Method::Post | Method::Put | Method::Patch | Method::Delete
        );
        let Some(guarded) = read.get(endpoint.path.text.as_str()).filter(|_| writes) else {
            continue;
        };
        let message = format!(
            "reading this path is guarded, `{}` is open",
            method.as_str()
        );
        findings.push(
            Diagnostic::new(
                &codes::OPEN_WRITE,
                message,
                endpoint.path.span,
                "anybody may write here",
            )
            .label(guarded.path.span, "guarded here")
            .help("give it the same guard, or say `\"auth/public\": true`"),
        );
    }
}

/// The same call of the same backend by two paths, one of them guarded: whoever is refused takes the other.
fn twins(open: &[&Endpoint], guarded: &[&Endpoint], findings: &mut Vec<Diagnostic>) {
    let call = |endpoint: &Endpoint| {
        let [backend] = endpoint.backends.as_slice() else {
            return None;
        };
        let pattern = backend.url_pattern.as_ref()?;
        let host = backend.host.first()?;
        Some((
            *endpoint.method,
            host.value.to_string(),
            pattern.text.clone(),
        ))
    };
    let mut doors: HashMap<_, &Endpoint> = HashMap::new();
    for endpoint in guarded {
        if let Some(call) = call(endpoint) {
            doors.entry(call).or_insert(endpoint);
        }
    }
    for endpoint in open {
        let Some(door) = call(endpoint).and_then(|call| doors.get(&call)) else {
            continue;
        };
        let place = endpoint.path.span;
        findings.push(
            Diagnostic::new(
                &codes::OPEN_TWIN,
                "what another path guards is open here",
                place,
                "leads to the same backend and path",
            )
            .label(door.path.span, "guarded here")
            .help("give both the same guard, or say `\"auth/public\": true`"),
        );
    }
}

/// Interfaces that have no guard of their own by convention, by the words of a path. `/campaigns/{id}/metrics` is another
/// thing.
fn internal(words: &[&str]) -> Option<&'static str> {
    Some(match words {
        ["metrics"] | ["ext", "metrics"] | ["actuator", "prometheus"] => {
            "metrics tell strangers about load, routes and versions"
        }
        [.., "debug", "pprof"] | [.., "debug", "pprof", _] => {
            "a profiler shows memory, and stops the process while it looks"
        }
        [.., "actuator"] | [.., "actuator", "env" | "heapdump" | "*"] => {
            "an actuator shows environment and memory"
        }
        [.., "keystore"] => "a keystore hands out keys",
        _ => return None,
    })
}

fn internals(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    for backend in &endpoint.backends {
        let Some(pattern) = &backend.url_pattern else {
            continue;
        };
        let words: Vec<&str> = pattern
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) | Segment::Mixed(text) => text.as_str(),
                Segment::Param(_) => "{}",
                Segment::Rest => "*",
            })
            .collect();
        if let Some(why) = internal(&words) {
            findings.push(
                Diagnostic::new(
                    &codes::EXPOSED_INTERNALS,
                    "an operator's interface stands open",
                    pattern.span,
                    why,
                )
                .help("guard the endpoint, remove it, or say `\"auth/public\": true`"),
            );
        }
    }
}
