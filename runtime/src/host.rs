//! The grammar of backends' hosts: `http://users:8080`, `https://api.example.com`, `http://[::1]:8000`.
//!
//! It knows nothing of the rest of the runtime: gwc compiles this very file, so that what a slot brings when the gateway
//! starts is judged as what stands in a config is.

use std::{net::Ipv6Addr, ops::Range};
use thiserror::Error;

/// What a host says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// `https`
    pub tls: bool,
    /// In lower case; an IPv6 address in its brackets.
    pub name: String,
    /// Also where the scheme implies it.
    pub port: u16,
}

/// Why a text is not a host, and which bytes of it are to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHost {
    /// Why.
    pub error: HostError,
    /// Of the text.
    pub range: Range<usize>,
}

/// Why a text is not a host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HostError {
    /// Nothing, or nothing behind the scheme.
    #[error("the host is empty")]
    Empty,
    /// Another one than `http` and `https`.
    #[error("`{0}` is not a scheme that backends are called with")]
    Scheme(String),
    /// Anything behind the authority but one slash.
    #[error("a host has no path, query or fragment")]
    Path,
    /// `user:password@`
    #[error("a host has no user name or password")]
    UserInfo,
    /// 0, too large, or no number.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Letters, digits, `-` and `_` between dots.
    #[error("`{0}` is not a host name")]
    Name(String),
    /// Without brackets, or with something wrong between them.
    #[error("not an IPv6 address")]
    Ipv6,
}

impl HostError {
    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            HostError::Empty | HostError::Name(_) => "write it like \"http://users.internal:8080\"",
            HostError::Scheme(_) => "use http:// or https://; without a scheme, http:// is meant",
            HostError::Path => "a base path belongs to the backend's `url_pattern`",
            HostError::UserInfo => {
                "credentials in a URL end up in logs; send an Authorization header instead"
            }
            HostError::Port => "without a port, 80 is meant for http:// and 443 for https://",
            HostError::Ipv6 => "write it like \"http://[2001:db8::1]:8080\"",
        }
    }
}

/// Scheme (default `http`), name or address, port (default 80 or 443), and perhaps one trailing slash.
pub fn parse(text: &str) -> Result<Authority, NotHost> {
    let misfit = |error, range: Range<usize>| Err(NotHost { error, range });
    let (tls, start) = match text.find("://") {
        None => (false, 0),
        Some(end) if text[..end].eq_ignore_ascii_case("http") => (false, end + 3),
        Some(end) if text[..end].eq_ignore_ascii_case("https") => (true, end + 3),
        Some(end) => return misfit(HostError::Scheme(text[..end].to_owned()), 0..end),
    };
    let rest = text[start..].strip_suffix('/').unwrap_or(&text[start..]);
    let end = start + rest.len();
    if rest.is_empty() {
        return misfit(HostError::Empty, 0..text.len());
    }
    if let Some(index) = rest.find(['/', '?', '#']) {
        return misfit(HostError::Path, start + index..text.len());
    }
    if let Some(index) = rest.rfind('@') {
        return misfit(HostError::UserInfo, start..start + index + 1);
    }
    let usual = if tls { 443 } else { 80 };
    if rest.starts_with('[') {
        let Some(close) = rest.find(']') else {
            return misfit(HostError::Ipv6, start..end);
        };
        let Ok(address) = rest[1..close].parse::<Ipv6Addr>() else {
            return misfit(HostError::Ipv6, start..start + close + 1);
        };
        let port = match rest[close + 1..].strip_prefix(':') {
            None if close + 1 == rest.len() => usual,
            None => return misfit(HostError::Ipv6, start + close + 1..end),
            Some(digits) => port(digits, end)?,
        };
        return Ok(Authority {
            tls,
            name: format!("[{address}]"),
            port,
        });
    }
    let (name, port) = match rest.split_once(':') {
        None => (rest, usual),
        Some((_, more)) if more.contains(':') => return misfit(HostError::Ipv6, start..end),
        Some((name, digits)) => (name, port(digits, end)?),
    };
    if !is_name(name) {
        return misfit(
            HostError::Name(name.to_owned()),
            start..start + name.len().max(1),
        );
    }
    Ok(Authority {
        tls,
        name: name.to_ascii_lowercase(),
        port,
    })
}

fn port(digits: &str, end: usize) -> Result<u16, NotHost> {
    let wrong = || NotHost {
        error: HostError::Port,
        range: end - digits.len().max(1)..end,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    digits
        .parse()
        .ok()
        .filter(|&port| port != 0)
        .ok_or_else(wrong)
}

/// DNS names, with the underscore that container networks use, and a trailing dot.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::{HostError::*, *};

    #[test]
    fn hosts() {
        for (text, tls, name, port) in [
            ("example.com", false, "example.com", 80),
            ("http://example.com/", false, "example.com", 80),
            ("HTTP://Example.COM:80", false, "example.com", 80),
            ("127.0.0.1:8081", false, "127.0.0.1", 8081),
            ("https://a.b_c-d:8443/", true, "a.b_c-d", 8443),
            ("https://x:443", true, "x", 443),
            ("http://x:443", false, "x", 443),
            ("http://h:1", false, "h", 1),
            ("[::1]:80", false, "[::1]", 80),
            ("https://[2001:DB8::1]", true, "[2001:db8::1]", 443),
            ("svc.cluster.local.", false, "svc.cluster.local.", 80),
        ] {
            let name = name.to_owned();
            assert_eq!(parse(text), Ok(Authority { tls, name, port }), "{text}");
        }
    }

    #[test]
    fn not_hosts() {
        for (text, error, blamed) in [
            ("", Empty, ""),
            ("http://", Empty, "http://"),
            ("ftp://h", Scheme("ftp".into()), "ftp"),
            ("ws://h", Scheme("ws".into()), "ws"),
            ("//x", Path, "//x"),
            ("http://h/path", Path, "/path"),
            ("http://h?q", Path, "?q"),
            ("http://h#f", Path, "#f"),
            ("http://u:p@h", UserInfo, "u:p@"),
            ("http://h:0", Port, "0"),
            ("http://h:65536", Port, "65536"),
            ("http://h:", Port, ":"),
            ("http://h:8o", Port, "8o"),
            ("http://a b", Name("a b".into()), "a b"),
            ("a..b", Name("a..b".into()), "a..b"),
            (":80", Name(String::new()), ":"),
            ("${HOST}", Name("${HOST}".into()), "${HOST}"),
            ("::1", Ipv6, "::1"),
            ("[::1", Ipv6, "[::1"),
            ("[::1]80", Ipv6, "80"),
            ("[zz]:80", Ipv6, "[zz]"),
        ] {
            let misfit = parse(text).expect_err(text);
            assert_eq!(
                (misfit.error, &text[misfit.range]),
                (error, blamed),
                "{text}"
            );
        }
    }
}
