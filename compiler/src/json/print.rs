//! [`Node`] → text, in one of two stable layouts.

use super::{Kind, Node};
use serde_json::Value;

/// Where lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// For reading: what fits into 100 columns stays on one line.
    Wide,
    /// For a long list of short things: what stands in a root's list or object has one line each.
    Lines,
}

const WIDTH: usize = 100;

/// The whole text, with a final line end.
#[must_use]
pub fn print(node: &Node, layout: Layout) -> String {
    let mut text = String::new();
    write(node, layout, 0, 0, &mut text);
    text.push('\n');
    text
}

/// `before`: columns of the line that are taken already.
fn write(node: &Node, layout: Layout, depth: usize, before: usize, text: &mut String) {
    let flat = flat(node, layout);
    let is_long = flat.chars().count() + before > WIDTH;
    let breaks = match layout {
        Layout::Wide => depth == 0 || is_long,
        Layout::Lines => depth == 0 || (depth == 1 && is_long),
    };
    let (open, close) = match &node.kind {
        Kind::Array(items) if breaks && !items.is_empty() => ('[', ']'),
        Kind::Object(members) if breaks && !members.is_empty() => ('{', '}'),
        _ => return text.push_str(&flat),
    };
    let step = if layout == Layout::Wide { 2 } else { 1 };
    let indent = " ".repeat((depth + 1) * step);
    let colon = colon(layout);
    let keys = node
        .members()
        .iter()
        .map(|member| format!("{}{colon}", quoted(&member.key)));
    let keyed = keys.zip(node.members().iter().map(|member| &member.value));
    let bare = node.items().iter().map(|item| (String::new(), item));
    text.push(open);
    for (index, (key, value)) in keyed.chain(bare).enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&indent);
        text.push_str(&key);
        // One more for the comma behind it.
        let taken = indent.len() + key.chars().count() + 1;
        write(value, layout, depth + 1, taken, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth * step));
    text.push(close);
}

fn flat(node: &Node, layout: Layout) -> String {
    let comma = if layout == Layout::Wide { ", " } else { "," };
    let pad = if layout == Layout::Wide { " " } else { "" };
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(text) => text.clone(),
        Kind::String(text) => quoted(text),
        Kind::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| flat(item, layout)).collect();
            format!("[{}]", items.join(comma))
        }
        Kind::Object(members) if members.is_empty() => "{}".to_owned(),
        Kind::Object(members) => {
            let member = |key: &str, value| {
                format!("{}{}{}", quoted(key), colon(layout), flat(value, layout))
            };
            let members: Vec<_> = members.iter().map(|m| member(&m.key, &m.value)).collect();
            format!("{{{pad}{}{pad}}}", members.join(comma))
        }
    }
}

fn colon(layout: Layout) -> &'static str {
    if layout == Layout::Wide { ": " } else { ":" }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    fn check(layout: Layout, text: &str, expected: &str) {
        let (node, _) = json::parse(&Source::new("gateway.json", text));
        assert_eq!(print(&node.expect("JSON"), layout), expected);
    }

    #[test]
    fn layouts() {
        let text = r#"{"a":[1.50,{}],"b":{"c":"\u00e9\n"},"d":[]}"#;
        check(
            Layout::Wide,
            text,
            "{\n  \"a\": [1.50, {}],\n  \"b\": { \"c\": \"é\\n\" },\n  \"d\": []\n}\n",
        );
        check(
            Layout::Lines,
            text,
            "{\n \"a\":[1.50,{}],\n \"b\":{\"c\":\"é\\n\"},\n \"d\":[]\n}\n",
        );
    }
}
