//! How long answers took: counted in steps of at most 1/64 of the time itself.

use std::time::Duration;

/// Steps between two powers of two.
const STEPS: u64 = 64;

#[derive(Default)]
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
    max: Duration,
}

impl Latencies {
    pub fn add(&mut self, time: Duration) {
        let slot = slot(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        if self.counts.len() <= slot {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] += 1;
        self.total += 1;
        self.max = self.max.max(time);
    }

    pub fn max(&self) -> f64 {
        self.max.as_secs_f64() * 1e6
    }

    /// Microseconds that a share of all took at most; 0 if there are none.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count and its share"
    )]
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (slot, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return upper(slot as u64) as f64 / 1e3;
            }
        }
        0.0
    }
}

/// Which step `nanos` belongs to.
fn slot(nanos: u64) -> usize {
    if nanos < STEPS {
        return usize::try_from(nanos).expect("few");
    }
    let power = u64::from(nanos.ilog2() - STEPS.ilog2());
    usize::try_from(power * STEPS + (nanos >> power)).expect("few")
}

/// The most that belongs to a step.
fn upper(slot: u64) -> u64 {
    if slot < 2 * STEPS {
        return slot;
    }
    let power = slot / STEPS - 1;
    ((slot - power * STEPS + 1) << power) - 1
}

#[cfg(test)]
mod tests {
    use super::{Latencies, slot, upper};
    use std::time::Duration;

    #[test]
    fn a_step_is_a_64th_at_most() {
        for nanos in [0, 1, 63, 64, 127, 128, 129, 1_000, 12_345, 999_999, 1 << 40] {
            let most = upper(slot(nanos) as u64);
            assert!(
                most >= nanos && most - nanos <= nanos / 64,
                "{nanos}: {most}"
            );
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut all = Latencies::default();
        for micros in 1..=1000 {
            all.add(Duration::from_micros(micros));
        }
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let told = all.quantile(share);
            assert!((told / expected - 1.0).abs() < 0.02, "{share}: {told}");
        }
    }
}
