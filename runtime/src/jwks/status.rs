//! What is known about a key set: for metrics and `check`, and as log lines when it changes.

use std::time::{Duration, Instant};

/// A key set at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Its URL or path.
    pub source: String,
    pub keys: usize,
    /// Keys that are there and not fit to check signatures.
    pub skipped: usize,
    /// How often its content has changed.
    pub generation: u64,
    /// Since it was last fetched whole. None: it never was.
    pub age: Option<Duration>,
    /// Fetches that failed since then.
    pub failures: u64,
    /// Why the last one did.
    pub error: Option<String>,
}

/// How the fetches of one store went.
#[derive(Debug, Default)]
pub(super) struct Status {
    pub fetched: Option<Instant>,
    pub failures: u64,
    pub error: Option<String>,
}

impl Status {
    /// Says that a set was fetched, if that is news.
    pub fn succeeded(&mut self, source: &str) {
        if self.failures > 0 {
            tracing::info!("key set {source}: back after {} failures", self.failures);
        }
        *self = Status {
            fetched: Some(Instant::now()),
            ..Status::default()
        };
    }

    /// Says that a fetch failed: if that is news, and after 2, 4, 8 … failures, so that an old set is not forgotten.
    pub fn failed(&mut self, source: &str, error: String) {
        self.failures += 1;
        if self.error.as_ref() != Some(&error) || self.failures.is_power_of_two() {
            if let Some(at) = self.fetched {
                tracing::warn!(
                    age_s = at.elapsed().as_secs(),
                    "key set {source}: {error}; going on with the keys of before"
                );
            } else {
                tracing::error!(
                    "key set {source}: {error}; until it is there, every token is refused"
                );
            }
            self.error = Some(error);
        }
    }
}
