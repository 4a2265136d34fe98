//! Slots where they cannot be read, and those that cannot be read as they are.
//!
//! A value may have slots where its schema says `"x-slots": true`. Everywhere else the gateway is fixed when it is built,
//! and a `${…}` that stayed text would be a surprise: it is refused in every string that something reads.

use super::bundle;
use crate::{
    config::slot::{self, Malformed, SlotError, Source},
    diagnostic::{Diagnostic, codes, nearest},
    json::{Kind, Node, is_comment},
    namespace::NAMESPACES,
};
use serde_json::Value;
use std::sync::LazyLock;

/// The mark of a schema whose text may have slots.
const MARK: &str = "x-slots";

/// Judges every string of the file that something reads. What is unknown or not built is not read.
pub fn check(root: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    walk(root, "", bundle(), &mut findings);
    findings
}

/// Whether a string of this schema may have slots.
pub fn takes(schema: &Value) -> bool {
    forms(schema).any(|form| form[MARK] == true)
}

/// A schema, and the alternatives in it.
fn forms(schema: &Value) -> impl Iterator<Item = &Value> {
    let alternatives = ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|word| schema[word].as_array());
    std::iter::once(schema).chain(alternatives.flatten())
}

fn walk(node: &Node, key: &str, schema: &'static Value, findings: &mut Vec<Diagnostic>) {
    match &node.kind {
        Kind::String(_) => findings.extend(judge(node, key, schema)),
        Kind::Array(items) => {
            let schema = forms(schema).map(|form| &form["items"]);
            let schema = schema.into_iter().find(|items| items.is_object());
            for item in items {
                walk(item, key, schema.unwrap_or(&Value::Null), findings);
            }
        }
        Kind::Object(members) => {
            // Where an object is passed on as it is, `_links` is data.
            let has_comments = forms(schema).any(|form| form["patternProperties"].is_object());
            for member in members {
                if has_comments && is_comment(&member.key) {
                    continue;
                }
                if let Some(schema) = property(schema, &member.key) {
                    walk(&member.value, &member.key, schema, findings);
                }
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

/// The schema of a key; `None` if the object has a fixed set of keys and this is none of them.
fn property<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    let named = forms(schema).map(|form| &form["properties"][key]);
    let any = forms(schema).map(|form| &form["additionalProperties"]);
    let fixed = forms(schema).any(|form| form["properties"].is_object());
    named
        .chain(any)
        .find(|schema| schema.is_object())
        .or((!fixed).then_some(&Value::Null))
}

fn judge(node: &Node, key: &str, schema: &Value) -> Option<Diagnostic> {
    let text = node.as_str()?;
    if !takes(schema) {
        let place = node.within(slot::find(text)?);
        return Some(
            Diagnostic::new(
                &codes::MISPLACED_SLOT,
                format!("`{key}` takes no slot"),
                place,
                "fixed when the gateway is built",
            )
            .help(format!("slots are for {}", &*KEYS)),
        );
    }
    if let Err(Malformed { error, range }) = slot::parse(text) {
        return Some(malformed(node, text, error, range));
    }
    // Only where a `$` or a `{{` can be nothing else.
    let strict = forms(schema).any(|form| !form["pattern"].is_null());
    let (range, name) = slot::foreign(text).filter(|_| strict)?;
    let finding = Diagnostic::new(
        &codes::BAD_SLOT,
        format!("`{}` is not replaced by anything", &text[range.clone()]),
        node.within(range.clone()),
        "",
    );
    Some(match name {
        Some(name) => suggest(finding, node, range, name),
        None => {
            finding.help("templates are not read here; from the environment comes `${env:NAME}`")
        }
    })
}

fn malformed(
    node: &Node,
    text: &str,
    error: SlotError,
    range: std::ops::Range<usize>,
) -> Diagnostic {
    let blamed = &text[range.clone()];
    let message = match error {
        SlotError::Unclosed | SlotError::Nested | SlotError::NoSource | SlotError::FileDefault => {
            error.to_string()
        }
        SlotError::UnknownSource | SlotError::Variable | SlotError::RelativePath => {
            format!("`{blamed}` is {error}")
        }
    };
    let finding = Diagnostic::new(&codes::BAD_SLOT, message, node.within(range.clone()), "");
    let words = Source::ALL.map(Source::word);
    match error {
        SlotError::Unclosed => finding.help("close it with `}`"),
        SlotError::Nested => finding.help("a default is a plain text"),
        SlotError::NoSource => match blamed[2..blamed.len() - 1].split(':').next() {
            Some(name) if !name.is_empty() => {
                let name_at = range.start + 2..range.start + 2 + name.len();
                let place = node.within(name_at);
                let finding = finding.help(format!("write `${{env:{name}…}}` for a variable of the environment"));
                if place == node.span {
                    finding
                } else {
                    finding.fix(place, format!("env:{name}"))
                }
            }
            _ => finding.help("for example `${env:NAME}`, `${env:NAME:-default}` or `${file:/run/secrets/name}`"),
        },
        SlotError::UnknownSource => match nearest(blamed, words) {
            Some(word) if node.within(range.clone()) != node.span => finding
                .help(format!("did you mean `{word}`?"))
                .fix(node.within(range), word),
            _ => finding.help("a value comes from `env` (a variable) or `file` (an absolute path)"),
        },
        SlotError::Variable => finding.help("letters, digits and `_`, no digit first; a default follows `:-`, as in `${env:NAME:-default}`"),
        SlotError::RelativePath => finding.help("for example `${file:/run/secrets/name}`"),
        SlotError::FileDefault => finding.help("a file that is not there stops the start; a variable can have a default, `${env:NAME:-default}`"),
    }
}

/// The slot for a variable that is named in another tool's way.
fn suggest(
    finding: Diagnostic,
    node: &Node,
    range: std::ops::Range<usize>,
    name: &str,
) -> Diagnostic {
    let place = node.within(range);
    let finding = finding.help("from the environment comes `${env:NAME}`");
    if place == node.span {
        finding
    } else {
        finding.fix(place, format!("${{env:{name}}}"))
    }
}

/// What the schemas mark, as messages say it: `host`, `port`, `level` of `telemetry/logging`.
static KEYS: LazyLock<String> = LazyLock::new(|| {
    let mut keys = Vec::new();
    marked(bundle(), "", "", &mut keys);
    keys.join(", ")
});

fn marked(schema: &Value, key: &str, owner: &str, keys: &mut Vec<String>) {
    if !key.is_empty() && takes(schema) {
        let of = if owner.is_empty() {
            String::new()
        } else {
            format!(" of `{owner}`")
        };
        let told = format!("`{key}`{of}");
        if !keys.contains(&told) {
            keys.push(told);
        }
    }
    for form in forms(schema) {
        marked_inside(form, key, owner, keys);
    }
}

fn marked_inside(form: &Value, key: &str, owner: &str, keys: &mut Vec<String>) {
    if form["items"].is_object() {
        marked(&form["items"], key, owner, keys);
    }
    for (name, schema) in form["properties"].as_object().into_iter().flatten() {
        // A namespace by its own name only.
        let row = NAMESPACES.iter().find(|row| row.key == name);
        let alias = NAMESPACES
            .iter()
            .any(|row| row.aliases.contains(&name.as_str()));
        if alias && key == "extra_config" {
            continue;
        }
        let owner = row.map_or(owner, |row| row.key);
        marked(schema, name, owner, keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    #[test]
    fn whatever_is_read_is_judged_and_nothing_else() {
        for (text, expected) in [
            (r#"{"name": "${env:A}"}"#, "misplaced-slot"),
            (
                r#"{"@name": "${env:A}", "$schema": "${B}", "hots": "${env:A}", "tls": {"a": "${env:A}"}}"#,
                "",
            ),
            (
                r#"{"extra_config": {"router": {"error_body": {"404": {"_a": ["${x}"]}}}}}"#,
                "misplaced-slot",
            ),
            (
                r#"{"extra_config": {"router": {"error_body": {"_404": {"a": ["${x}"]}}}}}"#,
                "",
            ),
            (
                r#"{"extra_config": {"auth/basic": {"htpasswd": "${env:A}"}, "documentation/openapi": {"a": "${b}"}}}"#,
                "",
            ),
            (
                r#"{"extra_config": {"github_com/devopsfaith/krakend-gologging": {"level": "${env:}"}}}"#,
                "bad-slot",
            ),
            (
                r#"{"extra_config": {"telemetry/logging": {"level": "${env:A}", "prefix": "$5 {x} ${"}}}"#,
                "",
            ),
            (
                r#"{"host": ["${env:A}", "${env:A:-b}:${env:P}", "${file:/a}"]}"#,
                "",
            ),
            (
                r#"{"endpoints": [{"backend": [{"host": ["$A"], "url_pattern": "/${env:A}"}]}]}"#,
                "bad-slot misplaced-slot",
            ),
        ] {
            let (root, _) = json::parse(&Source::new("gateway.json", text));
            let found = check(&root.expect("JSON"));
            let found: Vec<&str> = found.iter().map(|finding| finding.code.name).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn the_keys_that_take_slots_are_told() {
        assert!(KEYS.contains("`host`"), "{}", *KEYS);
        assert!(KEYS.contains("`port`"), "{}", *KEYS);
        assert!(KEYS.contains("`level` of `telemetry/logging`"), "{}", *KEYS);
    }
}
