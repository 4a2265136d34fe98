//! One damaged config after another: damage that knows what JSON is made of, and damage that does not.

use crate::{random::Random, seeds::Seeds};
use gwc::{
    json::{self, Kind, Node},
    source::{Source, Span},
};
use std::ops::Range;

/// Numbers at the edges of what readers hold.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e999",
    "1e-999",
    "1.0",
    "8080.0",
    "8.08e3",
    "0.5",
    "4294967296",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "01",
    "1.",
    ".5",
    "+1",
    "0x10",
    "NaN",
];

/// What strings may hold: escapes, right-to-left marks, half a character, placeholders, all but letters.
const TEXTS: &[&str] = &[
    "é",
    "\u{1f980}",
    "\u{202e}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{2028}",
    "\\u0000",
    "\\ud800",
    "\\ud83e\\udd80",
    "\\",
    "\\x",
    "\\\"",
    "\n",
    "\t",
    "{",
    "}",
    "{}",
    "{id}",
    "{a/b}",
    "{JWT.sub}",
    "{resp0_a.b}",
    "*",
    "/*",
    "/",
    "//",
    "/../",
    "%",
    "%2",
    "%zz",
    "%2f",
    "?",
    "?a={id}",
    "#",
    ":",
    "$endpoint",
    "${env:X}",
    "${env:X:-}",
    "${file:/a}",
    "[::1]",
    "0s",
    "1e3s",
    "99999999h",
    "\u{b5}s",
    "@",
    "$",
    "_",
    "#",
    "é{id}é",
];

const BYTES: &[u8] = b"{}[]\",:*/%?#$@.-+_ 0159aeEtnZ\n\r\t\\\x00\x7f";

/// Nothing that a person would write is longer; deeper passes are quadratic in nothing that this leaves out.
const MAX: usize = 256 * 1024;

pub struct Mutator<'s> {
    seeds: &'s Seeds,
    random: Random,
}

impl<'s> Mutator<'s> {
    pub fn new(seeds: &'s Seeds, random: Random) -> Mutator<'s> {
        Mutator { seeds, random }
    }

    /// Mostly with one damage: two often hide each other.
    pub fn next(&mut self) -> String {
        let mut text = self.seeds.pick(&mut self.random).to_owned();
        let damages = 1 + self.random.below(3) * self.random.below(2);
        for _ in 0..damages {
            text = self.damaged(text);
        }
        if text.len() > MAX {
            let end = (0..=MAX)
                .rev()
                .find(|&at| text.is_char_boundary(at))
                .unwrap_or(0);
            text.truncate(end);
        }
        text
    }

    fn damaged(&mut self, text: String) -> String {
        if self.random.one_in(6) {
            return self.bytes(&text);
        }
        let (root, _) = json::parse(&Source::new("gateway.json", text.as_str()));
        match root {
            Some(root) => self.structure(&text, &root),
            None => self.bytes(&text),
        }
    }

    /// Without looking at what it is.
    fn bytes(&mut self, text: &str) -> String {
        let at = self.boundary(text, 0);
        let byte = char::from(*self.random.pick(BYTES)).to_string();
        let next = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        match self.random.below(8) {
            0 => replaced(text, at..next, &byte),
            1 => replaced(text, at..at, &byte),
            2 => replaced(text, at..next, ""),
            3 => text[..at].to_owned(),
            4 => {
                let end = self.boundary(text, at);
                replaced(text, at..end, "")
            }
            5 => {
                let end = self.boundary(text, at).min(at + 2_000);
                let end = (at..=end)
                    .rev()
                    .find(|&end| text.is_char_boundary(end))
                    .unwrap_or(at);
                replaced(text, at..at, &text[at..end])
            }
            6 => {
                let piece = *self.random.pick(TEXTS);
                replaced(text, at..at, piece)
            }
            _ => {
                let open = *self.random.pick(&["[", "{\"a\":", "[{\"endpoint\":"]);
                let depth = 1 << self.random.below(13);
                replaced(text, at..at, open.repeat(depth))
            }
        }
    }

    /// A place in the text, at or behind `from`.
    fn boundary(&mut self, text: &str, from: usize) -> usize {
        let at = from + self.random.below(text.len() - from + 1);
        (at..=text.len())
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(text.len())
    }

    /// By a part of the tree.
    fn structure(&mut self, text: &str, root: &Node) -> String {
        let mut values = Vec::new();
        gather(root, &mut values);
        let node = *self.random.pick(&values);
        match self.random.below(18) {
            // A value from anywhere, of this config or of another.
            0 => {
                let other = *self.random.pick(&values);
                replaced(text, node.span.range(), &text[other.span.range()])
            }
            1 => replaced(
                text,
                node.span.range(),
                self.random.pick(&self.seeds.values),
            ),
            2 => replaced(text, node.span.range(), self.random.pick(NUMBERS)),
            3 => replaced(
                text,
                node.span.range(),
                self.random.pick(&[
                    "null", "true", "false", "{}", "[]", "\"\"", "[null]", "[[]]",
                ]),
            ),
            4 | 5 => self.string(text, &values),
            6 => self.member(text, &values),
            7 => self.swapped(text, &values),
            8 => without(text, node),
            9 => replaced(
                text,
                node.span.start..node.span.start,
                format!("{}, ", &text[node.span.range()]),
            ),
            10 => self.key(text, &values),
            11..=16 => self.alike(text, &values),
            _ => {
                let depth = 1 + self.random.below(200);
                let (open, close) =
                    *self
                        .random
                        .pick(&[("[", "]"), ("{\"a\":", "}"), ("{\"$use\":[", "]}")]);
                let nested = format!(
                    "{}{}{}",
                    open.repeat(depth),
                    &text[node.span.range()],
                    close.repeat(depth)
                );
                replaced(text, node.span.range(), &nested)
            }
        }
    }

    /// Something into a string, or in its place.
    fn string(&mut self, text: &str, values: &[&Node]) -> String {
        let strings: Vec<Span> = values
            .iter()
            .filter(|node| matches!(node.kind, Kind::String(_)))
            .map(|node| node.span)
            .collect();
        if strings.is_empty() {
            return self.bytes(text);
        }
        let span = *self.random.pick(&strings);
        let inner = span.start + 1..span.end - 1;
        let at = inner.start + self.boundary(&text[inner.clone()], 0);
        let piece = *self.random.pick(TEXTS);
        match self.random.below(4) {
            0 => replaced(text, inner, piece),
            1 => {
                let times = 1 << self.random.below(15);
                replaced(text, at..at, piece.repeat(times.min(40_000 / piece.len())))
            }
            2 => replaced(text, at..inner.end, piece),
            _ => replaced(text, at..at, piece),
        }
    }

    /// A member of another config into an object.
    fn member(&mut self, text: &str, values: &[&Node]) -> String {
        let objects: Vec<&&Node> = values
            .iter()
            .filter(|node| matches!(node.kind, Kind::Object(_)))
            .collect();
        if objects.is_empty() {
            return self.bytes(text);
        }
        let object = *self.random.pick(&objects);
        let comma = if object.members().is_empty() {
            ""
        } else {
            ", "
        };
        let at = object.span.start + 1;
        let piece = self.random.pick(&self.seeds.members);
        replaced(text, at..at, format!("{piece}{comma}"))
    }

    /// What another config says there: the way to damage that only the later passes see.
    fn alike(&mut self, text: &str, values: &[&Node]) -> String {
        let members: Vec<_> = values.iter().flat_map(|node| node.members()).collect();
        if members.is_empty() {
            return self.bytes(text);
        }
        let member = *self.random.pick(&members);
        match self.seeds.by_key.get(&member.key.value) {
            Some(alike) if !alike.is_empty() => {
                replaced(text, member.value.span.range(), self.random.pick(alike))
            }
            _ => self.bytes(text),
        }
    }

    fn swapped(&mut self, text: &str, values: &[&Node]) -> String {
        let (one, other) = (self.random.pick(values).span, self.random.pick(values).span);
        let (first, second) = if one.start <= other.start {
            (one, other)
        } else {
            (other, one)
        };
        if first.end > second.start {
            return self.bytes(text);
        }
        let (a, b) = (&text[first.range()], &text[second.range()]);
        let text = replaced(text, second.range(), a);
        replaced(&text, first.range(), b)
    }

    /// A key as a comment, as another key, or with something in it.
    fn key(&mut self, text: &str, values: &[&Node]) -> String {
        let keys: Vec<Span> = values
            .iter()
            .flat_map(|node| node.members())
            .map(|member| member.key.span)
            .collect();
        if keys.is_empty() {
            return self.bytes(text);
        }
        let (span, other) = (*self.random.pick(&keys), *self.random.pick(&keys));
        match self.random.below(3) {
            0 => replaced(text, span.range(), &text[other.range()]),
            1 => {
                let mark = *self
                    .random
                    .pick(&["@", "$", "_", "#", "$use", "$define", "$defaults"]);
                replaced(text, span.start + 1..span.start + 1, mark)
            }
            _ => {
                let at = span.start + 1 + self.boundary(&text[span.start + 1..span.end - 1], 0);
                let piece = *self.random.pick(TEXTS);
                replaced(text, at..at, piece)
            }
        }
    }
}

fn gather<'n>(node: &'n Node, values: &mut Vec<&'n Node>) {
    values.push(node);
    node.items().iter().for_each(|item| gather(item, values));
    node.members()
        .iter()
        .for_each(|member| gather(&member.value, values));
}

fn replaced(text: &str, range: Range<usize>, by: impl AsRef<str>) -> String {
    let by = by.as_ref();
    format!("{}{by}{}", &text[..range.start], &text[range.end..])
}

/// A value left out; with the comma behind it, if there is one.
fn without(text: &str, node: &Node) -> String {
    let rest = &text[node.span.end..];
    let comma = rest
        .trim_start()
        .strip_prefix(',')
        .map_or(rest, str::trim_start);
    format!("{}{comma}", &text[..node.span.start])
}
