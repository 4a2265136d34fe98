//! Members of a JSON object that become texts, while every other byte stays as it is: numbers keep their digits, members
//! their order, and a client that compares sees only the tokens.

use crate::jose;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, ops::Range};

/// Why an answer cannot be signed. The texts go to logs: none repeats anything of the answer but names of the config.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsigned {
    #[error("the upstream's answer is not a JSON object")]
    NotObject,
    #[error("`{0}` of the upstream's answer is not an object of claims")]
    NotClaims(&'static str),
    #[error("`{0}` stands twice in the upstream's answer, or has a claim twice")]
    Twice(&'static str),
    #[error("the cryptography failed")]
    Failed,
}

/// `object` with the members called `names` replaced by what `token` makes of them, as texts. Those that are not there,
/// or null, are passed over, as the Go engine does.
pub(super) fn splice(
    object: &[u8],
    names: &[&'static str],
    token: impl Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, Unsigned> {
    let found = find(object, names)?;
    let mut spliced = Vec::with_capacity(object.len() + 1024 * found.len());
    let mut from = 0;
    for (name, Member { place, claims }) in found {
        if claims == "null" {
            continue;
        }
        if !claims.starts_with('{') {
            return Err(Unsigned::NotClaims(name));
        }
        if !jose::are_claims(claims.as_bytes()) {
            return Err(Unsigned::Twice(name));
        }
        let token = token(claims).ok_or(Unsigned::Failed)?;
        let text = serde_json::to_string(&token).map_err(|_| Unsigned::Failed)?;
        spliced.extend_from_slice(&object[from..place.start]);
        spliced.extend_from_slice(text.as_bytes());
        from = place.end;
    }
    spliced.extend_from_slice(&object[from..]);
    Ok(spliced)
}

struct Member<'a> {
    place: Range<usize>,
    claims: &'a str,
}

/// The members that are to be signed, in the order in which they stand.
fn find<'a>(
    object: &'a [u8],
    names: &[&'static str],
) -> Result<Vec<(&'static str, Member<'a>)>, Unsigned> {
    let mut reader = serde_json::Deserializer::from_slice(object);
    let members = reader
        .deserialize_map(Members)
        .map_err(|_| Unsigned::NotObject)?;
    reader.end().map_err(|_| Unsigned::NotObject)?;
    let mut found: Vec<(&'static str, Member<'a>)> = Vec::new();
    for (name, value) in members {
        let Some(name) = names.iter().copied().find(|wanted| *wanted == name) else {
            continue;
        };
        // One reader takes the first, another the last.
        if found.iter().any(|(known, _)| *known == name) {
            return Err(Unsigned::Twice(name));
        }
        let claims = value.get();
        // It is borrowed from the object, so it stands where its address is.
        let start = claims.as_ptr().addr() - object.as_ptr().addr();
        let place = start..start + claims.len();
        found.push((name, Member { place, claims }));
    }
    Ok(found)
}

/// Names, unescaped, and values as they stand.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            members.push((Cow::Owned(name), value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::{Unsigned::*, splice};

    const NAMES: &[&str] = &["access_token", "refresh"];

    /// Each object of claims becomes `<its text>`.
    fn check(object: &str, expected: Result<&str, super::Unsigned>) {
        let token = |claims: &str| Some(format!("<{claims}>"));
        let spliced = splice(object.as_bytes(), NAMES, token);
        let spliced = spliced.map(|bytes| String::from_utf8(bytes).expect("text"));
        assert_eq!(spliced, expected.map(str::to_owned), "{object}");
    }

    #[test]
    fn only_what_is_named_changes() {
        check("{}", Ok("{}"));
        check(
            r#" {"a": 12345678901234567890.50e1, "access_token": {"sub":"x"} ,"z":[1] } "#,
            Ok(
                r#" {"a": 12345678901234567890.50e1, "access_token": "<{\"sub\":\"x\"}>" ,"z":[1] } "#,
            ),
        );
        check(
            r#"{"refresh":{},"access_token":{"a":{"b":[{}]}}}"#,
            Ok(r#"{"refresh":"<{}>","access_token":"<{\"a\":{\"b\":[{}]}}>"}"#),
        );
        check(r#"{"access_token":null}"#, Ok(r#"{"access_token":null}"#));
        check(
            r#"{"inner":{"access_token":{"sub":"x"}}}"#,
            Ok(r#"{"inner":{"access_token":{"sub":"x"}}}"#),
        );
        check(
            r#"{"ACCESS_TOKEN":{"sub":"x"}}"#,
            Ok(r#"{"ACCESS_TOKEN":{"sub":"x"}}"#),
        );
    }

    #[test]
    fn what_cannot_be_signed_is_refused() {
        for (object, expected) in [
            ("", NotObject),
            ("[]", NotObject),
            ("\"a\"", NotObject),
            ("null", NotObject),
            ("{", NotObject),
            (r#"{"access_token":{"sub":"x"}"#, NotObject),
            (r#"{"access_token":{"sub":"x"}} x"#, NotObject),
            (
                r#"{"access_token":{"sub":"x"}}{"access_token":{}}"#,
                NotObject,
            ),
            (r#"{"access_token":"text"}"#, NotClaims("access_token")),
            (
                r#"{"access_token":[{"sub":"x"}]}"#,
                NotClaims("access_token"),
            ),
            (
                r#"{"refresh":{},"access_token":7}"#,
                NotClaims("access_token"),
            ),
            (r#"{"access_token":true}"#, NotClaims("access_token")),
            (
                r#"{"access_token":{},"access_token":{}}"#,
                Twice("access_token"),
            ),
            (
                r#"{"access_token":{},"access\u005ftoken":{}}"#,
                Twice("access_token"),
            ),
            (
                r#"{"access_token":null,"access_token":{}}"#,
                Twice("access_token"),
            ),
            (
                r#"{"access_token":{"sub":"a","sub":"b"}}"#,
                Twice("access_token"),
            ),
        ] {
            check(object, Err(expected));
        }
        assert_eq!(splice(b"{\"a\":\"\xff\"}", NAMES, |_| None), Err(NotObject));
        assert_eq!(splice(br#"{"refresh":{}}"#, NAMES, |_| None), Err(Failed));
    }

    /// The name may be spelt with escapes; it is the same name.
    #[test]
    fn an_escaped_name_is_no_way_out() {
        check(
            r#"{"access\u005ftoken":{"sub":"x"}}"#,
            Ok(r#"{"access\u005ftoken":"<{\"sub\":\"x\"}>"}"#),
        );
    }
}
