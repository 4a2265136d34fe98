//! What an endpoint lets through to its backends: headers and query strings.

use crate::{
    config::Endpoint,
    diagnostic::{Diagnostic, codes},
    json::Node,
    matching::is_identity,
    namespace::{edge::Edge, validator},
    plan::Method,
    source::Spanned,
};

/// They concern one connection (RFC 9110, 7.6.1), or the credentials for a proxy (11.7).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "proxy-authenticate",
    "proxy-authorization",
];

pub fn check(endpoint: &Endpoint, edge: Option<&Edge>, findings: &mut Vec<Diagnostic>) {
    duplicates(&endpoint.input_headers, str::to_ascii_lowercase, findings);
    duplicates(&endpoint.input_query_strings, str::to_owned, findings);
    star(&endpoint.input_headers, "headers", findings);
    star(&endpoint.input_query_strings, "parameters", findings);
    let has_edge = edge.is_some_and(|edge| !edge.disabled);
    let minted = propagated(endpoint);
    let is_said = |name: &str| {
        edge.is_some_and(|edge| edge.mints(name)) || minted.iter().any(|(minted, _)| minted == name)
    };
    headers(&endpoint.input_headers, &is_said, has_edge, findings);
    dropped(endpoint, findings);
    for backend in &endpoint.backends {
        duplicates(&backend.input_headers, str::to_ascii_lowercase, findings);
        duplicates(&backend.input_query_strings, str::to_owned, findings);
        no_star(&backend.input_headers, findings);
        no_star(&backend.input_query_strings, findings);
        headers(&backend.input_headers, &is_said, has_edge, findings);
    }
    if endpoint.method.value == Method::Get && !endpoint.states_query {
        findings.push(
            Diagnostic::new(
                &codes::QUERY_DROPPED,
                "query strings are dropped on the way to the backend",
                endpoint.path.span,
                "no `input_query_strings`",
            )
            .help("`\"input_query_strings\": [\"*\"]` forwards them all; `[]` says that none are meant to be"),
        );
    }
}

fn duplicates(list: &[Spanned<String>], same: fn(&str) -> String, findings: &mut Vec<Diagnostic>) {
    for (index, entry) in list.iter().enumerate() {
        if let Some(first) = list[..index]
            .iter()
            .find(|first| same(first) == same(entry))
        {
            let message = format!("`{}` is listed twice", entry.value);
            findings.push(
                Diagnostic::new(&codes::DUPLICATE_ENTRY, message, entry.span, "again here")
                    .label(first.span, "first here")
                    .help("remove one of the two"),
            );
        }
    }
}

/// `*` beside names: the names look like a list of all that is let through, and are not.
fn star(list: &[Spanned<String>], what: &str, findings: &mut Vec<Diagnostic>) {
    let Some(star) = list
        .iter()
        .find(|entry| entry.value == "*")
        .filter(|_| list.len() > 1)
    else {
        return;
    };
    findings.push(
        Diagnostic::new(
            &codes::INERT_HEADER,
            format!("`*` lets all {what} through, whatever else is listed"),
            star.span,
            "the other entries do nothing",
        )
        .help("keep `*` alone, or remove it"),
    );
}

/// The second filter, a backend's own, has no wildcard (reference 3.2.6, 3.3.5).
fn no_star(list: &[Spanned<String>], findings: &mut Vec<Diagnostic>) {
    if let Some(star) = list.iter().find(|entry| entry.value == "*") {
        findings.push(
            Diagnostic::new(
                &codes::INERT_HEADER,
                "`*` in a backend's list is a name like any other, and matches nothing",
                star.span,
                "lets nothing through",
            )
            .help("remove the list from the backend: the endpoint's then counts alone"),
        );
    }
}

/// The headers that claims of the endpoint's token become, in lower case, and where that is said.
fn propagated(endpoint: &Endpoint) -> Vec<(String, &Node)> {
    let validators = endpoint
        .extra
        .iter()
        .filter(|extra| extra.namespace.key == "auth/validator");
    validators
        .flat_map(|extra| validator::propagated(&extra.value))
        .map(|header| {
            let name = header.as_str().unwrap_or_default();
            (name.to_ascii_lowercase(), header)
        })
        .collect()
}

/// A claim that becomes a header is one header among others: it must be listed to arrive.
fn dropped(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let listed = |name: &str| {
        let same = |entry: &Spanned<String>| entry.value == "*" || entry.eq_ignore_ascii_case(name);
        endpoint.input_headers.iter().any(same)
    };
    for (name, header) in propagated(endpoint) {
        if !listed(&name) {
            let name = header.as_str().unwrap_or_default();
            findings.push(
                Diagnostic::new(
                    &codes::DROPPED_CLAIM,
                    format!("`{name}` is made of a claim, and no backend gets it"),
                    header.span,
                    "not in `input_headers`",
                )
                .help(format!("add \"{name}\" to the endpoint's `input_headers`")),
            );
        }
    }
}

/// `is_said`: whether the gateway itself says a header (lower case) to this endpoint's backends.
fn headers(
    list: &[Spanned<String>],
    is_said: &dyn Fn(&str) -> bool,
    has_edge: bool,
    findings: &mut Vec<Diagnostic>,
) {
    for entry in list {
        let name = entry.to_ascii_lowercase();
        let inert = |why: &str, help: &str| {
            let message = format!("`{}` is never forwarded: {why}", entry.value);
            Diagnostic::new(&codes::INERT_HEADER, message, entry.span, "does nothing").help(help)
        };
        findings.push(if HOP_BY_HOP.contains(&name.as_str()) {
            inert("it concerns the client's connection only", "remove it")
        } else if name == "host" {
            inert("a backend sees its own name there", "X-Forwarded-Host tells it the client's; remove it")
        } else if name == "content-length" {
            inert("the gateway frames bodies itself", "a known length is kept; remove it")
        } else if is_identity(&name) && !is_said(&name) {
            let why = if has_edge {
                "it says who the caller is, and clients must not be able to say that; the edge sets others"
            } else {
                "it says who the caller is, and clients must not be able to say that; nothing sets it here"
            };
            let finding = Diagnostic::new(
                &codes::STRIPPED_HEADER,
                format!("`{}` from a client is never forwarded", entry.value),
                entry.span,
                "removed before anything is forwarded",
            )
            .note(why);
            if has_edge {
                finding.help("remove it")
            } else {
                finding.help("remove it, or let `github.com/hanzoai/gateway/auth` at the root set X-User-Id and its like")
            }
        } else {
            continue;
        });
    }
}
