//! The heads of messages: found among the bytes, bounded, and read strictly.
//!
//! A head ends with the first empty line and every line ends with CR LF; httparse would also take a bare LF, which others
//! do not (RFC 9112 2.2). Values are not copied: they are parts of the bytes that came.

mod names;
pub(crate) mod request;
pub(crate) mod response;

use super::{
    framing::{Ambiguous, Declared},
    input::Input,
    spare,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use httparse::Header;
use memchr::memchr;
use std::mem::MaybeUninit;

/// As many headers as are read without an allocation.
const FEW: usize = 100;
/// Headers that are added to a message on its way.
const OURS: usize = 8;
/// Bytes among which a message that is none is told from one that has only begun.
const EARLY: usize = 512;

/// How large a head may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub bytes: usize,
    pub fields: usize,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    #[error("it is not HTTP/1: {0}")]
    Syntax(#[from] httparse::Error),
    #[error("a line does not end with CR LF")]
    BareNewline,
    #[error("its target is neither a path nor an http URL")]
    Target,
    #[error("its target is too long")]
    TargetTooLong,
    #[error("it has too many headers")]
    TooManyFields,
    #[error("it is too long")]
    TooLong,
    #[error("a header is malformed")]
    Field,
    #[error("its status is none")]
    Status,
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
}

/// The next head in `input`, empty line included, once all of it is there. `probe` judges the beginning of one.
pub(super) fn next(
    input: &mut Input,
    bounds: Bounds,
    probe: fn(&[u8]) -> Result<(), HeadError>,
) -> Result<Option<Bytes>, HeadError> {
    let bytes = input.bytes();
    let mut from = input.searched;
    while let Some(n) = memchr(b'\n', &bytes[from..]) {
        let newline = from + n;
        from = newline + 1;
        match &bytes[..newline] {
            [.., b'\n', b'\r'] if from > bounds.bytes => return Err(HeadError::TooLong),
            [.., b'\n', b'\r'] => return Ok(Some(input.split_to(from))),
            [.., b'\r'] => {}
            _ => return Err(HeadError::BareNewline),
        }
    }
    if bytes.len() >= bounds.bytes {
        return Err(if memchr(b'\n', bytes).is_none() {
            HeadError::TargetTooLong
        } else {
            HeadError::TooLong
        });
    }
    // Whoever speaks another protocol is told at once, and may wait for an answer rather than go on.
    if input.searched < EARLY {
        probe(bytes)?;
    }
    input.searched = bytes.len();
    Ok(None)
}

/// What `parse` makes of a head with room for this many headers.
fn with_room<'b, T>(
    fields: usize,
    parse: impl FnOnce(&mut [MaybeUninit<Header<'b>>]) -> Result<T, HeadError>,
) -> Result<T, HeadError> {
    if fields <= FEW {
        parse(&mut [const { MaybeUninit::uninit() }; FEW][..fields])
    } else {
        parse(&mut Box::new_uninit_slice(fields))
    }
}

/// What the headers say of the connection and of the body, noted while they are read.
#[derive(Debug, Default)]
struct Noted {
    declared: Declared,
    close: bool,
    keep_alive: bool,
}

impl Noted {
    fn see(&mut self, name: &HeaderName, value: &HeaderValue) -> Result<(), HeadError> {
        if *name == header::CONNECTION {
            let options = value.as_bytes().split(|byte| *byte == b',');
            for option in options.map(<[u8]>::trim_ascii) {
                self.close |= option.eq_ignore_ascii_case(b"close");
                self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            }
        } else {
            self.declared.see(name, value)?;
        }
        Ok(())
    }
}

/// The headers of `head`, each of them shown to `see`.
fn headers(
    head: &Bytes,
    fields: &[Header],
    mut see: impl FnMut(&HeaderName, &HeaderValue) -> Result<(), HeadError>,
) -> Result<HeaderMap, HeadError> {
    let mut headers = spare::headers();
    headers.reserve(fields.len() + OURS);
    for field in fields {
        let name = names::known(field.name.as_bytes()).ok_or(HeadError::Field)?;
        let value = HeaderValue::from_maybe_shared(head.slice_ref(field.value));
        let value = value.map_err(|_| HeadError::Field)?;
        see(&name, &value)?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// A field that stands by itself, such as a trailer.
pub(super) fn owned(field: &Header) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(field.value).ok()?))
}
