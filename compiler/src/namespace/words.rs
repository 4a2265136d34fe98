//! Values of a namespace's keys, typed. The schema has checked the types; what a text holds is looked into here.

use crate::{
    config::{duration, header},
    diagnostic::{Diagnostic, codes},
    json::Node,
};
use http::HeaderValue;
use std::time::Duration;

/// Absent is `false`.
pub fn flag(object: &Node, key: &str) -> bool {
    object.get(key).and_then(Node::as_bool).unwrap_or_default()
}

/// Absent and empty are the same.
pub fn text<'a>(object: &'a Node, key: &str) -> Option<&'a str> {
    let text = object.get(key).and_then(Node::as_str);
    text.filter(|text| !text.is_empty())
}

/// The strings of a list, with their places.
pub fn items<'a>(object: &'a Node, key: &str) -> impl Iterator<Item = (&'a Node, &'a str)> {
    let items = object.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|node| Some((node, node.as_str()?)))
}

/// The strings of a list; `None` if there is no such key.
pub fn texts(object: &Node, key: &str) -> Option<Vec<String>> {
    object.get(key)?;
    Some(
        items(object, key)
            .map(|(_, text)| text.to_owned())
            .collect(),
    )
}

/// A list that is not the default one: what is as without it need not be said.
pub fn other_than<T: AsRef<str>>(default: &[T], list: Option<Vec<String>>) -> Option<Vec<String>> {
    list.filter(|list| {
        !list
            .iter()
            .map(String::as_str)
            .eq(default.iter().map(AsRef::as_ref))
    })
}

/// A value that is not the default one.
pub fn other<T, D: PartialEq<T> + ?Sized>(default: &D, value: Option<T>) -> Option<T> {
    value.filter(|value| default != value)
}

pub fn duration(object: &Node, key: &str, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    let node = object.get(key)?;
    match duration::parse(node.as_str()?) {
        Ok(duration) => Some(duration),
        Err(error) => {
            findings.push(duration::finding(node, &error));
            None
        }
    }
}

/// A list of header names.
pub fn header_names(
    object: &Node,
    key: &str,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<String>> {
    for (node, text) in items(object, key) {
        findings.extend(header_name(node, text));
    }
    texts(object, key)
}

pub fn header_name(node: &Node, text: &str) -> Option<Diagnostic> {
    let finding = || {
        let message = format!("`{text}` is not a header name");
        Diagnostic::new(&codes::BAD_HEADER, message, node.span, "")
            .help("for example \"X-Forwarded-Proto\"")
    };
    (!header::is_token(text)).then(finding)
}

/// What a header cannot say.
pub fn header_value(node: &Node, text: &str) -> Option<Diagnostic> {
    let sound = HeaderValue::from_str(text).is_ok() && text.trim() == text;
    (!sound).then(|| {
        let message = "this is not the value of a header";
        Diagnostic::new(&codes::BAD_HEADER_VALUE, message, node.span, "")
            .help("plain ASCII on one line, without spaces at its ends")
    })
}

/// `key` is written and does nothing.
pub fn inert(object: &Node, key: &str, why: &str, help: &str) -> Option<Diagnostic> {
    let member = object.member(key)?;
    let message = format!("`{key}` does nothing here");
    Some(Diagnostic::new(&codes::INERT_KEY, message, member.key.span, why).help(help))
}
