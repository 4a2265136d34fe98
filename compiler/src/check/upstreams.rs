//! Upstreams that are not what they seem.

use crate::{
    config::{Backend, Config, Endpoint, Path, Placeholder, Segment},
    diagnostic::{Diagnostic, codes},
    plan::{Host, Method, Slotted},
    source::Spanned,
};

/// What the gateway listens on when nothing is said, or 0.
const PORT: u16 = 8080;

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    for backend in &endpoint.backends {
        if !backend.is_looked_up() {
            mixed_schemes(&backend.host, findings);
        }
        body_on_get(endpoint, backend, findings);
        self_call(endpoint, backend, config, findings);
        if let Some(pattern) = &backend.url_pattern {
            double_slash(pattern, findings);
        }
    }
    unused_params(endpoint, findings);
}

/// At the root: what stands for backends without a host.
pub fn mixed_schemes(hosts: &[Spanned<Host>], findings: &mut Vec<Diagnostic>) {
    // What slots come to is known when the gateway starts.
    let known = |host: &&Spanned<Host>| host.slots.is_none();
    let find = |tls| hosts.iter().filter(known).find(|host| host.tls == tls);
    if let (Some(plain), Some(secure)) = (find(false), find(true)) {
        findings.push(
            Diagnostic::new(
                &codes::MIXED_SCHEMES,
                "hosts take turns, and only some of them are called with TLS",
                plain.span,
                "in the clear",
            )
            .label(secure.span, "encrypted")
            .help("call all hosts of a backend with https"),
        );
    }
}

/// Loopback, our own port, our own path: the request comes back in, again and again. (Another path of ours may be meant:
/// `/health` that asks `/healthz`.)
fn self_call(
    endpoint: &Endpoint,
    backend: &Backend,
    config: &Config,
    findings: &mut Vec<Diagnostic>,
) {
    let port = match config.port.as_ref().map(|port| &port.value) {
        None | Some(Slotted::Fixed(0)) => PORT,
        Some(Slotted::Fixed(port)) => *port,
        // Nobody knows before the gateway starts.
        Some(Slotted::Slots(_)) => return,
    };
    let hosts = backend.hosts(config);
    let ours = |host: &&Spanned<Host>| {
        host.slots.is_none()
            && !host.srv
            && host.port == port
            && matches!(host.name.as_str(), "localhost" | "127.0.0.1" | "[::1]")
    };
    let Some(host) = hosts.iter().find(ours) else {
        return;
    };
    let method = backend.method.unwrap_or(endpoint.method);
    let path = backend
        .url_pattern
        .as_ref()
        .map_or("/", |pattern| pattern.path());
    if *method == *endpoint.method && path == endpoint.path.text {
        findings.push(
            Diagnostic::new(
                &codes::SELF_CALL,
                "this endpoint calls itself, without end",
                host.span,
                format!("this very gateway: it listens on port {port}"),
            )
            .label(endpoint.path.span, "the path that is called")
            .help("call the service that is meant, or another path"),
        );
    }
}

/// A body with a GET has no meaning that two servers would agree on (RFC 9110, 9.3.1).
fn body_on_get(endpoint: &Endpoint, backend: &Backend, findings: &mut Vec<Diagnostic>) {
    let writes = matches!(*endpoint.method, Method::Post | Method::Put | Method::Patch);
    let reads = backend
        .method
        .filter(|method| writes && matches!(**method, Method::Get | Method::Head));
    if let Some(method) = reads {
        let name = method.as_str();
        findings.push(
            Diagnostic::new(
                &codes::BODY_ON_GET,
                format!("bodies are sent on with a {name}, where servers ignore or refuse them"),
                method.span,
                "how the backend is called",
            )
            .label(endpoint.method.span, "takes bodies")
            .help(format!(
                "call the backend with {}, or take a GET from clients",
                endpoint.method.as_str()
            )),
        );
    }
}

/// Servers disagree on what it means: another route, the same one, a redirect.
fn double_slash(pattern: &Spanned<Path>, findings: &mut Vec<Diagnostic>) {
    let inner = pattern
        .segments
        .split_last()
        .map_or(&[][..], |(_, inner)| inner);
    if inner
        .iter()
        .any(|segment| *segment == Segment::Literal(String::new()))
    {
        findings.push(
            Diagnostic::new(
                &codes::DOUBLE_SLASH,
                "`//` in a url_pattern is sent as it is",
                pattern.span,
                "an empty segment",
            )
            .help("write one slash; servers disagree on what two of them mean"),
        );
    }
}

/// What a path takes and no backend is told: every value gets the same answer.
fn unused_params(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let Some(backend) = endpoint.backends.first() else {
        return;
    };
    let limit = endpoint.extra("qos/ratelimit/router");
    let counted = limit.and_then(|limit| limit.value.get("key")?.as_str());
    let used = |name: &str| {
        let patterns = endpoint
            .backends
            .iter()
            .flat_map(|backend| &backend.url_pattern);
        patterns
            .flat_map(|pattern| &pattern.placeholders)
            .any(|used| used.name == name)
            || counted == Some(name)
    };
    let mut unused: Vec<&Placeholder> = Vec::new();
    for param in &endpoint.path.placeholders {
        if !used(&param.name) && unused.iter().all(|other| other.name != param.name) {
            unused.push(param);
        }
    }
    let Some((first, more)) = unused.split_first() else {
        return;
    };
    let names: Vec<_> = unused
        .iter()
        .map(|param| format!("`{{{}}}`", param.name))
        .collect();
    let mut finding = Diagnostic::new(
        &codes::UNUSED_PARAM,
        format!("no backend is told {}", names.join(", ")),
        first.span,
        "every value gets the same answer",
    );
    for param in more {
        finding = finding.label(param.span, "and this");
    }
    if let Some(pattern) = &backend.url_pattern {
        finding = finding.label(pattern.span, "this is called");
    }
    findings.push(finding.help(
        "write it into url_pattern where the backend expects it, or literal text into the path",
    ));
}
