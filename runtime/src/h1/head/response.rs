//! The heads of upstreams' answers.

use super::{Bounds, HeadError, Noted, has_bare_line, headers, passed::Passed, with_room};
use crate::h1::{Framing, Input};
use bytes::Bytes;
use http::{Response, StatusCode, Version, response::Parts};
use httparse::{Error, ParserConfig, Status};
use hyper::ext::ReasonPhrase;

/// What no sensible answer exceeds.
const BOUNDS: Bounds = Bounds {
    bytes: 256 * 1024,
    fields: 100,
};

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub parts: Parts,
    /// The headers, if they were passed on and not read; `parts` has none then.
    pub passed: Option<Passed>,
    pub framing: Framing,
    /// Whether the connection may be used again, once the body is over.
    pub keep: bool,
}

/// What is read of an answer, beyond where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Everything, for whoever asks.
    Anyone,
    /// Nothing: its client is to have it as it is.
    Nobody,
}

/// The next head in `input`, once all of it is there; `to_head`: of an answer to a HEAD.
pub(crate) fn next(
    input: &mut Input,
    to_head: bool,
    reader: Reader,
) -> Result<Option<Head>, HeadError> {
    super::next(input, BOUNDS, probe)?
        .map(|head| read(&head, to_head, reader))
        .transpose()
}

fn probe(bytes: &[u8]) -> Result<(), HeadError> {
    // httparse would skip empty lines. Before an answer they are what is left of something else.
    if bytes.first().is_some_and(|first| *first != b'H') {
        return Err(Error::Version.into());
    }
    match httparse::Response::new(&mut []).parse(bytes) {
        // There was room for none.
        Ok(_) | Err(Error::TooManyHeaders) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn read(head: &Bytes, to_head: bool, reader: Reader) -> Result<Head, HeadError> {
    if !head.starts_with(b"H") {
        return Err(Error::Version.into());
    }
    with_room(BOUNDS.fields, |room| {
        let mut parsed = httparse::Response::new(&mut []);
        match ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, head, room) {
            Ok(Status::Complete(length)) if length == head.len() => {}
            Ok(_) => return Err(HeadError::BareNewline),
            Err(Error::TooManyHeaders) => return Err(HeadError::TooManyFields),
            Err(error) => return Err(error.into()),
        }
        if has_bare_line(head, parsed.headers) {
            return Err(HeadError::BareNewline);
        }
        let code = parsed.code.unwrap_or(0);
        let status = StatusCode::from_u16(code).map_err(|_| HeadError::Status)?;
        let version = match parsed.version {
            Some(1) => Version::HTTP_11,
            _ => Version::HTTP_10,
        };
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.status = status;
        parts.version = version;
        // Said to the client in the upstream's words, where it has words of its own.
        let known = status.canonical_reason();
        let own = parsed
            .reason
            .filter(|reason| !reason.is_empty() && Some(*reason) != known);
        let mut noted = Noted::default();
        let mut passed = None;
        if reader == Reader::Nobody && !status.is_informational() {
            passed = Passed::of(status, own, parsed.headers, &mut noted)?;
        }
        if passed.is_none() {
            if let Some(Ok(reason)) = own.map(|own| ReasonPhrase::try_from(own.as_bytes())) {
                parts.extensions.insert(reason);
            }
            noted = Noted::default();
            parts.headers = headers(head, parsed.headers, &mut noted)?;
        }
        let framing = noted.declared.answer(version, status, to_head)?;
        Ok(Head {
            parts,
            passed,
            framing,
            keep: version == Version::HTTP_11 && !noted.close && framing != Framing::UntilClose,
        })
    })
}
