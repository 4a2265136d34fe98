//! Endpoints that are, by their path, the API of an AI vendor: what its SDKs send must arrive, and models take their time.

use crate::{
    config::{Backend, Config, Endpoint, Segment},
    diagnostic::{Diagnostic, codes},
    plan::Method,
    source::{Span, Spanned},
};
use std::time::Duration;

/// A model may think this long before its first byte, and heartbeats of streams are that far apart.
const PATIENCE: Duration = Duration::from_secs(30);
/// What endpoints without a timeout get where the root has none either (reference 1.2).
const DEFAULT: Duration = Duration::from_secs(2);

/// An API, known by the end of its paths.
struct Api {
    vendor: &'static str,
    ends: &'static [&'static [&'static str]],
    /// One of each group must be forwarded: without it the vendor's API answers 400 or 401.
    needs: &'static [&'static [&'static str]],
}

static APIS: [Api; 2] = [
    Api {
        vendor: "Anthropic",
        ends: &[
            &["v1", "messages"],
            &["v1", "messages", "count_tokens"],
            &["v1", "messages", "batches"],
        ],
        needs: &[&["anthropic-version"], &["x-api-key", "authorization"]],
    },
    Api {
        vendor: "OpenAI",
        ends: &[
            &["v1", "chat", "completions"],
            &["v1", "completions"],
            &["v1", "responses"],
            &["v1", "embeddings"],
            &["v1", "images", "generations"],
            &["v1", "audio", "speech"],
            &["v1", "audio", "transcriptions"],
        ],
        needs: &[&["authorization", "api-key", "x-api-key"]],
    },
];

/// Those that generate, and so keep silent while they think.
const SLOW: [&[&str]; 4] = [
    &["v1", "messages"],
    &["v1", "chat", "completions"],
    &["v1", "completions"],
    &["v1", "responses"],
];

/// Server-sent events, by their name: there is an event when there is one.
const STREAMS: [&[&str]; 2] = [&["stream"], &["sse"]];

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    if *endpoint.method == Method::Get && STREAMS.iter().any(|end| ends_in(endpoint, end)) {
        findings.extend(impatient(
            endpoint,
            config,
            "a stream of events may be silent for longer than this endpoint waits",
        ));
    }
    if *endpoint.method != Method::Post {
        return;
    }
    for api in APIS
        .iter()
        .filter(|api| api.ends.iter().any(|end| ends_in(endpoint, end)))
    {
        for group in api.needs {
            if let Some(finding) = dropped(endpoint, api.vendor, group) {
                findings.push(finding);
            }
        }
    }
    if SLOW.iter().any(|end| ends_in(endpoint, end)) {
        findings.extend(impatient(
            endpoint,
            config,
            "a model may be silent for longer than this endpoint waits",
        ));
    }
}

fn ends_in(endpoint: &Endpoint, end: &[&str]) -> bool {
    let segments = &endpoint.path.segments;
    let tail = segments
        .len()
        .checked_sub(end.len())
        .map(|start| &segments[start..]);
    tail.is_some_and(|tail| {
        tail.iter()
            .zip(end)
            .all(|(segment, word)| matches!(segment, Segment::Literal(text) if text == word))
    })
}

fn dropped(endpoint: &Endpoint, vendor: &str, group: &[&str]) -> Option<Diagnostic> {
    let passes = |backend: &Backend, name: &str| {
        endpoint.lists(name)
            && (backend.input_headers.is_empty() || lists(&backend.input_headers, name))
    };
    let arrives = |backend: &Backend| group.iter().any(|name| passes(backend, name));
    if endpoint.backends.is_empty() || endpoint.backends.iter().any(arrives) {
        return None;
    }
    let name = group[0];
    let finding = Diagnostic::new(
        &codes::SDK_HEADER_DROPPED,
        format!("`{name}`, which {vendor}'s SDKs send, is dropped"),
        endpoint.path.span,
        format!("by its path an API of {vendor}"),
    )
    .note("without it the API refuses the request");
    let help = format!("add \"{name}\" to `input_headers`");
    Some(match behind_last(endpoint) {
        Some(place) if !lists(&endpoint.input_headers, name) => {
            finding.help(help).fix(place, format!(", \"{name}\""))
        }
        _ => finding.help(help),
    })
}

fn lists(list: &[Spanned<String>], name: &str) -> bool {
    list.iter().any(|entry| entry.eq_ignore_ascii_case(name))
}

/// Where another header can be written: behind the last of a list that is this endpoint's own.
pub fn behind_last(endpoint: &Endpoint) -> Option<Span> {
    let last = endpoint.input_headers.last()?.span;
    let own = endpoint.span.start < last.start && last.end < endpoint.span.end;
    own.then_some(Span::new(last.end, last.end))
}

fn impatient(endpoint: &Endpoint, config: &Config, message: &str) -> Option<Diagnostic> {
    let said = [endpoint.timeout, config.timeout]
        .into_iter()
        .flatten()
        .find(|timeout| !timeout.is_zero());
    let timeout = said.map_or(DEFAULT, |timeout| *timeout);
    if timeout >= PATIENCE {
        return None;
    }
    let wait = format!("answers 504 after {timeout:?} of silence");
    let mut finding = Diagnostic::new(&codes::SHORT_TIMEOUT, message, endpoint.path.span, wait);
    if let Some(said) = said {
        finding = finding.label(said.span, "the timeout");
    }
    Some(
        finding
            .help("`\"timeout\": \"120s\"` bounds each silence; a stream that talks is never cut"),
    )
}
