//! Headers that end at this hop, in both directions.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, CONNECTION},
};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Whether `name` concerns one connection only: the list of RFC 9110 7.6.1, and the credentials for a proxy, which
/// are not for an origin (RFC 9110 11.7). `Trailer` is not one of them.
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        *name,
        CONNECTION
            | header::TE
            | header::TRANSFER_ENCODING
            | header::UPGRADE
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION
    ) || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

/// Whether an upstream that reads `_` as `-` would take `name` for what frames the message: WSGI and CGI do. A request with
/// one is refused.
pub(crate) fn is_framing_twin(name: &HeaderName) -> bool {
    matches!(name.as_str(), "content_length" | "transfer_encoding")
}

/// Whether an upstream may read `name` as a header that the gateway says of the client itself: `X_Forwarded_For`, say (as
/// AUTH-15).
pub(crate) fn is_twin_of_ours(name: &HeaderName) -> bool {
    const OURS: [&str; 5] = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-via",
        "x-request-id",
    ];
    let name = name.as_str();
    let reads_as = |ours: &str| {
        let mut pairs = name.bytes().zip(ours.bytes());
        name.len() == ours.len()
            && name != ours
            && pairs.all(|(a, b)| a == b || (a == b'_' && b == b'-'))
    };
    matches!(name.len(), 12 | 15 | 16 | 17) && OURS.into_iter().any(reads_as)
}

/// Whether an upstream may read `name` as `other`, which it is not: `X_Tenant` beside `X-Tenant`.
pub(crate) fn is_twin(name: &HeaderName, other: &HeaderName) -> bool {
    let (name, other) = (name.as_str().as_bytes(), other.as_str().as_bytes());
    let same = |(a, b): (&u8, &u8)| a == b || matches!((a, b), (b'_', b'-') | (b'-', b'_'));
    name.len() == other.len() && name != other && name.iter().zip(other).all(same)
}

/// Whether the comma list `value` has `token`, in any casing.
pub(crate) fn has_token(value: &[u8], token: &str) -> bool {
    let token = token.as_bytes();
    value
        .split(|b| *b == b',')
        .any(|t| t.trim_ascii().eq_ignore_ascii_case(token))
}

/// Removes what `Connection` names; `Connection` itself stays.
pub(crate) fn strip_named(headers: &mut HeaderMap) {
    let values = headers.get_all(CONNECTION).iter();
    for name in named(values.map(HeaderValue::as_bytes)) {
        headers.remove(name);
    }
}

/// What these values of `Connection` name, which makes it hop-by-hop too (RFC 9110 7.6.1). Of those are none that frame
/// the message or say whom it is for: they are not the peer's to take away.
pub(crate) fn named<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<HeaderName> {
    // Most messages have none, or a bare `connection: keep-alive`.
    values
        .flat_map(|value| value.split(|b| *b == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !is_option(name))
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| ![header::CONTENT_LENGTH, header::HOST, CONNECTION].contains(name))
        .collect()
}

/// Options that stand for themselves: their headers are treated where they are used.
fn is_option(name: &[u8]) -> bool {
    ["close", "keep-alive", "te", "upgrade"]
        .iter()
        .any(|option| name.eq_ignore_ascii_case(option.as_bytes()))
}

/// Removes what ends at this hop from an upstream's response.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // Most have none, and looking is cheaper than removing what is not there.
    if !headers.keys().any(is_hop_by_hop) {
        return;
    }
    strip_named(headers);
    for name in [
        CONNECTION,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::PROXY_AUTHENTICATE,
        KEEP_ALIVE,
        PROXY_CONNECTION,
    ] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{is_hop_by_hop, strip_hop_by_hop, strip_named};
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn map(pairs: &[(&str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| {
                (
                    n.parse::<HeaderName>().unwrap(),
                    HeaderValue::from_static(v),
                )
            })
            .collect()
    }

    #[test]
    fn hop_by_hop_names() {
        for (name, hop) in [
            ("connection", true),
            ("keep-alive", true),
            ("proxy-connection", true),
            ("te", true),
            ("transfer-encoding", true),
            ("upgrade", true),
            ("proxy-authorization", true),
            ("trailer", false),
            ("authorization", false),
            ("content-length", false),
        ] {
            assert_eq!(is_hop_by_hop(&name.parse().unwrap()), hop, "{name}");
        }
    }

    #[test]
    fn what_connection_names_is_gone_but_for_what_frames() {
        let mut headers = map(&[
            (
                "connection",
                "close, X-Foo , host,content-length, te, connection, @",
            ),
            ("x-foo", "1"),
            ("x-bar", "2"),
            ("host", "a"),
            ("content-length", "3"),
            ("te", "trailers"),
        ]);
        strip_named(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            ["connection", "content-length", "host", "te", "x-bar"]
        );
    }

    #[test]
    fn responses_lose_what_ends_here() {
        let mut headers = map(&[
            ("connection", "keep-alive, x-private, content-length"),
            ("keep-alive", "timeout=5"),
            ("x-private", "1"),
            ("transfer-encoding", "chunked"),
            ("trailer", "x-sum"),
            ("content-length", "3"),
            ("set-cookie", "a=1"),
        ]);
        strip_hop_by_hop(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "set-cookie", "trailer"]);
    }
}
