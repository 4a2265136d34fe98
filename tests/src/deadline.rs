//! Waiting for something that another thread or process does: a limit, never a guess.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long a test waits for what should happen at once. Long, because the machine may be busy; a pass never waits.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks `probe` until it answers; fails the test, naming `what`, when `limit` has passed.
pub fn within<T>(limit: Duration, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
