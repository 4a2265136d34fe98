//! The path template of a call: text, `{name}` for a parameter of the route, `*` for what its wildcard took.
//!
//! It is checked when the gateway is compiled and taken apart when it is first used.

/// A template in pieces, so that nothing is searched while requests are served.
pub(crate) struct Template<'a> {
    pub pieces: Box<[Piece<'a>]>,
    /// Whether the template has a `?` of its own; the client's query then follows with `&`.
    pub has_query: bool,
}

/// One piece of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// `{name}`: that parameter of the route, exactly as the client wrote it.
    Param(&'a str),
    /// `{name}` in the query, where a parameter must not become two.
    QueryParam(&'a str),
    /// `*`: what the route's trailing wildcard took.
    Rest,
}

/// # Panics
/// On a template that [`Template::parse`] could misread; in a `static`, that is an error of the compilation.
pub(crate) const fn check(template: &str) {
    let bytes = template.as_bytes();
    assert!(
        !bytes.is_empty() && bytes[0] == b'/',
        "a path template starts with `/`"
    );
    let mut open = None;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], open) {
            (b'{', None) => open = Some(at),
            (b'{' | b'*' | b'?', Some(_)) => {
                panic!("the name of a parameter has no brace, `*` or `?` in it")
            }
            (b'}', None) => panic!("a path template has a closing brace without its opening one"),
            (b'}', Some(start)) => {
                assert!(
                    start + 1 < at,
                    "a path template has a parameter without a name"
                );
                open = None;
            }
            _ => {}
        }
        at += 1;
    }
    assert!(
        open.is_none(),
        "a path template has an opening brace without its closing one"
    );
}

impl<'a> Template<'a> {
    /// Takes a template apart that [`check`] has passed.
    pub fn parse(template: &'a str) -> Template<'a> {
        // In a query a `*` is just a `*`.
        let query = template.find('?').unwrap_or(template.len());
        let mut pieces = Vec::new();
        let mut text = 0;
        let specials = template
            .char_indices()
            .filter(|&(at, c)| c == '{' || (c == '*' && at < query));
        for (at, c) in specials {
            pieces.push(Piece::Text(&template[text..at]));
            let (piece, end) = if c == '*' {
                (Piece::Rest, at + 1)
            } else {
                let end = template[at..]
                    .find('}')
                    .map_or(template.len(), |length| at + length);
                let name = &template[at + 1..end];
                let piece = if at < query {
                    Piece::Param(name)
                } else {
                    Piece::QueryParam(name)
                };
                (piece, end + 1)
            };
            pieces.push(piece);
            text = end;
        }
        pieces.push(Piece::Text(template.get(text..).unwrap_or("")));
        pieces.retain(|piece| *piece != Piece::Text(""));
        Template {
            pieces: pieces.into(),
            has_query: query < template.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Piece::{self, Param, QueryParam, Rest, Text},
        Template, check,
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
            (
                "/x?a=*&b={id}",
                &[Text("/x?a=*&b="), QueryParam("id")],
                true,
            ),
            ("/v1/*?all=1", &[Text("/v1/"), Rest, Text("?all=1")], true),
            (
                "/{a}?b={b}",
                &[Text("/"), Param("a"), Text("?b="), QueryParam("b")],
                true,
            ),
        ];
        for (template, pieces, has_query) in table {
            let parsed = Template::parse(template);
            assert_eq!(&*parsed.pieces, *pieces, "pieces of {template}");
            assert_eq!(parsed.has_query, *has_query, "query of {template}");
        }
    }

    #[test]
    fn bad_templates_do_not_compile() {
        for template in [
            "", "a", "/{", "/{a", "/a}", "/{}", "/{a{b}}", "/{a*}", "/{a?}",
        ] {
            assert!(
                std::panic::catch_unwind(|| check(template)).is_err(),
                "{template:?} must be refused"
            );
        }
    }
}
