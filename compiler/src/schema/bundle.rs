//! The schema files, and the one schema they make together.

use crate::namespace::{NAMESPACES, Scope, Support};
use serde_json::{Map, Value};
use std::sync::LazyLock;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../schemas/", $name)))),*]
    };
}

/// Every file of `schemas/`, by its path there.
const FILES: &[(&str, &str)] = files![
    "gateway.json",
    "endpoint.json",
    "backend.json",
    "duration.json",
    "host.json",
    "method.json",
    "tls.json",
    "client_tls.json",
    "router.json",
    "proxy.json",
    "telemetry/logging.json",
    "telemetry/metrics.json",
    "auth/public.json",
    "auth/revoker.json",
    "auth/signer.json",
    "auth/validator.json",
    "github.com/hanzoai/gateway/auth.json",
    "github.com/hanzoai/gateway/base-network.json",
    "github.com/hanzoai/gateway/base_ha.json",
    "github.com/hanzoai/gateway/retry.json",
    "github.com/hanzoai/gateway/server.json",
    "github.com/hanzoai/gateway/widget.json",
    "github.com/hanzoai/gateway/cors.json",
    "github.com/hanzoai/gateway/zap.json",
    "github.com/hanzoai/gateway/zap-listener.json",
    "qos/circuit-breaker.json",
    "qos/ratelimit/proxy.json",
    "qos/ratelimit/router.json",
    "security/cors.json",
    "security/http.json",
    "security/bot-detector.json",
];

/// The schema of a whole `gateway.json`: no reference left in it, and each `extra_config` with the namespaces that are
/// built at its level, under all their names.
pub fn bundle() -> &'static Value {
    static BUNDLE: LazyLock<Value> = LazyLock::new(|| {
        let mut root = load("gateway.json");
        namespaces(&mut root, Scope::Service);
        let endpoint = &mut root["properties"]["endpoints"]["items"];
        namespaces(endpoint, Scope::Endpoint);
        namespaces(
            &mut endpoint["properties"]["backend"]["items"],
            Scope::Backend,
        );
        root
    });
    &BUNDLE
}

/// One file with the files that it refers to in place of the references.
///
/// # Panics
///
/// If there is no such file, or it is not JSON: both are mistakes in this crate, and a test loads them all.
fn load(name: &str) -> Value {
    let (_, text) = FILES
        .iter()
        .find(|(file, _)| *file == name)
        .expect("every schema that is referred to is embedded");
    let mut schema = serde_json::from_str(text).expect("every embedded schema is JSON");
    inline(&mut schema);
    schema
}

/// Words beside a `$ref` win over the words of the file.
fn inline(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(inline),
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.remove("$ref") {
                let Value::Object(mut file) = load(&name) else {
                    return;
                };
                file.remove("$schema");
                file.append(members);
                *members = file;
            }
            members.values_mut().for_each(inline);
        }
        _ => {}
    }
}

fn namespaces(owner: &mut Value, scope: Scope) {
    let mut properties = Map::new();
    for row in NAMESPACES
        .iter()
        .filter(|row| row.support == Support::Yes && row.is_read_at(scope))
    {
        let mut schema = load(&file_of(row.key));
        if let Value::Object(members) = &mut schema {
            members.remove("$schema");
        }
        level(&mut schema, scope);
        for name in std::iter::once(row.key).chain(row.aliases.iter().copied()) {
            properties.insert(name.to_owned(), schema.clone());
        }
    }
    owner["properties"]["extra_config"]["properties"] = Value::Object(properties);
}

/// Takes out the keys of a namespace that are not read at this level: those whose `x-levels` does not name it. The
/// examples of a block lose them too.
fn level(schema: &mut Value, scope: Scope) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    properties.retain(|_, property| {
        let levels = property
            .as_object_mut()
            .and_then(|members| members.remove("x-levels"));
        levels.is_none_or(|levels| {
            levels
                .as_array()
                .is_some_and(|names| names.contains(&scope.word().into()))
        })
    });
    let known: Vec<String> = properties.keys().cloned().collect();
    let examples = schema.get_mut("examples").and_then(Value::as_array_mut);
    for example in examples.into_iter().flatten() {
        if let Some(members) = example.as_object_mut() {
            members.retain(|key, _| known.contains(key));
        }
    }
}

fn file_of(key: &str) -> String {
    format!("{key}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_loaded() {
        for (name, _) in FILES {
            assert!(load(name).is_object(), "{name}");
        }
    }

    /// A misspelt level would take the key away everywhere.
    #[test]
    fn levels_are_levels() {
        for (name, text) in FILES {
            for list in text.split("\"x-levels\": ").skip(1) {
                let (list, _) = list.split_once(']').expect("a list");
                let names = list
                    .trim_start_matches('[')
                    .split(", ")
                    .map(|name| name.trim_matches('"'));
                for level in names {
                    assert!(
                        ["root", "endpoint", "backend"].contains(&level),
                        "{name}: {level}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_supported_namespace_has_a_file() {
        for row in NAMESPACES.iter().filter(|row| row.support == Support::Yes) {
            let file = file_of(row.key);
            assert!(
                FILES.iter().any(|(name, _)| *name == file),
                "schemas/{file} is missing or not in FILES"
            );
        }
    }
}
