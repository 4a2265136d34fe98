//! Layers of objects → one object.

use crate::json::{Kind, Member, Node, is_comment};

/// Lays `own` over `below` (the weakest first). The span is the object's own.
pub fn merge<'a>(below: impl Iterator<Item = &'a Node>, own: &Node) -> Node {
    let mut members = Vec::new();
    for layer in below {
        lay(&mut members, layer, false);
    }
    lay(&mut members, own, true);
    Node {
        span: own.span,
        kind: Kind::Object(members),
    }
}

/// Comments of a lower layer are about that layer. A `null` with nothing to take away is a mistake in the object itself
/// (the schema says so), but in a definition it is the answer to whatever may be below.
fn lay(members: &mut Vec<Member>, upper: &Node, own: bool) {
    for member in upper.members() {
        if member.key.value == "$use" || (is_comment(&member.key) && !own) {
            continue;
        }
        let at = members
            .iter()
            .position(|lower| lower.key.value == member.key.value);
        match (at, &member.value.kind) {
            (Some(at), Kind::Null) => drop(members.remove(at)),
            (None, Kind::Null) if !own => {}
            (Some(at), Kind::Object(_)) if !members[at].value.members().is_empty() => {
                let lower = &mut members[at];
                if let Kind::Object(inner) = &mut lower.value.kind {
                    lay(inner, &member.value, own);
                }
                lower.key.clone_from(&member.key);
                lower.value.span = member.value.span;
            }
            (at, kind) => {
                let mut value = member.value.clone();
                if let (false, Kind::Object(_)) = (own, kind) {
                    let mut inner = Vec::new();
                    lay(&mut inner, &member.value, own);
                    value.kind = Kind::Object(inner);
                }
                let key = member.key.clone();
                match at {
                    Some(at) => members[at] = Member { key, value },
                    None => members.push(Member { key, value }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        json::{Layout, parse, print},
        source::Source,
    };

    fn node(text: &str) -> Node {
        parse(&Source::new("gateway.json", text)).0.expect("JSON")
    }

    #[test]
    fn layers() {
        for (below, own, expected) in [
            (r#"[{"a":1},{"a":2,"b":2}]"#, "{}", r#"{"a":2,"b":2}"#),
            (r#"[{"a":[1,2]}]"#, r#"{"a":[3]}"#, r#"{"a":[3]}"#),
            (
                r#"[{"a":{"x":1}}]"#,
                r#"{"a":{"y":2}}"#,
                r#"{"a":{"x":1,"y":2}}"#,
            ),
            (r#"[{"a":{"x":1}}]"#, r#"{"a":3}"#, r#"{"a":3}"#),
            (r#"[{"a":1}]"#, r#"{"a":{"x":1}}"#, r#"{"a":{"x":1}}"#),
            // A null takes away; with nothing to take away it stays where it is a mistake.
            (r#"[{"a":1,"b":1}]"#, r#"{"a":null}"#, r#"{"b":1}"#),
            (
                r#"[{"a":{"x":1,"y":2}},{"a":{"x":null}}]"#,
                "{}",
                r#"{"a":{"y":2}}"#,
            ),
            (r#"[{"a":null,"b":{"x":null}}]"#, "{}", r#"{"b":{}}"#),
            ("[]", r#"{"a":null}"#, r#"{"a":null}"#),
            // Comments of a lower layer are not the object's.
            (
                r#"[{"@a":1,"b":1}]"#,
                r#"{"@c":1,"$use":"b"}"#,
                r#"{"b":1,"@c":1}"#,
            ),
        ] {
            let layers = node(below);
            let merged = merge(layers.items().iter(), &node(own));
            let expected = print(&node(expected), Layout::Wide);
            assert_eq!(print(&merged, Layout::Wide), expected, "{own} over {below}");
        }
    }
}
