//! The body of an upstream's answer, and the connection that it comes from.

use super::{Exchange, Feed, Silence, Slot};
use crate::body::BodyError;
use bytes::Bytes;
use http_body::Frame;
use std::{
    rc::Rc,
    task::{Context, Poll, ready},
};

/// An answer whose body is to come. Dropping it before its end closes the connection.
pub(crate) struct Download {
    /// None: it is over, or has failed.
    exchange: Option<Exchange>,
    failed: Option<BodyError>,
    slot: Rc<Slot>,
    silence: Silence,
    upload: Option<Rc<Feed>>,
}

impl Download {
    /// Of an exchange that has the head of its answer, over a connection that came from `slot`.
    pub fn new(
        exchange: Exchange,
        slot: Rc<Slot>,
        silence: Silence,
        upload: Option<Rc<Feed>>,
    ) -> Download {
        Download {
            exchange: Some(exchange),
            failed: None,
            slot,
            silence,
            upload,
        }
    }

    /// Bytes that are to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        match (&self.exchange, &self.failed) {
            (Some(exchange), _) => exchange.left(),
            (None, Some(_)) => None,
            (None, None) => Some(0),
        }
    }

    pub fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(exchange) = &mut self.exchange else {
            return Poll::Ready(self.failed.take().map(Err));
        };
        let failed = match exchange.poll_body(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.silence.broken();
                if exchange.left() == Some(0) {
                    // Nobody asks again after the last byte of a known length.
                    self.give_back();
                }
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(None) => {
                self.give_back();
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Err(error))) => BodyError::BrokenOff(error),
            Poll::Pending => {
                let bound = ready!(self.silence.poll(cx, self.upload.as_deref()));
                BodyError::Silent(bound)
            }
        };
        // Told in the next turn: what came before goes out in this one, or hyper would drop it.
        self.exchange = None;
        self.failed = Some(failed);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn give_back(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            self.slot.put(exchange);
        }
    }
}
