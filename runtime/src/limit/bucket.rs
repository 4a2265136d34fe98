//! One bucket for everybody: GCRA over a single number, so that the cores of a gateway share it without a lock.

use super::{
    quota::{Left, Wait},
    rate::{BadRate, Rate},
};
use governor::{
    RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{NotKeyed, StateStore},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// What all requests of a limit take from.
pub(super) struct Bucket<C: Clock<Instant = Nanos>> {
    limiter: RateLimiter<NotKeyed, Cell, C, StateInformationMiddleware>,
    cell: Cell,
    rate: Rate,
    /// How far the arrival time may be ahead of the clock for one more to be let through.
    tolerance: u64,
}

/// The theoretical arrival time of the next request at the limit's own pace (GCRA's TAT), in nanoseconds.
#[derive(Debug, Clone, Default)]
struct Cell(Arc<AtomicU64>);

impl StateStore for Cell {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut before = self.0.load(Relaxed);
        loop {
            let (outcome, after) = f(Some(before.into()))?;
            match self
                .0
                .compare_exchange_weak(before, after.as_u64(), Relaxed, Relaxed)
            {
                Ok(_) => return Ok(outcome),
                Err(now) => before = now,
            }
        }
    }
}

impl<C: Clock<Instant = Nanos>> Bucket<C> {
    /// A full one.
    pub fn new(rate: Rate, clock: C) -> Result<Bucket<C>, BadRate> {
        let cell = Cell::default();
        let tolerance = rate.interval() * rate.burst.saturating_sub(1);
        Ok(Bucket {
            limiter: RateLimiter::new(rate.quota()?, cell.clone(), clock),
            cell,
            rate,
            tolerance: nanos(tolerance),
        })
    }

    /// Whether it has nothing to give, without asking for it.
    pub fn empty(&self) -> Option<Wait> {
        let earliest = self.cell.0.load(Relaxed).saturating_sub(self.tolerance);
        let now = self.limiter.clock().now().as_u64();
        (now < earliest).then(|| Wait {
            limit: self.rate.burst,
            time: Duration::from_nanos(earliest - now),
        })
    }

    /// Is used up for this long, at least: others take from it too.
    #[cfg(feature = "limit-shared")]
    pub fn raise(&self, ahead: Duration) {
        let until = self.limiter.clock().now().as_u64() + nanos(ahead);
        self.cell.0.fetch_max(until, Relaxed);
    }

    /// Takes one.
    pub fn take(&self) -> Result<Left, Wait> {
        match self.limiter.check() {
            Ok(state) => Ok(Left::of(self.rate, state.remaining_burst_capacity())),
            Err(until) => Err(Wait {
                limit: self.rate.burst,
                time: until.wait_time_from(self.limiter.clock().now()),
            }),
        }
    }
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{super::rate::Clock, Bucket, Rate};
    use governor::clock::FakeRelativeClock;
    use std::{
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
        thread,
        time::Duration,
    };

    #[test]
    fn rl_6_a_hundred_a_minute_may_come_at_once() {
        let clock = FakeRelativeClock::default();
        let rate = Rate::new(100, Duration::from_mins(1));
        let bucket = Bucket::new(rate, clock.clone()).expect("a rate");
        for n in 0..100 {
            assert!(bucket.empty().is_none());
            let left = bucket.take().expect("the burst");
            assert_eq!((left.limit, left.remaining), (100, 99 - n));
        }
        let next = Duration::from_millis(600);
        assert_eq!(bucket.take().expect_err("no more").time, next);
        assert_eq!(bucket.empty().expect("nothing left").time, next);
        clock.advance(next);
        assert!(bucket.empty().is_none());
        assert_eq!(bucket.take().expect("a new one").remaining, 0);
        assert!(bucket.take().is_err());
        // Never more than the burst, however long nobody comes.
        clock.advance(Duration::from_hours(1));
        assert_eq!((0..200).filter(|_| bucket.take().is_ok()).count(), 100);
    }

    #[test]
    fn one_limit_is_one_limit_across_cores() {
        let rate = Rate::new(1_000, Duration::from_hours(1));
        let bucket = Bucket::new(rate, Clock::start()).expect("a rate");
        let taken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let n = (0..1_000).filter(|_| bucket.take().is_ok()).count();
                    taken.fetch_add(n, Relaxed);
                });
            }
        });
        assert_eq!(taken.into_inner(), 1_000);
    }
}
