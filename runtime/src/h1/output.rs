//! A message on its way out: its head, then its body as it comes.
//!
//! What is there goes out together, in one write where the socket takes it: a head with the body behind it, or several
//! short chunks. What is not there is never waited for. The next piece of a body is asked for when the one before is
//! written, so whoever reads slowly slows down whoever sends.

use super::spare;
use crate::headers::is_hop_by_hop;
use bytes::{Buf, Bytes};
use http::{HeaderName, StatusCode, header};
use http_body::Frame;
use std::{
    io::{self, IoSlice},
    mem,
    task::{Context, Poll, ready},
};

/// What is shorter is copied behind the head, for a second slice costs the kernel more than the copy costs us.
const SHORT: usize = 4 * 1024;
/// More than this is not gathered before it is written.
const GATHERED: usize = 16 * 1024;

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// So many bytes are left.
    Length(u64),
    /// With trailers, if there are some and the other side takes them.
    Chunked { trailers: bool },
}

/// Why a message did not go out whole.
#[derive(Debug)]
pub(crate) enum Stopped<E> {
    /// Its body broke off.
    Body(E),
    /// Its body is not as long as its head says.
    Length,
    /// The connection is gone.
    Write(io::Error),
}

/// Where a message goes: a connection, or the TLS session over one.
pub(crate) trait Outlet {
    /// Writes some of these bytes.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// The same; with these bytes the message is whole.
    fn poll_write_end(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write(cx, bytes)
    }

    /// Ready when nothing that was written is held back.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// One message on its way out.
pub(crate) struct Output {
    /// Heads, sizes and short pieces, of which so much is written.
    text: Vec<u8>,
    written: usize,
    /// A long piece, which follows the text, and what ends it.
    piece: Bytes,
    tail: &'static [u8],
    coding: Coding,
    /// Whether everything that belongs to the message was put into it.
    whole: bool,
    /// Whether the connection took less than there is.
    blocked: bool,
}

impl Output {
    /// A message that begins with `head`, which is a spare text, and whose body is framed so.
    pub fn new(head: Vec<u8>, coding: Coding) -> Output {
        Output {
            text: head,
            written: 0,
            piece: Bytes::new(),
            tail: b"",
            coding,
            whole: coding == Coding::Length(0),
            blocked: false,
        }
    }

    /// Writes the message, asking `body` for its pieces. Ready when all of it is written.
    pub fn poll<E>(
        &mut self,
        cx: &mut Context<'_>,
        mut body: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>>,
        outlet: &mut impl Outlet,
    ) -> Poll<Result<(), Stopped<E>>> {
        loop {
            let (mut broken, mut waits) = (None, false);
            // Gathers what is there, or one piece at most while the connection is slow.
            while !self.blocked && !self.is_full() && broken.is_none() {
                let fits = match body(cx) {
                    Poll::Ready(Some(Ok(frame))) => self.push(frame),
                    Poll::Ready(None) => self.end(),
                    Poll::Ready(Some(Err(error))) => {
                        broken = Some(Stopped::Body(error));
                        break;
                    }
                    Poll::Pending => {
                        waits = true;
                        break;
                    }
                };
                if !fits {
                    broken = Some(Stopped::Length);
                }
            }
            let flushed = self.flush(cx, outlet);
            if let Some(broken) = broken {
                // What came before it may go out or not: the message has no end in either case.
                return Poll::Ready(Err(broken));
            }
            self.blocked = flushed.is_pending();
            if let Err(error) = ready!(flushed) {
                return Poll::Ready(Err(Stopped::Write(error)));
            }
            if self.whole {
                return Poll::Ready(Ok(()));
            }
            if waits {
                return Poll::Pending;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.whole || !self.piece.is_empty() || self.text.len() >= GATHERED
    }

    /// Adds a piece; whether it fits.
    fn push(&mut self, frame: Frame<Bytes>) -> bool {
        match frame.into_data() {
            Ok(data) => self.push_data(data),
            Err(frame) => match (self.coding, frame.trailers_ref()) {
                (Coding::Chunked { trailers: true }, Some(trailers)) => {
                    self.text.extend_from_slice(b"0\r\n");
                    for (name, value) in trailers.iter().filter(|(name, _)| may_trail(name)) {
                        put_field(&mut self.text, name, value.as_bytes());
                    }
                    self.text.extend_from_slice(b"\r\n");
                    self.whole = true;
                    true
                }
                _ => self.end(),
            },
        }
    }

    fn push_data(&mut self, data: Bytes) -> bool {
        if data.is_empty() {
            return true;
        }
        match &mut self.coding {
            Coding::Length(left) => {
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    return false;
                };
                *left = rest;
                self.whole = rest == 0;
                self.put(data, b"");
            }
            Coding::Chunked { .. } => {
                put_size(&mut self.text, data.len());
                self.put(data, b"\r\n");
            }
        }
        true
    }

    fn put(&mut self, data: Bytes, tail: &'static [u8]) {
        if data.len() <= SHORT {
            self.text.extend_from_slice(&data);
            self.text.extend_from_slice(tail);
        } else {
            self.piece = data;
            self.tail = tail;
        }
    }

    /// Ends the body; whether it may end here.
    fn end(&mut self) -> bool {
        self.whole = true;
        match self.coding {
            Coding::Length(left) => left == 0,
            Coding::Chunked { .. } => {
                self.text.extend_from_slice(b"0\r\n\r\n");
                true
            }
        }
    }

    /// Writes what is there, and lets go of the memory that it took.
    fn flush(&mut self, cx: &mut Context<'_>, outlet: &mut impl Outlet) -> Poll<io::Result<()>> {
        loop {
            let text = &self.text[self.written..];
            let slices = [text, &self.piece, self.tail].map(IoSlice::new);
            let slices = match (text, &*self.piece, self.tail) {
                ([], [], []) => break,
                (_, [], []) => &slices[..1],
                _ => &slices,
            };
            let written = if self.whole {
                outlet.poll_write_end(cx, slices)
            } else {
                outlet.poll_write(cx, slices)
            };
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.advance(n),
            }
        }
        self.written = 0;
        self.piece = Bytes::new();
        spare::keep_text(mem::take(&mut self.text));
        outlet.poll_flush(cx)
    }

    fn advance(&mut self, n: usize) {
        let text = n.min(self.text.len() - self.written);
        self.written += text;
        let piece = (n - text).min(self.piece.len());
        self.piece.advance(piece);
        self.tail = &self.tail[n - text - piece..];
    }
}

/// What a trailer may not say, for it would change what was read before it (RFC 9110 6.5.1).
fn may_trail(name: &HeaderName) -> bool {
    !is_hop_by_hop(name)
        && !matches!(
            *name,
            header::AUTHORIZATION
                | header::CACHE_CONTROL
                | header::CONTENT_ENCODING
                | header::CONTENT_LENGTH
                | header::CONTENT_RANGE
                | header::CONTENT_TYPE
                | header::HOST
                | header::SET_COOKIE
                | header::TRAILER
        )
}

/// The line that an answer begins with; `reason`: if it has one of its own.
pub(crate) fn put_status(text: &mut Vec<u8>, status: StatusCode, reason: Option<&[u8]>) {
    let known = || status.canonical_reason().unwrap_or_default().as_bytes();
    text.extend_from_slice(b"HTTP/1.1 ");
    text.extend_from_slice(status.as_str().as_bytes());
    text.push(b' ');
    text.extend_from_slice(reason.unwrap_or_else(known));
    text.extend_from_slice(b"\r\n");
}

/// One line of a head.
pub(crate) fn put_field(text: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    put_line(text, name.as_str().as_bytes(), value);
}

/// One line of a head, of a name that was checked.
pub(super) fn put_line(text: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    text.reserve(name.len() + value.len() + 4);
    text.extend_from_slice(name);
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
}

/// The line before the data of a chunk.
fn put_size(text: &mut Vec<u8>, size: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = (usize::BITS - size.leading_zeros()).div_ceil(4).max(1);
    text.extend((0..digits).rev().map(|n| DIGITS[size >> (4 * n) & 15]));
    text.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::{Coding, Outlet, Output, Stopped, put_size};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};
    use http_body::Frame;
    use std::{
        collections::VecDeque,
        io::{self, IoSlice},
        task::{Context, Poll, Waker},
    };

    /// A connection that takes so many bytes at a time.
    struct Slow(usize, Vec<Vec<u8>>);

    impl Outlet for Slow {
        fn poll_write(
            &mut self,
            _: &mut Context<'_>,
            bytes: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let mut taken = Vec::new();
            for slice in bytes {
                let room = slice.len().min(self.0 - taken.len());
                taken.extend_from_slice(&slice[..room]);
            }
            self.1.push(taken);
            Poll::Ready(Ok(self.1.last().map_or(0, Vec::len)))
        }

        fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// What is written of these pieces; None among them: the body has nothing more for now.
    fn write(
        coding: Coding,
        pieces: Vec<Option<Frame<Bytes>>>,
        at_once: usize,
    ) -> Result<Vec<Vec<u8>>, Stopped<()>> {
        let mut pieces = VecDeque::from(pieces);
        let mut slow = Slow(at_once, Vec::new());
        let mut output = Output::new(b"head\r\n\r\n".to_vec(), coding);
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let body = |_: &mut Context<'_>| match pieces.pop_front() {
                None => Poll::Ready(None),
                Some(None) => Poll::Pending,
                Some(Some(frame)) => Poll::Ready(Some(Ok(frame))),
            };
            if let Poll::Ready(done) = output.poll(&mut cx, body, &mut slow) {
                return done.map(|()| slow.1);
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "None is a turn without one")]
    fn data(text: &'static str) -> Option<Frame<Bytes>> {
        Some(Frame::data(Bytes::from_static(text.as_bytes())))
    }

    #[test]
    fn what_is_there_goes_out_in_one_write() {
        let chunked = Coding::Chunked { trailers: true };
        let (short, long) = ("short", &*"long".repeat(5000).leak());
        for (coding, pieces, writes) in [
            (Coding::Length(0), vec![], vec!["head\r\n\r\n".to_owned()]),
            (
                Coding::Length(10),
                vec![data(short), data(short)],
                vec!["head\r\n\r\nshortshort".to_owned()],
            ),
            (
                Coding::Length(10),
                vec![data(short), None, data(short)],
                vec!["head\r\n\r\nshort".to_owned(), short.to_owned()],
            ),
            (
                Coding::Length(20_005),
                vec![data(short), data(long)],
                vec![format!("head\r\n\r\nshort{long}")],
            ),
            (
                chunked,
                vec![None, data(short), data(""), data(short), None, data(long)],
                vec![
                    "head\r\n\r\n".to_owned(),
                    "5\r\nshort\r\n5\r\nshort\r\n".to_owned(),
                    format!("4e20\r\n{long}\r\n"),
                    "0\r\n\r\n".to_owned(),
                ],
            ),
        ] {
            let wrote = write(coding, pieces, usize::MAX).expect("a whole message");
            let wrote: Vec<_> = wrote.iter().map(|w| String::from_utf8_lossy(w)).collect();
            assert_eq!(wrote, writes);
        }
    }

    #[test]
    fn a_slow_connection_gets_the_same_bytes() {
        let long = &*"long".repeat(1500).leak();
        let trailers = |name| HeaderMap::from_iter([(name, HeaderValue::from_static("42"))]);
        let pieces = || {
            let sum = trailers("x-sum".parse().expect("a name"));
            vec![
                data(long),
                None,
                data("short"),
                data(long),
                Some(Frame::trailers(sum)),
            ]
        };
        let coding = Coding::Chunked { trailers: true };
        let expected = format!(
            "head\r\n\r\n1770\r\n{long}\r\n5\r\nshort\r\n1770\r\n{long}\r\n0\r\nx-sum: 42\r\n\r\n"
        );
        for at_once in [1, 2, 3, 7, 1000, 6014, usize::MAX] {
            let wrote = write(coding, pieces(), at_once).expect("a whole message");
            assert!(wrote.concat() == expected.as_bytes(), "{at_once}");
        }
        let length = trailers(http::header::CONTENT_LENGTH);
        let wrote = write(coding, vec![Some(Frame::trailers(length))], 1000).expect("a message");
        assert_eq!(
            wrote.concat(),
            b"head\r\n\r\n0\r\n\r\n",
            "no trailer frames"
        );
    }

    #[test]
    fn a_body_is_as_long_as_its_head_says() {
        for pieces in [
            vec![],
            vec![data("shor")],
            vec![data("short"), data("x")],
            vec![data("too long")],
        ] {
            let length = if pieces.len() == 2 { 5 + 2 } else { 5 };
            let stopped = write(Coding::Length(length), pieces, 1000);
            assert!(matches!(stopped, Err(Stopped::Length)));
        }
    }

    #[test]
    fn sizes() {
        for size in [1, 9, 10, 15, 16, 255, 256, 0x00ab_cdef, usize::MAX] {
            let mut text = Vec::new();
            put_size(&mut text, size);
            assert_eq!(text, format!("{size:x}\r\n").as_bytes());
        }
    }
}
