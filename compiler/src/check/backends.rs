//! What an endpoint calls, and with which path.

use super::{DEFAULT_ENCODING, NO_OP, encoding};
use crate::{
    config::{Backend, Config, Endpoint, Path, Placeholder},
    diagnostic::{Diagnostic, codes, nearest},
    namespace::{base_ha, signer},
    source::Spanned,
};

/// No server takes a longer one, and HTTP libraries refuse to send it.
const MAX_PATTERN_BYTES: usize = 16 * 1024;

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    encodings(endpoint, config, findings);
    for backend in &endpoint.backends {
        let host = backend.host.first().or(config.host.first());
        if host.is_none() && base_ha::default_host(backend).is_none() {
            findings.push(
                Diagnostic::new(
                    &codes::NO_HOST,
                    "a backend has no host, and the root has none either",
                    here(endpoint, backend),
                    "where should this go?",
                )
                .help("write `\"host\": [\"http://service:8080\"]` in the backend, or at the root for all of them"),
            );
        }
        if let Some(pattern) = &backend.url_pattern {
            params(endpoint, pattern, findings);
            wildcard(endpoint, pattern, findings);
            too_long(pattern, findings);
        }
    }
    rest_dropped(endpoint, findings);
}

/// The place of a backend that has no better one: its `url_pattern`, else the endpoint's path.
fn here(endpoint: &Endpoint, backend: &Backend) -> crate::source::Span {
    backend
        .url_pattern
        .as_ref()
        .map_or(endpoint.path.span, |pattern| pattern.span)
}

fn encodings(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    let output = encoding(endpoint, config);
    if signer::is_composed(endpoint, config) {
        decoded(&endpoint.backends[0], findings);
        return;
    }
    if output != NO_OP {
        let message = format!("answers composed as `{output}` are not supported yet");
        let finding = match (&endpoint.output_encoding, &config.output_encoding) {
            (Some(stated), _) => {
                Diagnostic::new(&codes::UNSUPPORTED_ENCODING, message, stated.span, "")
            }
            (None, Some(stated)) => Diagnostic::new(
                &codes::UNSUPPORTED_ENCODING,
                message,
                endpoint.path.span,
                "this endpoint",
            )
            .label(stated.span, "says so"),
            (None, None) => {
                let label =
                    format!("no `output_encoding`, and the default is `{DEFAULT_ENCODING}`");
                Diagnostic::new(
                    &codes::UNSUPPORTED_ENCODING,
                    message,
                    endpoint.path.span,
                    label,
                )
            }
        };
        findings.push(
            finding.help("`\"output_encoding\": \"no-op\"` streams the backend's answer through"),
        );
        return;
    }
    if let Some(second) = endpoint.backends.get(1) {
        findings.push(
            Diagnostic::new(
                &codes::NOOP_BACKENDS,
                "a no-op endpoint has one backend: there is nothing that could merge two answers",
                here(endpoint, second),
                "the second",
            )
            .help("keep one; several hosts of one service are a list in its `host`"),
        );
    }
    for backend in &endpoint.backends {
        if let Some(inert) = backend
            .encoding
            .as_ref()
            .filter(|inert| !inert.eq_ignore_ascii_case(NO_OP))
        {
            findings.push(
                Diagnostic::new(
                    &codes::INERT_ENCODING,
                    format!(
                        "`\"encoding\": \"{}\"` does nothing under a no-op endpoint",
                        inert.value
                    ),
                    inert.span,
                    "the answer is not decoded",
                )
                .help("remove it, or write \"no-op\""),
            );
        }
    }
}

/// A composed answer is made of what was decoded.
fn decoded(backend: &Backend, findings: &mut Vec<Diagnostic>) {
    const SAME: [&str; 3] = [signer::JSON, "safejson", "fast-json"];
    if let Some(encoding) = backend
        .encoding
        .as_ref()
        .filter(|encoding| !SAME.contains(&encoding.value.as_str()))
    {
        let message = format!(
            "answers decoded as `{}` are not supported yet",
            encoding.value
        );
        findings.push(
            Diagnostic::new(&codes::UNSUPPORTED_ENCODING, message, encoding.span, "")
                .help("let the backend answer in JSON, and remove the key"),
        );
    }
}

fn too_long(pattern: &Spanned<Path>, findings: &mut Vec<Diagnostic>) {
    let length = pattern.text.len();
    if length > MAX_PATTERN_BYTES {
        let message =
            format!("a url_pattern has at most {MAX_PATTERN_BYTES} bytes, this one {length}");
        findings.push(
            Diagnostic::new(&codes::BAD_PATH, message, pattern.span, "")
                .help("no server takes such a path; send what is in it in the body"),
        );
    }
}

fn params(endpoint: &Endpoint, pattern: &Spanned<Path>, findings: &mut Vec<Diagnostic>) {
    let declared = &endpoint.path.placeholders;
    for used in &pattern.placeholders {
        if declared.iter().any(|param| param.name == used.name) {
            continue;
        }
        let name = &used.name;
        if let Some(source) = elsewhere(used) {
            let message = format!(
                "`{{{name}}}` is not supported: nothing fills a placeholder from {source} yet"
            );
            findings.push(
                Diagnostic::new(&codes::UNSUPPORTED_PARAM, message, used.span, "")
                    .help("take the value from the endpoint's path, or forward the header that the backend can read it from"),
            );
            continue;
        }
        let mut finding = Diagnostic::new(
            &codes::UNKNOWN_PARAM,
            format!("the endpoint has no placeholder `{{{name}}}`"),
            used.span,
            "nothing could stand here",
        )
        .label(endpoint.path.span, "the endpoint's path");
        let names = declared.iter().map(|param| param.name.as_str());
        finding = match nearest(name, names) {
            Some(near) => finding
                .help(format!("did you mean `{{{near}}}`? Case counts"))
                .fix(used.span, format!("{{{near}}}")),
            None if declared.is_empty() => {
                finding.help("the endpoint's path has no placeholders at all")
            }
            None => {
                let names: Vec<_> = declared
                    .iter()
                    .map(|param| format!("`{{{}}}`", param.name))
                    .collect();
                finding.help(format!("there is {}", names.join(", ")))
            }
        };
        findings.push(finding);
    }
}

/// Where the config language fills a placeholder from, when not from the path (reference 1.6.2).
fn elsewhere(used: &Placeholder) -> Option<&'static str> {
    if used.name.starts_with("JWT.") {
        return Some("a token");
    }
    let rest = used.name.strip_prefix("resp")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && rest[digits..].starts_with('_')).then_some("an earlier answer")
}

fn wildcard(endpoint: &Endpoint, pattern: &Spanned<Path>, findings: &mut Vec<Diagnostic>) {
    if pattern.has_rest() && !endpoint.path.has_rest() {
        findings.push(
            Diagnostic::new(
                &codes::WILDCARD_WITHOUT_SOURCE,
                "`*` in url_pattern stands for what `*` in the endpoint's path took, and there is none",
                pattern.span,
                "nothing could stand here",
            )
            .label(endpoint.path.span, "ends without `*`")
            .help("end the endpoint's path in `/*` too, or write url_pattern out"),
        );
    }
}

fn rest_dropped(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let uses = |backend: &Backend| {
        backend
            .url_pattern
            .as_ref()
            .is_some_and(|pattern| pattern.has_rest())
    };
    if endpoint.path.has_rest()
        && !endpoint.backends.is_empty()
        && !endpoint.backends.iter().any(uses)
    {
        let (place, label) = match &endpoint.backends[0].url_pattern {
            Some(pattern) => (pattern.span, "whatever `*` took, this is called"),
            None => (endpoint.path.span, "whatever `*` took, `/` is called"),
        };
        findings.push(
            Diagnostic::new(
                &codes::REST_DROPPED,
                "what `*` takes is dropped",
                place,
                label,
            )
            .label(endpoint.path.span, "the endpoint's path")
            .help("end url_pattern in `/*` to pass it on"),
        );
    }
}
