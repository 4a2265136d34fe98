//! One call of an upstream, as a `static`: where to, what of the client's request goes along, and for how long.

use crate::upstream::Upstream;
use http::{HeaderName, Method, header, uri::PathAndQuery};
use std::{sync::OnceLock, time::Duration};

/// Pieces of a path template. A longer one does not compile.
const MAX_PIECES: usize = 32;

/// A call of one upstream. Every setter documents its default; all of it is checked when the gateway is compiled.
pub struct Call {
    pub(crate) upstream: &'static Upstream,
    pub(crate) template: Template,
    pub(crate) headers: Headers,
    pub(crate) query: Query,
    pub(crate) method: Option<Method>,
    pub(crate) timeout: Duration,
    pub(crate) max_body: u64,
    prepared: OnceLock<Prepared>,
}

/// Which client headers go upstream. Hop-by-hop and identity headers never do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Headers {
    All,
    Listed(&'static [&'static str]),
}

/// Which query parameters of the client go upstream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Query {
    All,
    Listed(&'static [&'static str]),
}

/// A path template in pieces, so that nothing is searched at run time.
pub(crate) struct Template {
    pieces: [Piece; MAX_PIECES],
    count: usize,
    /// Whether the template has a `?` of its own; the client's query then follows with `&`.
    pub has_query: bool,
}

/// One piece of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(&'static str),
    /// `{name}`: that parameter of the route, exactly as the client wrote it.
    Param(&'static str),
    /// `*`: what the route's trailing wildcard took.
    Rest,
}

/// What is derived from the statics once, at the first call, because the `http` types have no const constructors.
pub(crate) struct Prepared {
    pub names: Vec<HeaderName>,
    /// The whole path, if neither parameters nor the client's query can change it.
    pub fixed: Option<PathAndQuery>,
    pub keeps_user_agent: bool,
}

impl Call {
    /// A call of `upstream` with the path `template`: text, `{name}` for a parameter of the route and `*` for what its
    /// wildcard took. A template may have a query part, which goes before the client's.
    ///
    /// # Panics
    /// When the gateway is compiled, if the template does not start with `/`, has a brace without its partner, or has
    /// more than 32 pieces.
    pub const fn to(upstream: &'static Upstream, template: &'static str) -> Call {
        Call {
            upstream,
            template: Template::parse(template),
            headers: Headers::Listed(&["content-type"]),
            query: Query::Listed(&[]),
            method: None,
            timeout: Duration::from_secs(2),
            max_body: u64::MAX,
            prepared: OnceLock::new(),
        }
    }

    /// The client headers that go along, in lower case; `content-type` is not implied. Default: `content-type` only
    /// (PIPE-6).
    #[must_use]
    pub const fn headers(mut self, names: &'static [&'static str]) -> Call {
        self.headers = Headers::Listed(names);
        self
    }

    /// Every client header goes along, except hop-by-hop ones (RFC 9110 7.6.1) and identity headers (AUTH-13).
    #[must_use]
    pub const fn all_headers(mut self) -> Call {
        self.headers = Headers::All;
        self
    }

    /// The query parameters that go along, byte for byte and in the client's order. Default: none (PIPE-6).
    #[must_use]
    pub const fn query(mut self, names: &'static [&'static str]) -> Call {
        self.query = Query::Listed(names);
        self
    }

    /// The client's whole query goes along.
    #[must_use]
    pub const fn all_queries(mut self) -> Call {
        self.query = Query::All;
        self
    }

    /// The method of the call. Default: the client's.
    #[must_use]
    pub const fn method(mut self, method: Method) -> Call {
        // A const fn cannot run the destructor of the old value, which is `None`.
        std::mem::forget(self.method.replace(method));
        self
    }

    /// How long the upstream may be silent: before the response head (504 after it) and between any two bytes later
    /// (the response is aborted). Progress of the upload counts. Default 2 s.
    #[must_use]
    pub const fn timeout(mut self, t: Duration) -> Call {
        self.timeout = t;
        self
    }

    /// Bytes of a request body; 413 over it. Default: no limit.
    #[must_use]
    pub const fn max_body(mut self, bytes: u64) -> Call {
        self.max_body = bytes;
        self
    }

    pub(crate) fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let names: Vec<HeaderName> = match self.headers {
                Headers::All => Vec::new(),
                // gwc checked them; a name that is none could match no header anyway.
                Headers::Listed(names) => {
                    names.iter().filter_map(|name| name.parse().ok()).collect()
                }
            };
            let keeps_user_agent =
                matches!(self.headers, Headers::All) || names.contains(&header::USER_AGENT);
            let fixed = match (self.template.pieces(), self.query) {
                ([Piece::Text(path)], Query::Listed([])) => PathAndQuery::try_from(*path).ok(),
                _ => None,
            };
            Prepared {
                names,
                fixed,
                keeps_user_agent,
            }
        })
    }
}

impl Template {
    const fn parse(template: &'static str) -> Template {
        let bytes = template.as_bytes();
        assert!(
            !bytes.is_empty() && bytes[0] == b'/',
            "a path template starts with `/`"
        );
        let mut pieces = [Piece::Text(""); MAX_PIECES];
        let mut count = 0;
        let mut has_query = false;
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            // In a query a `*` is just a `*`.
            let special = bytes[at] == b'{' || (bytes[at] == b'*' && !has_query);
            if bytes[at] == b'?' {
                has_query = true;
            }
            assert!(
                bytes[at] != b'}',
                "a path template has a `}}` without its `{{`"
            );
            if !special {
                at += 1;
                continue;
            }
            if start < at {
                pieces[count] = Piece::Text(slice(template, start, at));
                count += 1;
            }
            if bytes[at] == b'*' {
                pieces[count] = Piece::Rest;
            } else {
                let open = at;
                while at < bytes.len() && bytes[at] != b'}' {
                    at += 1;
                }
                assert!(
                    at < bytes.len(),
                    "a path template has a `{{` without its `}}`"
                );
                assert!(
                    open + 1 < at,
                    "a path template has a parameter without a name"
                );
                pieces[count] = Piece::Param(slice(template, open + 1, at));
            }
            count += 1;
            at += 1;
            start = at;
        }
        if start < bytes.len() {
            pieces[count] = Piece::Text(slice(template, start, bytes.len()));
            count += 1;
        }
        Template {
            pieces,
            count,
            has_query,
        }
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces[..self.count]
    }
}

const fn slice(text: &'static str, from: usize, to: usize) -> &'static str {
    text.split_at(to).0.split_at(from).1
}

#[cfg(test)]
mod tests {
    use super::{
        Piece::{self, Param, Rest, Text},
        Template,
    };

    #[test]
    fn templates_fall_into_pieces() {
        let table: &[(&'static str, &[Piece], bool)] = &[
            ("/", &[Text("/")], false),
            ("/a/b", &[Text("/a/b")], false),
            ("/a/{id}", &[Text("/a/"), Param("id")], false),
            (
                "/{a}{b}/c",
                &[Text("/"), Param("a"), Param("b"), Text("/c")],
                false,
            ),
            ("/v1/*", &[Text("/v1/"), Rest], false),
            (
                "/v1/{a}/*",
                &[Text("/v1/"), Param("a"), Text("/"), Rest],
                false,
            ),
            ("/x?a=*&b={id}", &[Text("/x?a=*&b="), Param("id")], true),
            ("/v1/*?all=1", &[Text("/v1/"), Rest, Text("?all=1")], true),
        ];
        for (template, pieces, has_query) in table {
            let parsed = Template::parse(template);
            assert_eq!(parsed.pieces(), *pieces, "pieces of {template}");
            assert_eq!(parsed.has_query, *has_query, "query of {template}");
        }
    }

    #[test]
    fn bad_templates_do_not_compile() {
        for template in ["", "a", "/{", "/{a", "/a}", "/{}"] {
            assert!(
                std::panic::catch_unwind(|| Template::parse(template)).is_err(),
                "{template:?} must be refused"
            );
        }
    }
}
