//! The head of a request to an upstream, built in one pass from the client's, so that it can be built again for a
//! second attempt.

use super::{
    Target,
    feed::{Length, Upload},
};
use crate::{
    brand,
    call::{Call, Headers, Query},
    cx::Cx,
    headers::{has_token, is_hop_by_hop, is_twin_of_ours, remove_twins},
    path::PathError,
    query,
    reject::Reject,
    template::Piece,
    tunnel,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header, uri::PathAndQuery};
use std::net::IpAddr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_VIA: HeaderName = HeaderName::from_static("x-forwarded-via");
const TRACE: [HeaderName; 2] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// Where one attempt of a call goes.
#[derive(Clone)]
pub(crate) struct Aim {
    pub target: &'static Target,
    /// None: what the call says.
    pub path: Option<PathAndQuery>,
}

/// The request that the target gets for `cx`.
pub(crate) fn build(
    cx: &Cx,
    call: &Call,
    aim: &Aim,
    upload: Upload,
    websocket: bool,
) -> Result<Request<Upload>, Reject> {
    let method = call.method.as_ref().unwrap_or(&cx.head.method).clone();
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::HOST, aim.target.authority.clone());
    let length = upload.length();
    copy_allowed(cx, call, &mut headers);
    frame(&mut headers, &method, length);
    if !cx.core.gateway().upstream_keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if websocket {
        tunnel::shake_hands(&cx.head.headers, &mut headers);
    }
    introduce(cx, call, &mut headers);
    for (name, value) in &cx.added {
        remove_twins(&mut headers, name);
        headers.insert(name, value.clone());
    }
    if cx.whole {
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
    }

    let mut request = Request::new(upload);
    *request.method_mut() = method;
    *request.uri_mut() = match &aim.path {
        Some(path) => Uri::from(path.clone()),
        None => Uri::from(path_and_query(cx, call)?),
    };
    *request.headers_mut() = headers;
    Ok(request)
}

/// The client's headers that the call lets through (PIPE-6), minus what ends at this hop.
fn copy_allowed(cx: &Cx, call: &Call, to: &mut HeaderMap) {
    let from = &cx.head.headers;
    // What `Connection` names besides is gone since the request arrived.
    let ends_here =
        |name: &HeaderName| is_hop_by_hop(name) || is_set_by_us(name) || is_twin_of_ours(name);
    match call.headers {
        Headers::All => {
            for (name, value) in from {
                if !ends_here(name) {
                    to.append(name.clone(), value.clone());
                }
            }
        }
        Headers::Listed(_) => {
            for name in &call.prepared().names {
                if ends_here(name) {
                    continue;
                }
                for value in from.get_all(name) {
                    to.append(name.clone(), value.clone());
                }
            }
        }
    }
    join_cookies(to);
    // TE concerns the next hop only, but this one does pass trailers on.
    if from
        .get_all(header::TE)
        .iter()
        .any(|te| has_token(te, "trailers"))
    {
        to.insert(header::TE, HeaderValue::from_static("trailers"));
        // RFC 9110 10.1.4: whoever sends it must name it as a connection option.
        to.insert(header::CONNECTION, HeaderValue::from_static("te"));
    }
}

/// HTTP/2 may cut the cookies into several lines, of which HTTP/1.1 has one (RFC 9113 8.2.3): a server that reads the first
/// would see other cookies than this gateway has judged.
fn join_cookies(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::COOKIE).iter();
    if lines.nth(1).is_none() {
        return;
    }
    let lines = headers.get_all(header::COOKIE).iter();
    let joined = lines
        .map(HeaderValue::as_bytes)
        .collect::<Vec<_>>()
        .join(&b"; "[..]);
    // Of header values, and what is between them is none of the bytes that one cannot have.
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        headers.insert(header::COOKIE, joined);
    }
}

/// What this hop says itself, whatever the client said. `Expect` is answered here.
fn is_set_by_us(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::HOST | header::CONTENT_LENGTH | header::EXPECT
    )
}

/// A length stays a length; only what had none is chunked. hyper sends no body with a GET unless it is told.
fn frame(headers: &mut HeaderMap, method: &Method, length: Length) {
    match length {
        Length::Known(bytes) => {
            headers.insert(header::CONTENT_LENGTH, bytes.into());
        }
        Length::Unknown => {
            headers.insert(
                header::TRANSFER_ENCODING,
                HeaderValue::from_static("chunked"),
            );
        }
        Length::NoBody if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
            headers.insert(header::CONTENT_LENGTH, 0u64.into());
        }
        Length::NoBody => {}
    }
}

/// Who asks, through whom, and as part of what.
fn introduce(cx: &Cx, call: &Call, headers: &mut HeaderMap) {
    let from = &cx.head.headers;
    headers.insert(FORWARDED_FOR, address(cx.client));
    // HTTP/2 clients say it in the target.
    let authority = || HeaderValue::try_from(cx.head.uri.authority()?.as_str()).ok();
    match from.get(header::HOST).cloned().or_else(authority) {
        Some(host) => headers.insert(FORWARDED_HOST, host),
        None => headers.remove(FORWARDED_HOST),
    };
    let told = from.get(FORWARDED_PROTO).filter(|_| cx.trusted);
    let secure = match told.map(HeaderValue::as_bytes) {
        Some(b"https") => true,
        Some(b"http") => false,
        _ => cx.marks.encrypted,
    };
    let proto = if secure { "https" } else { "http" };
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(proto));
    if call.prepared().keeps_user_agent && headers.contains_key(header::USER_AGENT) {
        headers.insert(FORWARDED_VIA, brand::agent());
    } else {
        headers.insert(header::USER_AGENT, brand::agent());
    }
    headers.insert(brand::REQUEST_ID, cx.marks.request_id.clone());
    for name in TRACE {
        if let Some(value) = from.get(&name) {
            headers.insert(name, value.clone());
        }
    }
}

fn address(ip: IpAddr) -> HeaderValue {
    // An address has only characters of a header value.
    HeaderValue::try_from(ip.to_string()).unwrap_or(HeaderValue::from_static("unknown"))
}

/// The template filled in, then the client's query as far as the call takes it.
fn path_and_query(cx: &Cx, call: &Call) -> Result<PathAndQuery, Reject> {
    let prepared = call.prepared();
    if let Some(fixed) = &prepared.fixed {
        return Ok(fixed.clone());
    }
    let client_query = cx.head.uri.query().unwrap_or("");
    let mut out = String::with_capacity(cx.path().len() + client_query.len() + 32);
    for piece in &prepared.template.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Param(name) => out.push_str(cx.param(name).unwrap_or("")),
            Piece::QueryParam(name) => query::append_value(&mut out, cx.param(name).unwrap_or("")),
            Piece::Rest => out.push_str(cx.rest().unwrap_or("")),
        }
    }
    let separator = if prepared.template.has_query {
        '&'
    } else {
        '?'
    };
    match call.query {
        Query::All if !client_query.is_empty() => {
            out.push(separator);
            out.push_str(client_query);
        }
        Query::Listed(names) if !names.is_empty() => {
            query::append_listed(&mut out, client_query, names, separator);
        }
        Query::All | Query::Listed(_) => {}
    }
    PathAndQuery::try_from(out).map_err(|_| Reject::BadPath(PathError::NotAPath))
}
