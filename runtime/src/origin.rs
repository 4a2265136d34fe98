//! Which page a request comes from, by its `Origin` or `Referer` (WID-4, WID-5, WID-9).
//!
//! gwc builds this file too, to judge the origins of a config. It knows nothing else of the runtime.

/// Longest host name there is.
const MAX_HOST: usize = 253;

/// The hosts of our own pages (WID-8); each stands for what is below it too.
pub(crate) const HOSTS: &[&str] = &[
    "hanzo.ai",
    "hanzo.app",
    "hanzo.chat",
    "hanzo.bot",
    "hanzo.id",
    "lux.network",
    "lux.financial",
    "lux.finance",
    "lux.market",
    "lux.industries",
    "lux.exchange",
    "lux.blog",
    "lux.chat",
    "lux.id",
    "zoo.ngo",
    "zoo.network",
    "zoo.id",
    "pars.network",
    "pars.id",
    "localhost",
];

/// The pages of a developer's machine (CORS-2).
pub(crate) const LOCAL: &[&str] = &[
    "http://localhost:3000",
    "http://localhost:3001",
    "http://localhost:3100",
    "http://localhost:5173",
    "http://localhost:8080",
    "http://127.0.0.1:3000",
];

/// The host in an `Origin` or a `Referer`, in lower case; `None` for a text that no browser sends.
///
/// A host is read as a browser reads it: after the scheme and whatever claims to be a user, up to the first `/`, `\`,
/// `?` or `#`, without its port. What has any other character in it is no host.
pub(crate) fn host(text: &str) -> Option<String> {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        // A bare host name, or nonsense.
        _ => text,
    };
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host_and_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host_and_port,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let bytes = host.as_bytes();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_address = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let sound = match bytes {
        [b'[', inner @ .., b']'] => inner.iter().all(is_address),
        _ => bytes.iter().all(is_name),
    };
    (sound && !host.is_empty() && host.len() <= MAX_HOST).then(|| host.to_ascii_lowercase())
}

/// Whether `host` is an entry of `list`, or below one (WID-5). Both are in lower case.
pub(crate) fn is_below(host: &str, list: &[impl AsRef<str>]) -> bool {
    list.iter().any(|entry| {
        host.strip_suffix(entry.as_ref())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// An entry of a list of bare host names, in lower case; why it is none.
pub(crate) fn entry(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("an empty item".to_owned());
    }
    match host(text) {
        Some(host) if host.eq_ignore_ascii_case(text) => Ok(host),
        Some(host) => Err(format!("`{text}` is more than a host name: write `{host}`")),
        None => Err(format!("`{text}` is no host name")),
    }
}

/// An `Origin` in its one form (RFC 6454 6.2): `scheme://host[:port]` in lower case, without the port that the scheme
/// implies. `None` for anything else, the opaque `null` included.
pub(crate) fn normal(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !is_scheme(scheme) || rest.contains(['/', '\\', '?', '#', '@']) {
        return None;
    }
    let host = host(text)?;
    let scheme = scheme.to_ascii_lowercase();
    let (_, after) = rest.split_at_checked(host.len())?;
    let after = after.strip_prefix('.').unwrap_or(after);
    let Some(port) = after.strip_prefix(':') else {
        return after.is_empty().then(|| format!("{scheme}://{host}"));
    };
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    Some(match (scheme.as_str(), port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}"),
        _ => format!("{scheme}://{host}:{port}"),
    })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::{HOSTS, entry, host, is_below, normal};

    #[test]
    fn wid_9_hosts_are_read_as_a_browser_reads_them() {
        for (text, expected) in [
            ("http://localhost:3000", Some("localhost")),
            ("https://evil.com:8080/p", Some("evil.com")),
            ("docs.hanzo.ai", Some("docs.hanzo.ai")),
            ("https://Docs.Hanzo.AI", Some("docs.hanzo.ai")),
            ("HTTPS://hanzo.ai", Some("hanzo.ai")),
            ("https://hanzo.ai.", Some("hanzo.ai")),
            ("hanzo.ai:443", Some("hanzo.ai")),
            ("capacitor://localhost", Some("localhost")),
            // What only looks like one of ours.
            ("https://evil.com?.hanzo.ai", Some("evil.com")),
            ("https://evil.com#.hanzo.ai", Some("evil.com")),
            ("https://evil.com\\.hanzo.ai", Some("evil.com")),
            ("https://evil.com/.hanzo.ai", Some("evil.com")),
            ("https://hanzo.ai@evil.com", Some("evil.com")),
            ("https://hanzo.ai:pw@evil.com:1/", Some("evil.com")),
            ("https://evil.com/@hanzo.ai", Some("evil.com")),
            ("https://evil.com?x=https://hanzo.ai", Some("evil.com")),
            ("evil.com?://hanzo.ai", Some("evil.com")),
            ("https://evil.com:x.hanzo.ai", None),
            ("https://evil.com%2f.hanzo.ai", None),
            ("https://evil.com,hanzo.ai", None),
            ("https://evil.com https://hanzo.ai", None),
            ("https://evil.com\t.hanzo.ai", None),
            ("https://hanzo。ai", None),
            ("https://[::1]:3000", Some("[::1]")),
            ("https://[evil.com].hanzo.ai", None),
            ("null", Some("null")),
            ("https://", None),
            ("://hanzo.ai", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(host(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(host(&format!("https://{}.hanzo.ai", "a".repeat(250))), None);
    }

    #[test]
    fn wid_5_an_entry_stands_for_itself_and_what_is_below() {
        let list = ["hanzo.ai", "localhost", "hanzo.bot"];
        for (host, allowed) in [
            ("hanzo.ai", true),
            ("docs.hanzo.ai", true),
            ("evil.com.hanzo.ai", true),
            ("localhost", true),
            ("nothanzo.ai", false),
            ("hanzo.ai.evil.com", false),
            ("hanzo.aix", false),
            ("ai", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_below(host, &list), allowed, "{host:?}");
        }
        assert!(!is_below("hanzo.ai", &[] as &[&str]));
    }

    /// The vectors of section 4.
    #[test]
    fn cors_2_our_own_pages() {
        for (origin, ours) in [
            ("https://cowork.hanzo.ai", true),
            ("https://hanzo.app", true),
            ("https://app.lux.network", true),
            ("https://zoo.ngo", true),
            ("https://nothanzo.ai", false),
            ("https://evil.com", false),
            ("null", false),
        ] {
            let host = host(origin).expect("a host");
            assert_eq!(is_below(&host, HOSTS), ours, "{origin}");
        }
    }

    #[test]
    fn an_origin_has_one_form() {
        for (text, expected) in [
            ("https://app.example.com", Some("https://app.example.com")),
            ("HTTPS://App.Example.com", Some("https://app.example.com")),
            (
                "https://app.example.com:443",
                Some("https://app.example.com"),
            ),
            ("http://app.example.com:80", Some("http://app.example.com")),
            (
                "http://app.example.com:443",
                Some("http://app.example.com:443"),
            ),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://localhost:03000", Some("http://localhost:3000")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("https://app.example.com.", Some("https://app.example.com")),
            (
                "https://app.example.com.:8443",
                Some("https://app.example.com:8443"),
            ),
            ("capacitor://localhost", Some("capacitor://localhost")),
            ("https://app.example.com/", None),
            ("https://app.example.com/a", None),
            ("https://app.example.com?a", None),
            ("https://user@app.example.com", None),
            ("https://app.example.com:", None),
            ("https://app.example.com:0", None),
            ("https://app.example.com:65536", None),
            ("https://app.example.com:+80", None),
            ("https://a b", None),
            ("https://*.example.com", None),
            ("app.example.com", None),
            ("null", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(normal(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn entries_are_bare_host_names() {
        for (text, expected) in [
            ("hanzo.ai", Ok("hanzo.ai")),
            (" Hanzo.AI ", Ok("hanzo.ai")),
            ("", Err("an empty item")),
            (
                "https://hanzo.ai",
                Err("`https://hanzo.ai` is more than a host name: write `hanzo.ai`"),
            ),
            (
                "hanzo.ai:443",
                Err("`hanzo.ai:443` is more than a host name: write `hanzo.ai`"),
            ),
            ("*.hanzo.ai", Err("`*.hanzo.ai` is no host name")),
            ("a b", Err("`a b` is no host name")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(entry(text), expected, "{text:?}");
        }
    }
}
