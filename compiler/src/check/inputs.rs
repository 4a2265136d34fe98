//! What an endpoint lets through to its backends: headers and query strings.

use crate::{
    config::Endpoint,
    diagnostic::{Diagnostic, codes},
    json::Node,
    namespace::validator,
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

/// They say who the caller is; only the gateway may say that (AUTH-13). The runtime strips the same ones.
const IDENTITY: [&str; 12] = [
    "x-user-id",
    "x-org-id",
    "x-roles",
    "x-user-permissions",
    "x-user-email",
    "x-phone-number",
    "x-user-isadmin",
    "x-user-role",
    "x-user-roles",
    "x-user-name",
    "x-tenant-id",
    "x-org",
];
const IDENTITY_PREFIXES: [&str; 2] = ["x-iam-", "x-hanzo-"];

pub fn check(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    duplicates(&endpoint.input_headers, str::to_ascii_lowercase, findings);
    duplicates(&endpoint.input_query_strings, str::to_owned, findings);
    star(&endpoint.input_headers, "headers", findings);
    star(&endpoint.input_query_strings, "parameters", findings);
    let minted = propagated(endpoint);
    let minted: Vec<&str> = minted.iter().map(|(name, _)| name.as_str()).collect();
    headers(&endpoint.input_headers, &minted, findings);
    dropped(endpoint, findings);
    for backend in &endpoint.backends {
        duplicates(&backend.input_headers, str::to_ascii_lowercase, findings);
        duplicates(&backend.input_query_strings, str::to_owned, findings);
        no_star(&backend.input_headers, findings);
        no_star(&backend.input_query_strings, findings);
        headers(&backend.input_headers, &minted, findings);
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

/// `minted`: what the gateway itself says in these names, in place of the client.
fn headers(list: &[Spanned<String>], minted: &[&str], findings: &mut Vec<Diagnostic>) {
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
        } else if is_identity(&name) && !minted.contains(&name.as_str()) {
            Diagnostic::new(
                &codes::STRIPPED_HEADER,
                format!("`{}` from a client is never forwarded", entry.value),
                entry.span,
                "removed before anything is forwarded",
            )
            .note("it says who the caller is, and clients must not be able to say that; nothing sets it yet")
            .help("remove it")
        } else {
            continue;
        });
    }
}

/// `_` counts as `-`: frameworks behind the gateway often see no difference (AUTH-15).
fn is_identity(name: &str) -> bool {
    let name = name.replace('_', "-");
    IDENTITY.contains(&name.as_str())
        || IDENTITY_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}
