//! The heads of messages: found among the bytes, bounded, and read strictly.
//!
//! A head ends with the first empty line and every line ends with CR LF; httparse would also take a bare LF, which others
//! do not (RFC 9112 2.2). Values are not copied: they are parts of the bytes that came.

mod passed;
pub(crate) mod request;
pub(crate) mod response;

pub(crate) use passed::Passed;

use super::{
    framing::{Ambiguous, Declared},
    input::Input,
    spare,
};
use crate::request::names;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use httparse::Header;
use memchr::{memchr, memchr_iter, memmem::Finder};
use std::{mem::MaybeUninit, sync::LazyLock};

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
fn next(
    input: &mut Input,
    bounds: Bounds,
    probe: fn(&[u8]) -> Result<(), HeadError>,
) -> Result<Option<Bytes>, HeadError> {
    static END: LazyLock<Finder> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));

    let (bytes, searched) = (input.bytes(), input.searched);
    if bytes.len() == searched {
        return Ok(None);
    }
    let from = searched.saturating_sub(3);
    if let Some(end) = END.find(&bytes[from..]).map(|n| from + n + 4) {
        return if end > bounds.bytes {
            Err(HeadError::TooLong)
        } else {
            Ok(Some(input.split_to(end)))
        };
    }
    // Whoever speaks another protocol is told at once, and may wait for an answer rather than go on.
    if has_bare_newline(bytes, searched) {
        return Err(HeadError::BareNewline);
    }
    if bytes.len() >= bounds.bytes {
        let first_line = memchr(b'\n', bytes);
        return Err(first_line.map_or(HeadError::TargetTooLong, |_| HeadError::TooLong));
    }
    if searched < EARLY {
        probe(bytes)?;
    }
    input.searched = bytes.len();
    Ok(None)
}

/// Whether a line that ends behind `from` does so without a CR.
fn has_bare_newline(bytes: &[u8], from: usize) -> bool {
    memchr_iter(b'\n', &bytes[from..]).any(|n| !bytes[..from + n].ends_with(b"\r"))
}

/// Whether a line of a whole head ends without a CR. Of these fields each begins a line, as httparse has found.
fn has_bare_line(head: &[u8], fields: &[Header]) -> bool {
    let before = |field: &Header| &head[..field.name.as_ptr().addr() - head.as_ptr().addr()];
    !fields.iter().all(|field| before(field).ends_with(b"\r\n"))
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
    fn see(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), HeadError> {
        if *name == header::CONNECTION {
            self.connection(value);
        } else {
            self.declared.see(name, value)?;
        }
        Ok(())
    }

    /// Takes note of a `Connection`; whether it names nothing but what is noted.
    fn connection(&mut self, value: &[u8]) -> bool {
        let mut all = true;
        for option in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let close = option.eq_ignore_ascii_case(b"close");
            let keep_alive = option.eq_ignore_ascii_case(b"keep-alive");
            self.close |= close;
            self.keep_alive |= keep_alive;
            all &= close || keep_alive;
        }
        all
    }
}

/// The headers of an answer, noted while they are read.
fn headers(head: &Bytes, fields: &[Header], noted: &mut Noted) -> Result<HeaderMap, HeadError> {
    let mut headers = spare::headers();
    let too_many = |_| HeadError::TooManyFields;
    headers.try_reserve(fields.len() + OURS).map_err(too_many)?;
    names::with(|names| {
        for field in fields {
            let known = names.known(field.name.as_bytes());
            let (name, _) = known.ok_or(HeadError::Field)?;
            let value = HeaderValue::from_maybe_shared(head.slice_ref(field.value));
            let value = value.map_err(|_| HeadError::Field)?;
            noted.see(&name, field.value)?;
            headers.try_append(name, value).map_err(too_many)?;
        }
        Ok(headers)
    })
}

/// A field that stands by itself, such as a trailer.
pub(super) fn owned(field: &Header) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(field.value).ok()?))
}
