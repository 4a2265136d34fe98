//! Where a request's token is: a header, or else a cookie (`auth/validator`, step 1 of a request).

use crate::request::{Headers, text};
use http::{HeaderName, header};

/// A token, as far as it is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Token(&'a str),
    /// The request has none.
    Nothing,
    /// It has something in its place that is not one text.
    Nonsense,
}

/// The token of the header `name`, or of the cookie `cookie` where that header is absent or empty. A header that is
/// there and no good hides the cookie.
pub(super) fn find<'a>(headers: &'a Headers, name: &HeaderName, cookie: &str) -> Found<'a> {
    let mut values = headers.all(name);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Found::Nonsense,
        (Some(value), None) if !value.is_empty() => match text(value) {
            Some(text) => bare(text),
            None => Found::Nonsense,
        },
        _ => in_cookies(headers, cookie),
    }
}

/// Without `Bearer`, in any casing; a value without it is the token itself.
fn bare(value: &str) -> Found<'_> {
    let token = match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token,
        _ => value,
    };
    Found::Token(token.trim_ascii())
}

/// The first non-empty one of that name (RFC 6265 4.2.1).
fn in_cookies<'a>(headers: &'a Headers, name: &str) -> Found<'a> {
    headers
        .all(&header::COOKIE)
        .filter_map(text)
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim_ascii().split_once('='))
        .find(|(n, value)| *n == name && !value.is_empty())
        .map_or(Found::Nothing, |(_, value)| {
            let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            Found::Token(quoted.unwrap_or(value))
        })
}

#[cfg(test)]
mod tests {
    use super::{Found, find};
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    #[test]
    fn a_token_is_found() {
        use Found::{Nonsense, Nothing, Token};
        let table: &[(&[(&str, &str)], Found)] = &[
            (&[], Nothing),
            (&[("authorization", "Bearer a.b.c")], Token("a.b.c")),
            (&[("authorization", "bEARER a.b.c")], Token("a.b.c")),
            (&[("authorization", "Bearer  a.b.c ")], Token("a.b.c")),
            (&[("authorization", "a.b.c")], Token("a.b.c")),
            (&[("authorization", "Basic eDp5")], Token("Basic eDp5")),
            (&[("authorization", "Bearer")], Token("Bearer")),
            (&[("authorization", "")], Nothing),
            (&[("authorization", "a"), ("authorization", "b")], Nonsense),
            (&[("authorization", "Bearer \u{e9}")], Nonsense),
            (&[("cookie", "access_token=a.b.c")], Token("a.b.c")),
            (&[("cookie", "x=1; access_token=\"a\"; y")], Token("a")),
            (
                &[("cookie", "x=1"), ("cookie", "access_token=a")],
                Token("a"),
            ),
            (&[("cookie", "access_token=; access_token=a")], Token("a")),
            (&[("cookie", "Access_Token=a; xaccess_token=b")], Nothing),
            (
                &[("authorization", ""), ("cookie", "access_token=a")],
                Token("a"),
            ),
            (
                &[("authorization", "x"), ("cookie", "access_token=a")],
                Token("x"),
            ),
        ];
        for (given, expected) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in *given {
                let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
                headers.append(name.parse::<HeaderName>().expect("a name"), value);
            }
            let headers = headers.into();
            let found = find(&headers, &header::AUTHORIZATION, "access_token");
            assert_eq!(found, *expected, "{given:?}");
        }
    }
}
