//! Headers and trailers, which are JSON: an object of names, each with a list of values.

use super::{HEADERS, MAX_FIELDS, MAX_HEADERS};
use crate::{
    headers::{is_hop_by_hop, strip_hop_by_hop},
    zap::codec::Malformed,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// What `headers` say, minus what concerns one connection, what frames a message here, and values that are no text.
pub(crate) fn encode(headers: &HeaderMap) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * headers.keys_len());
    for name in headers.keys() {
        if stays_here(name) {
            continue;
        }
        let values = headers.get_all(name).iter();
        let mut values = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(first) = values.next() else { continue };
        out.push(if out.is_empty() { b'{' } else { b',' });
        text(&mut out, &as_go_spells_it(name));
        out.extend_from_slice(b":[");
        text(&mut out, first);
        for value in values {
            out.push(b',');
            text(&mut out, value);
        }
        out.push(b']');
    }
    if !out.is_empty() {
        out.push(b'}');
    }
    out
}

fn stays_here(name: &HeaderName) -> bool {
    is_hop_by_hop(name) || *name == header::CONTENT_LENGTH || *name == header::TRAILER
}

/// A text in JSON.
fn text(out: &mut Vec<u8>, text: &str) {
    // A `Vec` takes everything, and a text is always JSON.
    let _ = serde_json::to_writer(out, text);
}

/// `Content-Type`: a peer in Go looks for names in this spelling, and finds no other.
fn as_go_spells_it(name: &HeaderName) -> String {
    let mut starts = true;
    let spell = |c: char| {
        let upper = std::mem::replace(&mut starts, c == '-');
        if upper { c.to_ascii_uppercase() } else { c }
    };
    name.as_str().chars().map(spell).collect()
}

/// What `json` says; nothing is no header at all. Names are merged whatever their case, and what concerns one connection
/// is left out.
pub(crate) fn decode(json: &[u8]) -> Result<HeaderMap, Malformed> {
    if json.is_empty() {
        return Ok(HeaderMap::new());
    }
    if json.len() > MAX_HEADERS {
        return Err(Malformed::Content("headers that are too long"));
    }
    let mut headers = HeaderMap::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    Fields(&mut headers)
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|_| HEADERS)?;
    // As on a connection of its own, for a peer may have copied them from one. The length of a body is that of its bytes;
    // a HEAD alone has one without having the other, so that whoever asked decides about it.
    strip_hop_by_hop(&mut headers);
    headers.remove(header::PROXY_AUTHORIZATION);
    headers.remove(header::TRAILER);
    Ok(headers)
}

/// Reads the object into a map.
struct Fields<'m>(&'m mut HeaderMap);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(A::Error::custom)?;
            map.next_value_seed(Values(self.0, name))?;
        }
        Ok(())
    }
}

/// Reads the values of one name: a list, or a text alone.
struct Values<'m>(&'m mut HeaderMap, HeaderName);

impl Values<'_> {
    fn add<E: Error>(&mut self, text: &str) -> Result<(), E> {
        // Of a text, so without NUL, CR and LF it is UTF-8 still.
        let value = HeaderValue::from_bytes(text.as_bytes()).map_err(E::custom)?;
        if self.0.len() >= MAX_FIELDS {
            return Err(E::custom("too many headers"));
        }
        self.0.append(self.1.clone(), value);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.add(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(text) = list.next_element::<Cow<'de, str>>()? {
            self.add(&text)?;
        }
        Ok(())
    }
}
