//! Where the key of a request comes from, by which its shard is found.

use crate::{
    identity::{ORG_ID, USER_ID},
    request::Headers,
};
use http::{HeaderValue, header};
use std::fmt;

/// What of a request is its key. A request without it, or with an empty one, gets a 400 (BN-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardKey(Source);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    User,
    Organization,
    Header(&'static str),
    Cookie(&'static str),
}

impl ShardKey {
    /// `jwt.sub`: the user that the edge or the endpoint's validator knows, `X-User-Id`. What a client says there is gone.
    pub const fn user() -> ShardKey {
        ShardKey(Source::User)
    }

    /// `jwt.owner`: the organization of that user, `X-Org-Id`.
    pub const fn organization() -> ShardKey {
        ShardKey(Source::Organization)
    }

    /// `header:<name>`: a header of the request, in lower case, whether or not it goes upstream (BN-11).
    pub const fn header(name: &'static str) -> ShardKey {
        ShardKey(Source::Header(name))
    }

    /// `cookie:<name>`: a cookie of the request.
    pub const fn cookie(name: &'static str) -> ShardKey {
        ShardKey(Source::Cookie(name))
    }

    /// The key of a request; of several the first.
    pub(super) fn of(self, headers: &Headers) -> Option<HeaderValue> {
        let found = match self.0 {
            Source::User => headers.keep(&USER_ID),
            Source::Organization => headers.keep(&ORG_ID),
            // gwc has checked the name; by one that is none nothing is found.
            Source::Header(name) => headers.keep(&name.parse().ok()?),
            Source::Cookie(name) => cookie(headers, name.as_bytes()),
        };
        found.filter(|key| !key.is_empty())
    }
}

/// As a config says it.
impl fmt::Display for ShardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Source::User => f.write_str("jwt.sub"),
            Source::Organization => f.write_str("jwt.owner"),
            Source::Header(name) => write!(f, "header:{name}"),
            Source::Cookie(name) => write!(f, "cookie:{name}"),
        }
    }
}

/// A value may stand in quotes (RFC 6265 4.1.1), which are none of it.
fn cookie(headers: &Headers, name: &[u8]) -> Option<HeaderValue> {
    let lines = headers.all(&header::COOKIE);
    let mut pairs = lines.flat_map(|line| line.split(|byte| *byte == b';'));
    pairs.find_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let value =
            (pair[..equals].trim_ascii() == name).then(|| pair[equals + 1..].trim_ascii())?;
        let bare = value
            .strip_prefix(b"\"")
            .and_then(|value| value.strip_suffix(b"\""));
        HeaderValue::from_bytes(bare.unwrap_or(value)).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::ShardKey;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn key(source: ShardKey, lines: &[(&str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let key = source.of(&headers.into())?;
        Some(String::from_utf8(key.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn keys_of_requests() {
        let (user, org) = (ShardKey::user(), ShardKey::organization());
        let (header, cookie) = (ShardKey::header("x-tenant"), ShardKey::cookie("tenant"));
        for (source, lines, expected) in [
            (
                user,
                &[("x-user-id", "u1"), ("x-org-id", "o1")][..],
                Some("u1"),
            ),
            (org, &[("x-user-id", "u1"), ("x-org-id", "o1")], Some("o1")),
            (user, &[("x-user-id", "")], None),
            (user, &[("x-tenant", "t")], None),
            (header, &[("x-tenant", "t"), ("x-tenant", "u")], Some("t")),
            (header, &[("x-tenant", "é")], Some("é")),
            (header, &[("x-tenant", "")], None),
            (header, &[], None),
            (cookie, &[("cookie", "a=b; tenant=t; tenant=u")], Some("t")),
            (
                cookie,
                &[("cookie", "a=b"), ("cookie", "tenant=t")],
                Some("t"),
            ),
            (cookie, &[("cookie", "tenant=\"t u\";a=b")], Some("t u")),
            (cookie, &[("cookie", "tenant=\"")], Some("\"")),
            (cookie, &[("cookie", "tenant=a=b")], Some("a=b")),
            (cookie, &[("cookie", "Tenant=t")], None),
            (cookie, &[("cookie", "tenant=")], None),
            (cookie, &[("cookie", "tenant")], None),
            (cookie, &[("cookie", "xtenant=t")], None),
        ] {
            assert_eq!(
                key(source, lines).as_deref(),
                expected,
                "{source:?} of {lines:?}"
            );
        }
    }
}
