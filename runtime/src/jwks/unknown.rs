//! Names of keys that were looked for in vain, so that a stranger who invents names does not make us ask for each.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// Names that are remembered. Whoever invents more is held back by the pace of fetches.
const MAX_NAMES: usize = 128;

/// Their hashes only: a name may be long, and a collision means one look-up less.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    names: VecDeque<(u64, Instant)>,
    hasher: RandomState,
}

impl Unknown {
    /// Whether `name` should be looked for; it is then not looked for again for `cooldown`.
    pub fn ask(&mut self, name: &str, now: Instant, cooldown: Duration) -> bool {
        let hash = self.hasher.hash_one(name);
        let known = self.names.iter_mut().find(|(known, _)| *known == hash);
        if let Some((_, at)) = known {
            let again = now.saturating_duration_since(*at) >= cooldown;
            if again {
                *at = now;
            }
            return again;
        }
        if self.names.len() == MAX_NAMES {
            self.names.pop_front();
        }
        self.names.push_back((hash, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAMES, Unknown};
    use std::time::{Duration, Instant};

    #[test]
    fn a_name_is_asked_for_once_in_a_while() {
        let mut unknown = Unknown::default();
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        for (name, at, expected) in [
            ("a", 0, true),
            ("a", 0, false),
            ("b", 1, true),
            ("a", 9, false),
            ("a", 10, true),
            ("b", 10, false),
            ("a", 19, false),
            ("a", 20, true),
        ] {
            let asked = unknown.ask(name, start + at * second, 10 * second);
            assert_eq!(asked, expected, "{name} at {at}");
        }
        for n in 0..10 * MAX_NAMES {
            assert!(unknown.ask(&n.to_string(), start, second), "{n}");
            assert!(unknown.names.len() <= MAX_NAMES);
        }
    }
}
