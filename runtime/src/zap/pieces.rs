//! A body that a peer sends in pieces.

use super::{
    codec::{Malformed, Message},
    http::{End, Piece, fields, kind, stream::Ending},
    link::Ticket,
    peer::PeerError,
};
use crate::{
    body::{BodyError, Source},
    identity,
    upstream::Silence,
};
use bytes::Bytes;
use http_body::Frame;
use std::{
    task::{Context, Poll},
    time::Duration,
};

/// The rest of an answer whose head has come. Dropped before its end, it tells the peer that nobody wants it.
pub(super) struct Pieces {
    ticket: Option<Ticket>,
    silence: Silence,
    /// The number of the next piece.
    next: u32,
    /// How it broke off, once it has.
    broken: Option<BodyError>,
}

/// What one message is to the client.
enum Part {
    Data(Bytes),
    Nothing,
    End(http::HeaderMap),
}

impl Pieces {
    /// `silence` is how long nothing may come.
    pub fn new(ticket: Ticket, silence: Duration) -> Pieces {
        Pieces {
            ticket: Some(ticket),
            silence: Silence::new(silence),
            next: 0,
            broken: None,
        }
    }

    fn part(&mut self, message: &Bytes) -> Result<Part, PeerError> {
        let parsed = Message::parse(message)?;
        match parsed.kind() {
            kind::DATA => {
                let piece = Piece::decode(&parsed)?;
                if piece.number != self.next {
                    return Err(Malformed::Content("a piece is missing").into());
                }
                self.next = self.next.wrapping_add(1);
                Ok(if piece.bytes.is_empty() {
                    Part::Nothing
                } else {
                    Part::Data(message.slice_ref(piece.bytes))
                })
            }
            kind::END => {
                let end = End::decode(&parsed)?;
                if end.result != Ending::Complete {
                    return Err(PeerError::Aborted);
                }
                if end.pieces != self.next {
                    return Err(Malformed::Content("pieces are missing").into());
                }
                let mut trailers = fields::decode(end.trailers)?;
                identity::strip(&mut trailers);
                Ok(Part::End(trailers))
            }
            _ => Err(Malformed::Content("neither a piece nor an end").into()),
        }
    }

    /// Told at the next turn, for the client is cut off then: what came before has to reach it first.
    fn fail(
        &mut self,
        why: BodyError,
        cx: &Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.ticket = None;
        self.broken = Some(why);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Source for Pieces {
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let Some(ticket) = &mut self.ticket else {
                return Poll::Ready(self.broken.take().map(Err));
            };
            let Poll::Ready(arrived) = ticket.poll(cx) else {
                let silent = std::task::ready!(self.silence.poll(cx, None));
                return self.fail(BodyError::Silent(silent), cx);
            };
            self.silence.broken();
            match arrived.and_then(|message| self.part(&message)) {
                Ok(Part::Data(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Ok(Part::Nothing) => {}
                Ok(Part::End(trailers)) => {
                    self.ticket = None;
                    let trailers = (!trailers.is_empty()).then(|| Ok(Frame::trailers(trailers)));
                    return Poll::Ready(trailers);
                }
                Err(why) => return self.fail(BodyError::Lost(why.to_string()), cx),
            }
        }
    }
}
