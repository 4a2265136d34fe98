//! JSON objects of strangers. A name that stands twice means one thing to us and another to the next reader, and
//! `serde_json` would silently take the last, so it is refused at any depth.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Why bytes are not an object that we read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadJson {
    #[error("it is not JSON that means one thing: {0}")]
    Syntax(#[source] serde_json::Error),
    #[error("it is not an object")]
    NotObject,
}

/// The object that `bytes` are, nested `depth` levels at most, itself included.
pub(crate) fn object(bytes: &[u8], depth: u8) -> Result<Map<String, Value>, BadJson> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth }
        .deserialize(&mut reader)
        .map_err(BadJson::Syntax)?;
    reader.end().map_err(BadJson::Syntax)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(BadJson::NotObject),
    }
}

/// A value with at most so many levels of arrays and objects.
#[derive(Clone, Copy)]
struct Strict {
    depth: u8,
}

impl Strict {
    fn inside<E: Error>(self) -> Result<Strict, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| E::custom("it is nested too deeply"))?;
        Ok(Strict { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inside)?;
            // The name itself is a stranger's, and this text goes to logs.
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn an_object_is_read_when_it_means_one_thing() {
        for (text, good) in [
            (r"{}", true),
            (r#" {"a":1,"b":[1,2.5,-3,"x",true,null,{"a":1}]} "#, true),
            (r#"{"a":{"a":{"a":1}}}"#, true),
            (r#"{"a":{"a":{"a":{}}}}"#, false),
            (r#"{"a":[[[]]]}"#, false),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, false),
            (r#"{"x":{"a":1,"a":2}}"#, false),
            (r#"{"x":[{"a":1,"a":2}]}"#, false),
            (r#"{"a":1}{}"#, false),
            (r#"{"a":1}x"#, false),
            (r#"{"a":1,}"#, false),
            (r"{'a':1}", false),
            (r#"{"a":1e999}"#, false),
            (r#"{"a":NaN}"#, false),
            (r#"{"a":01}"#, false),
            ("{\"a\":\"\n\"}", false),
            (r#"{"a":"\ud800"}"#, false),
            ("\u{feff}{}", false),
            (r"[]", false),
            (r#""a""#, false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(object(text.as_bytes(), 3).is_ok(), good, "{text}");
        }
        assert!(object(b"{\"a\":\"\xff\"}", 3).is_err(), "not UTF-8");
    }
}
