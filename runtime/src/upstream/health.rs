//! Whether a host is worth a call: one that refuses connections is left out of the rotation for a while.
//!
//! Told where connections are made ([`super::connect`]), asked where hosts take turns ([`super::rotation`]); shared by the
//! cores. A host that is well costs one load of a flag that nobody writes.

use crate::measure::Counter;
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Connections in a row that fail before a host is left out.
pub(crate) const BORNE: u32 = 3;
/// For how long it is then: twice as long each time that its trial fails, up to the second.
pub(crate) const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How long a call that tries such a host has it for itself, unless it learns more before.
const TRIAL: Duration = Duration::from_secs(5);

/// What is known of one host.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Whether others may take its turn. A host without others is called however it is.
    has_others: AtomicBool,
    /// Whether it is left out.
    out: AtomicBool,
    state: Mutex<State>,
    /// How often it was.
    pub ejections: Counter,
}

#[derive(Debug, Default)]
struct State {
    /// Connections in a row that failed.
    failures: u32,
    /// Times in a row that it was left out.
    ejections: u32,
    /// None: it takes its turn.
    until: Option<Instant>,
    /// A call is trying it.
    trying: bool,
}

/// What a connection, or its failure, changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    /// For so long, the how-many-th time in a row.
    Out(Duration, u32),
    Back,
}

impl Health {
    /// It is one of several that take turns.
    pub fn rotates(&self) {
        self.has_others.store(true, Relaxed);
    }

    pub fn is_out(&self) -> bool {
        self.out.load(Relaxed)
    }

    /// Whether a call may go there now. A host that was left out for long enough is tried by one call at a time; else this is
    /// when it will be.
    ///
    /// # Errors
    /// Until when it is left out.
    pub fn turn(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        match state.until {
            Some(until) if now < until => Err(until),
            Some(_) => {
                state.trying = true;
                state.until = Some(now + TRIAL);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A connection stands.
    pub fn connected(&self) -> Change {
        let mut state = self.state();
        *state = State::default();
        if self.out.swap(false, Relaxed) {
            Change::Back
        } else {
            Change::None
        }
    }

    /// None does; with a number from 0 to 1 by which hosts that fail together are not tried together.
    pub fn failed(&self, now: Instant, jitter: f64) -> Change {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let due = match state.until {
            // Whoever else was under way to it says nothing new.
            Some(_) => std::mem::take(&mut state.trying),
            None => state.failures >= BORNE && self.has_others.load(Relaxed),
        };
        if !due {
            return Change::None;
        }
        state.ejections = state.ejections.saturating_add(1);
        let time = back_off(state.ejections, jitter);
        state.until = Some(now + time);
        self.out.store(true, Relaxed);
        self.ejections.add(1);
        Change::Out(time, state.ejections)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The n-th in a row, a quarter more or less.
fn back_off(n: u32, jitter: f64) -> Duration {
    let (first, longest) = BACK_OFF;
    let doubled = first.saturating_mul(1 << n.saturating_sub(1).min(16));
    doubled.min(longest).mul_f64(0.75 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a host among others.
    fn health() -> (Health, Instant) {
        let health = Health::default();
        health.rotates();
        (health, Instant::now())
    }

    const MIDDLE: f64 = 0.5;

    fn out(seconds: u64, times: u32) -> Change {
        Change::Out(Duration::from_secs(seconds), times)
    }

    #[test]
    fn three_in_a_row_leave_it_out_for_longer_and_longer() {
        let (health, mut now) = health();
        assert_eq!(health.failed(now, MIDDLE), Change::None);
        assert_eq!(health.failed(now, MIDDLE), Change::None);
        assert_eq!(health.connected(), Change::None, "the row is broken");
        for _ in 0..2 {
            assert_eq!(health.failed(now, MIDDLE), Change::None);
            assert!(!health.is_out());
        }
        assert_eq!(health.failed(now, MIDDLE), out(1, 1));
        for (n, seconds) in [2, 4, 8, 16, 30, 30].into_iter().enumerate() {
            assert!(health.is_out());
            let due = health.turn(now).expect_err("it is left out");
            now = due;
            assert_eq!(health.turn(now), Ok(()), "its time is up");
            let times = u32::try_from(n).expect("few") + 2;
            assert_eq!(health.failed(now, MIDDLE), out(seconds, times));
        }
        now = health.turn(now).expect_err("it is left out");
        assert_eq!(health.turn(now), Ok(()));
        assert_eq!(health.connected(), Change::Back);
        assert!(!health.is_out());
        assert_eq!(health.turn(now), Ok(()));
    }

    #[test]
    fn one_call_tries_it() {
        let (health, now) = health();
        for _ in 0..3 {
            health.failed(now, MIDDLE);
        }
        assert_eq!(health.failed(now, MIDDLE), Change::None, "was under way");
        let due = health.turn(now).expect_err("it is left out");
        assert_eq!(health.turn(due), Ok(()));
        let later = health.turn(due).expect_err("it is being tried");
        // That call has left and says nothing.
        assert_eq!(later, due + TRIAL);
        assert_eq!(health.turn(later), Ok(()));
    }

    #[test]
    fn a_host_without_others_is_never_left_out() {
        let (health, now) = (Health::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(health.failed(now, MIDDLE), Change::None);
        }
        assert!(!health.is_out());
    }

    #[test]
    fn the_back_off_is_jittered() {
        let seconds = |n, jitter| back_off(n, jitter).as_secs_f64();
        assert!((seconds(1, 0.0) - 0.75).abs() < 1e-9);
        assert!((seconds(1, 1.0) - 1.25).abs() < 1e-9);
        assert!((seconds(u32::MAX, 0.0) - 22.5).abs() < 1e-9);
    }
}
