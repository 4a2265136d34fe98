//! Which page a widget's request comes from (WID-4, WID-5, WID-9).

use std::borrow::Cow;

/// Longest host name there is.
const MAX_HOST: usize = 253;

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

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether `host` is an entry of `list`, or below one. Both are in lower case.
pub(crate) fn is_allowed(host: &str, list: &[Cow<'static, str>]) -> bool {
    list.iter().any(|entry| {
        host.strip_suffix(&**entry)
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

#[cfg(test)]
mod tests {
    use super::{entry, host, is_allowed};

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
        let list = ["hanzo.ai", "localhost", "hanzo.bot"].map(Into::into);
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
            assert_eq!(is_allowed(host, &list), allowed, "{host:?}");
        }
        assert!(!is_allowed("hanzo.ai", &[]));
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
