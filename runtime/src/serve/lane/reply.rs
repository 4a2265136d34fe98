//! The head of an answer, as the client gets it.

use crate::{
    body::Body,
    clock,
    h1::{Coding, put_field, put_status, spare},
    headers::has_token,
    request::{Head, Kind},
};
use http::{HeaderMap, Method, StatusCode, header, response};
use http_body::Body as _;
use hyper::ext::ReasonPhrase;

/// What of a request its answer depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// For the head alone.
    head: bool,
    /// Whether the client takes trailers.
    trailers: bool,
}

impl Asked {
    pub fn by(request: &Head) -> Asked {
        let mut te = request.headers.of(Kind::Te);
        Asked {
            head: request.method == Method::HEAD,
            trailers: te.any(|te| has_token(te, "trailers")),
        }
    }
}

/// Whether the gateway itself wants to close after this answer.
pub(super) fn closes(answer: &response::Parts) -> bool {
    has_close(&answer.headers)
}

fn has_close(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONNECTION)
        .is_some_and(|value| has_token(value.as_bytes(), "close"))
}

/// The head as bytes, and how `body` is framed behind it; `last`: the connection is closed after it.
pub(super) fn head(
    answer: response::Parts,
    body: &mut Body,
    asked: Asked,
    last: bool,
) -> (Vec<u8>, Coding) {
    let framing = Framing::of(answer.status, body, asked);
    let (mut text, mut dated) = if let Some(mut passed) = body.take_head() {
        if let (Framing::Said, Some(length)) = (&framing, passed.length) {
            put_length(&mut passed.text, length);
        }
        (passed.text, passed.dated)
    } else {
        let mut text = spare::text();
        let own = answer.extensions.get::<ReasonPhrase>();
        put_status(&mut text, answer.status, own.map(ReasonPhrase::as_bytes));
        (text, false)
    };
    for (name, value) in &answer.headers {
        match *name {
            header::CONNECTION | header::TRANSFER_ENCODING => continue,
            header::CONTENT_LENGTH if !matches!(framing, Framing::Said) => continue,
            header::DATE => dated = true,
            _ => {}
        }
        put_field(&mut text, name, value.as_bytes());
    }
    let coding = match framing {
        Framing::Said | Framing::None => Coding::Length(0),
        Framing::Length(bytes) => {
            put_length(&mut text, bytes);
            Coding::Length(bytes)
        }
        Framing::Chunked => {
            text.extend_from_slice(b"transfer-encoding: chunked\r\n");
            Coding::Chunked {
                trailers: asked.trailers,
            }
        }
    };
    if !dated {
        text.extend_from_slice(b"date: ");
        clock::with_http_date(|date| text.extend_from_slice(date.as_bytes()));
        text.extend_from_slice(b"\r\n");
    }
    if last {
        text.extend_from_slice(b"connection: close\r\n");
    }
    text.extend_from_slice(b"\r\n");
    spare::keep_headers(answer.headers);
    (text, coding)
}

fn put_length(text: &mut Vec<u8>, bytes: u64) {
    let mut digits = itoa::Buffer::new();
    put_field(
        text,
        &header::CONTENT_LENGTH,
        digits.format(bytes).as_bytes(),
    );
}

/// Where the body ends, and what is said about it.
enum Framing {
    /// There is none. What is said is about the one that a GET, or another one, would get.
    Said,
    /// There is none, and nothing is said (RFC 9110 8.6).
    None,
    Length(u64),
    Chunked,
}

impl Framing {
    fn of(status: StatusCode, body: &Body, asked: Asked) -> Framing {
        if status.is_informational() || status == StatusCode::NO_CONTENT {
            Framing::None
        } else if asked.head || status == StatusCode::NOT_MODIFIED {
            Framing::Said
        } else {
            body.size_hint()
                .exact()
                .map_or(Framing::Chunked, Framing::Length)
        }
    }
}
