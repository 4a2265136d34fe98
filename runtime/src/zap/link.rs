//! One connection to a peer, shared by all calls that one core has under way there.
//!
//! Calls are told apart by their numbers. What is to be sent is queued here and written by [`driver`]; what arrives is kept
//! with its call until whoever waits for it takes it, a bounded amount.

mod driver;
mod waiting;

use super::{
    backend::Shared,
    codec::{Frames, Payload, payload::RESEMBLES_MAGIC},
    http::{kind, stream},
    peer::PeerError,
};
use bytes::Bytes;
use driver::Driver;
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, AsyncWrite};
use waiting::Waiting;

/// Calls under way on one connection.
const MAX_CALLS: usize = 1024;
/// Bytes that wait to be written: more means that the peer does not read.
const MAX_QUEUED: usize = 32 * 1024 * 1024;
/// Bytes of one call that nobody has taken yet. Over it nothing more is read, from any call of the connection.
const MAX_HELD: usize = 1024 * 1024;
/// Payloads in a row that are nothing known.
const MAX_UNKNOWN: u32 = 16;

/// What a connection is made of.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

/// One connection.
pub(super) struct Link {
    shared: &'static Shared,
    waiting: RefCell<HashMap<u32, Waiting>>,
    next: Cell<u32>,
    outbox: RefCell<VecDeque<Outgoing>>,
    queued: Cell<usize>,
    /// Calls that have more than they take.
    clogged: Cell<usize>,
    /// Bytes that were ever read.
    read: Cell<u64>,
    unknown: Cell<u32>,
    driver: RefCell<Option<Waker>>,
    /// Takes no more calls; ends with those that it has.
    retired: Cell<bool>,
    closed: OnceCell<PeerError>,
}

/// A frame to be written.
struct Outgoing {
    frame: Bytes,
    /// The call that it asks for.
    call: Option<u32>,
}

impl Link {
    /// Starts the task that drives it.
    pub fn start(io: Box<dyn Io>, frames: Frames, shared: &'static Shared) -> Rc<Link> {
        let link = Rc::new(Link {
            shared,
            waiting: RefCell::default(),
            next: Cell::new(0),
            outbox: RefCell::default(),
            queued: Cell::new(0),
            clogged: Cell::new(0),
            read: Cell::new(0),
            unknown: Cell::new(0),
            driver: RefCell::default(),
            retired: Cell::new(false),
            closed: OnceCell::new(),
        });
        shared.counts.opened.add(1);
        tokio::task::spawn_local(Driver::new(io, frames, Rc::clone(&link)));
        link
    }

    /// Whether it takes calls.
    pub fn is_open(&self) -> bool {
        self.closed.get().is_none() && !self.retired.get()
    }

    /// Whether one more call can be queued.
    pub fn has_room(&self) -> bool {
        self.calls() < MAX_CALLS && self.queued.get() < MAX_QUEUED
    }

    /// Calls under way.
    pub fn calls(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// Sends what `frame` makes of a number. `in_pieces`: the answer may come so, and is cancelled where it is not wanted.
    pub fn call(self: &Rc<Link>, in_pieces: bool, frame: impl FnOnce(u32) -> Bytes) -> Ticket {
        let id = self.number();
        self.waiting
            .borrow_mut()
            .insert(id, Waiting::new(in_pieces));
        self.shared.counts.calls.add(1);
        self.queue(frame(id), Some(id));
        Ticket {
            link: Rc::clone(self),
            id,
            in_pieces,
            read: self.read.get(),
        }
    }

    /// The next number that no call has; never the one that older peers mistake.
    fn number(&self) -> u32 {
        let waiting = self.waiting.borrow();
        loop {
            let id = self.next.get().wrapping_add(1);
            self.next.set(id);
            if id != 0 && id != RESEMBLES_MAGIC && !waiting.contains_key(&id) {
                return id;
            }
        }
    }

    fn queue(&self, frame: Bytes, call: Option<u32>) {
        if self.closed.get().is_some() {
            return;
        }
        self.queued.set(self.queued.get() + frame.len());
        self.outbox.borrow_mut().push_back(Outgoing { frame, call });
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.driver.take() {
            waker.wake();
        }
    }

    /// So many bytes of the outbox were written.
    fn wrote(&self, mut bytes: usize) {
        self.queued.set(self.queued.get().saturating_sub(bytes));
        let mut outbox = self.outbox.borrow_mut();
        while let Some(front) = outbox.front_mut() {
            if bytes == 0 {
                return;
            }
            if let Some(call) = front.call.take()
                && let Some(waiting) = self.waiting.borrow_mut().get_mut(&call)
            {
                waiting.sent = true;
            }
            let n = bytes.min(front.frame.len());
            bytes -= n;
            if n < front.frame.len() {
                front.frame = front.frame.slice(n..);
                return;
            }
            outbox.pop_front();
        }
    }

    /// One frame of the peer.
    fn receive(&self, frame: Bytes) -> Result<(), PeerError> {
        match Payload::of(frame) {
            Payload::Unknown => {
                self.unknown.set(self.unknown.get() + 1);
                if self.unknown.get() >= MAX_UNKNOWN {
                    return Err(PeerError::OutOfStep);
                }
                return Ok(());
            }
            Payload::Call {
                id,
                direction,
                message,
            } => {
                if direction == super::codec::Direction::Response {
                    self.deliver(id, message);
                }
            }
            // Nobody asked for these.
            Payload::Nothing | Payload::Bare(_) => {}
        }
        self.unknown.set(0);
        Ok(())
    }

    /// An answer that nobody waits for, or waits for any more, is nothing.
    fn deliver(&self, id: u32, message: Bytes) {
        let mut waiting = self.waiting.borrow_mut();
        let Some(call) = waiting.get_mut(&id) else {
            return;
        };
        let waker = call.arrive(message);
        if call.begins_to_clog(MAX_HELD) {
            self.clogged.set(self.clogged.get() + 1);
            // The others wait with it; new ones are better off elsewhere.
            self.retired.set(true);
        }
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether some call has more than it takes.
    fn is_clogged(&self) -> bool {
        self.clogged.get() > 0
    }

    /// A call that clogged the connection does so no more.
    fn unclog(&self) {
        self.clogged.set(self.clogged.get().saturating_sub(1));
        self.wake();
    }

    fn is_spent(&self) -> bool {
        self.retired.get() && self.waiting.borrow().is_empty() && self.outbox.borrow().is_empty()
    }

    /// Every call under way fails with this, now.
    fn close(&self, why: PeerError) {
        if self.closed.set(why).is_err() {
            return;
        }
        self.shared.counts.closed.add(1);
        self.outbox.borrow_mut().clear();
        let mut waiting = self.waiting.borrow_mut();
        let wakers: Vec<Waker> = waiting.values_mut().filter_map(Waiting::waker).collect();
        drop(waiting);
        for waker in wakers {
            waker.wake();
        }
    }
}

/// One call under way. Dropping it says that nobody wants its answer.
pub(super) struct Ticket {
    link: Rc<Link>,
    id: u32,
    in_pieces: bool,
    /// What the connection had read when the call was made.
    read: u64,
}

impl Ticket {
    /// The next message that answers the call.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, PeerError>> {
        let mut waiting = self.link.waiting.borrow_mut();
        let Some(call) = waiting.get_mut(&self.id) else {
            return Poll::Ready(Err(PeerError::Aborted));
        };
        if let Some(message) = call.take() {
            let flows = call.flows_again(MAX_HELD);
            drop(waiting);
            if flows {
                self.link.unclog();
            }
            return Poll::Ready(Ok(message));
        }
        if let Some(why) = self.link.closed.get() {
            return Poll::Ready(Err(why.clone()));
        }
        if call.is_complete() {
            return Poll::Ready(Err(PeerError::Aborted));
        }
        call.wait(cx);
        Poll::Pending
    }

    /// Whether no byte of the call has left.
    pub fn is_untouched(&self) -> bool {
        let waiting = self.link.waiting.borrow();
        waiting.get(&self.id).is_some_and(|call| !call.sent)
    }

    /// The answer did not come in time. If nothing at all came since, the connection is perhaps dead without knowing it:
    /// no other call should have to find out.
    pub fn doubt(&self) {
        if self.link.read.get() == self.read {
            self.link.retired.set(true);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let call = self.link.waiting.borrow_mut().remove(&self.id);
        if call.as_ref().is_some_and(Waiting::clogs) {
            self.link.unclog();
        }
        match call {
            Some(call) if !call.sent => {
                let mut outbox = self.link.outbox.borrow_mut();
                outbox.retain(|out| out.call != Some(self.id));
                let queued = outbox.iter().map(|out| out.frame.len()).sum();
                self.link.queued.set(queued);
            }
            // Only peers that answer in pieces know what this means.
            Some(call) if self.in_pieces && !call.is_complete() => {
                self.link.queue(stream::cancel(self.id), None);
            }
            _ => {}
        }
        self.link.wake();
    }
}

/// Whether more of the same answer follows this message.
fn is_followed(message: &Bytes) -> bool {
    matches!(message.get(7), Some(&(kind::HEAD | kind::DATA)))
}
