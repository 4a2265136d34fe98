//! What comes from a client, one message after the other: heads for the lane, bodies for whoever reads them.

use crate::{
    h1::{Bounds, Decoder, Framing, HeadError, Input, Piece, Room, head::request},
    incoming::BrokenOff,
    serve::{link::Link, stream::Stream},
};
use bytes::{Bytes, BytesMut};
use http_body::Frame;
use std::{
    cell::RefCell,
    rc::Rc,
    task::{Context, Poll, ready},
};

/// The bytes of one connection. Shared by the lane, which reads heads, and the request under way, which reads its body.
pub(crate) struct Inbound {
    pub(super) stream: Stream,
    pub(super) link: Rc<Link>,
    unread: RefCell<Unread>,
}

struct Unread {
    input: Input,
    /// The body of the request under way.
    body: Decoder,
}

/// The body of the request that is under way on a connection.
pub(crate) struct Inflow(Rc<Inbound>);

impl Inbound {
    /// From `stream`, of which `first` was read already.
    pub fn new(stream: Stream, first: Bytes, link: Rc<Link>) -> Inbound {
        Inbound {
            stream,
            link,
            unread: RefCell::new(Unread {
                input: first.into(),
                body: Decoder::Over,
            }),
        }
    }

    /// Ready with the next head; with None if the client has left.
    pub fn poll_head(
        &self,
        cx: &mut Context<'_>,
        bounds: Bounds,
    ) -> Poll<Result<Option<Bytes>, HeadError>> {
        let Unread { input, .. } = &mut *self.unread.borrow_mut();
        loop {
            if let Some(head) = request::next(input, bounds)? {
                return Poll::Ready(Ok(Some(head)));
            }
            self.link.received(input.len());
            let read = input.poll_fill(Room::Head, |bytes| self.stream.poll_read(cx, bytes));
            // Whether it closed, was reset, or left in the middle of a head: there is nobody to answer.
            if !matches!(ready!(read), Ok(1..)) {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// The body of the request whose head was read last.
    pub fn begin(this: &Rc<Inbound>, framing: Framing) -> Inflow {
        this.unread.borrow_mut().body = Decoder::of(framing);
        Inflow(Rc::clone(this))
    }

    /// Whether there is nothing that was not used.
    pub fn is_empty(&self) -> bool {
        self.unread.borrow().input.is_empty()
    }

    /// Whether the body of the request was read to its end, or somebody reads it still. What nobody reads is forgotten, as
    /// far as it is here.
    pub fn is_taken(self: &Rc<Inbound>) -> bool {
        let Unread { input, body } = &mut *self.unread.borrow_mut();
        // The lane itself holds one.
        if Rc::strong_count(self) == 1
            && !body.is_over()
            && let Ok(rest) = body.pass(input.bytes())
        {
            input.skip(rest);
        }
        body.is_over() || Rc::strong_count(self) > 1
    }

    /// Everything that was read and not used, behind the head that was read last.
    pub fn take_with(&self, head: &Bytes) -> Bytes {
        let Unread { input, .. } = &mut *self.unread.borrow_mut();
        let mut all = BytesMut::with_capacity(head.len() + input.len());
        all.extend_from_slice(head);
        all.extend_from_slice(input.bytes());
        input.skip(input.len());
        all.freeze()
    }
}

impl Inflow {
    /// Ready with the next piece, or None at the end.
    pub fn poll_frame(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let Unread { input, body } = &mut *self.0.unread.borrow_mut();
        loop {
            match body.next(input) {
                Ok(Piece::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(Piece::Trailers(trailers)) => {
                    return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                }
                Ok(Piece::End) => return Poll::Ready(None),
                Ok(Piece::Nothing) => {}
                Err(_) => return Poll::Ready(Some(Err(BrokenOff))),
            }
            let read = input.poll_fill(Room::Body, |bytes| self.0.stream.poll_read(cx, bytes));
            if !matches!(ready!(read), Ok(1..)) {
                return Poll::Ready(Some(Err(BrokenOff)));
            }
        }
    }

    pub fn is_over(&self) -> bool {
        self.0.unread.borrow().body.is_over()
    }

    /// Bytes that are to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        self.0.unread.borrow().body.left()
    }
}
