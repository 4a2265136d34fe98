//! URLs that a gateway asks by itself: `https://id.example.com/.well-known/jwks`.
//!
//! It knows nothing of the rest of the runtime but the grammar of hosts: gwc compiles this very file, so that what a
//! slot brings when the gateway starts is judged as what stands in a config is.

use super::host::{self, Authority, HostError, NotHost};
use http::{HeaderValue, uri::PathAndQuery};
use std::{fmt, ops::Range};
use thiserror::Error;

/// An absolute `http` or `https` URL, without user and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    authority: Authority,
    target: PathAndQuery,
}

/// Why a text is not such a URL, and which bytes of it are to blame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct NotUrl {
    /// Why.
    pub error: UrlError,
    /// Of the text.
    pub range: Range<usize>,
}

/// Why a text is not such a URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Neither `http://` nor `https://`.
    #[error("a URL starts with http:// or https://")]
    Scheme,
    /// What is wrong with name, address or port.
    #[error("{0}")]
    Host(HostError),
    /// What is behind the authority is no path, or has a fragment.
    #[error("not a path and query that can be asked for")]
    Target,
}

impl UrlError {
    /// What to do about it; repeats nothing of the text.
    pub const fn help(&self) -> &'static str {
        match self {
            UrlError::Host(HostError::UserInfo) => {
                "credentials in a URL end up in logs; remove them"
            }
            UrlError::Host(HostError::Port) => {
                "without a port, 80 is meant for http:// and 443 for https://"
            }
            _ => "write it like \"https://id.example.com/.well-known/jwks\"",
        }
    }
}

impl Url {
    /// Scheme, name or address, and perhaps port, path and query.
    pub fn parse(text: &str) -> Result<Url, NotUrl> {
        let misfit = |error, range: Range<usize>| NotUrl { error, range };
        let scheme = text.find("://").unwrap_or_default();
        let is = |known: &str| text[..scheme].eq_ignore_ascii_case(known);
        if !(is("http") || is("https")) {
            let blamed = if scheme == 0 { text.len() } else { scheme };
            return Err(misfit(UrlError::Scheme, 0..blamed));
        }
        let start = scheme + "://".len();
        let length = text[start..].find(['/', '?', '#']);
        let end = length.map_or(text.len(), |length| start + length);
        let authority = host::parse(&text[..end])
            .map_err(|NotHost { error, range }| misfit(UrlError::Host(error), range))?;
        let target = match &text[end..] {
            "" => Some(PathAndQuery::from_static("/")),
            target if target.starts_with('/') && target.bytes().all(may_be_asked_for) => {
                target.parse().ok()
            }
            _ => None,
        };
        let target = target.ok_or_else(|| misfit(UrlError::Target, end..text.len()))?;
        Ok(Url { authority, target })
    }

    /// `https`
    pub fn is_secure(&self) -> bool {
        self.authority.tls
    }

    /// Scheme, name and port.
    #[allow(dead_code, reason = "asked by clusters, which a gateway may not have")]
    pub fn origin(&self) -> &Authority {
        &self.authority
    }

    /// A name or an address, an IPv6 one in brackets.
    pub fn name(&self) -> &str {
        &self.authority.name
    }

    /// A name or an address; an IPv6 one without its brackets.
    pub fn host(&self) -> &str {
        let name = self.name();
        let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
        bare.unwrap_or(name)
    }

    /// Also where the scheme implies it.
    pub fn port(&self) -> u16 {
        self.authority.port
    }

    /// Path and query; at least `/`.
    pub fn target(&self) -> &PathAndQuery {
        &self.target
    }

    /// As in `Host`: without the scheme's usual port.
    pub fn authority(&self) -> Option<HeaderValue> {
        let Authority { tls, name, port } = &self.authority;
        match (tls, port) {
            (true, 443) | (false, 80) => HeaderValue::try_from(name).ok(),
            _ => HeaderValue::try_from(format!("{name}:{port}")).ok(),
        }
    }
}

/// A fragment is for whoever reads an answer, never part of a question.
fn may_be_asked_for(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

/// Without the query, which may hold a key of the service that is asked.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authority { tls, name, port } = &self.authority;
        let scheme = if *tls { "https" } else { "http" };
        write!(f, "{scheme}://{name}")?;
        if !matches!((tls, port), (true, 443) | (false, 80)) {
            write!(f, ":{port}")?;
        }
        f.write_str(self.target.path())?;
        f.write_str(self.target.query().map_or("", |_| "?***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, secure, host, port, target, shown) in [
            ("http://a", false, "a", 80, "/", "http://a/"),
            (
                "https://a.test/keys?key=1",
                true,
                "a.test",
                443,
                "/keys?key=1",
                "https://a.test/keys?***",
            ),
            (
                "HTTPS://A:8443/k",
                true,
                "a",
                8443,
                "/k",
                "https://a:8443/k",
            ),
            (
                "http://[::1]:81/k",
                false,
                "::1",
                81,
                "/k",
                "http://[::1]:81/k",
            ),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!(
                (url.is_secure(), url.host(), url.port()),
                (secure, host, port),
                "{text}"
            );
            assert_eq!(
                (url.target().as_str(), url.to_string().as_str()),
                (target, shown)
            );
        }
    }

    #[test]
    fn not_urls() {
        use UrlError::{Host, Scheme, Target};
        for (text, error, blamed) in [
            ("", Scheme, ""),
            ("/keys", Scheme, "/keys"),
            ("a.test", Scheme, "a.test"),
            ("ftp://a/k", Scheme, "ftp"),
            ("https:///k", Host(HostError::Empty), "https://"),
            ("https://user@a/k", Host(HostError::UserInfo), "user@"),
            ("https://u:p@a/k", Host(HostError::UserInfo), "u:p@"),
            ("https://a:/k", Host(HostError::Port), ":"),
            ("https://a:0/k", Host(HostError::Port), "0"),
            ("https://a:99999/k", Host(HostError::Port), "99999"),
            ("https://a b/k", Host(HostError::Name("a b".into())), "a b"),
            ("https://a?x=1", Target, "?x=1"),
            ("https://a/k#f", Target, "/k#f"),
            ("https://a/k k", Target, "/k k"),
            ("https://a/\u{e9}", Target, "/\u{e9}"),
        ] {
            let wrong = Url::parse(text).expect_err(text);
            assert_eq!((wrong.error, &text[wrong.range]), (error, blamed), "{text}");
        }
    }
}
