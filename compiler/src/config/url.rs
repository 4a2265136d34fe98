//! URLs that the gateway itself asks: `https://id.example.com/.well-known/jwks`.

use super::host::{self, HostError};
use crate::plan::Host;
use http::uri::PathAndQuery;
use thiserror::Error;

/// Why a text is not such a URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Neither `http://` nor `https://`.
    #[error("a URL starts with http:// or https://")]
    Scheme,
    /// What is wrong with the authority.
    #[error("{0}")]
    Host(HostError),
    /// What is behind the authority is no path.
    #[error("not a path and query that can be asked for")]
    Path,
}

/// A URL in its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Scheme, name and port.
    pub host: Host,
    /// Path and query; at least `/`.
    pub target: String,
}

/// Scheme, host, and perhaps port, path and query.
pub fn parse(text: &str) -> Result<Url, UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
    if !matches!(scheme, "http" | "https") {
        return Err(UrlError::Scheme);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let host = host::parse(&format!("{scheme}://{authority}"), &[])
        .map_err(|misfit| UrlError::Host(misfit.error))?;
    let target = if target.is_empty() { "/" } else { target };
    if !target.starts_with('/') || target.contains('#') || target.parse::<PathAndQuery>().is_err() {
        return Err(UrlError::Path);
    }
    Ok(Url {
        host,
        target: target.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{UrlError, parse};

    #[test]
    fn urls() {
        for (text, expected) in [
            (
                "https://hanzo.id/.well-known/jwks",
                Ok("https://hanzo.id /.well-known/jwks"),
            ),
            ("http://commerce:8001", Ok("http://commerce:8001 /")),
            ("https://a/k?x=1", Ok("https://a /k?x=1")),
            ("http://[::1]:8080/k", Ok("http://[::1]:8080 /k")),
            ("hanzo.id/jwks", Err(UrlError::Scheme)),
            ("ftp://a/k", Err(UrlError::Scheme)),
            ("", Err(UrlError::Scheme)),
            ("https://a?x=1", Err(UrlError::Path)),
            ("https://a/k#f", Err(UrlError::Path)),
            ("https://a/k k", Err(UrlError::Path)),
        ] {
            let url = parse(text).map(|url| format!("{} {}", url.host, url.target));
            assert_eq!(url, expected.map(str::to_owned), "{text}");
        }
        for text in [
            "https://",
            "https://u:p@a/k",
            "https://a:0/k",
            "https://a b/k",
        ] {
            assert!(matches!(parse(text), Err(UrlError::Host(_))), "{text}");
        }
    }
}
