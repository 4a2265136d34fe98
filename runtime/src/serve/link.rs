//! What is known of a client connection: whether it is idle, sending a request head, or being answered.
//!
//! Those below who read and write and the service above both report here; the connection's task decides by it.

use super::stream::Stream;
use crate::{gateway::Gateway, reject::Reject, tunnel::Tunnel};
use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    task::Poll,
};
use tokio::time::Instant;

/// The state of one client connection.
pub(crate) struct Link {
    /// Whether a byte that comes while nothing is being answered starts a request head. Not so in HTTP/2.
    heads: bool,
    /// Requests being answered.
    active: Cell<usize>,
    idle_since: Cell<Instant>,
    head_since: Cell<Option<Instant>>,
    /// Bytes written to the client, ever, and before the current answer.
    written: Cell<u64>,
    written_before: Cell<u64>,
    /// Whether the client reads more slowly than we write.
    pub blocked: Cell<bool>,
    /// Whether the current request is of a version that knows interim responses.
    pub interim: Cell<bool>,
    /// What the connection becomes after a 101.
    tunnel: RefCell<Option<Box<Tunnel>>>,
    /// Why what came was kept from hyper.
    pub refused: RefCell<Option<Reject>>,
}

/// Why a connection has been waited for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    Head,
    Idle,
}

impl Link {
    pub fn new(heads: bool) -> Rc<Link> {
        Rc::new(Link {
            heads,
            active: Cell::new(0),
            idle_since: Cell::new(Instant::now()),
            head_since: Cell::new(None),
            written: Cell::new(0),
            written_before: Cell::new(0),
            blocked: Cell::new(false),
            interim: Cell::new(false),
            tunnel: RefCell::default(),
            refused: RefCell::default(),
        })
    }

    /// A request head is complete; the request is over when what this returns is dropped.
    pub fn enter(self: &Rc<Link>) -> Busy {
        self.active.set(self.active.get() + 1);
        self.head_since.set(None);
        self.written_before.set(self.written.get());
        Busy(Rc::clone(self))
    }

    /// The answer that is being sent turns this connection into a tunnel.
    pub fn open(&self, tunnel: Box<Tunnel>) {
        *self.tunnel.borrow_mut() = Some(tunnel);
    }

    pub fn take_tunnel(&self) -> Option<Box<Tunnel>> {
        self.tunnel.take()
    }

    pub fn is_busy(&self) -> bool {
        self.active.get() > 0
    }

    pub fn received(&self, bytes: usize) {
        if self.heads && bytes > 0 && !self.is_busy() && self.head_since.get().is_none() {
            self.head_since.set(Some(Instant::now()));
        }
    }

    /// What became of a write to the client.
    pub fn wrote(&self, result: &Poll<io::Result<usize>>) {
        self.blocked.set(result.is_pending());
        if let Poll::Ready(Ok(bytes)) = result {
            self.written.set(self.written.get() + *bytes as u64);
        }
    }

    /// What became of a flush to the client: a TLS record that does not fit the socket shows here, not where it was
    /// written.
    pub fn flushed(&self, stream: &Stream, result: &Poll<io::Result<()>>) {
        if stream.holds_back() {
            self.blocked.set(result.is_pending());
        }
    }

    pub fn written(&self) -> u64 {
        self.written.get()
    }

    /// Whether a byte of the current answer went out.
    pub fn has_answered(&self) -> bool {
        self.written.get() > self.written_before.get()
    }

    /// When patience ends, and with what. None while a request is being answered: that has bounds of its own.
    pub fn deadline(&self, gateway: &Gateway) -> Option<(Instant, Overdue)> {
        if self.is_busy() {
            return None;
        }
        Some(match self.head_since.get() {
            Some(since) => (since + gateway.read_header_timeout, Overdue::Head),
            None => (self.idle_since.get() + gateway.idle_timeout, Overdue::Idle),
        })
    }
}

/// One request that is being answered.
pub(crate) struct Busy(Rc<Link>);

impl Busy {
    pub fn link(&self) -> &Link {
        &self.0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let link = &self.0;
        link.active.set(link.active.get() - 1);
        link.idle_since.set(Instant::now());
    }
}
