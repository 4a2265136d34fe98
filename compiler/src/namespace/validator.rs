//! `auth/validator`: tokens that an endpoint asks for. `validator/keys.rs` reads where its keys come from,
//! `validator/lower.rs` makes the static of the generated `jwt.rs` and the step of the handler.

mod keys;
mod lower;

use super::Scope;
use crate::{
    config::{duration, header, slot},
    diagnostic::{Diagnostic, codes},
    json::Node,
    plan::Text,
};
use std::time::Duration;

pub use keys::{Keys, private as private_keys};
pub use lower::{alg, keys_of, lower};

/// Seconds, where nothing or 0 is said (`krakend-namespaces` 6.1).
const USUAL_LIFETIME: u64 = 900;
/// The runtime's.
const USUAL_LEEWAY: Duration = Duration::from_secs(1);

/// What a token must be, and what becomes of its claims. Names of headers are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validator {
    /// As tokens spell it.
    pub alg: String,
    /// What vouches for tokens.
    pub keys: Keys,
    /// `kid`, `x5t`, `x5t#S256`, `kid_x5t`.
    pub key_id: Option<String>,
    /// `None`: any.
    pub issuer: Option<Text>,
    /// Empty: any.
    pub audience: Vec<String>,
    /// One of them will do.
    pub any_audience: bool,
    /// `None`: no role is asked for.
    pub roles: Option<Wanted>,
    /// `None`: no scope is asked for.
    pub scopes: Option<Wanted>,
    /// `None`: `authorization`.
    pub header: Option<String>,
    /// `None`: `access_token`.
    pub cookie: Option<String>,
    /// Claim and header.
    pub propagate: Vec<(String, String)>,
    /// A list becomes several headers.
    pub keep_arrays: bool,
    /// Refusals are logged as errors.
    pub debug: bool,
    /// `None`: the runtime's.
    pub leeway: Option<Duration>,
}

/// Words that a claim must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub claim: String,
    /// Dots in it lead inside.
    pub nested: bool,
    /// Not empty.
    pub words: Vec<String>,
    /// All of them, or any.
    pub all: bool,
}

/// They are the gateway's to say, whatever a token has.
const OURS: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A block of an endpoint. The schema has checked types and enumerations.
pub fn read(node: &Node) -> (Validator, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let validator = Validator {
        alg: text(node, "alg").unwrap_or_else(|| "RS256".to_owned()),
        keys: keys::read(node, &mut findings),
        key_id: text(node, "key_identify_strategy").filter(|by| by != "kid"),
        issuer: node
            .get("issuer")
            .and_then(|issuer| slot::something(issuer, &mut findings)),
        audience: texts(node, "audience"),
        any_audience: text(node, "audience_match").as_deref() == Some("any"),
        roles: roles(node, &mut findings),
        scopes: scopes(node, &mut findings),
        header: name(node, "auth_header_name", &mut findings)
            .map(|name| name.to_ascii_lowercase())
            .filter(|name| name != "authorization"),
        cookie: name(node, "cookie_key", &mut findings).filter(|name| name != "access_token"),
        propagate: propagate(node, &mut findings),
        keep_arrays: flag(node, "propagate_claims_preserve_array"),
        debug: flag(node, "operation_debug"),
        leeway: text(node, "leeway")
            .and_then(|text| duration::parse(&text).ok())
            .filter(|leeway| *leeway != USUAL_LEEWAY),
    };
    if let Some(matcher) = node.member("audience_match")
        && validator.audience.is_empty()
    {
        findings.push(inert(
            "audience_match",
            matcher.key.span,
            "there is no `audience` to match",
        ));
    }
    (validator, findings)
}

/// For how long keys are fresh, where a validator does not say.
pub fn shared_lifetime(node: &Node) -> Duration {
    let seconds = node.get("shared_cache_duration").and_then(Node::as_u64);
    Duration::from_secs(seconds.filter(|s| *s > 0).unwrap_or(USUAL_LIFETIME))
}

/// The root's block has one key, of which there is nothing more to say.
pub fn judge(node: &Node, scope: Scope) -> Vec<Diagnostic> {
    match scope {
        Scope::Service => Vec::new(),
        _ => read(node).1,
    }
}

fn roles(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let words = texts(node, "roles");
    if words.is_empty() {
        if let Some(key) = node.member("roles_key") {
            findings.push(inert(
                "roles_key",
                key.key.span,
                "there are no `roles` to look for",
            ));
        }
        return None;
    }
    let claim = text(node, "roles_key").unwrap_or_else(|| "roles".to_owned());
    let has_dots = claim.contains('.') && !claim.starts_with("http");
    let nested = flag(node, "roles_key_is_nested") && has_dots;
    Some(Wanted {
        claim,
        nested,
        words,
        all: false,
    })
}

/// Scopes without a claim were once not looked for at all.
fn scopes(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let (words, claim) = (texts(node, "scopes"), text(node, "scopes_key"));
    match (words.is_empty(), claim) {
        // Scopes without a claim are an error elsewhere: they could not be looked for.
        (_, None) => None,
        (true, Some(_)) => {
            let key = node.member("scopes_key")?;
            findings.push(inert(
                "scopes_key",
                key.key.span,
                "there are no `scopes` to look for",
            ));
            None
        }
        (false, Some(claim)) => Some(Wanted {
            claim,
            nested: true,
            words,
            all: text(node, "scopes_matcher").as_deref() == Some("all"),
        }),
    }
}

fn propagate(node: &Node, findings: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let list = node.get("propagate_claims").map(Node::items);
    for pair in list.unwrap_or_default() {
        let [claim, header] = pair.items() else {
            continue;
        };
        let (Some(claim), Some(text)) = (claim.as_str(), header.as_str()) else {
            continue;
        };
        let name = text.to_ascii_lowercase();
        if !header::is_token(text) {
            findings.push(bad_name(text, header, "for example \"X-User-Id\""));
        } else if OURS.contains(&name.as_str()) {
            findings.push(
                Diagnostic::new(
                    &codes::BAD_HEADER,
                    format!("no claim can become `{text}`"),
                    header.span,
                    "the gateway sets it itself",
                )
                .help("use a header of your own, for example \"X-User-Id\""),
            );
        } else if pairs.iter().any(|(_, known)| *known == name) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_ENTRY,
                    format!("two claims become `{text}`"),
                    header.span,
                    "only this one arrives",
                )
                .help("remove one of the two"),
            );
        }
        pairs.retain(|(_, known)| *known != name);
        pairs.push((claim.to_owned(), name));
    }
    pairs
}

fn name(node: &Node, key: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let value = node.get(key)?;
    let text = value.as_str()?;
    if !header::is_token(text) {
        findings.push(bad_name(text, value, "letters, digits and `-`"));
    }
    Some(text.to_owned())
}

fn bad_name(text: &str, node: &Node, help: &str) -> Diagnostic {
    let message = format!("`{text}` is not a name that a header or cookie can have");
    Diagnostic::new(&codes::BAD_HEADER, message, node.span, "").help(help)
}

fn inert(key: &str, span: crate::source::Span, why: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::INERT_KEY,
        format!("`{key}` does nothing here"),
        span,
        why,
    )
    .help("remove the key")
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::as_str).map(str::to_owned)
}

fn texts(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    let texts = items.iter().filter_map(Node::as_str);
    texts.map(str::to_owned).collect()
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool).unwrap_or_default()
}
