//! One request and its answer over a connection: the request goes out as its body comes, while the answer is waited for
//! and read. No task of its own drives it: it goes on whenever the request that waits for it is polled.

use super::{Connection, feed::Upload, wire::Traffic};
use crate::h1::{
    BadBody, Decoder, HeadError, Output, Piece, Room, Stopped,
    head::response::{self, Head, Reader},
};
use bytes::Bytes;
use http::StatusCode;
use http_body::Frame;
use std::{
    io,
    rc::Rc,
    task::{Context, Poll, ready},
};

/// Interim answers (RFC 9110 15.2) before the one that counts.
const MAX_INTERIM: u8 = 32;

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("it closed the connection without an answer")]
    Closed,
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    #[error("its answer makes no sense: {0}")]
    Head(#[from] HeadError),
    #[error("the body of its answer broke off: {0}")]
    Body(#[from] BadBody),
    #[error("it gave {MAX_INTERIM} interim answers and no final one")]
    Interim,
    #[error("the request body broke off")]
    Upload,
}

/// A request on its way up, its answer on the way down.
pub(crate) struct Exchange {
    connection: Connection,
    request: Output,
    upload: Upload,
    sent: Sent,
    to_head: bool,
    reader: Reader,
    interim: u8,
    answer: Decoder,
    keep: bool,
}

enum Sent {
    NotYet,
    /// All of it.
    Whole,
    /// The connection takes no more. It may have brought an answer nevertheless: one that says why.
    Failed(io::Error),
}

impl Exchange {
    /// Sends `head`, a spare text that frames the body as `upload` says. `to_head`: it is the head of a HEAD; `reader`:
    /// who reads the head of the answer.
    pub fn new(
        connection: Connection,
        head: Vec<u8>,
        upload: Upload,
        to_head: bool,
        reader: Reader,
    ) -> Exchange {
        connection.traffic().reset();
        Exchange {
            connection,
            request: Output::new(head, upload.length().coding()),
            upload,
            sent: Sent::NotYet,
            to_head,
            reader,
            interim: 0,
            answer: Decoder::Over,
            keep: false,
        }
    }

    /// The bytes of this exchange so far.
    pub fn traffic(&self) -> &Rc<Traffic> {
        self.connection.traffic()
    }

    /// Ready with the head of the answer, or of a switch of protocols.
    pub fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Head, ExchangeError>> {
        self.send(cx)?;
        loop {
            while let Some(head) = self.next_head()? {
                if !head.parts.status.is_informational()
                    || head.parts.status == StatusCode::SWITCHING_PROTOCOLS
                {
                    self.answer = Decoder::of(head.framing);
                    self.keep = head.keep;
                    return Poll::Ready(Ok(head));
                }
                self.interim += 1;
                if self.interim > MAX_INTERIM {
                    return Poll::Ready(Err(ExchangeError::Interim));
                }
            }
            match ready!(self.connection.poll_fill(cx, Room::Body)) {
                Ok(0) => return Poll::Ready(Err(self.closed())),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Ready with the next piece of the answer's body, or None at its end.
    pub fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ExchangeError>>> {
        if let Err(error) = self.send(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            match self.answer.next(&mut self.connection.input)? {
                Piece::Data(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Piece::Trailers(trailers) => {
                    return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                }
                Piece::End => return Poll::Ready(None),
                Piece::Nothing => {}
            }
            if ready!(self.connection.poll_fill(cx, Room::Body))? == 0 {
                self.answer.close()?;
            }
        }
    }

    /// The rest of the answer's body, if all of it is here already.
    pub fn take_whole(&mut self) -> Option<Bytes> {
        match self.answer.left() {
            Some(0) => Some(Bytes::new()),
            Some(left) if left <= self.connection.input.len() as u64 => {
                match self.answer.next(&mut self.connection.input) {
                    Ok(Piece::Data(whole)) => Some(whole),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Bytes of the answer's body that are to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        self.answer.left()
    }

    /// The connection, if it can serve another request: both messages are over, and nothing came that belongs to neither.
    pub fn into_connection(self) -> Option<Connection> {
        let over = self.answer.is_over() && matches!(self.sent, Sent::Whole);
        (over && self.keep && self.connection.input.is_empty()).then_some(self.connection)
    }

    /// The connection, whose protocol is another from now on.
    pub fn switched(self) -> Connection {
        self.connection
    }

    fn next_head(&mut self) -> Result<Option<Head>, HeadError> {
        response::next(&mut self.connection.input, self.to_head, self.reader)
    }

    /// Sends what can be sent now.
    fn send(&mut self, cx: &mut Context<'_>) -> Result<(), ExchangeError> {
        if !matches!(self.sent, Sent::NotYet) {
            return Ok(());
        }
        let Exchange {
            request,
            upload,
            connection,
            ..
        } = self;
        match request.poll(cx, |cx| upload.poll_frame(cx), connection) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.sent = Sent::Whole,
            Poll::Ready(Err(Stopped::Write(error))) => self.sent = Sent::Failed(error),
            Poll::Ready(Err(Stopped::Body(_) | Stopped::Length)) => {
                return Err(ExchangeError::Upload);
            }
        }
        Ok(())
    }

    /// Why it closed: what was wrong when the request was written tells more.
    fn closed(&mut self) -> ExchangeError {
        match std::mem::replace(&mut self.sent, Sent::Whole) {
            Sent::Failed(error) => error.into(),
            _ if !self.connection.input.is_empty() => BadBody::CutShort.into(),
            _ => ExchangeError::Closed,
        }
    }
}

/// For what is asked by the gateway itself.
#[cfg(feature = "edge")]
impl Exchange {
    /// The head of the answer.
    pub async fn answer(&mut self) -> Result<Head, ExchangeError> {
        std::future::poll_fn(|cx| self.poll_answer(cx)).await
    }

    /// The body of the answer; None if it has more than `max` bytes.
    pub async fn whole(&mut self, max: usize) -> Result<Option<Bytes>, ExchangeError> {
        let mut whole = bytes::BytesMut::new();
        while let Some(frame) = std::future::poll_fn(|cx| self.poll_body(cx)).await {
            if let Ok(data) = frame?.into_data() {
                if data.len() > max - whole.len() {
                    return Ok(None);
                }
                whole.extend_from_slice(&data);
            }
        }
        Ok(Some(whole.freeze()))
    }
}
