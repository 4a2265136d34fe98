//! Where a request carries its token (AUTH-16, AUTH-17), and which tokens are not ours to read (AUTH-18).

use crate::request::Headers;
use http::{
    HeaderName,
    header::{AUTHORIZATION, COOKIE},
};

/// Where Anthropic's SDKs carry their key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

const X_AUTHORIZATION: HeaderName = HeaderName::from_static("x-authorization");

/// The cookies that may hold a token; the first of these that is not empty counts, in this order.
const COOKIES: [&str; 4] = [
    "iam_access_token",
    "casdoor_access_token",
    "access_token",
    "hanzo_token",
];

/// What API keys start with. The backend knows them; here they pass unread. `hk_` is how the document spells `hk-`.
const API_KEYS: [&str; 6] = ["hk-", "hk_", "sk-", "fw_", "hz_", "pk-"];

/// What keys of browser widgets start with.
const WIDGET_KEY: &[u8] = b"hz_";

/// The token of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// None: an anonymous call.
    Absent,
    /// A key that the backend will check (AUTH-18).
    ApiKey,
    /// Whatever else: a JWT, or nothing.
    Token(&'a str),
    /// What gateway and backend could read differently; why.
    Doubtful(&'static str),
}

impl Credential<'_> {
    /// The token of a request: of its `Authorization`, else of `X-Authorization`, else of its cookies.
    ///
    /// A second `Authorization` makes it doubtful: were the first one checked here, a backend that takes the last would
    /// serve whom nobody has checked.
    pub fn of(headers: &Headers) -> Credential<'_> {
        let token = match in_header(headers) {
            Ok(token) => token.or_else(|| cookie(headers)),
            Err(why) => return Credential::Doubtful(why),
        };
        match token.map(std::str::from_utf8) {
            None => Credential::Absent,
            Some(Err(_)) => Credential::Doubtful("the token is no text"),
            Some(Ok(text)) if API_KEYS.iter().any(|prefix| text.starts_with(prefix)) => {
                Credential::ApiKey
            }
            Some(Ok(text)) => Credential::Token(text),
        }
    }
}

/// Whatever a request shows to be let in: what [`Credential::of`] reads, of any kind, else `X-Api-Key`. Two of a kind are
/// none.
pub(crate) fn any(headers: &Headers) -> Option<&[u8]> {
    let token = in_header(headers).ok()?.or_else(|| cookie(headers));
    token.or_else(|| headers.first(&X_API_KEY))
}

/// AUTH-16: the token of `Authorization`, or of `X-Authorization` where that is absent or empty; why that is doubtful.
fn in_header(headers: &Headers) -> Result<Option<&[u8]>, &'static str> {
    let mut lines = headers.all(&AUTHORIZATION);
    let (first, second) = (lines.next(), lines.next());
    if second.is_some() {
        return Err("more than one Authorization header");
    }
    let value = if let Some(value) = first.filter(|value| !value.is_empty()) {
        Some(value)
    } else {
        let name = &X_AUTHORIZATION;
        let mut lines = headers.all(name);
        let (first, second) = (lines.next(), lines.next());
        if second.is_some() {
            return Err("more than one X-Authorization header");
        }
        first
    };
    Ok(value.and_then(|value| bearer(value)))
}

/// Whether a widget key came along (WID-1), wherever a backend might look for it: a second `Authorization`, an
/// `X-Authorization` behind another scheme, a tab for the space, or any of the cookies, unless a header has a token for
/// sure.
#[cfg_attr(not(feature = "widget"), expect(dead_code, reason = "of widget keys"))]
pub(crate) fn has_widget_key(headers: &Headers) -> bool {
    let is_key = |token: &[u8]| token.starts_with(WIDGET_KEY);
    let mut values = headers
        .iter()
        .filter(|(name, _)| [AUTHORIZATION, X_AUTHORIZATION].contains(name));
    values.any(|(_, value)| after_bearer(value, u8::is_ascii_whitespace).is_some_and(is_key))
        || (!matches!(in_header(headers), Ok(Some(_)))
            && cookies(headers).any(|(_, token)| is_key(token)))
}

/// The token of `Bearer token`: the scheme in any case, then a space.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    after_bearer(value, |b| *b == b' ')
}

fn after_bearer(value: &[u8], is_space: impl Fn(&u8) -> bool) -> Option<&[u8]> {
    let space = value.iter().position(is_space)?;
    let (scheme, rest) = value.split_at(space);
    let token = rest.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer") && !token.is_empty()).then_some(token)
}

fn cookie(headers: &Headers) -> Option<&[u8]> {
    cookies(headers)
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, token)| token)
}

/// The cookies that may hold a token and are not empty, each with its place in [`COOKIES`]. What they cost is bounded by
/// the bound on a request's head.
fn cookies(headers: &Headers) -> impl Iterator<Item = (usize, &[u8])> {
    headers
        .all(&COOKIE)
        .flat_map(|line| line.split(|b| *b == b';'))
        .filter_map(|pair| {
            let equals = pair.iter().position(|b| *b == b'=')?;
            let name = pair[..equals].trim_ascii();
            let rank = COOKIES.iter().position(|c| c.as_bytes() == name)?;
            let value = unquoted(pair[equals + 1..].trim_ascii());
            (!value.is_empty()).then_some((rank, value))
        })
}

/// RFC 6265 4.1.1 lets a cookie's value stand in quotes.
fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::Credential::{self, Absent, ApiKey, Doubtful, Token};
    use crate::request::Headers;
    use http::{HeaderValue, header::AUTHORIZATION};

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in lines {
            headers.append(
                &name.parse().unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn auth_16_to_18_where_the_token_is() {
        let authorization = "authorization";
        let other = "x-authorization";
        let table: &[(&[(&str, &str)], Credential<'_>)] = &[
            (&[], Absent),
            (&[(authorization, "Bearer abc")], Token("abc")),
            (&[(authorization, "bearer abc")], Token("abc")),
            (&[(authorization, "BEARER  abc ")], Token("abc")),
            (&[(authorization, "Bearer a b")], Token("a b")),
            (&[(authorization, "Basic x")], Absent),
            (&[(authorization, "Bearer")], Absent),
            (&[(authorization, "Bearer ")], Absent),
            (&[(authorization, "Bearer\tabc")], Absent),
            (&[(authorization, "abc")], Absent),
            (&[(authorization, "")], Absent),
            (&[(other, "Bearer abc")], Token("abc")),
            (&[(authorization, ""), (other, "Bearer abc")], Token("abc")),
            // Basic hides X-Authorization, but not the cookies.
            (&[(authorization, "Basic x"), (other, "Bearer abc")], Absent),
            (
                &[
                    (authorization, "Basic x"),
                    ("cookie", "a=b; access_token=abc"),
                ],
                Token("abc"),
            ),
            (
                &[
                    (authorization, "Bearer abc"),
                    ("cookie", "access_token=def"),
                ],
                Token("abc"),
            ),
            (&[("cookie", "hanzo_token=abc")], Token("abc")),
            (&[("cookie", "hanzo_token=a; access_token=b")], Token("b")),
            (
                &[("cookie", "access_token=b;casdoor_access_token=c")],
                Token("c"),
            ),
            (
                &[
                    ("cookie", "casdoor_access_token=c"),
                    ("cookie", "iam_access_token=d"),
                ],
                Token("d"),
            ),
            (
                &[("cookie", "iam_access_token=; access_token=b")],
                Token("b"),
            ),
            (
                &[("cookie", "access_token=first; access_token=second")],
                Token("first"),
            ),
            (&[("cookie", "access_token=\"abc\"")], Token("abc")),
            (&[("cookie", "access_token=a=b")], Token("a=b")),
            (&[("cookie", "Access_Token=abc")], Absent),
            (&[("cookie", "access_token; x_access_token=a")], Absent),
            (&[("cookie", ";;=;a=;")], Absent),
            (&[(authorization, "Bearer hk-live")], ApiKey),
            (&[(authorization, "Bearer hk_live_1")], ApiKey),
            (&[(authorization, "Bearer sk-1")], ApiKey),
            (&[(authorization, "Bearer fw_1")], ApiKey),
            (&[(authorization, "Bearer hz_1")], ApiKey),
            (&[(authorization, "Bearer pk-1")], ApiKey),
            (&[("cookie", "access_token=hk-1")], ApiKey),
            (&[(authorization, "Bearer sk")], Token("sk")),
            (&[(authorization, "Bearer HK-1")], Token("HK-1")),
            (&[(authorization, "Bearer xx-1")], Token("xx-1")),
            (
                &[(authorization, "Bearer a"), (authorization, "Bearer b")],
                Doubtful("more than one Authorization header"),
            ),
            (
                &[(authorization, "Bearer hk-1"), (authorization, "")],
                Doubtful("more than one Authorization header"),
            ),
            (
                &[(other, "Bearer a"), (other, "Bearer b")],
                Doubtful("more than one X-Authorization header"),
            ),
        ];
        for (lines, expected) in table {
            assert_eq!(Credential::of(&headers(lines)), *expected, "for {lines:?}");
        }
        let mut binary = Headers::default();
        let no_text = HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        binary.append(&AUTHORIZATION, no_text);
        assert_eq!(Credential::of(&binary), Doubtful("the token is no text"));
    }

    #[cfg(feature = "widget")]
    #[test]
    fn wid_1_a_widget_key_is_found_wherever_it_hides() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[("authorization", "Bearer hz_1")], true),
            (&[("authorization", "bEaReR   hz_1")], true),
            (&[("x-authorization", "Bearer hz_1")], true),
            (&[("cookie", "hanzo_token=hz_1")], true),
            (&[("cookie", "access_token=abc; hanzo_token=hz_1")], true),
            (
                &[
                    ("authorization", "Basic x"),
                    ("x-authorization", "Bearer hz_1"),
                ],
                true,
            ),
            (
                &[
                    ("authorization", "Bearer hk-1"),
                    ("authorization", "Bearer hz_1"),
                ],
                true,
            ),
            (
                &[("authorization", "Basic x"), ("cookie", "access_token=hz_")],
                true,
            ),
            (&[("authorization", "Bearer\thz_1")], true),
            // `Basic` hides it (AUTH-16), so the cookie counts.
            (
                &[
                    ("authorization", "Basic x"),
                    ("x-authorization", "Bearer abc"),
                    ("cookie", "access_token=hz_1"),
                ],
                true,
            ),
            (
                &[
                    ("authorization", "Bearer\tabc"),
                    ("cookie", "hanzo_token=hz_1"),
                ],
                true,
            ),
            // Who has a token of their own is not held to the limits of a widget that left its cookie.
            (
                &[
                    ("authorization", "Bearer abc"),
                    ("cookie", "access_token=hz_1"),
                ],
                false,
            ),
            (&[("authorization", "Bearer HZ_1")], false),
            (&[("authorization", "Basic hz_1")], false),
            (&[("authorization", "Bearer hk-hz_1")], false),
            (&[("cookie", "other=hz_1")], false),
        ];
        for (lines, expected) in table {
            assert_eq!(
                super::has_widget_key(&headers(lines)),
                *expected,
                "for {lines:?}"
            );
        }
    }
}
