//! Secrets in the embedded config, for the command `config`.
//!
//! The text stays as its authors wrote it, comments and layout included, so it is walked as text and not parsed into a
//! tree and printed again.

use super::{MASK, words};
use crate::slot::{self, Part};
use std::ops::Range;

/// A key whose last word is one of these holds a secret; `token_url` and `password_file` do not.
const SECRET: &[&str] = &[
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "secrets",
    "token",
];

/// So does one that ends in two of these.
const SECRET_PAIRS: &[[&str; 2]] = &[
    ["access", "key"],
    ["access", "tokens"],
    ["account", "key"],
    ["api", "key"],
    ["api", "keys"],
    ["cipher", "key"],
    ["client", "assertion"],
    ["cypher", "key"],
    ["encryption", "key"],
    ["master", "key"],
    ["private", "key"],
    ["secret", "key"],
    ["secret", "value"],
    ["shared", "key"],
    ["signing", "key"],
];

/// The text is no JSON, so nothing can be said about where its secrets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the embedded config is not JSON: unexpected text at byte {at}")]
pub(crate) struct NotJson {
    /// Offset of the first byte that does not fit.
    pub at: usize,
}

/// `text` with secret values as `***`: what stands under a secret-looking key, what a header modifier gives to a
/// secret-looking header, and `user:password@` in URLs.
pub(crate) fn config(text: &str) -> Result<String, NotJson> {
    let mut walk = Walk {
        text,
        at: 0,
        masked: Vec::new(),
    };
    walk.value(false)?;
    walk.space();
    if walk.at < text.len() {
        return Err(NotJson { at: walk.at });
    }
    walk.masked.sort_by_key(|range| range.start);
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for range in walk.masked {
        // A value can be found twice: by its own key, and by the header name beside it.
        if range.start >= from {
            shown.push_str(&text[from..range.start]);
            shown.push_str(MASK);
            from = range.end;
        }
    }
    shown.push_str(&text[from..]);
    Ok(shown)
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    /// What not to show. Inside the quotes of a string, so that the output stays JSON.
    masked: Vec<Range<usize>>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, secret: bool) -> Result<Range<usize>, NotJson> {
        self.space();
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(secret)?,
            Some(b'[') => {
                self.items(b'[', b']', |walk| walk.value(secret).map(drop))?;
            }
            Some(b'"') => {
                let inside = self.string()?;
                if secret && !is_only_slots(&self.text[inside.clone()]) {
                    self.masked.push(inside.clone());
                } else if let Some(password) = password_in_url(&self.text[inside.clone()]) {
                    self.masked
                        .push(inside.start + password.start..inside.start + password.end);
                }
                return Ok(inside);
            }
            // Numbers and the three words are no secrets that this vocabulary has: its secrets are strings.
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                let rest = &self.text[self.at..];
                let inside = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                self.at += rest.find(|c| !inside(c)).unwrap_or(rest.len());
            }
            _ => return Err(NotJson { at: self.at }),
        }
        Ok(start..self.at)
    }

    fn object(&mut self, secret: bool) -> Result<(), NotJson> {
        let mut names_secret = false;
        let mut value = None;
        self.items(b'{', b'}', |walk| {
            walk.space();
            let key = walk.string()?;
            let key = &walk.text[key];
            walk.space();
            walk.eat(b':')?;
            let inside = walk.value(secret || is_secret(key))?;
            match key {
                "name" => names_secret = is_secret(&walk.text[inside]),
                "value" => value = Some(inside),
                _ => {}
            }
            Ok(())
        })?;
        // `{"name": "X-Api-Key", "value": "…"}`: how modifiers of headers are written.
        if names_secret {
            let shown = |range: &Range<usize>| is_only_slots(&self.text[range.clone()]);
            self.masked.extend(value.filter(|range| !shown(range)));
        }
        Ok(())
    }

    /// A list between `open` and `close`, of what `item` takes.
    fn items(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Walk<'a>) -> Result<(), NotJson>,
    ) -> Result<(), NotJson> {
        self.eat(open)?;
        self.space();
        if self.peek() == Some(close) {
            return self.eat(close);
        }
        loop {
            item(self)?;
            self.space();
            if self.peek() != Some(b',') {
                return self.eat(close);
            }
            self.eat(b',')?;
        }
    }

    /// The range between the quotes of a string.
    fn string(&mut self) -> Result<Range<usize>, NotJson> {
        self.eat(b'"')?;
        let start = self.at;
        let mut escaped = false;
        for (i, b) in self.text.bytes().enumerate().skip(start) {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    self.at = i + 1;
                    return Ok(start..i);
                }
                _ => {}
            }
        }
        Err(NotJson { at: start })
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.peek() != Some(byte) {
            return Err(NotJson { at: self.at });
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// `${env:NAME}` says where a secret is, and nothing of it; a default would be the secret itself.
fn is_only_slots(text: &str) -> bool {
    let pieces = slot::parse(text).unwrap_or_default();
    let says_where =
        |piece: &slot::Piece<'_>| matches!(piece.part, Part::Slot(slot) if slot.default.is_none());
    !pieces.is_empty() && pieces.iter().all(says_where)
}

/// By the look of its name.
pub(crate) fn is_secret(key: &str) -> bool {
    let words = words(key);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.last().is_some_and(|last| SECRET.contains(last))
        || words
            .last_chunk::<2>()
            .is_some_and(|pair| SECRET_PAIRS.contains(pair))
}

/// Where the password of `scheme://user:password@host` stands.
fn password_in_url(text: &str) -> Option<Range<usize>> {
    let authority = text.find("://")? + 3;
    let end = text[authority..]
        .find(['/', '?', '#'])
        .map_or(text.len(), |i| authority + i);
    let at = authority + text[authority..end].rfind('@')?;
    let colon = authority + text[authority..at].find(':')?;
    Some(colon + 1..at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_text_stays() {
        for (input, expected) in [
            (
                r#"{"version": 3,  "name":"x"}"#,
                r#"{"version": 3,  "name":"x"}"#,
            ),
            (r#"{"client_secret": "abc"}"#, r#"{"client_secret": "***"}"#),
            (r#"{"clientSecret":"a\"b"}"#, r#"{"clientSecret":"***"}"#),
            (
                r#"{"cypher_key":"abc","cipher_suites":[1]}"#,
                r#"{"cypher_key":"***","cipher_suites":[1]}"#,
            ),
            (
                r#"{"token_url":"https://a/b"}"#,
                r#"{"token_url":"https://a/b"}"#,
            ),
            (r#"{"password":["a","b"]}"#, r#"{"password":["***","***"]}"#),
            (
                r#"{"credentials":{"user":"u","id":1}}"#,
                r#"{"credentials":{"user":"***","id":1}}"#,
            ),
            (
                r#"{"disable_token":true,"max_tokens":5}"#,
                r#"{"disable_token":true,"max_tokens":5}"#,
            ),
            (r#"{"X-Api-Key":"abc"}"#, r#"{"X-Api-Key":"***"}"#),
            (
                r#"{"name":"Authorization","value":"abc"}"#,
                r#"{"name":"Authorization","value":"***"}"#,
            ),
            (
                r#"[{"value":"abc","name":"X-Api-Key"}]"#,
                r#"[{"value":"***","name":"X-Api-Key"}]"#,
            ),
            (
                r#"{"token":"${env:T}","name":"X-Api-Key","value":"${file:/k}"}"#,
                r#"{"token":"${env:T}","name":"X-Api-Key","value":"${file:/k}"}"#,
            ),
            (
                r#"{"token":["${env:T:-abc}","x${env:T}","${env:}"]}"#,
                r#"{"token":["***","***","***"]}"#,
            ),
            (
                r#"{"name":"X-Team","value":"abc"}"#,
                r#"{"name":"X-Team","value":"abc"}"#,
            ),
            (
                r#"{"strategy":"header","key":"X-Id"}"#,
                r#"{"strategy":"header","key":"X-Id"}"#,
            ),
            (
                r#"{"input_headers":["Authorization"]}"#,
                r#"{"input_headers":["Authorization"]}"#,
            ),
            (
                r#"["amqp://user:p@ss@mq:5672/a:b@c"]"#,
                r#"["amqp://user:***@mq:5672/a:b@c"]"#,
            ),
            (
                r#"["https://host:80/a@b", "a:b@c"]"#,
                r#"["https://host:80/a@b", "a:b@c"]"#,
            ),
            ("{\n\t\"a\": []\n}\n", "{\n\t\"a\": []\n}\n"),
        ] {
            assert_eq!(config(input).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_not_json_is_not_shown() {
        for (input, at) in [
            ("", 0),
            ("{\"a\":}", 5),
            ("{\"a", 2),
            ("[1 2]", 3),
            ("{} x", 3),
        ] {
            assert_eq!(config(input), Err(NotJson { at }));
        }
    }
}
