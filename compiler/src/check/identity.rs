//! Headers that say who calls: a client that could write one would be whoever it likes.
//!
//! The runtime takes those of AUTH-13 out of every request. Others have the same meaning elsewhere and pass as sent.

use super::guards;
use crate::{
    config::{Config, Endpoint},
    diagnostic::{Diagnostic, codes},
    json::Node,
    matching::is_identity,
    namespace::edge,
    source::Spanned,
};

/// Not stripped, and written by proxies that have authenticated somebody: AUTH-14 of the later line, oauth2-proxy, Envoy,
/// Kong, AWS, Google. `X-Project-Id` is not among them: SDKs choose a project with it.
const TRUSTED: [&str; 21] = [
    "x-user-owner",
    "x-user-isglobaladmin",
    "x-billing-account-id",
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-client-cert",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-remote-user",
    "x-consumer-id",
    "x-consumer-username",
    "x-amzn-oidc-identity",
    "x-amzn-oidc-data",
    "x-goog-authenticated-user-email",
    "x-goog-authenticated-user-id",
];

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    let lists = endpoint
        .backends
        .iter()
        .map(|backend| &backend.input_headers);
    for entry in std::iter::once(&endpoint.input_headers)
        .chain(lists)
        .flatten()
    {
        let name = entry.to_ascii_lowercase();
        if is_set_here(&name, endpoint, config) {
            continue;
        }
        // Frameworks behind the gateway often see no difference (AUTH-15).
        let name = name.replace('_', "-");
        if is_identity(&name) {
            findings.push(stripped(entry, guards::authenticates(endpoint, config)));
        } else if TRUSTED.contains(&name.as_str()) {
            findings.push(passed(entry));
        }
    }
}

/// Whether no request has the header once identities are established: it says who calls, so that a client's word for it is
/// removed, and nothing here says it.
pub fn is_stripped(header: &str, endpoint: &Endpoint, config: &Config) -> bool {
    let name = header.to_ascii_lowercase();
    is_identity(&name.replace('_', "-")) && !is_set_here(&name, endpoint, config)
}

/// Whether the gateway writes the header over what a client sent: a validator does with its `propagate_claims` (also
/// when the claim is missing), and the edge with what it mints.
fn is_set_here(name: &str, endpoint: &Endpoint, config: &Config) -> bool {
    if edge::of(config).is_some_and(|edge| edge.mints(name)) {
        return true;
    }
    propagated(endpoint).any(|header| {
        header
            .as_str()
            .is_some_and(|header| header.eq_ignore_ascii_case(name))
    })
}

/// The headers that the endpoint's validator fills from claims.
pub fn propagated(endpoint: &Endpoint) -> impl Iterator<Item = &Node> {
    let claims = endpoint
        .extra("auth/validator")
        .and_then(|validator| validator.value.get("propagate_claims"));
    let pairs = claims.map(Node::items).unwrap_or_default();
    pairs.iter().filter_map(|pair| match pair.items() {
        [_, header] => Some(header),
        _ => None,
    })
}

fn stripped(entry: &Spanned<String>, known: bool) -> Diagnostic {
    let name = &entry.value;
    if known {
        return Diagnostic::new(
            &codes::STRIPPED_HEADER,
            format!("`{name}` from a client is never forwarded"),
            entry.span,
            "removed before anything is forwarded",
        )
        .note("it says who the caller is, and clients must not be able to say that; nothing here sets it")
        .help("remove it, or set it by `propagate_claims`");
    }
    Diagnostic::new(
        &codes::CLIENT_IDENTITY,
        format!("any client could write `{name}` here"),
        entry.span,
        "says who calls, and nothing here finds that out",
    )
    .note(
        "the old engine passes on whatever a client claims to be; this gateway removes the header",
    )
    .help("remove it; or validate a token and set it by `propagate_claims`, or let `github.com/hanzoai/gateway/auth` at the root find out who calls")
}

fn passed(entry: &Spanned<String>) -> Diagnostic {
    let name = &entry.value;
    Diagnostic::new(
        &codes::CLIENT_IDENTITY,
        format!("`{name}` is passed on as the client wrote it"),
        entry.span,
        "backends take it for the word of a proxy",
    )
    .note("unless a proxy in front of this gateway always overwrites it, any client is whoever it says")
    .help("remove it, set it by `propagate_claims`, or let it pass by `--allow` where such a proxy is the only way in")
}
