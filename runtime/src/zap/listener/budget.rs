//! Bytes of large frames that are held at one time, of all connections together: what strangers can make a gateway hold.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Of the whole process.
const MOST: usize = 256 * 1024 * 1024;
/// Frames up to this size are not counted: the bounds on connections and requests are theirs.
const SMALL: usize = 64 * 1024;

/// What is held.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// A share of it, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: &'static Budget,
    bytes: usize,
}

impl Budget {
    /// A share for a frame of `bytes`; none: too much is held already.
    pub fn share(&'static self, bytes: usize) -> Option<Share> {
        let bytes = if bytes > SMALL { bytes } else { 0 };
        let held = self.0.fetch_add(bytes, Relaxed);
        let share = Share { of: self, bytes };
        // Given back by its drop where it is too much.
        (held + bytes <= MOST).then_some(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, MOST, SMALL};

    #[test]
    fn shares_are_given_back() {
        static BUDGET: Budget = Budget(std::sync::atomic::AtomicUsize::new(0));
        let half = BUDGET.share(MOST / 2).expect("room");
        let rest = BUDGET.share(MOST / 2).expect("room");
        assert!(BUDGET.share(SMALL + 1).is_none());
        assert!(BUDGET.share(SMALL).is_some(), "small ones are not counted");
        drop(half);
        assert!(BUDGET.share(SMALL + 1).is_some());
        drop(rest);
    }
}
