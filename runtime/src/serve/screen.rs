//! Requests on their way to hyper, judged before it sees them.
//!
//! hyper forgives what the fast lane does not, and a client chooses its lane. So every head is read by our own reader
//! first, whatever hyper makes of it afterwards, and nothing of the next message is shown to it before this one is over.

use super::{link::Link, stream::Stream};
use crate::h1::{Bounds, Decoder, Input, Room, head::request};
use bytes::{Buf, Bytes, BytesMut};
use std::{
    io,
    task::{Context, Poll, ready},
};
use tokio::io::ReadBuf;

/// Bytes of a client, and how far they were judged.
pub(super) struct Screen {
    input: Input,
    /// What hyper may have.
    passed: Bytes,
    /// The body of the request that it has.
    body: Decoder,
    bounds: Bounds,
}

impl Screen {
    /// `first` was read already, and nothing of it was judged.
    pub fn new(first: Bytes, bounds: Bounds) -> Screen {
        Screen {
            input: first.into(),
            passed: Bytes::new(),
            body: Decoder::Over,
            bounds,
        }
    }

    /// Reads what may be read; the error is one of the connection or of what came on it.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        stream: &Stream,
        link: &Link,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.passed.is_empty() && !self.judge(link)? {
            let room = if self.body.is_over() {
                Room::Head
            } else {
                Room::Body
            };
            if room == Room::Head {
                link.received(self.input.len());
            }
            let read = self
                .input
                .poll_fill(room, |bytes| stream.poll_read(cx, bytes));
            if ready!(read)? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let n = self.passed.len().min(buf.remaining());
        buf.put_slice(&self.passed[..n]);
        self.passed.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Passes on what can be passed on; whether there is something.
    fn judge(&mut self, link: &Link) -> io::Result<bool> {
        if self.body.is_over() {
            let judged = request::next(&mut self.input, self.bounds).and_then(|head| {
                let framing = head.as_ref().map(|head| request::read(head, self.bounds));
                Ok(head.zip(framing.transpose()?))
            });
            match judged {
                Ok(None) => return Ok(false),
                Ok(Some((head, read))) => {
                    self.body = Decoder::of(read.framing);
                    self.passed = head;
                }
                Err(error) => {
                    link.refused.replace(Some(error.into()));
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        } else {
            let rest = self
                .body
                .pass(self.input.bytes())
                .map_err(io::Error::other)?;
            self.passed = self.input.split_to(rest);
        }
        Ok(!self.passed.is_empty())
    }

    /// What hyper did not get.
    pub fn into_rest(mut self) -> Bytes {
        let mut rest = BytesMut::from(self.passed);
        rest.extend_from_slice(&self.input.take());
        rest.freeze()
    }
}
