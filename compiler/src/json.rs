//! Text → [`Node`]: strict JSON (RFC 8259), every value and key with its span.
//!
//! `json/parse.rs` is the only file that knows the JSON parser.

mod parse;
mod print;

use crate::source::{Span, Spanned};

pub use parse::{MAX_DEPTH, parse};
pub use print::{Layout, print};

/// The greatest integer up to which every one is an f64 of its own: 2^53.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The six kinds of values (RFC 8259, 3).
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Not the same as a key left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// As written: `1.50` stays `1.50`.
    Number(String),
    /// Without quotes and escapes.
    String(String),
    /// In order.
    Array(Vec<Node>),
    /// In the order of the file; keys are unique (a duplicate is an error finding), but for those of comments.
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Without escapes; its span has the quotes.
    pub key: Spanned<String>,
    /// What it stands for.
    pub value: Node,
}

/// Whether a key is a comment: it starts with `@`, `$`, `_` or `#`. Such keys may stand in any object and are never read
/// (`$schema` included: it is for editors).
pub fn is_comment(key: &str) -> bool {
    key.starts_with(['@', '$', '_', '#'])
}

impl Node {
    /// The member of an object; `None` too when this is no object.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key.value == key)
    }

    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.value)
    }

    /// The members of an object, comments too; empty when this is no object.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; empty when this is no array.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    /// `None` when this is no string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// `None` when this is no boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A non-negative integer that fits; `1e3` and `8.0` are integers too, to JSON Schema and so here.
    pub fn as_u64(&self) -> Option<u64> {
        let Kind::Number(text) = &self.kind else {
            return None;
        };
        text.parse().ok().or_else(|| {
            let number: f64 = text.parse().ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked: exact in f64"
            )]
            (number.fract() == 0.0 && (0.0..=MAX_EXACT).contains(&number)).then_some(number as u64)
        })
    }

    /// What a person calls it: `a string`.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }

    /// A place to point at that is never more than one line: the opening bracket of a list or object, else all of it.
    pub fn start(&self) -> Span {
        match self.kind {
            Kind::Array(_) | Kind::Object(_) => Span::new(self.span.start, self.span.start + 1),
            _ => self.span,
        }
    }

    /// Where `inner` (a byte range of the string's value) stands in the file. A literal with escapes is not mapped: the
    /// whole of it is the answer.
    pub fn within(&self, inner: std::ops::Range<usize>) -> Span {
        match &self.kind {
            Kind::String(text) if text.len() + 2 == self.span.end - self.span.start => Span::new(
                self.span.start + 1 + inner.start,
                self.span.start + 1 + inner.end,
            ),
            _ => self.span,
        }
    }

    /// Where the parts stand that are not inside this value's own span: what `$use` and `$defaults` brought.
    pub fn elsewhere(&self) -> Vec<Span> {
        let mut known = vec![self.span];
        self.gather(&mut known);
        known.split_off(1)
    }

    fn gather(&self, known: &mut Vec<Span>) {
        let mut note = |place: Span| {
            if !known
                .iter()
                .any(|span| span.start <= place.start && place.end <= span.end)
            {
                known.push(place);
            }
        };
        self.items().iter().for_each(|item| note(item.span));
        for member in self.members() {
            note(Span::new(member.key.span.start, member.value.span.end));
        }
        self.items().iter().for_each(|item| item.gather(known));
        for member in self.members() {
            member.value.gather(known);
        }
    }

    /// The value without its places.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            // Every JSON number is a number to serde_json unless it overflows f64 (`1e999`): that is an error already.
            Kind::Number(text) => text.parse().map_or(Value::Null, Value::Number),
            Kind::String(text) => Value::String(text.clone()),
            Kind::Array(items) => items.iter().map(Node::to_value).collect(),
            Kind::Object(members) => members
                .iter()
                .map(|member| (member.key.value.clone(), member.value.to_value()))
                .collect(),
        }
    }
}
