//! Three filters in turn, so that what was revoked is forgotten when every token that it could stop has expired.
//!
//! *Previous*, *current* and *next* change places each TTL: next becomes current, current becomes previous, and what
//! was previous is emptied and becomes next. What is added goes into current and next and is looked for in previous
//! and current, so it is found for two to three TTLs.

use super::filter::Filter;
use crate::jose::Mark;
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

/// The three filters and their places. Readers take no lock; whoever adds or turns takes one.
pub(super) struct Rotation {
    filters: [Filter; 3],
    /// How often they have changed places: `turn % 3` is current.
    turn: AtomicUsize,
    ttl: Duration,
    counts: Mutex<Counts>,
}

struct Counts {
    due: Instant,
    turned: Instant,
    /// By the number of the filter.
    filters: [Count; 3],
}

/// What was put into one filter since it was emptied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub added: u64,
    /// Bits that are set.
    pub set: u64,
}

/// All of it at one moment: previous, current, next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub counts: [Count; 3],
    pub turns: usize,
    /// Since the filters changed places last, or since the start.
    pub age: Duration,
    pub bits: u64,
    pub hashes: u32,
}

impl Rotation {
    /// Empty filters of this size, which change places each `ttl` from `now` on.
    pub fn new(bits: u64, hashes: u32, ttl: Duration, now: Instant) -> Rotation {
        Rotation {
            filters: [(); 3].map(|()| Filter::new(bits, hashes)),
            turn: AtomicUsize::new(0),
            ttl,
            counts: Mutex::new(Counts {
                due: now + ttl,
                turned: now,
                filters: [Count::default(); 3],
            }),
        }
    }

    /// Adds a mark; how many are in the current filter then.
    pub fn add(&self, mark: Mark) -> u64 {
        let mut counts = self.counts();
        let turn = self.turn.load(SeqCst);
        for place in [turn, turn + 1] {
            let fresh = self.filters[place % 3].insert(mark);
            let count = &mut counts.filters[place % 3];
            count.set += fresh;
            count.added += 1;
        }
        counts.filters[turn % 3].added
    }

    pub fn has(&self, mark: Mark) -> bool {
        loop {
            let turn = self.turn.load(SeqCst);
            let found = [turn, turn + 2]
                .iter()
                .any(|place| self.filters[place % 3].contains(mark));
            // A filter that was emptied meanwhile says no about what it had.
            if found || self.turn.load(SeqCst) == turn {
                return found;
            }
        }
    }

    /// Changes places as often as is due; how often that was. The next is due at the moment given back.
    pub fn turn(&self, now: Instant) -> (usize, Instant) {
        let mut counts = self.counts();
        let mut turns = 0;
        while counts.due <= now {
            counts.due += self.ttl;
            counts.turned = now;
            turns += 1;
            // After three, all are empty: a process that slept for days need not turn for each.
            if turns <= 3 {
                // Before it is emptied, so that nobody looks into it any more.
                let emptied = (self.turn.fetch_add(1, SeqCst) + 2) % 3;
                self.filters[emptied].clear();
                counts.filters[emptied] = Count::default();
            }
        }
        (turns, counts.due)
    }

    pub fn report(&self, now: Instant) -> Report {
        let counts = self.counts();
        let turn = self.turn.load(SeqCst);
        Report {
            counts: [turn + 2, turn, turn + 1].map(|place| counts.filters[place % 3]),
            turns: turn,
            age: now.saturating_duration_since(counts.turned),
            bits: self.filters[0].bits(),
            hashes: self.filters[0].hashes(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts that a panic left behind are still counts.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// How likely it is that a filter of `bits` with this content claims what it does not hold.
    pub fn false_positives(self, bits: u64, hashes: u32) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let fill = self.set as f64 / bits as f64;
        fill.powf(f64::from(hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Rotation};
    use crate::jose::Mark;
    use std::{
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        thread,
        time::{Duration, Instant},
    };

    const TTL: Duration = Duration::from_secs(100);

    /// As many marks as there are tests in a table, far from each other.
    fn mark(n: u64) -> Mark {
        Mark(
            n.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            n.wrapping_mul(0xd1b5_4a32_d192_ed03),
        )
    }

    #[test]
    fn what_is_added_is_found_for_two_to_three_ttls() {
        let start = Instant::now();
        for (added, lost) in [
            (0, 300),
            (1, 300),
            (50, 300),
            (99, 300),
            (100, 400),
            (150, 400),
        ] {
            let rotation = Rotation::new(4096, 8, TTL, start);
            for second in 0..500 {
                rotation.turn(start + Duration::from_secs(second));
                if second == added {
                    rotation.add(mark(1));
                }
                let expected = (added..lost).contains(&second);
                assert_eq!(
                    rotation.has(mark(1)),
                    expected,
                    "added {added}, at {second}"
                );
                assert!(!rotation.has(mark(2)), "added {added}, at {second}");
            }
        }
    }

    #[test]
    fn a_late_clock_turns_as_often_as_is_due() {
        let start = Instant::now();
        for (late, turns, due) in [
            (0, 0, 100),
            (99, 0, 100),
            (100, 1, 200),
            (250, 2, 300),
            (1_000_000, 10_000, 1_000_100),
        ] {
            let rotation = Rotation::new(4096, 8, TTL, start);
            rotation.add(mark(1));
            let turned = rotation.turn(start + Duration::from_secs(late));
            assert_eq!(turned, (turns, start + Duration::from_secs(due)), "{late}");
            assert_eq!(rotation.has(mark(1)), late < 300, "{late}");
        }
    }

    #[test]
    fn counts_follow_their_filters() {
        let start = Instant::now();
        let rotation = Rotation::new(4096, 8, TTL, start);
        let added = |rotation: &Rotation| rotation.report(start).counts.map(|count| count.added);
        assert_eq!(rotation.add(mark(1)), 1);
        assert_eq!(rotation.add(mark(2)), 2);
        assert_eq!(added(&rotation), [0, 2, 2]);
        rotation.turn(start + TTL);
        assert_eq!(rotation.add(mark(3)), 3);
        assert_eq!(added(&rotation), [2, 3, 1]);
        rotation.turn(start + 2 * TTL);
        assert_eq!(added(&rotation), [3, 1, 0]);
        let report = rotation.report(start + 2 * TTL + TTL / 4);
        assert_eq!((report.turns, report.age), (2, TTL / 4));
        let [_, current, next] = report.counts;
        assert_eq!((current.set, next), (8, Count::default()));
        assert!(current.false_positives(4096, 8) < 1e-20);
    }

    /// Readers never miss what is there, while others add and turn.
    #[test]
    fn readers_see_whole_filters() {
        let (start, done) = (Instant::now(), AtomicBool::new(false));
        let rotation = Rotation::new(1 << 16, 8, TTL, start);
        rotation.add(mark(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(SeqCst) {
                        assert!(rotation.has(mark(0)));
                    }
                });
            }
            for n in 1..200 {
                // Again before each turn: it is always in current and next.
                rotation.add(mark(0));
                rotation.add(mark(u64::from(n)));
                rotation.turn(start + TTL * n);
            }
            done.store(true, SeqCst);
        });
    }
}
