//! What one core counts about its connections to one host.

use super::own::Own;

/// The connections of one core to one host.
#[derive(Default)]
pub(crate) struct Pool {
    pub(super) opened: Own,
    pub(super) failed: Own,
    pub(super) reused: Own,
    pub(super) open: Own,
    pub(super) idle: Own,
}

impl Pool {
    /// A connection was established.
    pub fn opened(&self) {
        self.opened.add(1);
        self.open.add(1);
    }

    /// A connection of [`Pool::opened`] is gone.
    pub fn closed(&self) {
        self.open.take(1);
    }

    /// A connection could not be established.
    pub fn failed(&self) {
        self.failed.add(1);
    }

    /// A request goes over a connection that has served one before.
    pub fn reused(&self) {
        self.reused.add(1);
    }

    /// So many connections wait for a request now.
    pub fn idle(&self, connections: usize) {
        self.idle.set(connections as u64);
    }
}
