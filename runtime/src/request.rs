//! The head of a request, and its headers as the client wrote them.
//!
//! Most headers are only passed on. A map of all of them, in which each takes a hash, a place and a reference to what it
//! is part of, is made where somebody asks for it; who wants one or two looks through the lines.

mod kind;
pub(crate) mod names;

pub(crate) use kind::Kind;

use crate::{
    h1::spare,
    headers::{self, is_twin},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, request::Parts};
use std::{cell::OnceCell, mem, ops::Range};

/// What a request says before its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub method: Method,
    pub uri: Uri,
    pub version: Version,
    pub headers: Headers,
}

/// One that was read by somebody else, as hyper is.
impl From<Parts> for Head {
    fn from(parts: Parts) -> Head {
        Head {
            method: parts.method,
            uri: parts.uri,
            version: parts.version,
            headers: parts.headers.into(),
        }
    }
}

/// The headers of a request, in the order in which they came, and those that were added since.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    text: Bytes,
    lines: Vec<Line>,
    /// The kinds among them, and perhaps some that were.
    kinds: u32,
    by_name: OnceCell<HeaderMap>,
}

/// One header.
#[derive(Debug)]
pub(crate) struct Line {
    name: HeaderName,
    kind: Kind,
    value: Value,
}

#[derive(Debug)]
enum Value {
    /// A part of the text.
    Part(Range<usize>),
    Own(HeaderValue),
}

impl From<HeaderMap> for Headers {
    fn from(mut map: HeaderMap) -> Headers {
        let mut headers = Headers::within(&Bytes::new());
        let mut last = None;
        names::with(|names| {
            for (name, value) in map.drain() {
                // Of several with one name only the first has it.
                last = name.or(last.take());
                if let Some(name) = last.clone() {
                    let kind = names.kind(&name);
                    headers.add(name, kind, Value::Own(value));
                }
            }
        });
        spare::keep_headers(map);
        headers
    }
}

impl Headers {
    /// More than a [`HeaderMap`] has room for are never read.
    pub const MOST: usize = 24_576;

    /// None yet; those that are pushed are parts of `text`.
    pub fn within(text: &Bytes) -> Headers {
        Headers {
            text: text.clone(),
            lines: spare::lines(),
            kinds: 0,
            by_name: OnceCell::new(),
        }
    }

    /// Adds a header whose `value` is a part of the text, without a byte that a value may not have.
    pub fn push(&mut self, name: HeaderName, kind: Kind, value: &[u8]) {
        let from = value.as_ptr().addr() - self.text.as_ptr().addr();
        self.add(name, kind, Value::Part(from..from + value.len()));
    }

    /// Adds a header of the gateway's own.
    pub fn append(&mut self, name: &HeaderName, value: HeaderValue) {
        self.by_name.take();
        self.add(name.clone(), Kind::of(name), Value::Own(value));
    }

    fn add(&mut self, name: HeaderName, kind: Kind, value: Value) {
        self.kinds |= kind.bit();
        self.lines.push(Line { name, kind, value });
    }

    /// Takes out every identity header (AUTH-13).
    pub fn strip_identity(&mut self) {
        if self.has(Kind::Identity) {
            self.retain(|line| line.kind != Kind::Identity);
        }
    }

    /// Takes out what `Connection` names (RFC 9110 7.6.1); `Connection` itself stays.
    pub fn strip_named(&mut self) {
        let named = headers::named(self.of(Kind::Connection));
        if !named.is_empty() {
            self.retain(|line| !named.contains(&line.name));
        }
    }

    /// Takes out what an upstream may read as `name`, which it is not (as AUTH-15).
    pub fn remove_twins(&mut self, name: &HeaderName) {
        self.retain(|line| !is_twin(&line.name, name));
    }

    /// Takes out every header of this name.
    pub fn remove(&mut self, name: &HeaderName) {
        self.retain(|line| line.name != name);
    }

    fn retain(&mut self, stays: impl Fn(&Line) -> bool) {
        // Nearly always all of them, and looking is cheaper than moving.
        if !self.lines.iter().all(&stays) {
            self.by_name.take();
            self.lines.retain(stays);
        }
    }

    /// Every header.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&HeaderName, &[u8])> {
        self.lines
            .iter()
            .map(|line| (&line.name, line.value.bytes(&self.text)))
    }

    /// Every header, and what it is to a gateway.
    pub fn with_kinds(&self) -> impl Iterator<Item = (Kind, &HeaderName, &[u8])> {
        self.lines
            .iter()
            .map(|line| (line.kind, &line.name, line.value.bytes(&self.text)))
    }

    /// The values of this kind. Where there are none, nothing is looked through.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        let lines = if self.has(kind) { &*self.lines } else { &[] };
        let of_it = lines.iter().filter(move |line| line.kind == kind);
        of_it.map(|line| line.value.bytes(&self.text))
    }

    /// Whether there may be one of this kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.kinds & kind.bit() != 0
    }

    /// Every name, as often as it is there.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.lines.iter().map(|line| &line.name)
    }

    /// The values of `name`.
    pub fn all(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter_map(move |(other, value)| (other == name).then_some(value))
    }

    /// The first value of `name`.
    pub fn first(&self, name: &HeaderName) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The first value of `name`, if it is visible ASCII.
    pub fn text(&self, name: &HeaderName) -> Option<&str> {
        text(self.first(name)?)
    }

    /// The first value of `name`, to be kept.
    pub fn keep(&self, name: &HeaderName) -> Option<HeaderValue> {
        let line = self.lines.iter().find(|line| line.name == name)?;
        Some(line.value.shared(&self.text))
    }

    /// The first value of this kind, to be kept.
    pub fn keep_of(&self, kind: Kind) -> Option<HeaderValue> {
        if !self.has(kind) {
            return None;
        }
        let line = self.lines.iter().find(|line| line.kind == kind)?;
        Some(line.value.shared(&self.text))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// All of them by name, made at the first call: for who looks for many, or works on the headers of answers too.
    pub fn by_name(&self) -> &HeaderMap {
        self.by_name.get_or_init(|| {
            let mut map = spare::headers();
            map.reserve(self.lines.len());
            for line in &self.lines {
                map.append(line.name.clone(), line.value.shared(&self.text));
            }
            map
        })
    }

    /// Gives their memory to the next request.
    pub fn end(&mut self) {
        let headers = mem::take(self);
        spare::keep_lines(headers.lines);
        if let Some(map) = headers.by_name.into_inner() {
            spare::keep_headers(map);
        }
    }
}

impl Value {
    fn bytes<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        match self {
            Value::Part(range) => &text[range.clone()],
            Value::Own(value) => value.as_bytes(),
        }
    }

    fn shared(&self, text: &Bytes) -> HeaderValue {
        match self {
            Value::Part(range) => HeaderValue::from_maybe_shared(text.slice(range.clone()))
                .expect("who reads heads looks at every byte"),
            Value::Own(value) => value.clone(),
        }
    }
}

/// `value`, if it is visible ASCII, spaces and tabs.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    let visible = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    let text = std::str::from_utf8(value).ok()?;
    value.iter().all(visible).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::Headers;
    use crate::h1::{Bounds, head::request};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    fn of(lines: &[(&'static str, &str)]) -> Headers {
        let lines: Vec<_> = lines.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\n{}\r\n", lines.concat());
        read(head.into_bytes()).expect("a head")
    }

    fn read(head: Vec<u8>) -> Option<Headers> {
        let bounds = Bounds {
            bytes: 1000,
            fields: 10,
        };
        let head = request::read(&Bytes::from(head), bounds).ok()?;
        Some(head.request.headers)
    }

    fn lines(headers: &Headers) -> Vec<String> {
        let lines = headers.iter();
        lines
            .map(|(name, value)| format!("{name}: {}", value.escape_ascii()))
            .collect()
    }

    #[test]
    fn a_value_that_is_read_is_a_value() {
        for byte in 0..=255 {
            let mut head = b"GET / HTTP/1.1\r\nx-a: b".to_vec();
            head.extend([byte, b'c']);
            head.extend(b"\r\n\r\n");
            // Panics if there is one that a map does not take.
            let read = read(head).map(|headers| headers.by_name()["x-a"].clone());
            let alone = HeaderValue::from_bytes(&[b'b', byte, b'c']).ok();
            assert_eq!(read, alone, "{byte}");
        }
    }

    #[test]
    fn what_is_changed_is_changed_for_everyone() {
        let name = HeaderName::from_static;
        let mut headers = of(&[("X-A", "1"), ("Host", "h"), ("x-a", "2"), ("X-B", "")]);
        assert_eq!(headers.by_name().len(), 4);
        headers.remove(&name("x-b"));
        headers.append(&name("x-a"), HeaderValue::from_static("3"));
        assert_eq!(lines(&headers), ["x-a: 1", "host: h", "x-a: 2", "x-a: 3"]);
        assert_eq!(headers.first(&name("x-a")), Some(&b"1"[..]));
        assert_eq!(headers.keep(&header::HOST).expect("a host"), "h");
        let by_name = headers.by_name();
        let values: Vec<_> = by_name.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2", "3"]);
        headers.remove(&name("x-a"));
        assert_eq!(lines(&headers), ["host: h"]);
        assert_eq!(headers.by_name().len(), 1);
    }

    #[test]
    fn what_a_client_may_not_say_is_gone() {
        let mut headers = of(&[
            ("X-User-Id", "eve"),
            ("X_Org_ID", "hanzo"),
            ("X-IAM-Any", "1"),
            ("Connection", "close, X-Hop, host"),
            ("X-Hop", "1"),
            ("Host", "h"),
            ("X_Tenant", "t"),
            ("x-user-id", "eve"),
            ("X-Tenant", "t"),
        ]);
        headers.strip_identity();
        headers.strip_named();
        headers.remove_twins(&HeaderName::from_static("x-tenant"));
        let left = ["connection: close, X-Hop, host", "host: h", "x-tenant: t"];
        assert_eq!(lines(&headers), left);
    }

    #[test]
    fn a_map_becomes_lines() {
        let mut map = HeaderMap::new();
        for (name, value) in [("x-a", "1"), ("host", "h"), ("x-a", "2"), ("x-a", "3")] {
            map.append(name, HeaderValue::from_static(value));
        }
        let headers = Headers::from(map.clone());
        assert_eq!(*headers.by_name(), map);
        let mut lines = lines(&headers);
        lines.sort();
        assert_eq!(lines, ["host: h", "x-a: 1", "x-a: 2", "x-a: 3"]);
    }

    #[test]
    fn only_visible_characters_are_text() {
        let headers = of(&[("x-a", "a\tb c~"), ("x-b", "é")]);
        assert_eq!(
            headers.text(&HeaderName::from_static("x-a")),
            Some("a\tb c~")
        );
        assert_eq!(headers.text(&HeaderName::from_static("x-b")), None);
    }
}
