//! The gateway's own answers about itself. They come before routing, and without brand headers (PIPE-2).

use crate::{body::Body, clock::Utc, gateway::Gateway};
use bytes::Bytes;
use http::{
    Method, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
};

/// Alive: 200 for as long as the process is up.
const LIVE: &str = "/healthz";
/// Ready: 503 as soon as the process has been asked to end, so that balancers look elsewhere.
const READY: &str = "/readyz";

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The answer, if `path` is one of ours; all others cost three comparisons of a length.
pub(crate) fn answer(
    method: &Method,
    path: &str,
    gateway: &Gateway,
    serving: bool,
) -> Option<Response<Body>> {
    let health = gateway.health_path.is_some_and(|health| health == path);
    if !health && path != LIVE && path != READY {
        return None;
    }
    if method != Method::GET && method != Method::HEAD {
        let mut refusal = respond(
            method,
            StatusCode::METHOD_NOT_ALLOWED,
            TEXT,
            "405 method not allowed".into(),
        );
        refusal
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(refusal);
    }
    let (status, body) = if health {
        let now = Utc::now().rfc3339();
        (
            StatusCode::OK,
            format!(r#"{{"agents":{{}},"now":"{now}","status":"ok"}}"#).into(),
        )
    } else if path == LIVE {
        (StatusCode::OK, Bytes::from_static(br#"{"status":"ok"}"#))
    } else if serving {
        (StatusCode::OK, Bytes::from_static(br#"{"status":"ready"}"#))
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Bytes::from_static(br#"{"status":"draining"}"#),
        )
    };
    Some(respond(method, status, JSON, body))
}

fn respond(method: &Method, status: StatusCode, kind: HeaderValue, body: Bytes) -> Response<Body> {
    let length = HeaderValue::from(body.len());
    let body = if method == Method::HEAD {
        Bytes::new()
    } else {
        body
    };
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    // Said here, for the answer to a HEAD has the length of a body that it does not have (RFC 9110 section 8.6).
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    static DEFAULT: Gateway = Gateway::new("test", "{}");
    static RENAMED: Gateway = Gateway::new("test", "{}").health_path("/up");
    static WITHOUT: Gateway = Gateway::new("test", "{}").no_health_path();

    #[test]
    fn paths_methods_and_phases() {
        for (gateway, method, path, serving, expected) in [
            (&DEFAULT, Method::GET, "/__health", true, Some((200, 0))),
            (&DEFAULT, Method::GET, "/__health", false, Some((200, 0))),
            (&DEFAULT, Method::HEAD, "/__health", true, Some((200, 0))),
            (&DEFAULT, Method::GET, "/healthz", true, Some((200, 15))),
            (&DEFAULT, Method::GET, "/healthz", false, Some((200, 15))),
            (&DEFAULT, Method::GET, "/readyz", true, Some((200, 18))),
            (&DEFAULT, Method::HEAD, "/readyz", true, Some((200, 18))),
            (&DEFAULT, Method::GET, "/readyz", false, Some((503, 21))),
            (&DEFAULT, Method::POST, "/readyz", true, Some((405, 22))),
            (&DEFAULT, Method::GET, "/readyz/", true, None),
            (&DEFAULT, Method::GET, "/v1/models", true, None),
            (&RENAMED, Method::GET, "/up", true, Some((200, 0))),
            (&RENAMED, Method::GET, "/__health", true, None),
            (&WITHOUT, Method::GET, "/__health", true, None),
            (&WITHOUT, Method::GET, "/healthz", true, Some((200, 15))),
        ] {
            let got = answer(&method, path, gateway, serving);
            let got = got.map(|response| (response.status().as_u16(), length(&response)));
            // The JSON health answer has the time in it; its length is checked below.
            let got = got.map(|(status, length)| (status, if length > 22 { 0 } else { length }));
            assert_eq!(got, expected, "for {method} {path}, serving {serving}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let response = answer(&Method::DELETE, "/healthz", &DEFAULT, true).expect("ours");
        assert_eq!(response.headers()[ALLOW], "GET, HEAD");
    }

    fn length(response: &Response<Body>) -> u64 {
        response.headers()[CONTENT_LENGTH]
            .to_str()
            .expect("text")
            .parse()
            .expect("a number")
    }
}
