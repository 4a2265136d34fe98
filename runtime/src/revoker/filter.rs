//! A Bloom filter: a set that may claim to hold what it does not, and never denies what it holds.

use crate::jose::Mark;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Its bits are set by one thread at a time and read by all, without a lock.
pub(super) struct Filter {
    words: Box<[AtomicU64]>,
    hashes: u32,
}

impl Filter {
    /// An empty one of `bits`, rounded up to whole words, that looks at `hashes` of them per mark.
    pub fn new(bits: u64, hashes: u32) -> Filter {
        let words = usize::try_from(bits.div_ceil(64)).unwrap_or(usize::MAX);
        Filter {
            words: (0..words.max(1)).map(|_| AtomicU64::new(0)).collect(),
            hashes: hashes.max(1),
        }
    }

    /// How many of its bits this sets that were not set.
    pub fn insert(&self, mark: Mark) -> u64 {
        let mut fresh = 0;
        for (word, bit) in self.places(mark) {
            let before = self.words[word].fetch_or(bit, Relaxed);
            fresh += u64::from(before & bit == 0);
        }
        fresh
    }

    pub fn contains(&self, mark: Mark) -> bool {
        self.places(mark)
            .all(|(word, bit)| self.words[word].load(Relaxed) & bit != 0)
    }

    pub fn clear(&self) {
        for word in &self.words {
            word.store(0, Relaxed);
        }
    }

    pub fn bits(&self) -> u64 {
        self.words.len() as u64 * 64
    }

    pub fn hashes(&self) -> u32 {
        self.hashes
    }

    /// Word and bit of each hash, which are two hashes and their sums (Kirsch and Mitzenmacher, 2006).
    fn places(&self, mark: Mark) -> impl Iterator<Item = (usize, u64)> {
        let bits = u128::from(self.bits());
        // Odd, so that it is never a step of nothing.
        let step = mark.1 | 1;
        (0..u64::from(self.hashes)).map(move |n| {
            let hash = mark.0.wrapping_add(n.wrapping_mul(step));
            // The upper half of the product: spread over the bits without a division.
            let place = (u128::from(hash) * bits) >> 64;
            let (word, bit) = ((place / 64) as usize, 1 << (place % 64) as u32);
            (word, bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::jose::Mark;

    fn mark(random: &mut fastrand::Rng) -> Mark {
        Mark(random.u64(..), random.u64(..))
    }

    #[test]
    fn what_is_in_is_found_and_little_else() {
        // 1,000 elements at 1 in 1,000: 14,378 bits, 10 hashes.
        let filter = Filter::new(14_378, 10);
        let mut random = fastrand::Rng::with_seed(7);
        let held: Vec<Mark> = (0..1000).map(|_| mark(&mut random)).collect();
        let set: u64 = held.iter().map(|mark| filter.insert(*mark)).sum();
        assert!(held.iter().all(|mark| filter.contains(*mark)));
        assert!(held.iter().all(|mark| filter.insert(*mark) == 0));
        // Half of the bits are set when a filter of the right size is full.
        let bits = filter.bits();
        assert!(
            (bits * 45 / 100..=bits * 55 / 100).contains(&set),
            "{set} of {bits}"
        );
        let others = 200_000;
        let wrong = (0..others)
            .filter(|_| filter.contains(mark(&mut random)))
            .count();
        assert!(
            wrong <= 2 * others / 1000,
            "{wrong} of {others} others are claimed"
        );
        filter.clear();
        assert!(!held.iter().any(|mark| filter.contains(*mark)));
    }

    #[test]
    fn the_smallest_and_the_strangest_marks_have_places() {
        for bits in [0, 1, 64, 65, 1 << 20] {
            let filter = Filter::new(bits, 30);
            for mark in [
                Mark(0, 0),
                Mark(u64::MAX, u64::MAX),
                Mark(1, 0),
                Mark(0, u64::MAX),
            ] {
                filter.insert(mark);
                assert!(filter.contains(mark), "{bits} {mark:?}");
            }
        }
    }
}
