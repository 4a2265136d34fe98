//! What the start of a gateway waits for, but not for long: keys, leaders, members. The first client should not meet a
//! gateway that knows of none, unless whoever is asked for them is down.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many have not been tried yet.
static UNTRIED: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Something that is got on the control thread. Dropped when that was tried once, however it went.
pub(crate) struct Expected(());

impl Expected {
    /// Made while parts are started, so that [`wait`] knows of it.
    pub fn new() -> Expected {
        *untried() += 1;
        Expected(())
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut untried = untried();
        *untried = untried.saturating_sub(1);
        UNTRIED.1.notify_all();
    }
}

/// Waits until everything was tried once. Called before anything listens.
pub(crate) fn wait() {
    let waited = UNTRIED
        .1
        .wait_timeout_while(untried(), PATIENCE, |untried| *untried > 0);
    let left = *waited.unwrap_or_else(PoisonError::into_inner).0;
    if left > 0 {
        tracing::warn!(
            "{left} of what is fetched before the start is not there after {PATIENCE:?}: starting without it"
        );
    }
}

/// What a panic left behind is still a number.
fn untried() -> MutexGuard<'static, usize> {
    UNTRIED.0.lock().unwrap_or_else(PoisonError::into_inner)
}
