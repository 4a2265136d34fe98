//! When the next request is due.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Requests that are due and wait for a connection: more than that, and the system cannot keep up at all.
const MAX_WAITING: usize = 100_000;

/// One stretch of sending.
pub struct Schedule {
    end: Instant,
    arrivals: Option<Arrivals>,
}

struct Arrivals {
    gap: Duration,
    next: Instant,
    waiting: VecDeque<Instant>,
}

impl Schedule {
    /// From now on for so long; `rate` a second, or as fast as answers come.
    pub fn start(time: Duration, rate: Option<f64>) -> Schedule {
        let now = Instant::now();
        let arrivals = rate.map(|rate| Arrivals {
            gap: Duration::from_secs_f64(1.0 / rate),
            next: now,
            waiting: VecDeque::new(),
        });
        Schedule {
            end: now + time,
            arrivals,
        }
    }

    /// When the request to be sent now was due, if one is.
    pub fn take(&mut self, now: Instant) -> Option<Instant> {
        let Some(arrivals) = &mut self.arrivals else {
            return (now < self.end).then_some(now);
        };
        while arrivals.next <= now && arrivals.next < self.end {
            if arrivals.waiting.len() < MAX_WAITING {
                arrivals.waiting.push_back(arrivals.next);
            }
            arrivals.next += arrivals.gap;
        }
        arrivals.waiting.pop_front()
    }

    /// Whether nothing more will be due.
    pub fn is_over(&self, now: Instant) -> bool {
        match &self.arrivals {
            None => now >= self.end,
            Some(arrivals) => arrivals.next >= self.end && arrivals.waiting.is_empty(),
        }
    }

    /// How long nothing is due, if that can be said. With requests that wait for a connection, only an answer helps.
    pub fn idle(&self, now: Instant) -> Option<Duration> {
        let arrivals = self.arrivals.as_ref()?;
        let due = arrivals.next < self.end;
        due.then(|| arrivals.next.saturating_duration_since(now))
    }

    pub fn end(&self) -> Instant {
        self.end
    }
}
