//! The head of a request to an upstream, built in one pass from the client's, so that it can be built again for a
//! second attempt.

use super::{Target, feed::Length};
use crate::{
    brand,
    call::{Call, Headers, Query},
    cx::Cx,
    h1::{put_field, spare},
    headers::{has_token, is_hop_by_hop, is_twin_of_ours},
    path::PathError,
    query,
    reject::Reject,
    template::Piece,
    tunnel,
};
#[cfg(feature = "edge")]
use http::HeaderMap;
use http::{HeaderName, HeaderValue, Method, header, uri::PathAndQuery};
use std::{fmt, io::Write, mem};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_VIA: HeaderName = HeaderName::from_static("x-forwarded-via");
const OURS: [HeaderName; 4] = [
    FORWARDED_FOR,
    FORWARDED_HOST,
    FORWARDED_PROTO,
    brand::REQUEST_ID,
];
const TRACE: [HeaderName; 2] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// Where one attempt of a call goes.
pub(crate) struct Aim {
    pub target: &'static Target,
    /// None: what the call says.
    pub path: Option<PathAndQuery>,
}

/// The head that the target gets for `cx`, as bytes: it is written in one pass, for nobody looks at it any more. A line
/// that the gateway says itself takes the place of the client's.
pub(crate) fn build(
    cx: &Cx,
    call: &Call,
    aim: &Aim,
    length: Length,
    websocket: bool,
) -> Result<Vec<u8>, Reject> {
    let method = call.method.as_ref().unwrap_or(&cx.head.method);
    let mut head = Head {
        cx,
        call,
        websocket,
        text: spare::text(),
    };
    head.begin(method, aim)?;
    head.put(&header::HOST, aim.target.authority.as_bytes());
    head.copy_allowed();
    head.frame(method, length);
    head.connect();
    head.introduce();
    for (name, value) in &cx.added {
        put_field(&mut head.text, name, value.as_bytes());
    }
    head.text.extend_from_slice(b"\r\n");
    Ok(head.text)
}

/// The head of a GET of the gateway's own.
#[cfg(feature = "edge")]
pub(crate) fn get(target: &Target, path: &PathAndQuery, headers: &HeaderMap) -> Vec<u8> {
    let mut text = spare::text();
    text.extend_from_slice(b"GET ");
    text.extend_from_slice(path.as_str().as_bytes());
    text.extend_from_slice(b" HTTP/1.1\r\n");
    put_field(&mut text, &header::HOST, target.authority.as_bytes());
    for (name, value) in headers {
        put_field(&mut text, name, value.as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// A head in the making.
struct Head<'a> {
    cx: &'a Cx,
    call: &'a Call,
    websocket: bool,
    text: Vec<u8>,
}

impl Head<'_> {
    fn begin(&mut self, method: &Method, aim: &Aim) -> Result<(), Reject> {
        // A spare text is empty, so it is a `String` as well.
        let mut line = String::from_utf8(mem::take(&mut self.text)).unwrap_or_default();
        line.push_str(method.as_str());
        line.push(' ');
        let from = line.len();
        match (&aim.path, &self.call.prepared().fixed) {
            (Some(path), _) | (None, Some(path)) => line.push_str(path.as_str()),
            (None, None) => fill_in(self.cx, self.call, &mut line),
        }
        // What it is made of was checked, part by part; that no line is cut in two must not depend on it.
        if line[from..].bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(Reject::BadPath(PathError::NotAPath));
        }
        line.push_str(" HTTP/1.1\r\n");
        self.text = line.into_bytes();
        Ok(())
    }

    /// A line of the gateway's own, unless something else is to stand in its place.
    fn put(&mut self, name: &HeaderName, value: &[u8]) {
        if !self.is_added(name) {
            put_field(&mut self.text, name, value);
        }
    }

    fn put_number(&mut self, name: &HeaderName, value: impl fmt::Display) {
        if !self.is_added(name) {
            // A Vec takes everything.
            let _ = write!(self.text, "{name}: {value}\r\n");
        }
    }

    fn is_added(&self, name: &HeaderName) -> bool {
        self.cx.added.iter().any(|(added, _)| added == name)
    }

    /// The client's headers that the call lets through (PIPE-6), minus what ends at this hop.
    fn copy_allowed(&mut self) {
        let from = &self.cx.head.headers;
        match self.call.headers {
            Headers::All => {
                for (name, value) in from {
                    if self.passes(name) {
                        put_field(&mut self.text, name, value.as_bytes());
                    }
                }
                self.copy_cookies();
            }
            Headers::Listed(_) => {
                for name in &self.call.prepared().names {
                    if *name == header::COOKIE {
                        self.copy_cookies();
                    } else if self.passes(name) {
                        for value in from.get_all(name) {
                            put_field(&mut self.text, name, value.as_bytes());
                        }
                    }
                }
            }
        }
    }

    /// Whether what the client says under this name may go on. What `Connection` names is gone since the request arrived.
    fn passes(&self, name: &HeaderName) -> bool {
        !is_hop_by_hop(name)
            && *name != header::COOKIE
            && !self.is_said_by_us(name)
            && !is_twin_of_ours(name)
            && !self.is_added(name)
    }

    /// What this hop says, whatever the client said. `Expect` is answered here.
    fn is_said_by_us(&self, name: &HeaderName) -> bool {
        match *name {
            header::HOST | header::CONTENT_LENGTH | header::EXPECT => true,
            header::USER_AGENT => !self.keeps_user_agent(),
            header::ACCEPT_ENCODING => self.cx.whole,
            ref name if *name == FORWARDED_VIA => self.keeps_user_agent(),
            ref name => {
                OURS.contains(name)
                    || TRACE.contains(name)
                    || (self.websocket && tunnel::HANDSHAKE.contains(name))
            }
        }
    }

    /// HTTP/2 may cut the cookies into several lines, of which HTTP/1.1 has one (RFC 9113 8.2.3): a server that reads the
    /// first would see other cookies than this gateway has judged.
    fn copy_cookies(&mut self) {
        let lines = self.cx.head.headers.get_all(header::COOKIE);
        let mut lines = lines.iter().map(HeaderValue::as_bytes);
        match (lines.next(), lines.next()) {
            (None, _) => {}
            (Some(only), None) => self.put(&header::COOKIE, only),
            (Some(first), Some(second)) => {
                let all: Vec<_> = [first, second].into_iter().chain(lines).collect();
                self.put(&header::COOKIE, &all.join(&b"; "[..]));
            }
        }
    }

    /// A length stays a length; only what had none is chunked.
    fn frame(&mut self, method: &Method, length: Length) {
        match length {
            Length::Known(bytes) => self.put_number(&header::CONTENT_LENGTH, bytes),
            Length::Unknown => self.put(&header::TRANSFER_ENCODING, b"chunked"),
            Length::NoBody if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
                self.put_number(&header::CONTENT_LENGTH, 0);
            }
            Length::NoBody => {}
        }
    }

    /// What concerns the connection to the upstream.
    fn connect(&mut self) {
        let from = &self.cx.head.headers;
        if self.websocket {
            self.put(&header::CONNECTION, b"upgrade");
            self.put(&header::UPGRADE, b"websocket");
            for name in &tunnel::HANDSHAKE {
                for value in from.get_all(name) {
                    self.put(name, value.as_bytes());
                }
            }
            return;
        }
        // TE concerns the next hop only, but this one does pass trailers on.
        let trailers = from
            .get_all(header::TE)
            .iter()
            .any(|te| has_token(te, "trailers"));
        if trailers {
            self.put(&header::TE, b"trailers");
        }
        // RFC 9110 10.1.4: whoever sends it must name it as a connection option.
        match (trailers, self.cx.core.gateway().upstream_keep_alive) {
            (true, true) => self.put(&header::CONNECTION, b"te"),
            (true, false) => self.put(&header::CONNECTION, b"te, close"),
            (false, false) => self.put(&header::CONNECTION, b"close"),
            (false, true) => {}
        }
    }

    /// Who asks, through whom, and as part of what.
    fn introduce(&mut self) {
        let (cx, from) = (self.cx, &self.cx.head.headers);
        self.put_number(&FORWARDED_FOR, cx.client);
        // HTTP/2 clients say it in the target.
        if let Some(host) = from.get(header::HOST) {
            self.put(&FORWARDED_HOST, host.as_bytes());
        } else if let Some(authority) = cx.head.uri.authority() {
            self.put(&FORWARDED_HOST, authority.as_str().as_bytes());
        }
        let told = from.get(FORWARDED_PROTO).filter(|_| cx.trusted);
        let secure = match told.map(HeaderValue::as_bytes) {
            Some(b"https") => true,
            Some(b"http") => false,
            _ => cx.marks.encrypted,
        };
        self.put(&FORWARDED_PROTO, if secure { b"https" } else { b"http" });
        let said_in = if self.keeps_user_agent() {
            FORWARDED_VIA
        } else {
            header::USER_AGENT
        };
        self.put(&said_in, brand::agent().as_bytes());
        self.put(&brand::REQUEST_ID, cx.marks.request_id.as_bytes());
        for name in &TRACE {
            if let Some(value) = from.get(name) {
                self.put(name, value.as_bytes());
            }
        }
        if cx.whole {
            self.put(&header::ACCEPT_ENCODING, b"identity");
        }
    }

    /// Whether the upstream learns what client it is.
    fn keeps_user_agent(&self) -> bool {
        self.call.prepared().keeps_user_agent
            && self.cx.head.headers.contains_key(header::USER_AGENT)
    }
}

/// The template filled in, then the client's query as far as the call takes it.
fn fill_in(cx: &Cx, call: &Call, out: &mut String) {
    let prepared = call.prepared();
    let client_query = cx.head.uri.query().unwrap_or("");
    for piece in &prepared.template.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Param(name) => out.push_str(cx.param(name).unwrap_or("")),
            Piece::QueryParam(name) => query::append_value(out, cx.param(name).unwrap_or("")),
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
            query::append_listed(out, client_query, names, separator);
        }
        Query::All | Query::Listed(_) => {}
    }
}
