//! The schema of a config as its author writes it, for editors: `$schema` beside the config, completion and hover in it.
//!
//! What [`check`](super::check) judges is expanded: every key stands where it counts. In the file, an endpoint or a
//! backend may leave its keys to `$defaults` and `$use`, and takes one away with `null`. So both are described here once
//! for all the places that such keys may stand in, with `null` beside every value; and what must be there must be there
//! only in an endpoint that stands on nothing.

use super::{bundle, keys::Place, refused};
use crate::namespace::{self, NAMESPACES, Scope, Support};
use serde_json::{Map, Value, json};
use std::mem;

/// What `gwc schema` prints. Every reference in it leads to its own `$defs`.
pub fn authored() -> Value {
    let mut root = bundle().clone();
    let mut endpoint = root["properties"]["endpoints"]["items"].take();
    let needed = endpoint["required"].take();
    let mut backend = endpoint["properties"]["backend"]["items"].take();
    let definition = definition(&endpoint, &backend);
    complete(&mut root, Scope::Service);
    complete(&mut endpoint, Scope::Endpoint);
    complete(&mut backend, Scope::Backend);
    for layered in [&mut endpoint, &mut backend] {
        layer(layered);
    }
    root["properties"]["endpoints"]["items"] = refer("endpoint");
    endpoint["properties"]["backend"]["items"] = refer("backend");

    let properties = &mut root["properties"];
    for name in ["endpoint", "backend"] {
        let default = &mut properties["$defaults"]["properties"][name];
        default["$ref"] = refer(name)["$ref"].take();
    }
    properties["$define"]["additionalProperties"] = definition;
    root["if"] = json!({ "not": { "required": ["$defaults"] } });
    root["then"] = json!({ "properties": { "endpoints": { "items": {
        "if": { "not": { "required": ["$use"] } },
        "then": { "required": needed },
    } } } });
    root["$defs"] = json!({ "endpoint": endpoint, "backend": backend });
    root
}

/// Adds what is not built and yet accepted: keys that do nothing, values that ask for nothing, namespaces for other tools.
fn complete(owner: &mut Value, scope: Scope) {
    if let Some(place) = Place::of(scope) {
        know(owner, place);
    }
    for (key, place) in Place::inside(scope) {
        know(&mut owner["properties"][key], place);
    }
    let extra = &mut owner["properties"]["extra_config"];
    for (name, schema) in extra["properties"].as_object_mut().into_iter().flatten() {
        if let Some(row) = namespace::find(name) {
            know(schema, Place::Namespace(row.key, scope));
        }
    }
    for row in NAMESPACES
        .iter()
        .filter(|row| row.support == Support::Inert && row.is_read_at(scope))
    {
        extra["properties"][row.key] = json!({
            "title": row.key,
            "description": format!("{}: for other tools, does nothing in the gateway.", row.summary),
        });
    }
    extra["patternProperties"] = json!({ "^[@$_#]": true });
    extra["additionalProperties"] = false.into();
}

fn know(owner: &mut Value, place: Place) {
    if let Some(properties) = owner.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(refused::known(place).map(|(key, schema)| (key.to_owned(), schema)));
    }
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A body of `$define`: keys of an endpoint, of a backend, or of both. It is not closed, for who uses it decides.
fn definition(endpoint: &Value, backend: &Value) -> Value {
    let mut properties = Map::new();
    for (name, schema) in [("endpoint", endpoint), ("backend", backend)] {
        for key in schema["properties"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
        {
            let place = refer(&format!("{name}/properties/{key}"));
            match properties.get_mut(key) {
                None => drop(properties.insert(key.clone(), place)),
                Some(first) => *first = json!({ "anyOf": [first.take(), place] }),
            }
        }
    }
    json!({
        "title": "Definition",
        "description": "Keys of endpoints or backends, put under whatever uses it.",
        "type": "object",
        "properties": properties,
    })
}

/// Nothing in it must be there, and any value of a key may be `null`.
fn layer(object: &mut Value) {
    if let Some(members) = object.as_object_mut() {
        members.remove("required");
    }
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for (_, value) in properties.into_iter().flatten() {
        layer(value);
        or_null(value);
    }
}

fn or_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if !members.contains_key("type")
        && members
            .keys()
            .any(|key| RESTRICTING.contains(&key.as_str()))
    {
        let mut whole = json!({ "anyOf": [null, { "type": "null" }] });
        for key in ["title", "description", "deprecated", "default", "examples"] {
            if let Some(words) = members.remove(key) {
                whole[key] = words;
            }
        }
        whole["anyOf"][0] = schema.take();
        *schema = whole;
        return;
    }
    match members.get_mut("type") {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(kind) => *kind = json!([mem::take(kind), "null"]),
        None => {}
    }
    if let Some(Value::Array(options)) = members.get_mut("enum") {
        options.push(Value::Null);
    }
}

/// Keywords that refuse a `null` without a `type` beside them.
const RESTRICTING: [&str; 8] = [
    "$ref", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: Value, valid: bool) {
        let schema = authored();
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        assert_eq!(validator.is_valid(&config), valid, "{config}");
    }

    #[test]
    fn what_stands_on_something_may_lack_keys() {
        let open = |more: Value| {
            let mut endpoint = json!({ "endpoint": "/a" });
            for (key, value) in more.as_object().into_iter().flatten() {
                endpoint[key] = value.clone();
            }
            json!({ "version": 3, "endpoints": [endpoint] })
        };
        check(open(json!({})), false);
        check(open(json!({ "backend": [{}] })), true);
        check(open(json!({ "$use": "x" })), true);
        check(open(json!({ "$use": "x", "timeout": null })), true);
        check(open(json!({ "$use": "x", "timeout": 3 })), false);
        check(
            open(json!({ "$use": "x", "extra_config": { "proxy": null } })),
            true,
        );
        check(
            open(json!({ "$use": "x", "extra_config": { "proxy": { "banana": 1 } } })),
            false,
        );
        let mut defaults = open(json!({}));
        defaults["$defaults"] = json!({ "endpoint": { "backend": [{ "host": ["http://a"] }] } });
        check(defaults.clone(), true);
        defaults["$defaults"]["endpoint"]["tiemout"] = json!("3s");
        check(defaults, false);
    }

    #[test]
    fn definitions_are_described_where_they_are_written() {
        let define = |body: Value| json!({ "version": 3, "$define": { "x": body } });
        check(define(json!({ "timeout": "3s", "$use": ["y"] })), true);
        check(
            define(json!({ "url_pattern": "/a", "encoding": null })),
            true,
        );
        check(define(json!({ "timeout": 3 })), false);
        check(define(json!("3s")), false);
    }
}
