//! What the API is asked, read strictly: nothing in it is passed over.

use crate::path::escape;
use serde_json::{Map, Value};

/// Bytes of a value: what is longer is in no token.
const MAX_VALUE: usize = 16 * 1024;

/// One claim and a value of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub claim: String,
    pub value: String,
}

/// Why a request makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstood {
    #[error("the body is not JSON")]
    NotJson,
    #[error(
        r#"expected {{"claim": "…", "value": "…"}}, both of them strings, or a list of such objects"#
    )]
    Shape,
    #[error("the list is empty")]
    Empty,
    #[error("expected ?claim=…&value=…, each of them once")]
    Query,
    #[error("a value is empty")]
    NoValue,
    #[error("a value is longer than {MAX_VALUE} bytes")]
    LongValue,
    #[error("tokens are revoked by {0} only (`token_keys`)")]
    Claim(String),
}

impl Question {
    /// Of the body of a POST.
    pub fn all(body: &[u8]) -> Result<Vec<Question>, Misunderstood> {
        match serde_json::from_slice(body).map_err(|_| Misunderstood::NotJson)? {
            Value::Object(object) => Ok(vec![Question::of_object(object)?]),
            Value::Array(list) if list.is_empty() => Err(Misunderstood::Empty),
            Value::Array(list) => list
                .into_iter()
                .map(|item| match item {
                    Value::Object(object) => Question::of_object(object),
                    _ => Err(Misunderstood::Shape),
                })
                .collect(),
            _ => Err(Misunderstood::Shape),
        }
    }

    fn of_object(mut object: Map<String, Value>) -> Result<Question, Misunderstood> {
        let (claim, value) = (object.remove("claim"), object.remove("value"));
        match (claim, value) {
            (Some(Value::String(claim)), Some(Value::String(value))) if object.is_empty() => {
                Question { claim, value }.checked()
            }
            _ => Err(Misunderstood::Shape),
        }
    }

    /// Of the query of a GET.
    pub fn of_query(query: &str) -> Result<Question, Misunderstood> {
        let (mut claim, mut value) = (None, None);
        for pair in query.split('&') {
            let (name, text) = pair.split_once('=').ok_or(Misunderstood::Query)?;
            let place = match name {
                "claim" => &mut claim,
                "value" => &mut value,
                _ => return Err(Misunderstood::Query),
            };
            let text = decoded(text).ok_or(Misunderstood::Query)?;
            if place.replace(text).is_some() {
                return Err(Misunderstood::Query);
            }
        }
        match (claim, value) {
            (Some(claim), Some(value)) => Question { claim, value }.checked(),
            _ => Err(Misunderstood::Query),
        }
    }

    fn checked(self) -> Result<Question, Misunderstood> {
        match self.value.len() {
            0 => Err(Misunderstood::NoValue),
            1..=MAX_VALUE => Ok(self),
            _ => Err(Misunderstood::LongValue),
        }
    }
}

/// As forms are encoded: `+` is a space.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match byte {
            b'%' => {
                let byte = escape(tail)?;
                rest = &tail[2..];
                byte
            }
            b'+' => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{MAX_VALUE, Misunderstood::*, Question};

    fn question(claim: &str, value: &str) -> Question {
        let (claim, value) = (claim.to_owned(), value.to_owned());
        Question { claim, value }
    }

    #[test]
    fn bodies() {
        let long = format!(
            r#"{{"claim":"jti","value":"{}"}}"#,
            "x".repeat(MAX_VALUE + 1)
        );
        for (body, expected) in [
            (
                r#"{"claim":"jti","value":"a"}"#,
                Ok(vec![question("jti", "a")]),
            ),
            (
                r#" [{"value":"b","claim":"sub"},{"claim":"jti","value":"é"}]"#,
                Ok(vec![question("sub", "b"), question("jti", "é")]),
            ),
            ("[]", Err(Empty)),
            ("", Err(NotJson)),
            ("{", Err(NotJson)),
            (r#"{"claim":"jti","value":"a"} x"#, Err(NotJson)),
            ("{}", Err(Shape)),
            ("null", Err(Shape)),
            (r#"["jti"]"#, Err(Shape)),
            (r#"{"claim":"jti"}"#, Err(Shape)),
            (r#"{"claim":"jti","value":7}"#, Err(Shape)),
            (r#"{"claim":"jti","value":"a","ttl":7}"#, Err(Shape)),
            (r#"[{"claim":"jti","value":"a"},7]"#, Err(Shape)),
            (r#"{"claim":"jti","value":""}"#, Err(NoValue)),
            (&long, Err(LongValue)),
        ] {
            assert_eq!(Question::all(body.as_bytes()), expected, "{body:.80}");
        }
    }

    #[test]
    fn queries() {
        for (query, expected) in [
            ("claim=jti&value=a", Ok(question("jti", "a"))),
            (
                "value=a%2Bb%26+c&claim=s%75b",
                Ok(question("sub", "a+b& c")),
            ),
            ("claim=jti&value=%C3%A9", Ok(question("jti", "é"))),
            ("claim=jti&value=", Err(NoValue)),
            ("", Err(Query)),
            ("claim=jti", Err(Query)),
            ("claim=jti&value=a&value=b", Err(Query)),
            ("claim=jti&value=a&x=1", Err(Query)),
            ("claim=jti&value=%zz", Err(Query)),
            ("claim=jti&value=%e", Err(Query)),
            ("claim=jti&value=%ff", Err(Query)),
        ] {
            assert_eq!(Question::of_query(query), expected, "{query}");
        }
    }
}
