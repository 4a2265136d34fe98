//! What a config says, and nothing else: no comments, keys in one order, no places.

use crate::{
    json::{Kind, Member, Node, is_comment},
    source::Span,
};

/// The order in which people look for keys; others follow in the order of the file.
const ORDER: &[&str] = &[
    "$schema",
    "version",
    "name",
    "port",
    "$defaults",
    "$define",
    "endpoint",
    "method",
    "$use",
    "timeout",
    "output_encoding",
    "input_headers",
    "input_query_strings",
    "url_pattern",
    "host",
    "encoding",
    "extra_config",
    "backend",
    "endpoints",
];

/// An expanded tree, made plain: equal trees say the same, even in what gwc does not build. `$schema` stays, for editors.
/// What an `error_body` holds is an answer's text and no config: it stays as it is.
#[must_use]
pub fn plain(node: &Node) -> Node {
    at(node, true)
}

fn at(node: &Node, root: bool) -> Node {
    let kind = match &node.kind {
        Kind::Array(items) => Kind::Array(items.iter().map(|item| at(item, false)).collect()),
        Kind::Object(members) => {
            let kept = |key: &str| !is_comment(key) || (root && key == "$schema");
            let mut members: Vec<_> = members
                .iter()
                .filter(|member| kept(&member.key))
                .map(|member| {
                    let value = match member.key.as_str() {
                        "error_body" => placeless(&member.value),
                        _ => at(&member.value, false),
                    };
                    nowhere(&member.key, value)
                })
                .collect();
            members.sort_by_key(|member| {
                let place = ORDER.iter().position(|key| *key == member.key.value);
                place.unwrap_or(ORDER.len() - 2)
            });
            Kind::Object(members)
        }
        kind => kind.clone(),
    };
    Node {
        span: Span::default(),
        kind,
    }
}

fn placeless(node: &Node) -> Node {
    let kind = match &node.kind {
        Kind::Array(items) => Kind::Array(items.iter().map(placeless).collect()),
        Kind::Object(members) => {
            let members = members.iter();
            Kind::Object(
                members
                    .map(|member| nowhere(&member.key, placeless(&member.value)))
                    .collect(),
            )
        }
        kind => kind.clone(),
    };
    Node {
        span: Span::default(),
        kind,
    }
}

fn nowhere(key: &str, value: Node) -> Member {
    Member {
        key: crate::source::Spanned::new(key.to_owned(), Span::default()),
        value,
    }
}

/// Whether two trees say the same; the order of keys says nothing, but for keys that are there twice (comments may be).
#[must_use]
pub fn same(left: &Node, right: &Node) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Array(left), Kind::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Kind::Object(left), Kind::Object(right)) => {
            let member =
                |(l, r): (&Member, &Member)| l.key.value == r.key.value && same(&l.value, &r.value);
            left.len() == right.len() && by_key(left).into_iter().zip(by_key(right)).all(member)
        }
        (left, right) => left == right,
    }
}

fn by_key(members: &[Member]) -> Vec<&Member> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|a, b| a.key.value.cmp(&b.key.value));
    sorted
}
