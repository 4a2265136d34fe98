//! Lists of paths that something is not asked of, or is: whole segments from the start.

use std::fmt;

/// A list of paths; each stands for itself and everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Paths(Vec<String>);

/// An item that cannot be what its author meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPath {
    #[error("an empty item would stand for every path")]
    Empty,
    #[error("`/` stands for every path")]
    Everything,
    #[error("`{0}` does not start with `/`")]
    Relative(String),
    #[error(
        "`{0}` is no path that a request is matched with: no `//`, dot segments, escapes, `?`, `#`, `*` or spaces"
    )]
    NoPath(String),
}

impl Paths {
    /// A comma list, items trimmed.
    pub fn parse(list: &str) -> Result<Paths, BadPath> {
        Paths::of(list.split(',').map(str::trim))
    }

    pub fn of<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Paths, BadPath> {
        items
            .into_iter()
            .map(item)
            .collect::<Result<_, _>>()
            .map(Paths)
    }

    /// Whether `path` is in the list or below something in it. Segments count whole: `/healthz` is not `/healthzX`.
    pub fn hold(&self, path: &str) -> bool {
        self.0.iter().any(|item| {
            path.strip_prefix(item.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// Without the slash at its end.
fn item(text: &str) -> Result<String, BadPath> {
    if text.is_empty() {
        return Err(BadPath::Empty);
    }
    if !text.starts_with('/') {
        return Err(BadPath::Relative(text.to_owned()));
    }
    let path = text.strip_suffix('/').unwrap_or(text);
    if path.is_empty() {
        return Err(BadPath::Everything);
    }
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'%' | b'?' | b'#' | b'*' | b'\\');
    let sound = |segment: &str| !matches!(segment, "" | "." | "..");
    if path.bytes().all(plain) && path[1..].split('/').all(sound) {
        Ok(path.to_owned())
    } else {
        Err(BadPath::NoPath(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{BadPath, Paths};

    #[test]
    fn auth_5_segments_count_whole() {
        let paths = Paths::parse("/healthz, /.well-known/ ,/a/b").unwrap();
        for (path, held) in [
            ("/healthz", true),
            ("/healthz/", true),
            ("/healthz/live", true),
            ("/healthzX", false),
            ("/health", false),
            ("/HEALTHZ", false),
            ("/.well-known", true),
            ("/.well-known/jwks", true),
            ("/.well-known-too", false),
            ("/a/b/c", true),
            ("/a", false),
            ("/a/bc", false),
            ("/", false),
            ("/x/healthz", false),
        ] {
            assert_eq!(paths.hold(path), held, "{path}");
        }
        assert!(!Paths::default().hold("/"));
    }

    #[test]
    fn auth_5_nothing_opens_everything() {
        use BadPath::{Empty, Everything, NoPath, Relative};
        for (list, expected) in [
            ("", Empty),
            ("/a,", Empty),
            (",", Empty),
            ("/a, ,/b", Empty),
            ("/", Everything),
            ("a", Relative("a".into())),
            ("*", Relative("*".into())),
            ("/a//b", NoPath("/a//b".into())),
            ("//", NoPath("//".into())),
            ("/a/../b", NoPath("/a/../b".into())),
            ("/./a", NoPath("/./a".into())),
            ("/a%2Fb", NoPath("/a%2Fb".into())),
            ("/a*", NoPath("/a*".into())),
            ("/a?b", NoPath("/a?b".into())),
            ("/a b", NoPath("/a b".into())),
        ] {
            assert_eq!(Paths::parse(list), Err(expected), "{list:?}");
        }
    }
}
