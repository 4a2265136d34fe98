//! A request body on its way to an upstream: counted, bounded, and able to start again while nothing was written.

use super::wire::Traffic;
use crate::{
    h1::Coding,
    identity,
    incoming::{BrokenOff, Incoming},
    reject::Reject,
};
use bytes::Bytes;
use http_body::{Body, Frame};
use smallvec::SmallVec;
use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::time::Instant;

/// The client's side of a request body. Shared by the connection that sends it and the request that watches over it.
pub(crate) struct Feed {
    body: RefCell<Incoming>,
    /// As far as the client said it: every attempt frames the body alike.
    length: Length,
    max: u64,
    taken: Cell<u64>,
    progress: Cell<Instant>,
    state: Cell<State>,
    /// Frames that were taken, as long as another connection may have to send them.
    held: RefCell<Pieces>,
    /// Bytes that are held even though they were written: what a second attempt may cost in memory.
    keeps: Cell<u64>,
    /// Whether trailers were taken, which are not held.
    trailers: Cell<bool>,
}

/// Nearly all bodies that are sent again are one.
type Pieces = SmallVec<[Bytes; 1]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The upstream is slow.
    Sending,
    /// The client is slow.
    Waiting,
    Done,
    TooLarge,
    CutShort,
}

impl Feed {
    /// A feed of `body`, at most `max` bytes; none if there is no body.
    pub fn of(body: Incoming, max: u64) -> Option<Rc<Feed>> {
        (!body.is_end_stream()).then(|| {
            let length = body.size_hint().exact();
            Rc::new(Feed {
                body: RefCell::new(body),
                length: length.map_or(Length::Unknown, Length::Known),
                max,
                taken: Cell::new(0),
                progress: Cell::new(Instant::now()),
                state: Cell::new(State::Sending),
                held: RefCell::default(),
                keeps: Cell::new(0),
                trailers: Cell::new(false),
            })
        })
    }

    /// What a connection sends: the body from its first byte. With `hold` (the counts of a connection that may be stale)
    /// frames are held until something was written, so that [`Feed::rewind`] is possible.
    pub fn upload(feed: Option<&Rc<Feed>>, hold: Option<Rc<Traffic>>) -> Upload {
        let mut replay = feed.map(|feed| feed.replay()).unwrap_or_default();
        replay.reverse();
        Upload {
            feed: feed.cloned(),
            replay,
            hold,
        }
    }

    /// From now on the first `bytes` of the body are held, so that a body that is no longer can be sent again.
    pub fn keep(&self, bytes: u64) {
        self.keeps.set(bytes);
    }

    /// Something was written: what is held beyond what is kept goes.
    pub fn written(&self) {
        if self.taken.get() > self.keeps.get() {
            self.held.take();
        }
    }

    /// What an attempt sends first: everything that the attempts before it took.
    fn replay(&self) -> Pieces {
        if self.keeps.get() > 0 {
            self.held.borrow().clone()
        } else {
            self.held.take()
        }
    }

    /// Bytes taken from the client.
    pub fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// When the last bytes were taken.
    pub fn progress(&self) -> Instant {
        self.progress.get()
    }

    /// Whether it is the client that is slow.
    pub fn waits_for_client(&self) -> bool {
        self.state.get() == State::Waiting
    }

    /// What was wrong with the body, if it broke off.
    pub fn fault(&self) -> Option<Reject> {
        match self.state.get() {
            State::TooLarge => Some(Reject::BodyTooLarge(self.max)),
            State::CutShort => Some(Reject::BodyCutShort),
            State::Sending | State::Waiting | State::Done => None,
        }
    }

    /// Whether everything that was taken is held, so that the next [`Upload`] starts from the first byte.
    pub fn rewind(&self) -> bool {
        let held: usize = self.held.borrow().iter().map(Bytes::len).sum();
        held as u64 == self.taken.get() && !self.trailers.get()
    }

    fn poll(
        &self,
        cx: &mut Context<'_>,
        hold: bool,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let polled = Pin::new(&mut *self.body.borrow_mut()).poll_frame(cx);
        let Poll::Ready(frame) = polled else {
            self.state.set(State::Waiting);
            return Poll::Pending;
        };
        self.progress.set(Instant::now());
        self.state.set(State::Sending);
        Poll::Ready(match frame {
            None => {
                self.state.set(State::Done);
                None
            }
            Some(Err(_)) => {
                self.state.set(State::CutShort);
                Some(Err(BrokenOff))
            }
            Some(Ok(frame)) => Some(self.pass(frame, hold)),
        })
    }

    fn pass(&self, mut frame: Frame<Bytes>, hold: bool) -> Result<Frame<Bytes>, BrokenOff> {
        if let Some(bytes) = frame.data_ref() {
            self.taken.set(self.taken.get() + bytes.len() as u64);
            if self.taken.get() > self.max {
                self.state.set(State::TooLarge);
                return Err(BrokenOff);
            }
            if hold || self.taken.get() <= self.keeps.get() {
                self.held.borrow_mut().push(bytes.clone());
            } else {
                self.held.take();
            }
        } else if let Some(trailers) = frame.trailers_mut() {
            // What a client may not say in a header it may not say in a trailer either.
            identity::strip(trailers);
            self.trailers.set(true);
        }
        Ok(frame)
    }
}

/// One attempt to send a [`Feed`]: the body of a request to an upstream, or none.
pub(crate) struct Upload {
    feed: Option<Rc<Feed>>,
    /// Frames that an attempt before this one took without writing them; the next is the last.
    replay: Pieces,
    /// Counts of the connection, as long as nothing was written on it.
    hold: Option<Rc<Traffic>>,
}

impl Upload {
    /// The length of the body, if there is one and as far as the client said it.
    pub fn length(&self) -> Length {
        self.feed
            .as_ref()
            .map_or(Length::NoBody, |feed| feed.length)
    }

    /// Ready with the next piece of it.
    pub fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(bytes) = self.replay.pop() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let holding = self
            .hold
            .as_ref()
            .is_some_and(|traffic| traffic.written() == 0);
        if !holding {
            self.hold = None;
        }
        self.feed
            .as_ref()
            .map_or(Poll::Ready(None), |feed| feed.poll(cx, holding))
    }
}

/// How a request body has to be framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    NoBody,
    Known(u64),
    Unknown,
}

impl Length {
    pub fn coding(self) -> Coding {
        match self {
            Length::NoBody => Coding::Length(0),
            Length::Known(bytes) => Coding::Length(bytes),
            Length::Unknown => Coding::Chunked { trailers: true },
        }
    }
}
