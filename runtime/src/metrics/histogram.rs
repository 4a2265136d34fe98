//! How long things took, in fixed buckets: half a millisecond to two minutes, as a gateway in front of both caches and
//! language models sees them.

use super::own::Own;
use std::time::Duration;

/// Upper bounds of the buckets, in nanoseconds, each of them inclusive; one more has everything.
const BOUNDS: [u64; 17] = [
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    30_000_000_000,
    60_000_000_000,
    120_000_000_000,
];

/// The histogram of one core.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [Own; BOUNDS.len() + 1],
    nanoseconds: Own,
}

/// Histograms of several cores, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Durations {
    /// How many are in each bucket, and in no lower one.
    buckets: [u64; BOUNDS.len() + 1],
    nanoseconds: u64,
}

impl Histogram {
    pub fn observe(&self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < nanoseconds);
        self.buckets[bucket].add(1);
        self.nanoseconds.add(nanoseconds);
    }
}

impl Durations {
    pub fn add(&mut self, histogram: &Histogram) {
        for (sum, bucket) in self.buckets.iter_mut().zip(&histogram.buckets) {
            *sum += bucket.get();
        }
        self.nanoseconds = self.nanoseconds.wrapping_add(histogram.nanoseconds.get());
    }

    pub fn merge(&mut self, other: &Durations) {
        for (sum, bucket) in self.buckets.iter_mut().zip(other.buckets) {
            *sum += bucket;
        }
        self.nanoseconds = self.nanoseconds.wrapping_add(other.nanoseconds);
    }

    /// What is in the buckets, whatever a core adds meanwhile.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// In seconds.
    pub fn sum(&self) -> f64 {
        Duration::from_nanos(self.nanoseconds).as_secs_f64()
    }

    /// Upper bounds in seconds, the last one infinite, with how many took no longer.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let seconds = BOUNDS
            .iter()
            .map(|bound| Duration::from_nanos(*bound).as_secs_f64());
        let mut sum = 0;
        seconds
            .chain([f64::INFINITY])
            .zip(self.buckets)
            .map(move |(bound, count)| {
                sum += count;
                (bound, sum)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Durations, Histogram};
    use std::time::Duration;

    #[test]
    fn bounds_are_inclusive_and_nothing_is_lost() {
        let histogram = Histogram::default();
        let took = [
            Duration::ZERO,
            Duration::from_micros(500),
            Duration::from_nanos(500_001),
            Duration::from_millis(10),
            Duration::from_mins(2),
            Duration::from_nanos(120_000_000_001),
            Duration::from_hours(5),
        ];
        for took in took {
            histogram.observe(took);
        }
        let mut durations = Durations::default();
        durations.add(&histogram);
        let at = |bound: f64| {
            let found = durations.cumulative().find(|(upper, _)| *upper >= bound);
            found.map(|(_, count)| count)
        };
        for (bound, expected) in [
            (0.0005, 2),
            (0.001, 3),
            (0.005, 3),
            (0.01, 4),
            (60.0, 4),
            (120.0, 5),
            (f64::INFINITY, 7),
        ] {
            assert_eq!(at(bound), Some(expected), "at {bound}");
        }
        assert_eq!(durations.count(), 7);
        let sum: Duration = took.iter().sum();
        assert!((durations.sum() - sum.as_secs_f64()).abs() < 1e-9);
    }

    #[test]
    fn cores_add_up() {
        let cores = [Histogram::default(), Histogram::default()];
        cores[0].observe(Duration::from_millis(1));
        cores[1].observe(Duration::from_millis(1));
        cores[1].observe(Duration::from_secs(1));
        let (mut together, mut one_by_one) = (Durations::default(), Durations::default());
        for core in &cores {
            together.add(core);
            let mut alone = Durations::default();
            alone.add(core);
            one_by_one.merge(&alone);
        }
        assert_eq!(together, one_by_one);
        assert_eq!(together.count(), 3);
    }
}
