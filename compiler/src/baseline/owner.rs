//! What a finding belongs to, in words that survive an edit above it: no line, no index.

use crate::json::{Kind, Node};

/// `POST /v1/chat` for anything inside that endpoint; elsewhere the path of keys, `$.host[]`.
pub fn owner(root: &Node, offset: usize) -> String {
    route(root, offset).unwrap_or_else(|| {
        let mut path = "$".to_owned();
        descend(root, offset, &mut path);
        path
    })
}

fn route(root: &Node, offset: usize) -> Option<String> {
    let endpoint = item(root.get("endpoints")?.items(), offset)?;
    let path = endpoint.get("endpoint")?.as_str()?;
    let method = endpoint.get("method").and_then(Node::as_str);
    Some(format!(
        "{} {path}",
        method.unwrap_or("GET").to_ascii_uppercase()
    ))
}

fn descend(node: &Node, offset: usize, path: &mut String) {
    match &node.kind {
        Kind::Object(members) => {
            let inside = |start, end| (start..end).contains(&offset);
            let member = members
                .iter()
                .find(|member| inside(member.key.span.start, member.value.span.end));
            if let Some(member) = member {
                path.push('.');
                path.push_str(&member.key.value);
                descend(&member.value, offset, path);
            }
        }
        Kind::Array(items) => {
            if let Some(item) = item(items, offset) {
                path.push_str("[]");
                descend(item, offset, path);
            }
        }
        _ => {}
    }
}

/// By halves: a finding on each of 5,000 endpoints is no reason to wait.
fn item(items: &[Node], offset: usize) -> Option<&Node> {
    let index = items.partition_point(|item| item.span.end <= offset);
    items.get(index).filter(|item| item.span.start <= offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    #[test]
    fn places_have_names() {
        let text = r#"{
            "version": 3, "host": ["a", "b"], "extra_config": { "router": { "x": [1] } },
            "endpoints": [
                { "endpoint": "/one", "backend": [{ "c": 1 }] },
                { "endpoint": "/two", "method": "post", "d": 1 },
                { "e": 1 }
            ]
        }"#;
        let (root, _) = json::parse(&Source::new("gateway.json", text));
        let root = root.expect("it is JSON");
        let table = [
            ("{", "$"),
            ("\"version\"", "$.version"),
            ("\"b\"", "$.host[]"),
            ("\"x\"", "$.extra_config.router.x"),
            ("1]", "$.extra_config.router.x[]"),
            ("\"c\"", "GET /one"),
            ("\"d\"", "POST /two"),
            ("\"e\"", "$.endpoints[].e"),
        ];
        for (at, expected) in table {
            let offset = text.find(at).expect("there");
            assert_eq!(owner(&root, offset), expected, "{at}");
        }
    }
}
