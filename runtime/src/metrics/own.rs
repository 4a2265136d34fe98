//! A number of one core, which any thread may read.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Changed by one core only, so that a load and a store are enough and no core ever waits for another's cache line.
/// Whoever reads several of them gets values of almost the same moment.
#[derive(Debug, Default)]
pub(super) struct Own(AtomicU64);

impl Own {
    pub fn add(&self, n: u64) {
        self.set(self.get().wrapping_add(n));
    }

    /// For what comes and goes.
    pub fn take(&self, n: u64) {
        self.set(self.get().wrapping_sub(n));
    }

    pub fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
