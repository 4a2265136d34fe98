//! `gwc fmt`: one layout for a config, whoever wrote it.
//!
//! Keys stay in the author's order, literals as they were written. Whatever fits stays on one line, except what people
//! look for line by line: the root, the list of endpoints, each endpoint, and objects that hold several objects. An
//! endpoint's path and method share a line, for together they are the route. A long list of plain values is filled like
//! a paragraph, so that a header list does not push its endpoint off the screen. Of blank lines one is kept.

use crate::{
    json::{Kind, Member, Node},
    source::{Source, Span},
};

/// Columns of a line; a longer literal stands as it is, for nothing could break it.
const WIDTH: usize = 120;
const STEP: usize = 2;

/// The text of `root`, which was read from `source`, laid out anew; ends with a newline.
pub fn lay_out(source: &Source, root: &Node) -> String {
    let mut layout = Layout {
        text: &source.text,
        out: String::new(),
        indent: 0,
    };
    layout.value(root, Place::Root);
    layout.out.push('\n');
    layout.out
}

/// Whether two texts say the same, numbers to the digit and comments included; only places may differ.
pub fn same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Array(a), Kind::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Kind::Object(a), Kind::Object(b)) => {
            let member =
                |(a, b): (&Member, &Member)| a.key.value == b.key.value && same(&a.value, &b.value);
            a.len() == b.len() && a.iter().zip(b).all(member)
        }
        (a, b) => a == b,
    }
}

/// What decides whether a value may stand on one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// The list.
    Endpoints,
    /// One of them.
    Endpoint,
    Elsewhere,
}

impl Place {
    fn of_member(self, key: &str) -> Place {
        if self == Place::Root && key == "endpoints" {
            Place::Endpoints
        } else {
            Place::Elsewhere
        }
    }
}

struct Layout<'a> {
    text: &'a str,
    out: String,
    indent: usize,
}

impl<'a> Layout<'a> {
    fn value(&mut self, node: &Node, place: Place) {
        let room = WIDTH.saturating_sub(self.column() + 1); // A comma may follow.
        let flat = self.flat(node);
        let fits = place == Place::Elsewhere && is_plain(node) && flat.chars().count() <= room;
        match &node.kind {
            Kind::Array(items) if !items.is_empty() && !fits => self.list(items, place),
            Kind::Object(members) if !members.is_empty() && !fits => self.object(members, place),
            _ => self.out.push_str(&flat),
        }
    }

    fn list(&mut self, items: &[Node], place: Place) {
        let item_place = match place {
            Place::Endpoints => Place::Endpoint,
            _ => Place::Elsewhere,
        };
        match items {
            [only] if place == Place::Elsewhere && is_container(only) => {
                self.out.push('[');
                self.value(only, item_place);
                self.out.push(']');
            }
            _ if items.iter().any(is_container) => {
                self.out.push('[');
                let spans = items.iter().map(|item| item.span);
                self.lines(items, spans, |layout, item| {
                    layout.value(item, item_place);
                });
                self.out.push(']');
            }
            _ => self.paragraph(items),
        }
    }

    /// Plain values, as many as a line takes.
    fn paragraph(&mut self, items: &[Node]) {
        self.out.push('[');
        self.indent += STEP;
        self.line();
        for (index, item) in items.iter().enumerate() {
            let word = self.slice(item.span);
            let first = index == 0;
            if !first && self.column() + word.chars().count() + 3 > WIDTH {
                self.out.push(',');
                self.line();
            } else if !first {
                self.out.push_str(", ");
            }
            self.out.push_str(word);
        }
        self.indent -= STEP;
        self.line();
        self.out.push(']');
    }

    fn object(&mut self, members: &[Member], place: Place) {
        let groups = lines_of(members, place, |group| {
            let words = group.iter().map(|member| self.member(member));
            self.indent + STEP + words.map(|w| w.chars().count() + 2).sum::<usize>() <= WIDTH
        });
        let spans = groups.iter().map(|group| {
            let last = &group[group.len() - 1].value;
            Span::new(group[0].key.span.start, last.span.end)
        });
        self.out.push('{');
        self.lines(&groups, spans, |layout, group| {
            for (index, member) in group.iter().enumerate() {
                if index > 0 {
                    layout.out.push_str(", ");
                }
                let key = layout.slice(member.key.span);
                layout.out.push_str(key);
                layout.out.push_str(": ");
                layout.value(&member.value, place.of_member(&member.key.value));
            }
        });
        self.out.push('}');
    }

    /// Each part on a line of its own, a step deeper; `spans` say where the author left a line blank.
    fn lines<T>(
        &mut self,
        parts: &[T],
        spans: impl Iterator<Item = Span>,
        write: impl Fn(&mut Self, &T),
    ) {
        self.indent += STEP;
        let mut end = None;
        for (part, span) in parts.iter().zip(spans) {
            if let Some(end) = end.replace(span.end) {
                self.out.push(',');
                let between = &self.text[end..span.start];
                if between.bytes().filter(|&byte| byte == b'\n').count() > 1 {
                    self.out.push('\n');
                }
            }
            self.line();
            write(self, part);
        }
        self.indent -= STEP;
        self.line();
    }

    /// On one line, however long.
    fn flat(&self, node: &Node) -> String {
        let join = |parts: Vec<String>| parts.join(", ");
        match &node.kind {
            Kind::Array(items) => {
                let items = items.iter().map(|item| self.flat(item)).collect();
                format!("[{}]", join(items))
            }
            Kind::Object(members) if members.is_empty() => "{}".to_owned(),
            Kind::Object(members) => {
                let members = members.iter().map(|member| self.member(member)).collect();
                format!("{{ {} }}", join(members))
            }
            _ => self.slice(node.span).to_owned(),
        }
    }

    fn member(&self, member: &Member) -> String {
        format!(
            "{}: {}",
            self.slice(member.key.span),
            self.flat(&member.value)
        )
    }

    fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', self.indent));
    }

    fn column(&self) -> usize {
        let start = self.out.rfind('\n').map_or(0, |index| index + 1);
        self.out[start..].chars().count()
    }
}

/// The members that share a line: a route's path and method where they are neighbours, else one each.
fn lines_of(members: &[Member], place: Place, fits: impl Fn(&[Member]) -> bool) -> Vec<&[Member]> {
    let is_route = |group: &[Member]| {
        let keys = (group[0].key.value.as_str(), group[1].key.value.as_str());
        place == Place::Endpoint
            && matches!(keys, ("endpoint", "method") | ("method", "endpoint"))
            && !group.iter().any(|member| is_container(&member.value))
    };
    let mut groups = Vec::new();
    let mut rest = members;
    while !rest.is_empty() {
        let pair = rest.get(..2).filter(|pair| is_route(pair) && fits(pair));
        let (group, more) = rest.split_at(pair.map_or(1, <[Member]>::len));
        groups.push(group);
        rest = more;
    }
    groups
}

fn is_container(node: &Node) -> bool {
    !node.members().is_empty() || !node.items().is_empty()
}

/// May stand on one line: no object in it holds several objects.
fn is_plain(node: &Node) -> bool {
    let values = || node.members().iter().map(|member| &member.value);
    let objects = values().filter(|value| !value.members().is_empty());
    objects.count() < 2 && values().chain(node.items()).all(is_plain)
}

#[cfg(test)]
#[path = "layout/tests.rs"]
mod tests;
