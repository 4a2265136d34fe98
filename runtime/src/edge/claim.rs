//! Claims of a token, read with types: one of another type makes the token invalid (AUTH-21).

use serde_json::{Map, Value};

/// A claim that is not what its reader takes it for. Claims are told by name only: their values are the caller's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadClaim {
    #[error("claim `{0}` is no text")]
    NotText(&'static str),
    #[error("claim `{0}` is neither true nor false")]
    NotBoolean(&'static str),
    #[error("claim `{0}` cannot stand in a header")]
    Unspeakable(&'static str),
}

/// A text; an absent one, or null, is empty.
pub(super) fn text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, BadClaim> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(BadClaim::NotText(name)),
    }
}

/// True or false; an absent one, or null, is false.
pub(super) fn flag(claims: &Map<String, Value>, name: &'static str) -> Result<bool, BadClaim> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(BadClaim::NotBoolean(name)),
    }
}

/// The first of these claims that is not empty; its own name is told with it. All of them must be texts.
pub(super) fn first<'a>(
    claims: &'a Map<String, Value>,
    names: &[&'static str],
) -> Result<(&'static str, &'a str), BadClaim> {
    let mut found = (names[0], "");
    for name in names {
        let value = text(claims, name)?;
        if found.1.is_empty() && !value.is_empty() {
            found = (name, value);
        }
    }
    Ok(found)
}

/// The names in a list of names, or of objects that have one (AUTH-25, AUTH-26); `None` for a list of anything else, or
/// of both.
pub(super) fn names(items: &[Value]) -> Option<Vec<&str>> {
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    texts.or_else(|| items.iter().map(name_of).collect())
}

/// The `name` of an object; one without has an empty one.
fn name_of(item: &Value) -> Option<&str> {
    match item.as_object()?.get("name") {
        None | Some(Value::Null) => Some(""),
        Some(name) => name.as_str(),
    }
}
