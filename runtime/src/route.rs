//! Which endpoint a path belongs to.
//!
//! Knows nothing of requests or handlers (only `matchit` and the standard library), so that the compiler answers
//! `gwc match` with this very code. Patterns are the config's own: literals, `{name}` for one segment, a trailing `/*`
//! for any depth below.
//!
//! A parameter and a catch-all cannot stand at the same place of one `matchit` tree, so wildcards have trees of their
//! own, one per depth: first the exact tree (a literal beats a parameter), then the deepest wildcard prefix.

use matchit::Router;

/// Parameters of one pattern; more are refused.
pub const MAX_PARAMS: usize = 16;
/// Segments before a `*`; more are refused.
pub const MAX_DEPTH: usize = 32;

/// Why a pattern cannot be in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteError {
    /// Another pattern matches exactly the same paths; the index it was inserted with, where known.
    Conflict(Option<u32>),
    /// Not a pattern: no leading `/`, half a brace, a `*` that is not the last segment.
    Malformed,
    TooManyParams,
    TooDeep,
}

/// Every route, by method.
#[derive(Default)]
pub struct Table {
    methods: Vec<(String, Tree)>,
    shapes: Vec<Shape>,
}

#[derive(Default)]
struct Tree {
    exact: Router<u32>,
    /// At `n`: the prefixes of exactly `n` segments that stand before a `*`.
    wildcards: Vec<Router<u32>>,
}

/// Where the dynamic parts of a pattern are, as indices of segments.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Shape {
    params: Vec<u8>,
    rest: Option<u8>,
}

/// The dynamic parts of a path, as byte ranges of the path as it came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    ranges: [(u16, u16); MAX_PARAMS],
    count: u8,
    rest: Option<(u16, u16)>,
}

impl Params {
    /// Range of the `n`th parameter of the pattern.
    pub fn get(&self, n: usize) -> Option<(u16, u16)> {
        self.ranges[..self.count.into()].get(n).copied()
    }

    /// Range of what `*` took.
    pub fn rest(&self) -> Option<(u16, u16)> {
        self.rest
    }
}

impl Table {
    /// Adds a pattern under `index`, by which [`Table::find`] will answer. Indices are dense, from 0.
    pub fn insert(&mut self, method: &str, pattern: &str, index: u32) -> Result<(), RouteError> {
        let (shape, key) = Shape::of(pattern)?;
        let tree = self.tree(method);
        let router = match shape.rest {
            None => &mut tree.exact,
            Some(depth) => {
                let depth = usize::from(depth);
                if tree.wildcards.len() <= depth {
                    tree.wildcards.resize_with(depth + 1, Router::new);
                }
                &mut tree.wildcards[depth]
            }
        };
        if router.insert(&key, index).is_err() {
            return Err(RouteError::Conflict(router.at(&key).ok().map(|m| *m.value)));
        }
        let at = index as usize;
        if self.shapes.len() <= at {
            self.shapes.resize_with(at + 1, Shape::default);
        }
        self.shapes[at] = shape;
        Ok(())
    }

    /// The route of `path`, which is normalised. HEAD is served by GET where it has no route of its own.
    pub fn find(&self, method: &str, path: &str) -> Option<u32> {
        let found = self.find_exactly(method, path);
        if found.is_none() && method == "HEAD" {
            self.find_exactly("GET", path)
        } else {
            found
        }
    }

    /// The methods that have a route for `path`, in the order in which they first came.
    pub fn allowed(&self, path: &str) -> Vec<&str> {
        let matches = |(_, tree): &&(String, Tree)| tree.find(path).is_some();
        self.methods
            .iter()
            .filter(matches)
            .map(|(method, _)| method.as_str())
            .collect()
    }

    /// Where the dynamic parts of route `index` are in `path`, which matched it and has the same segments as the
    /// normalised one.
    pub fn params(&self, index: u32, path: &str) -> Params {
        let mut params = Params::default();
        let Some(shape) = self.shapes.get(index as usize) else {
            return params;
        };
        if shape.params.is_empty() && shape.rest.is_none() {
            return params;
        }
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let mut start = 1;
        let segments = path.as_bytes().get(1..).unwrap_or_default();
        let segments = segments.split(|byte| *byte == b'/');
        for (n, segment) in (0u8..=u8::MAX).zip(segments) {
            if shape.rest == Some(n) {
                params.rest = Some((short(start), short(path.len())));
                break;
            }
            if shape.params.get(usize::from(params.count)) == Some(&n) {
                params.ranges[usize::from(params.count)] =
                    (short(start), short(start + segment.len()));
                params.count += 1;
            }
            start += segment.len() + 1;
        }
        params
    }

    fn find_exactly(&self, method: &str, path: &str) -> Option<u32> {
        self.methods
            .iter()
            .find(|(m, _)| m == method)
            .and_then(|(_, tree)| tree.find(path))
    }

    fn tree(&mut self, method: &str) -> &mut Tree {
        let at = self
            .methods
            .iter()
            .position(|(m, _)| m == method)
            .unwrap_or_else(|| {
                self.methods.push((method.to_owned(), Tree::default()));
                self.methods.len() - 1
            });
        &mut self.methods[at].1
    }
}

impl Tree {
    fn find(&self, path: &str) -> Option<u32> {
        if let Ok(found) = self.exact.at(path) {
            return Some(*found.value);
        }
        if self.wildcards.is_empty() {
            return None;
        }
        // The prefix of depth n ends before slash n, counted from 0; the `/` of depth 0 is the first byte.
        let mut ends = [0; MAX_DEPTH + 1];
        let mut slashes = 0;
        for (at, _) in path.match_indices('/').take(self.wildcards.len()) {
            ends[slashes] = at;
            slashes += 1;
        }
        (0..slashes).rev().find_map(|depth| {
            let prefix = if depth == 0 {
                "/"
            } else {
                &path[..ends[depth]]
            };
            self.wildcards[depth]
                .at(prefix)
                .ok()
                .map(|found| *found.value)
        })
    }
}

impl Shape {
    /// The shape of a pattern, and what `matchit` is told: parameters by number, so that their names cannot clash, and
    /// the prefix alone where there is a `*`.
    fn of(pattern: &str) -> Result<(Shape, String), RouteError> {
        let path = pattern.strip_prefix('/').ok_or(RouteError::Malformed)?;
        let mut shape = Shape::default();
        let mut key = String::with_capacity(pattern.len());
        let last = path.split('/').count() - 1;
        for (n, segment) in path.split('/').enumerate() {
            let position = u8::try_from(n).map_err(|_| RouteError::TooDeep)?;
            if segment == "*" && n == last {
                if n > MAX_DEPTH {
                    return Err(RouteError::TooDeep);
                }
                shape.rest = Some(position);
                break;
            }
            key.push('/');
            match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
                Some(name) if !name.is_empty() && !name.contains(['{', '}', '*']) => {
                    if shape.params.len() == MAX_PARAMS {
                        return Err(RouteError::TooManyParams);
                    }
                    key.extend(["{p", &shape.params.len().to_string(), "}"]);
                    shape.params.push(position);
                }
                None if !segment.contains(['{', '}', '*']) => key.push_str(segment),
                _ => return Err(RouteError::Malformed),
            }
        }
        if key.is_empty() {
            key.push('/');
        }
        Ok((shape, key))
    }
}

/// Names of the parameters of `pattern`, in the order of [`Params::get`].
pub fn names(pattern: &str) -> impl Iterator<Item = &str> {
    // As bytes: a search for a character prepares itself for longer texts.
    let segments = pattern.as_bytes().split(|byte| *byte == b'/');
    segments
        .filter_map(|s| s.strip_prefix(b"{")?.strip_suffix(b"}"))
        .filter_map(|name| str::from_utf8(name).ok())
}

#[cfg(test)]
mod tests {
    use super::{RouteError, Table};

    const ROUTES: &[(&str, &str)] = &[
        ("GET", "/"),                  // 0
        ("GET", "/bot/health"),        // 1
        ("GET", "/bot/{path}"),        // 2
        ("GET", "/auth/*"),            // 3
        ("GET", "/auth/{realm}/keys"), // 4
        ("GET", "/auth/deep/er/*"),    // 5
        ("POST", "/auth/*"),           // 6
        ("GET", "/u/{user}/f/{file}"), // 7
        ("GET", "/u/{user}/f/*"),      // 8
        ("DELETE", "/*"),              // 9
        ("GET", "/slash/"),            // 10
        ("HEAD", "/bot/health"),       // 11
        ("GET", "/{any}/static"),      // 12
    ];

    fn table() -> Table {
        let mut table = Table::default();
        for (index, (method, path)) in (0..).zip(ROUTES) {
            table
                .insert(method, path, index)
                .unwrap_or_else(|e| panic!("{method} {path}: {e:?}"));
        }
        table
    }

    #[test]
    fn the_most_specific_route_wins() {
        let found: &[(&str, &str, Option<u32>)] = &[
            ("GET", "/", Some(0)),
            ("GET", "/bot/health", Some(1)),
            ("GET", "/bot/other", Some(2)),
            ("GET", "/bot/static", Some(2)),
            ("GET", "/x/static", Some(12)),
            ("GET", "/bot/", None),
            ("GET", "/bot/a/b", None),
            ("GET", "/auth", None),
            ("GET", "/auth/", Some(3)),
            ("GET", "/auth/x", Some(3)),
            ("GET", "/auth/x/keys", Some(4)),
            ("GET", "/auth/x/keys/y", Some(3)),
            ("GET", "/auth/deep/er", Some(3)),
            ("GET", "/auth/deep/er/", Some(5)),
            ("GET", "/auth/deep/er/a/b/c", Some(5)),
            ("POST", "/auth/x/keys", Some(6)),
            ("GET", "/u/1/f/2", Some(7)),
            ("GET", "/u/1/f/2/3", Some(8)),
            ("GET", "/u/1/f/", Some(8)),
            ("GET", "/u//f/2", None),
            ("DELETE", "/", Some(9)),
            ("DELETE", "/any/thing", Some(9)),
            ("PATCH", "/", None),
            ("get", "/", None),
            ("HEAD", "/bot/health", Some(11)),
            ("HEAD", "/bot/other", Some(2)),
            ("HEAD", "/auth/x", Some(3)),
            ("GET", "/slash", None),
            ("GET", "/slash/", Some(10)),
        ];
        let table = table();
        for (method, path, index) in found {
            assert_eq!(table.find(method, path), *index, "{method} {path}");
        }
    }

    #[test]
    fn params_are_ranges_of_the_path_as_it_came() {
        let cases: &[(u32, &str, &[&str], Option<&str>)] = &[
            (0, "/", &[], None),
            (2, "/bot/a%2Fb", &["a%2Fb"], None),
            (3, "/auth/", &[], Some("")),
            (3, "/auth/a/b//c", &[], Some("a/b//c")),
            (7, "/u/%61nn/f/x.txt", &["%61nn", "x.txt"], None),
            (8, "/u/me/f/a/b", &["me"], Some("a/b")),
            (9, "/any/thing", &[], Some("any/thing")),
        ];
        let table = table();
        for (index, path, expected, rest) in cases {
            let params = table.params(*index, path);
            let text = |(from, to): (u16, u16)| &path[from.into()..to.into()];
            let got: Vec<_> = (0..).map_while(|n| params.get(n)).map(text).collect();
            assert_eq!(got, *expected, "{path}");
            assert_eq!(params.rest().map(text), *rest, "{path}");
        }
    }

    #[test]
    fn allowed_lists_the_methods_that_match() {
        let table = table();
        for (path, methods) in [
            ("/bot/health", &["GET", "DELETE", "HEAD"][..]),
            ("/auth/x", &["GET", "POST", "DELETE"]),
            ("/nothing/here", &["DELETE"]),
        ] {
            assert_eq!(table.allowed(path), methods, "{path}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        let many = "/{a}".repeat(17);
        for (pattern, error) in [
            ("", RouteError::Malformed),
            ("a", RouteError::Malformed),
            ("/{a", RouteError::Malformed),
            ("/a}", RouteError::Malformed),
            ("/a{b}", RouteError::Malformed),
            ("/*/a", RouteError::Malformed),
            ("/a*", RouteError::Malformed),
            ("/{}", RouteError::Malformed),
            ("/bot/{other}", RouteError::Conflict(Some(2))),
            ("/auth/*", RouteError::Conflict(Some(3))),
            (&many, RouteError::TooManyParams),
        ] {
            assert_eq!(table().insert("GET", pattern, 99), Err(error), "{pattern}");
        }
    }
}
