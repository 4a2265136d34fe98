//! What a checked token says.

use super::refusal::Refusal;
use serde_json::{Map, Value};

/// The last second of the year 9999: what is later is no date (milliseconds, say) but a mistake or an attempt.
const LAST: f64 = 253_402_300_799.0;

/// The claims of a token whose signature is good. The registered ones (RFC 7519 4.1) are of their types; all others
/// are as the issuer wrote them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claims {
    map: Map<String, Value>,
    /// Seconds since 1970, as the two others.
    pub expires: Option<f64>,
    pub not_before: Option<f64>,
    pub issued_at: Option<f64>,
}

impl Claims {
    /// A registered claim of another type than its own makes the token invalid (AUTH-21).
    pub(super) fn new(map: Map<String, Value>) -> Result<Claims, Refusal> {
        for name in ["iss", "sub", "jti"] {
            if map.get(name).is_some_and(|value| !value.is_string()) {
                return Err(Refusal::Claim(name));
            }
        }
        let audience = match map.get("aud") {
            None | Some(Value::String(_)) => true,
            Some(Value::Array(list)) => list.iter().all(Value::is_string),
            Some(_) => false,
        };
        if !audience {
            return Err(Refusal::Claim("aud"));
        }
        Ok(Claims {
            expires: date(&map, "exp")?,
            not_before: date(&map, "nbf")?,
            issued_at: date(&map, "iat")?,
            map,
        })
    }

    /// A top-level claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }

    /// A top-level claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The claim that is reached by the names between the dots of `path`.
    pub fn at(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// `aud`, be it one or several.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let (one, several) = match self.get("aud") {
            Some(Value::String(one)) => (Some(one.as_str()), [].as_slice()),
            Some(Value::Array(several)) => (None, several.as_slice()),
            _ => (None, [].as_slice()),
        };
        one.into_iter()
            .chain(several.iter().filter_map(Value::as_str))
    }
}

/// A `NumericDate`: a number, whole or not, within the years that dates have. Numbers are compared as floating point,
/// which cannot overflow, and is exact for all of them.
fn date(map: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, Refusal> {
    match map.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(seconds) if (0.0..=LAST).contains(&seconds) => Ok(Some(seconds)),
            _ => Err(Refusal::Claim(name)),
        },
        Some(_) => Err(Refusal::Claim(name)),
    }
}
