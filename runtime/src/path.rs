//! What a request path must be before it is matched.
//!
//! The gateway forwards a path as the client wrote it, so it must not mean one thing here and another upstream: what
//! could (dot segments, encoded or not, empty segments, escapes of control characters) is refused. Matching is done on
//! a normalised copy (RFC 3986 6.2.2), which always has the same segments as the original.

use std::borrow::Cow;

/// Why a path is refused with a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("the request target is not a path")]
    NotAPath,
    #[error("the path has a malformed percent-escape")]
    Escape,
    #[error("the path has an escaped control character")]
    Control,
    #[error("the path has a `.` or `..` segment")]
    Dots,
    #[error("the path has an empty segment")]
    EmptySegment,
}

/// A path that was found harmless.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    /// What goes upstream: as it came, or with `//` merged.
    pub forwarded: Cow<'a, str>,
    /// What is matched, where it differs from `forwarded`.
    pub normal: Option<String>,
}

/// Checks `raw`; with `merge_slashes`, `//` counts as `/`.
pub(crate) fn check(raw: &str, merge_slashes: bool) -> Result<Path<'_>, PathError> {
    if !raw.starts_with('/') {
        return Err(PathError::NotAPath);
    }
    let mut forwarded = Cow::Borrowed(raw);
    // Not `contains`, which prepares itself for longer texts.
    if raw.as_bytes().windows(2).any(|pair| pair == b"//") {
        if !merge_slashes {
            return Err(PathError::EmptySegment);
        }
        forwarded = Cow::Owned(merged(raw));
    }
    let bytes = forwarded.as_bytes();
    let escaped = bytes.contains(&b'%');
    if escaped {
        let decoded = decode(bytes)?;
        if decoded.iter().any(u8::is_ascii_control) {
            return Err(PathError::Control);
        }
        if has_dots(&decoded) {
            return Err(PathError::Dots);
        }
    } else if has_dots(bytes) {
        return Err(PathError::Dots);
    }
    let normal = escaped.then(|| normal(&forwarded));
    Ok(Path { forwarded, normal })
}

fn merged(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}

/// `\` ends a segment too: some servers take it for `/`. And of a segment only
/// what stands before a `;` counts: servers of Java take `/healthz/..;x/admin` for `/admin`.
fn has_dots(path: &[u8]) -> bool {
    // Most paths have no dot at all.
    path.contains(&b'.')
        && path
            .split(|b| matches!(b, b'/' | b'\\'))
            .filter_map(|segment| segment.split(|b| *b == b';').next())
            .any(|name| matches!(name, b"." | b".."))
}

/// Every escape decoded.
pub(crate) fn decode(path: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%' {
            out.push(escape(tail).ok_or(PathError::Escape)?);
            rest = &tail[2..];
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    Ok(out)
}

/// Escapes of unreserved characters decoded (RFC 3986 6.2.2.2), all others in upper case (6.2.2.1). No escape turns
/// into a `/`, so the number of segments stays.
fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let Some((triple, tail)) = from.split_at_checked(3) else {
            break;
        };
        match escape(&triple.as_bytes()[1..]) {
            Some(b) if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(b.into()),
            _ => out.push_str(&triple.to_ascii_uppercase()),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The byte that the two hex digits at the start of `digits` stand for.
pub(crate) fn escape(digits: &[u8]) -> Option<u8> {
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    Some(digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::{PathError, check};

    #[test]
    fn dangerous_paths_are_refused() {
        use PathError::{Control, Dots, EmptySegment, Escape, NotAPath};
        let table = [
            ("*", NotAPath),
            ("", NotAPath),
            ("/a%", Escape),
            ("/a%2", Escape),
            ("/a%zz", Escape),
            ("/%+1", Escape),
            ("/a%00", Control),
            ("/a%0d%0A", Control),
            ("/a%7F", Control),
            ("/.", Dots),
            ("/..", Dots),
            ("/a/../b", Dots),
            ("/a/%2e%2E/b", Dots),
            ("/a%2F..%2fb", Dots),
            ("/a\\..\\b", Dots),
            ("/a%5C..", Dots),
            ("/a/..;/b", Dots),
            ("/a/..;x=1/b", Dots),
            ("/a/.;/b", Dots),
            ("/a/%2e%2E%3b/b", Dots),
            ("/a/..;", Dots),
            ("//", EmptySegment),
            ("/a//b", EmptySegment),
        ];
        for (path, error) in table {
            assert_eq!(check(path, false), Err(error), "{path}");
        }
    }

    #[test]
    fn harmless_paths_arrive_as_they_came() {
        // (as it came, forwarded, matched)
        let table = [
            ("/", "/", "/"),
            ("/a/b/", "/a/b/", "/a/b/"),
            ("/a%2Fb/c", "/a%2Fb/c", "/a%2Fb/c"),
            ("/a%2fb", "/a%2fb", "/a%2Fb"),
            ("/%61%7E", "/%61%7E", "/a~"),
            ("/caf%c3%a9", "/caf%c3%a9", "/caf%C3%A9"),
            ("/a%252e%252e/b", "/a%252e%252e/b", "/a%252e%252e/b"),
            (
                "/a..b/.well-known",
                "/a..b/.well-known",
                "/a..b/.well-known",
            ),
            ("/...", "/...", "/..."),
            ("/a;v=1/..b;x/;..", "/a;v=1/..b;x/;..", "/a;v=1/..b;x/;.."),
        ];
        for (path, forwarded, matched) in table {
            let checked = check(path, false).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert_eq!(checked.forwarded, forwarded, "{path}");
            assert_eq!(
                checked.normal.as_deref().unwrap_or(&checked.forwarded),
                matched,
                "{path}"
            );
        }
    }

    #[test]
    fn slashes_merge_when_asked() {
        for (path, forwarded) in [("//", "/"), ("/a//b///c/", "/a/b/c/"), ("///a", "/a")] {
            assert_eq!(
                check(path, true).map(|p| p.forwarded.into_owned()),
                Ok(forwarded.to_owned())
            );
        }
        assert_eq!(check("/a//..//b", true), Err(PathError::Dots));
    }
}
