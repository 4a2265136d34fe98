//! Regular expressions of a config, judged by the engine that the gateway runs them with.

#[path = "../../../runtime/src/pattern.rs"]
mod pattern;

use super::words::items;
use crate::{
    describe::units::bytes,
    diagnostic::{Diagnostic, codes},
    json::Node,
    source::Span,
};
use pattern::Compile;

pub(super) use pattern::{any_host, any_of};

/// Every expression of the list `key` that is none, and all of them where only together they are too large.
pub(super) fn judge(object: &Node, key: &str, compile: Compile) -> Vec<Diagnostic> {
    let mut sound = Vec::new();
    let mut findings = Vec::new();
    for (node, text) in items(object, key) {
        let large = || {
            compile(&[text])
                .err()
                .map(|_| too_large(node, "the expression takes"))
        };
        match syntax(node, text).or_else(large) {
            Some(finding) => findings.push(finding),
            None => sound.push(text),
        }
    }
    if let Some(list) = object.get(key).filter(|_| compile(&sound).is_err()) {
        findings.push(too_large(list, "together, the expressions take"));
    }
    findings
}

/// What is sound and does not compile exceeds the bound.
fn too_large(node: &Node, what: &str) -> Diagnostic {
    let message = format!(
        "{what} more than {} of memory",
        bytes(pattern::MAX_BYTES as u64)
    );
    Diagnostic::new(&codes::BAD_PATTERN, message, node.start(), "")
        .help("make the repetitions smaller, or the list shorter")
}

/// What the parser says, at the place inside the text.
fn syntax(node: &Node, text: &str) -> Option<Diagnostic> {
    let mut parser = regex_syntax::ParserBuilder::new().utf8(false).build();
    let (message, span) = match parser.parse(text).err()? {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), *error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), *error.span()),
        // The parser has no other today.
        other => return Some(at(node.span, other.to_string())),
    };
    let range = span.start.offset..span.end.offset.max(span.start.offset + 1).min(text.len());
    let place = if range.is_empty() {
        node.span
    } else {
        node.within(range)
    };
    Some(at(place, message))
}

fn at(place: Span, message: String) -> Diagnostic {
    Diagnostic::new(&codes::BAD_PATTERN, message, place, "")
        .help("the syntax is RE2's, without look-around and back-references")
}
