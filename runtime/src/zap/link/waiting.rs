//! A call that waits for its answer.

use bytes::Bytes;
use std::{
    collections::VecDeque,
    task::{Context, Waker},
};

/// One call of a connection.
pub(super) struct Waiting {
    /// Whether a byte of its request has left.
    pub sent: bool,
    in_pieces: bool,
    arrived: VecDeque<Bytes>,
    held: usize,
    clogs: bool,
    complete: bool,
    waker: Option<Waker>,
}

impl Waiting {
    pub fn new(in_pieces: bool) -> Waiting {
        Waiting {
            sent: false,
            in_pieces,
            arrived: VecDeque::new(),
            held: 0,
            clogs: false,
            complete: false,
            waker: None,
        }
    }

    /// A message came for it; who is to be woken. After its last one there is nothing more to come.
    pub fn arrive(&mut self, message: Bytes) -> Option<Waker> {
        if self.complete {
            return None;
        }
        self.complete = !self.in_pieces || !super::is_followed(&message);
        self.held += message.len();
        self.arrived.push_back(message);
        self.waker.take()
    }

    /// The oldest message that was not taken yet.
    pub fn take(&mut self) -> Option<Bytes> {
        let message = self.arrived.pop_front()?;
        self.held -= message.len();
        Some(message)
    }

    /// Whether what was not taken yet has just come to more than `most` bytes.
    pub fn begins_to_clog(&mut self, most: usize) -> bool {
        let begins = !self.clogs && self.held > most;
        self.clogs |= begins;
        begins
    }

    /// Whether it has just come to no more than that.
    pub fn flows_again(&mut self, most: usize) -> bool {
        let flows = self.clogs && self.held <= most;
        self.clogs &= !flows;
        flows
    }

    /// Whether it keeps the connection from being read.
    pub fn clogs(&self) -> bool {
        self.clogs
    }

    /// Whether its last message has come.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    pub fn wait(&mut self, cx: &mut Context<'_>) {
        self.waker = Some(cx.waker().clone());
    }

    pub fn waker(&mut self) -> Option<Waker> {
        self.waker.take()
    }
}
