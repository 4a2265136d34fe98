//! `extra_config` and the keys that nothing builds, as values: they are compared although they are not compiled, for a
//! guard that goes must be seen on the day it goes.

use super::{
    facts::{Field, Fields, Told},
    value::{Value, is_secret},
};
use crate::{
    config::{Extra, duration},
    json::{Kind, Node, is_comment},
    namespace::{Namespace, Support},
    secret::concealed,
};
use std::collections::BTreeMap;

/// What this run of keys is worth in one window; the keys are one value, for `100` means nothing without its `every`.
const RATES: [&str; 2] = ["max_rate", "client_max_rate"];
const WINDOW: &str = "every";

/// The entries of one `extra_config`. Of a namespace that is built, the plan has what is built.
pub fn entries(list: &[Extra], backend: Option<usize>, told: &Told, fields: &mut Fields) {
    for extra in list {
        let row = extra.namespace;
        let field = Field::namespace(row, backend);
        if row.key == "auth/public" {
            let public = extra.value.as_bool().unwrap_or(false);
            fields.insert(field, Value::Flag(public));
            continue;
        }
        match row.support {
            // The plan has it as values of its own.
            Support::Yes if row.lower.is_none() => {
                for (key, value) in unbuilt_members(&extra.value, told) {
                    fields.insert(field.inner(&key), value);
                }
            }
            Support::Yes | Support::Inert | Support::No(_) => {
                fields.insert(field, Value::Namespace(namespace(row, &extra.value)));
            }
        }
    }
}

/// The keys of a root, an endpoint or a backend that are known and not built.
pub fn unbuilt(object: &Node, backend: Option<usize>, told: &Told, fields: &mut Fields) {
    for (key, value) in unbuilt_members(object, told) {
        fields.insert(Field::key(&key).of(backend), value);
    }
}

/// Without those that `route.rs` resolves.
fn unbuilt_members<'a>(
    object: &'a Node,
    told: &'a Told,
) -> impl Iterator<Item = (String, Value)> + 'a {
    object
        .members()
        .iter()
        .filter(|member| {
            !["output_encoding", "url_pattern", "endpoint"].contains(&&*member.key.value)
        })
        .filter(|member| told.is_unbuilt(member.key.span) || told.is_unbuilt(member.value.span))
        .map(|member| (member.key.value.clone(), value(&member.key, &member.value)))
}

/// A value that is no object is under the empty key: the namespace itself.
fn namespace(row: &Namespace, node: &Node) -> BTreeMap<String, Value> {
    let Kind::Object(_) = node.kind else {
        return BTreeMap::from([(String::new(), value("", node))]);
    };
    let mut values: BTreeMap<String, Value> = members(node).collect();
    if row.key.starts_with("qos/ratelimit/") {
        let every = match values.remove(WINDOW) {
            Some(Value::Duration(every)) if !every.is_zero() => every,
            // The default (`RL-2`), which an empty window means too.
            _ => std::time::Duration::from_secs(1),
        };
        for key in RATES {
            match values.remove(key) {
                // Zero is no limit, as if it were not there.
                Some(Value::Number(count)) if count > 0.0 => {
                    values.insert(key.to_owned(), Value::Rate { count, every });
                }
                Some(Value::Number(_)) | None => {}
                Some(other) => {
                    values.insert(key.to_owned(), other);
                }
            }
        }
    }
    values
}

fn members(node: &Node) -> impl Iterator<Item = (String, Value)> {
    node.members()
        .iter()
        .filter(|member| !is_comment(&member.key))
        .map(|member| (member.key.value.clone(), value(&member.key, &member.value)))
}

/// The value of a key. A list of plain values is a set (origins, roles, scopes), unless its order says which goes first.
fn value(key: &str, node: &Node) -> Value {
    const IN_ORDER: [&str; 3] = ["sources", "pre", "post"];
    match &node.kind {
        Kind::Bool(flag) => Value::Flag(*flag),
        _ if is_secret(key) => Value::Secret(plain(node).to_string()),
        // A password in a URL.
        Kind::String(text) if concealed(text).is_some() => Value::Secret(text.clone()),
        Kind::Number(text) => text
            .parse()
            .map_or_else(|_| Value::Text(text.clone()), Value::Number),
        Kind::String(text) => match duration::parse(text) {
            Ok(duration) if is_duration(key) => Value::Duration(duration),
            _ => Value::Text(text.clone()),
        },
        Kind::Array(items) if items.iter().all(|item| item.as_str().is_some()) => {
            let mut texts: Vec<String> = items
                .iter()
                .filter_map(Node::as_str)
                .map(str::to_owned)
                .collect();
            if !IN_ORDER.contains(&key) {
                texts.sort();
                texts.dedup();
            }
            Value::List(texts)
        }
        Kind::Null | Kind::Array(_) | Kind::Object(_) => Value::Json(plain(node)),
    }
}

/// `60s` and `1m` are one window.
fn is_duration(key: &str) -> bool {
    key == WINDOW
        || [
            "_timeout",
            "_period",
            "_interval",
            "ttl",
            "max_age",
            "timeout",
        ]
        .iter()
        .any(|end| key.ends_with(end))
}

/// Without comments; keys in order, numbers as numbers (`100.0` is `100`).
fn plain(node: &Node) -> serde_json::Value {
    match &node.kind {
        Kind::Array(items) => items.iter().map(plain).collect(),
        Kind::Object(members) => members
            .iter()
            .filter(|member| !is_comment(&member.key))
            .map(|member| (member.key.value.clone(), plain(&member.value)))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        Kind::Number(_) => node
            .as_u64()
            .map_or_else(|| node.to_value(), serde_json::Value::from),
        _ => node.to_value(),
    }
}
