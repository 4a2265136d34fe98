//! The head of a request to an upstream, built in one pass from the client's, so that it can be built again for a
//! second attempt.

use super::{Target, feed::Length};
use crate::{
    brand,
    call::{self, Call, Query},
    cx::Cx,
    h1::{put_field, spare},
    headers::{has_token, is_twin},
    path::PathError,
    query,
    reject::Reject,
    request::{Headers, Kind},
    template::Piece,
    tunnel,
};
use http::{HeaderName, Method, header, uri::PathAndQuery};
use std::{io::Write, mem, net::IpAddr};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_VIA: HeaderName = HeaderName::from_static("x-forwarded-via");
static TRACE: [HeaderName; 2] = [
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

/// The head that the target gets for `cx`, as bytes: it is written in one pass, for nobody looks at it any more. A line
/// that the gateway says itself takes the place of the client's.
pub(crate) fn build(
    cx: &Cx,
    call: &Call,
    aim: &Aim,
    length: Length,
    websocket: bool,
) -> Result<Vec<u8>, Reject> {
    let method = call.method.unwrap_or(&cx.head.method);
    let mut head = Head {
        cx,
        call,
        websocket,
        text: spare::text(),
    };
    head.begin(method, aim)?;
    head.put(&header::HOST, aim.target.authority.as_bytes());
    let noticed = head.copy_allowed();
    head.frame(method, length);
    head.connect(&noticed);
    head.introduce(&noticed);
    for (name, value) in &cx.added {
        put_field(&mut head.text, name, value.as_bytes());
    }
    head.text.extend_from_slice(b"\r\n");
    Ok(head.text)
}

/// The head of a GET of the gateway's own.
#[cfg(feature = "edge")]
pub(crate) fn get(target: &Target, path: &PathAndQuery, headers: &http::HeaderMap) -> Vec<u8> {
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

/// What the client said that this hop says again in its own way.
#[derive(Default)]
struct Noticed<'a> {
    host: Option<&'a [u8]>,
    proto: Option<&'a [u8]>,
    trace: [Option<&'a [u8]>; 2],
    /// Whether it takes trailers.
    trailers: bool,
    /// Of what the call lets through.
    user_agent: bool,
    via: bool,
    cookies: bool,
}

impl<'a> Head<'a> {
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

    fn is_added(&self, name: &HeaderName) -> bool {
        self.cx.added.iter().any(|(added, _)| added == name)
    }

    /// The client's headers that the call lets through (PIPE-6), minus what ends at this hop.
    fn copy_allowed(&mut self) -> Noticed<'a> {
        let listed = match self.call.headers {
            call::Headers::All => None,
            call::Headers::Listed(_) => Some(&self.call.prepared().names),
        };
        let mut noticed = Noticed::default();
        let headers: &'a Headers = &self.cx.head.headers;
        for (kind, name, value) in headers.with_kinds() {
            let allowed = listed.is_none_or(|names| names.contains(name));
            let first = |known: &mut Option<&'a [u8]>| _ = known.get_or_insert(value);
            let goes_on = match kind {
                Kind::Plain | Kind::Identity | Kind::Origin => true,
                Kind::AcceptEncoding => !self.cx.whole,
                Kind::Handshake => !self.websocket,
                Kind::UserAgent => {
                    noticed.user_agent |= allowed;
                    true
                }
                _ => {
                    match kind {
                        Kind::Cookie => noticed.cookies |= allowed,
                        Kind::ForwardedVia => noticed.via |= allowed,
                        Kind::Host => first(&mut noticed.host),
                        Kind::ForwardedProto => first(&mut noticed.proto),
                        Kind::TraceParent => first(&mut noticed.trace[0]),
                        Kind::TraceState => first(&mut noticed.trace[1]),
                        Kind::Te => noticed.trailers |= has_token(value, "trailers"),
                        // `Connection` has named what goes when the request arrived; `Expect` is answered here.
                        _ => {}
                    }
                    false
                }
            };
            if goes_on && allowed && !self.is_twin_of_added(name) {
                self.put(name, value);
            }
        }
        if noticed.cookies {
            self.copy_cookies();
        }
        if noticed.via && !noticed.user_agent {
            for value in headers.all(&FORWARDED_VIA) {
                self.put(&FORWARDED_VIA, value);
            }
        }
        noticed
    }

    /// Whether an upstream may read it as a line of the gateway's own, which it is not.
    fn is_twin_of_added(&self, name: &HeaderName) -> bool {
        let mut added = self.cx.added.iter();
        added.any(|(added, _)| is_twin(name, added))
    }

    /// HTTP/2 may cut the cookies into several lines, of which HTTP/1.1 has one (RFC 9113 8.2.3): a server that reads the
    /// first would see other cookies than this gateway has judged.
    fn copy_cookies(&mut self) {
        let mut lines = self.cx.head.headers.all(&header::COOKIE);
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
        let bytes = match length {
            Length::Known(bytes) => bytes,
            Length::Unknown => return self.put(&header::TRANSFER_ENCODING, b"chunked"),
            Length::NoBody if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => 0,
            Length::NoBody => return,
        };
        self.put(
            &header::CONTENT_LENGTH,
            itoa::Buffer::new().format(bytes).as_bytes(),
        );
    }

    /// What concerns the connection to the upstream.
    fn connect(&mut self, noticed: &Noticed) {
        if self.websocket {
            self.put(&header::CONNECTION, b"upgrade");
            self.put(&header::UPGRADE, b"websocket");
            for name in &tunnel::HANDSHAKE {
                for value in self.cx.head.headers.all(name) {
                    self.put(name, value);
                }
            }
            return;
        }
        // TE concerns the next hop only, but this one does pass trailers on.
        if noticed.trailers {
            self.put(&header::TE, b"trailers");
        }
        // RFC 9110 10.1.4: whoever sends it must name it as a connection option.
        let keeps = self.cx.core.gateway().upstream_keep_alive;
        match (noticed.trailers, keeps) {
            (true, true) => self.put(&header::CONNECTION, b"te"),
            (true, false) => self.put(&header::CONNECTION, b"te, close"),
            (false, false) => self.put(&header::CONNECTION, b"close"),
            (false, true) => {}
        }
    }

    /// Who asks, through whom, and as part of what.
    fn introduce(&mut self, noticed: &Noticed) {
        let cx = self.cx;
        if !self.is_added(&FORWARDED_FOR) {
            put_address(&mut self.text, &FORWARDED_FOR, cx.client);
        }
        // HTTP/2 clients say it in the target.
        let authority = || Some(cx.head.uri.authority()?.as_str().as_bytes());
        if let Some(host) = noticed.host.or_else(authority) {
            self.put(&FORWARDED_HOST, host);
        }
        let told = noticed.proto.filter(|_| cx.trusted);
        let secure = match told {
            Some(b"https") => true,
            Some(b"http") => false,
            _ => cx.marks.encrypted,
        };
        let proto: &[u8] = if secure { b"https" } else { b"http" };
        self.put(&FORWARDED_PROTO, proto);
        let said_in = if noticed.user_agent {
            &FORWARDED_VIA
        } else {
            &header::USER_AGENT
        };
        self.put(said_in, brand::agent().as_bytes());
        self.put(&brand::REQUEST_ID, cx.marks.request_id.as_bytes());
        for (name, value) in TRACE.iter().zip(noticed.trace) {
            if let Some(value) = value {
                self.put(name, value);
            }
        }
        if cx.whole {
            self.put(&header::ACCEPT_ENCODING, b"identity");
        }
    }
}

/// A line whose value is an address.
fn put_address(text: &mut Vec<u8>, name: &HeaderName, ip: IpAddr) {
    text.extend_from_slice(name.as_str().as_bytes());
    text.extend_from_slice(b": ");
    match ip {
        IpAddr::V4(ip) => {
            let mut digits = itoa::Buffer::new();
            for (n, byte) in ip.octets().into_iter().enumerate() {
                if n > 0 {
                    text.push(b'.');
                }
                text.extend_from_slice(digits.format(byte).as_bytes());
            }
        }
        // A Vec takes everything.
        IpAddr::V6(ip) => _ = write!(text, "{ip}"),
    }
    text.extend_from_slice(b"\r\n");
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
