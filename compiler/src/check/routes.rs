//! Endpoints beside one another, and their paths.

use crate::{
    config::{Config, Endpoint, Path, Segment},
    diagnostic::{Diagnostic, codes},
    namespace::{router, server},
    plan::Method,
    source::Span,
};
use std::collections::HashMap;

/// What the runtime's router takes.
const MAX_PARAMS: usize = 16;
const MAX_DEPTH: usize = 32;
/// Bytes of path and query that a request may have unless `max_uri_bytes` says otherwise.
const MAX_URI_BYTES: u64 = 16 * 1024;

/// Names that say "and whatever follows" on a placeholder that takes one segment.
const MEANT_REST: [&str; 9] = [
    "path",
    "rest",
    "proxy",
    "any",
    "all",
    "wildcard",
    "tail",
    "remainder",
    "catchall",
];

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    conflicts(&config.endpoints, findings);
    let health = health(config);
    let longest = longest(config);
    for endpoint in &config.endpoints {
        too_long(endpoint, longest, findings);
        reserved(endpoint, &health, findings);
        params(endpoint, findings);
        one_segment(endpoint, findings);
        literal_colon(endpoint, findings);
    }
}

/// Two endpoints that would take the same requests: same method, same literals, placeholders at the same places.
fn conflicts(endpoints: &[Endpoint], findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(Method, String), &Endpoint> = HashMap::new();
    for endpoint in endpoints {
        let shape = (*endpoint.method, shape(&endpoint.path));
        let Some(first) = seen.get(&shape) else {
            seen.insert(shape, endpoint);
            continue;
        };
        let method = endpoint.method.as_str();
        let message = if first.path.text == endpoint.path.text {
            format!("`{method} {}` is there twice", endpoint.path.text)
        } else {
            format!(
                "`{method} {}` takes the same requests as `{}`",
                endpoint.path.text, first.path.text
            )
        };
        findings.push(
            Diagnostic::new(
                &codes::ROUTE_CONFLICT,
                message,
                endpoint.path.span,
                "again here",
            )
            .label(first.path.span, "first here")
            .help("remove one of the two endpoints, or change its path or method"),
        );
    }
}

/// The path with nameless placeholders. A literal holds no braces, so this is unambiguous.
fn shape(path: &Path) -> String {
    let segments = path.segments.iter().map(|segment| match segment {
        Segment::Literal(text) | Segment::Mixed(text) => text.as_str(),
        Segment::Param(_) => "{}",
        Segment::Rest => "*",
    });
    segments.collect::<Vec<_>>().join("/")
}

struct Health {
    path: Option<String>,
    /// Where the config says so.
    span: Option<Span>,
}

fn health(config: &Config) -> Health {
    let extra = config
        .extra
        .iter()
        .find(|extra| extra.namespace.key == "router");
    let router = extra
        .map(|extra| router::read(&extra.value).0)
        .unwrap_or_default();
    let path = router.health_path.unwrap_or_else(|| "/__health".to_owned());
    let span = extra
        .and_then(|extra| extra.value.get("health_path"))
        .map(|node| node.span);
    Health {
        path: (!router.disable_health).then_some(path),
        span,
    }
}

fn reserved(endpoint: &Endpoint, health: &Health, findings: &mut Vec<Diagnostic>) {
    let path = endpoint.path.text.as_str();
    let below = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (why, says) = match path {
        _ if health.path.as_deref() == Some(path) => ("the health route", health.span),
        "/healthz" => ("the liveness probe", None),
        "/readyz" => ("the readiness probe", None),
        _ if below("/__debug") || below("/__echo") => ("a built-in route", None),
        _ => return,
    };
    let mut finding = Diagnostic::new(
        &codes::RESERVED_PATH,
        format!("`{path}` is {why} of the gateway itself"),
        endpoint.path.span,
        "never gets a request",
    );
    if let Some(span) = says {
        finding = finding.label(span, "the health route is here");
    }
    let help = if why == "the health route" {
        "choose another path, or move the health route with `health_path` in the `router` namespace"
    } else {
        "choose another path"
    };
    findings.push(finding.help(help));
}

fn longest(config: &Config) -> u64 {
    let bounds = config
        .extra
        .iter()
        .find(|extra| extra.namespace.key == "github.com/hanzoai/gateway/server");
    let said = bounds.and_then(|extra| server::read(&extra.value).0.max_uri_bytes);
    said.unwrap_or(MAX_URI_BYTES)
}

fn too_long(endpoint: &Endpoint, longest: u64, findings: &mut Vec<Diagnostic>) {
    if endpoint.path.text.len() as u64 > longest {
        let message = format!(
            "no request gets to a path of {} bytes",
            endpoint.path.text.len()
        );
        findings.push(
            Diagnostic::new(&codes::BAD_PATH, message, endpoint.path.span, "")
                .note(format!(
                    "over {longest} bytes of path and query a request is answered 414"
                ))
                .help("`max_uri_bytes` in `github.com/hanzoai/gateway/server` moves the bound"),
        );
    }
}

fn params(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let params = &endpoint.path.placeholders;
    for (index, param) in params.iter().enumerate() {
        if let Some(first) = params[..index]
            .iter()
            .find(|first| first.name == param.name)
        {
            let message = format!("`{{{}}}` is in the path twice", param.name);
            findings.push(
                Diagnostic::new(&codes::DUPLICATE_PARAM, message, param.span, "again here")
                    .label(first.span, "first here")
                    .help("in the old engine the last one wins; give each a name of its own"),
            );
        }
    }
    if let Some(extra) = params.get(MAX_PARAMS) {
        let message = format!(
            "a path has at most {MAX_PARAMS} placeholders, this one {}",
            params.len()
        );
        findings.push(
            Diagnostic::new(&codes::TOO_MANY_PARAMS, message, extra.span, "one too many")
                .help("end the path in `/*`, and let the backend take the rest apart"),
        );
    }
    if endpoint.path.has_rest() && endpoint.path.segments.len() > MAX_DEPTH + 1 {
        let message = format!("a path has at most {MAX_DEPTH} segments before its `*`");
        findings.push(
            Diagnostic::new(&codes::TOO_DEEP, message, endpoint.path.span, "")
                .help("put the `*` earlier: it takes any number of segments"),
        );
    }
}

fn one_segment(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let (Some(Segment::Param(name)), Some(last)) = (
        endpoint.path.segments.last(),
        endpoint.path.placeholders.last(),
    ) else {
        return;
    };
    if MEANT_REST
        .iter()
        .any(|meant| name.eq_ignore_ascii_case(meant))
    {
        let message = format!("`{{{name}}}` takes one segment of the path, not the rest of it");
        findings.push(
            Diagnostic::new(&codes::ONE_SEGMENT, message, last.span, "`/a` matches, `/a/b` does not")
                .help(format!("where everything below is meant, write `*` here, and `*` for `{{{name}}}` in url_pattern")),
        );
    }
}

fn literal_colon(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    for segment in &endpoint.path.segments {
        let Segment::Literal(text) = segment else {
            continue;
        };
        if let Some(name) = text.strip_prefix(':').filter(|name| !name.is_empty()) {
            findings.push(
                Diagnostic::new(
                    &codes::LITERAL_COLON,
                    format!("`{text}` is literal text, not a placeholder"),
                    endpoint.path.span,
                    "matches only these very characters",
                )
                .help(format!("a placeholder is written `{{{name}}}`")),
            );
        }
    }
}
