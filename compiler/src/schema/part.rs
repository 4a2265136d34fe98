//! What `gwc schema KEY` prints: the part of the bundle that describes one level or one namespace.

use super::{authored, bundle};
use crate::{
    diagnostic::nearest,
    namespace::{self, NAMESPACES, Scope, Support},
};
use serde_json::Value;
use thiserror::Error;

/// The levels; the other parts that have a name are objects of the root and namespaces.
const LEVELS: [(&str, &str); 3] = [
    ("gateway", ""),
    ("endpoint", "/properties/endpoints/items"),
    (
        "backend",
        "/properties/endpoints/items/properties/backend/items",
    ),
];

/// Objects of the root that are worth a look of their own.
const OBJECTS: [(&str, &str); 2] = [
    ("tls", "/properties/tls"),
    ("client_tls", "/properties/client_tls"),
];

/// A key that has no schema.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PartError {
    /// Nothing is called so.
    #[error("no level and no namespace is called `{key}`{}", advice(.nearest.as_deref()))]
    Unknown {
        /// As given.
        key: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// A namespace of the config language that this gwc does not build.
    #[error("`{key}` is not supported, so there is no schema of it: {why}")]
    Unsupported {
        /// Its name, not an alias.
        key: &'static str,
        /// From its row.
        why: &'static str,
    },
    /// A namespace that only other tools read.
    #[error("`{0}` is for other tools: the gateway takes any value there and does nothing with it")]
    Inert(&'static str),
}

fn advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
    }
}

/// What [`part`] takes, without the other names of namespaces.
pub fn names() -> impl Iterator<Item = &'static str> {
    let built = NAMESPACES.iter().filter(|row| row.support == Support::Yes);
    LEVELS
        .into_iter()
        .map(|(name, _)| name)
        .chain(built.map(|row| row.key))
        .chain(OBJECTS.into_iter().map(|(name, _)| name))
}

/// The schema of a level (`endpoint`) or of a namespace under any of its names (`router`), whole in itself. That of the
/// whole file is the one for editors, as configs are written; those of parts are strict.
pub fn part(key: &str) -> Result<Value, PartError> {
    if key == LEVELS[0].0 {
        return Ok(authored());
    }
    let mut schema = find(key)?.clone();
    if let Value::Object(members) = &mut schema {
        // A part has lost it when it was put into the whole.
        members.insert("$schema".to_owned(), bundle()["$schema"].clone());
    }
    Ok(schema)
}

fn find(key: &str) -> Result<&'static Value, PartError> {
    let mut places = LEVELS.iter().chain(&OBJECTS);
    if let Some((_, place)) = places.find(|(name, _)| *name == key) {
        return Ok(bundle().pointer(place).unwrap_or(&Value::Null));
    }
    let Some(row) = namespace::find(key) else {
        return Err(PartError::Unknown {
            key: key.to_owned(),
            nearest: nearest(key, names()),
        });
    };
    match row.support {
        Support::No(why) => return Err(PartError::Unsupported { key: row.key, why }),
        Support::Inert => return Err(PartError::Inert(row.key)),
        Support::Yes => {}
    }
    let (_, place) = LEVELS[match row.levels {
        [Scope::Endpoint, ..] => 1,
        [Scope::Backend, ..] => 2,
        _ => 0,
    }];
    let owner = bundle().pointer(place).unwrap_or(&Value::Null);
    Ok(&owner["properties"]["extra_config"]["properties"][row.key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_a_schema_with_a_title() {
        for name in names() {
            let schema = part(name).expect("a name that is listed");
            assert!(schema["title"].is_string(), "{name}: {schema}");
            assert!(jsonschema::validator_for(&schema).is_ok(), "{name}");
        }
    }

    #[test]
    fn aliases_are_names_too() {
        assert_eq!(
            part("github_com/luraproject/lura/router/gin"),
            part("router")
        );
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (key, expected) in [
            ("endpont", "did you mean `endpoint`?"),
            ("telemetry/loging", "did you mean `telemetry/logging`?"),
            ("banana", "there are gateway, endpoint, backend, router"),
            (
                "plugin/http-client",
                "`plugin/http-client` is not supported",
            ),
        ] {
            let message = part(key).expect_err(key).to_string();
            assert!(message.contains(expected), "{key}: {message}");
        }
    }
}
