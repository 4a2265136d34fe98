//! How much a limit lets through, and the clock that it goes by.

use governor::{Quota, clock, nanos::Nanos};
use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// So many requests in so long, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// In each window.
    pub count: u32,
    pub window: Duration,
    /// How many may come at once after a while without any.
    pub burst: u32,
}

/// A rate that cannot be kept.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit of {} in {:?} with {} at once cannot be counted", .0.count, .0.window, .0.burst)]
pub(super) struct BadRate(Rate);

impl Rate {
    /// `count` in each `window`, all of which may come at once (RL-6).
    pub const fn new(count: u32, window: Duration) -> Rate {
        Rate {
            count,
            window,
            burst: count,
        }
    }

    /// From one token to the next.
    pub fn interval(self) -> Duration {
        (self.window / self.count.max(1)).max(Duration::from_nanos(1))
    }

    /// As the algorithm wants it. An empty bucket that is not full again within a century is an error.
    pub fn quota(self) -> Result<Quota, BadRate> {
        const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
        let fills = self.interval().checked_mul(self.burst);
        match NonZeroU32::new(self.burst) {
            Some(burst) if self.count > 0 && fills.is_some_and(|time| time <= CENTURY) => {
                let quota = Quota::with_period(self.interval()).ok_or(BadRate(self))?;
                Ok(quota.allow_burst(burst))
            }
            _ => Err(BadRate(self)),
        }
    }
}

/// Nanoseconds since the limits were started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    pub fn start() -> Clock {
        Clock(Instant::now())
    }
}

impl clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        // 584 years.
        u64::try_from(self.0.elapsed().as_nanos())
            .unwrap_or(u64::MAX)
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use std::time::Duration;

    #[test]
    fn rates_that_can_be_counted() {
        let second = Duration::from_secs(1);
        let burst = |burst, rate| Rate { burst, ..rate };
        for (rate, interval) in [
            (Rate::new(5_000, second), Some(Duration::from_micros(200))),
            (
                Rate::new(100, Duration::from_mins(1)),
                Some(Duration::from_millis(600)),
            ),
            (
                Rate::new(1, Duration::from_millis(400)),
                Some(Duration::from_millis(400)),
            ),
            (Rate::new(u32::MAX, second), Some(Duration::from_nanos(1))),
            (Rate::new(0, second), None),
            (burst(0, Rate::new(1, second)), None),
            (burst(u32::MAX, Rate::new(1, Duration::from_hours(1))), None),
        ] {
            let counted = rate.quota().ok().map(|quota| quota.replenish_interval());
            assert_eq!(counted, interval, "{rate:?}");
        }
    }
}
