//! From a message to the request that the gateway sees.

use super::Desk;
use crate::{
    incoming::Incoming,
    zap::{
        codec::{Malformed, Message},
        http::{Request, cloud::Cloud, fields, kind, legacy, stream},
    },
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, header};
use http_body_util::Full;

/// Whether calls of this type are answered; others are met with silence, as everywhere.
pub(super) fn is_known(kind: u8, desk: &Desk) -> bool {
    match kind {
        kind::REQUEST | kind::LEGACY => true,
        kind::CLOUD => desk.config.cloud_calls,
        _ => false,
    }
}

/// A request, and how its answer is wanted.
pub(super) struct Asked {
    pub request: http::Request<Incoming>,
    pub in_pieces: bool,
}

/// Why there is no request.
pub(super) enum Refusal {
    Malformed(Malformed),
    /// Its body is longer than this.
    TooLarge(usize),
}

impl From<Malformed> for Refusal {
    fn from(why: Malformed) -> Refusal {
        Refusal::Malformed(why)
    }
}

/// The request of a message; its body shares the message's memory.
pub(super) fn read(message: &Bytes, desk: &Desk) -> Result<Asked, Refusal> {
    let parsed = Message::parse(message)?;
    let most = desk.config.max_body;
    let (head, body) = match parsed.kind() {
        kind::CLOUD => {
            let call = Cloud::decode(&parsed)?;
            (of_cloud(&call)?, call.body)
        }
        legacy_or_not => {
            let asked = if legacy_or_not == kind::LEGACY {
                legacy::request(&parsed)?
            } else {
                Request::decode(&parsed)?
            };
            (of_request(&asked)?, asked.body)
        }
    };
    if body.len() > most {
        return Err(Refusal::TooLarge(most));
    }
    let body = Full::new(message.slice_ref(body));
    let mut request = head.map(|()| Incoming::Whole(body));
    let headers = request.headers_mut();
    let in_pieces = headers
        .remove(stream::ASKED_BY)
        .is_some_and(|asked| asked == "1");
    headers.remove(header::CONTENT_LENGTH);
    if !headers.contains_key(header::HOST) {
        headers.insert(header::HOST, host(headers));
    }
    Ok(Asked { request, in_pieces })
}

const TARGET: Malformed = Malformed::Content("a request whose target is none");

fn of_request(asked: &Request) -> Result<http::Request<()>, Malformed> {
    let target = match asked.query {
        "" => asked.path.to_owned(),
        query => format!("{}?{query}", asked.path),
    };
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(asked.method.as_bytes()).map_err(|_| TARGET)?;
    *request.uri_mut() = Uri::try_from(target).map_err(|_| TARGET)?;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = fields::decode(asked.headers)?;
    Ok(request)
}

fn of_cloud(call: &Cloud) -> Result<http::Request<()>, Malformed> {
    let mut request = http::Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::try_from(call.path()).map_err(|_| TARGET)?;
    *request.version_mut() = Version::HTTP_11;
    let headers = request.headers_mut();
    let json = const { HeaderValue::from_static("application/json") };
    headers.insert(header::CONTENT_TYPE, json);
    if !call.auth.is_empty() {
        const AUTH: Malformed = Malformed::Content("a credential that no header can hold");
        let auth = HeaderValue::from_str(call.auth).map_err(|_| AUTH)?;
        headers.insert(header::AUTHORIZATION, auth);
    }
    Ok(request)
}

/// The host that is asked, where the request does not say it.
fn host(headers: &HeaderMap) -> HeaderValue {
    const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-host");
    let said = headers.get(FORWARDED).cloned();
    said.unwrap_or(const { HeaderValue::from_static("localhost") })
}
