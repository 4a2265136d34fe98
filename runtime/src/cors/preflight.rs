//! Preflights: what a browser asks before a page may send what no form could (Fetch 3.2.2).

use super::{ALLOW_PRIVATE_NETWORK, Cors, TRUE};
use crate::body::Body;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    },
};

/// An OPTIONS with this header is a preflight.
pub(super) const METHOD: HeaderName = ACCESS_CONTROL_REQUEST_METHOD;
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// What the answer depends on.
pub(super) const ASKED: &[&str] = &[
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
];
/// The same where it depends on the network too.
pub(super) const ASKED_PRIVATELY: &[&str] = &[
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Private-Network",
];

/// Header names in one preflight; no page sends as many.
const MAX_NAMES: usize = 64;
/// Bytes of their list: they are sent back.
const MAX_BYTES: usize = 4096;

impl Cors {
    /// What a preflight is told: nothing, if it is not granted (reference 3, preflight 2 and 3).
    pub(super) fn preflight(&self, headers: &HeaderMap) -> HeaderMap {
        let mut said = HeaderMap::new();
        let Some(origin) = self.grant(headers.get(ORIGIN)) else {
            return said;
        };
        let method = headers
            .get(METHOD)
            .filter(|method| self.takes(method.as_bytes()));
        let (Some(method), Some(names)) = (method, asked(headers)) else {
            return said;
        };
        let any = self.headers.is_empty() || self.headers.contains(&"*");
        let known = |name: &&str| self.headers.iter().any(|h| h.eq_ignore_ascii_case(name));
        if !any && !names.iter().all(known) {
            return said;
        }
        said.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        said.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        if !names.is_empty()
            && let Ok(names) = HeaderValue::try_from(names.join(","))
        {
            said.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        if self.credentials {
            said.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        let privately = headers.get(PRIVATE_NETWORK).is_some_and(|v| v == "true");
        if self.private_network && privately {
            said.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        if let Some(max_age) = &self.live().max_age {
            said.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
        said
    }
}

/// The header names that a page wants to send, as they were written; `None` if that is no list of names, or more of
/// them than any page has.
fn asked(headers: &HeaderMap) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut bytes = 0;
    for value in headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        bytes += value.len();
        let text = value.to_str().ok()?;
        let parts = text.split(',').map(str::trim);
        names.extend(parts.filter(|name| !name.is_empty()));
        if bytes > MAX_BYTES || names.len() > MAX_NAMES {
            return None;
        }
    }
    let is_name = |name: &&str| HeaderName::from_bytes(name.as_bytes()).is_ok();
    names.iter().all(is_name).then_some(names)
}

/// The answer to a preflight; what it says is put on it as on every other.
pub(super) fn answer(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::full(""));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_NAMES, asked};
    use http::{HeaderMap, HeaderValue, header::ACCESS_CONTROL_REQUEST_HEADERS};

    fn names(values: &[&str]) -> Option<Vec<String>> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
            headers.append(ACCESS_CONTROL_REQUEST_HEADERS, value);
        }
        asked(&headers).map(|names| names.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn the_names_that_a_page_asks_for() {
        let too_many = vec!["a"; MAX_NAMES + 1].join(",");
        let too_long = "a".repeat(MAX_BYTES + 1);
        for (values, expected) in [
            (vec![], Some(vec![])),
            (
                vec!["content-type,origin"],
                Some(vec!["content-type", "origin"]),
            ),
            (vec!["X-B , x-a,"], Some(vec!["X-B", "x-a"])),
            (vec!["a", "b,c"], Some(vec!["a", "b", "c"])),
            (vec![" "], Some(vec![])),
            (vec!["a b"], None),
            (vec!["a, <script>"], None),
            (vec!["caf\u{e9}"], None),
            (vec![too_many.as_str()], None),
            (vec![too_long.as_str()], None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|names: Vec<&str>| names.into_iter().map(str::to_owned).collect());
            assert_eq!(names(&values), expected, "{values:.80?}");
        }
    }
}
