//! Secrets that stand in a config: known by the key that holds them, or by their own shape.
//!
//! They are reported ([`judge`]), and never shown: what is rendered of a file goes through [`masked`], whatever is being
//! reported about it, and what findings quote goes through [`concealed`].

mod shape;

use crate::{
    diagnostic::{Diagnostic, codes},
    json::{self, Kind, Member, Node},
    source::{Source, Span},
};
use std::borrow::Cow;

/// Keys that hold a secret and nothing else (reference 6.1, 9, 30; the Enterprise edition's keys of API clients).
const HOLDERS: [&str; 10] = [
    "client_secret",
    "secret_access_key",
    "secret_key",
    "signing_key",
    "cypher_key",
    "api_key",
    "api_token",
    "apikey",
    "password",
    "passwd",
];

/// A secret and what tells it.
struct Found {
    span: Span,
    /// For people: `an OpenAI-style key`.
    what: String,
}

/// A finding for each, the secret itself left out. The text as it was written is judged: what `$define` has and nobody
/// uses is in the repository all the same, and so is what a comment says.
pub fn judge(root: &Node) -> Vec<Diagnostic> {
    let finding = |found: Found| {
        Diagnostic::new(
            &codes::LITERAL_SECRET,
            "a secret stands in the config",
            found.span,
            found.what,
        )
        .note("whoever reads the repository, the image or the binary has it; gwc shows it nowhere")
        .help(
            "take it back where it was issued; the next one comes from the environment or a file: `${env:NAME}`, where a key takes slots",
        )
    };
    find(root).into_iter().map(finding).collect()
}

fn find(root: &Node) -> Vec<Found> {
    let mut found = Vec::new();
    node(root, &mut found);
    found
}

fn node(value: &Node, found: &mut Vec<Found>) {
    match &value.kind {
        Kind::String(text) => {
            if let Some((range, what)) = shape::find(text) {
                found.push(Found {
                    span: value.within(range),
                    what: what.to_owned(),
                });
            }
        }
        Kind::Array(items) => items.iter().for_each(|item| node(item, found)),
        Kind::Object(members) => members.iter().for_each(|inner| member(inner, found)),
        _ => {}
    }
}

fn member(member: &Member, found: &mut Vec<Found>) {
    let key = member.key.value.as_str();
    match member.value.as_str() {
        Some(text) if HOLDERS.contains(&key) && is_literal(text) => found.push(Found {
            span: inside(&member.value),
            what: format!("the value of `{key}`"),
        }),
        _ => node(&member.value, found),
    }
}

/// Not empty, and no place for something that comes from elsewhere: `${SECRET}`, `$SECRET`, `{{ .secret }}`, `<secret>`.
fn is_literal(text: &str) -> bool {
    !(text.is_empty() || text.starts_with('$') || text.contains("{{") || text.starts_with('<'))
}

/// A string without its quotes.
fn inside(value: &Node) -> Span {
    Span::new(value.span.start + 1, value.span.end - 1)
}

/// The text of a file as it may be shown: `*` for each byte of a secret, so that every place stays where it is.
pub fn masked(source: &Source) -> Cow<'_, str> {
    let mut spans: Vec<Span> = match json::parse(source).0 {
        Some(root) => find(&root).into_iter().map(|found| found.span).collect(),
        // What is no JSON is shown too, and is where a hurried paste ends up.
        None => held(&source.text),
    };
    spans.extend(shape::all(&source.text).map(|range| Span::new(range.start, range.end)));
    if spans.is_empty() {
        return Cow::Borrowed(&source.text);
    }
    let mut bytes = source.text.as_bytes().to_vec();
    for span in spans {
        for byte in &mut bytes[span.range()] {
            if !byte.is_ascii_control() {
                *byte = b'*';
            }
        }
    }
    // Whole characters are replaced, so what is left is UTF-8.
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands behind the keys that hold secrets, in a text that could not be parsed: to the end of the string or line.
fn held(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for key in HOLDERS {
        for (at, quoted) in text.match_indices(&format!("\"{key}\"")) {
            let rest = text[at + quoted.len()..].trim_start();
            let Some(value) = rest.strip_prefix(':') else {
                continue;
            };
            let value = value.trim_start().trim_start_matches('"');
            // `value` is the end of `text`.
            let start = text.len() - value.len();
            let end = value.find(['"', '\n']).unwrap_or(value.len());
            spans.push(Span::new(start, start + end));
        }
    }
    spans
}

/// What a finding quotes, without secrets that are known by their shape.
pub fn concealed(text: &str) -> Option<String> {
    let mut hidden = text.to_owned();
    let mut changed = false;
    while let Some((range, _)) = shape::find(&hidden) {
        hidden.replace_range(range, "***");
        changed = true;
    }
    changed.then_some(hidden)
}

#[cfg(test)]
mod tests;
