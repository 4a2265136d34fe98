//! Tokens that were checked, so that they are not checked again: for one core and one validator.
//!
//! A client sends the same token with every request, and a signature costs more than all else that a gateway does
//! with it. What is remembered is found by the whole token: nothing short of it, no hash of it, stands for it.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    rc::Rc,
    time::Duration,
};

/// Tokens, and bytes of them with what is remembered, in each of two generations.
const MAX_TOKENS: usize = 2048;
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of what is remembered of a token, for each byte of it: text, tree and headers.
const WEIGHT: usize = 4;
/// No token is remembered for longer, whatever it says.
const LONGEST: Duration = Duration::from_hours(1);

/// What was made of tokens, under one generation of keys.
pub(crate) struct Remembered<T> {
    /// When it is full, it becomes `old`, and what was old and not asked for since is forgotten.
    fresh: Tokens<T>,
    old: Tokens<T>,
    bytes: usize,
    keys: u64,
    seed: u64,
}

type Tokens<T> = HashMap<u64, Entry<T>, BuildHasherDefault<Whole>>;

struct Entry<T> {
    token: Box<str>,
    until: Duration,
    made: Rc<T>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Remembered<T> {
        Remembered {
            fresh: HashMap::default(),
            old: HashMap::default(),
            bytes: 0,
            keys: 0,
            seed: fastrand::u64(..),
        }
    }
}

impl<T> Remembered<T> {
    /// What was made of `token`, if that was under `keys` and still holds `now`.
    ///
    /// Keys of another generation make everything forgotten: one that is withdrawn vouches for nothing any more.
    pub fn get(&mut self, token: &str, keys: u64, now: Duration) -> Option<Rc<T>> {
        if self.keys != keys {
            self.forget(keys);
            return None;
        }
        let place = place(token, self.seed);
        let holds = |entry: &&Entry<T>| *entry.token == *token && now < entry.until;
        if let Some(entry) = self.fresh.get(&place) {
            return holds(&entry).then(|| Rc::clone(&entry.made));
        }
        let entry = self.old.remove(&place)?;
        if !holds(&&entry) {
            return None;
        }
        let made = Rc::clone(&entry.made);
        self.insert(place, entry);
        Some(made)
    }

    /// Remembers what was made of `token` under `keys`, until it expires (seconds since 1970).
    pub fn put(
        &mut self,
        token: &str,
        keys: u64,
        now: Duration,
        expires: Option<f64>,
        made: Rc<T>,
    ) {
        if self.keys != keys {
            self.forget(keys);
        }
        let latest = now + LONGEST;
        // A date is never negative, and so late a one only that it is not soon.
        let expires = expires.map_or(latest, |exp| {
            Duration::try_from_secs_f64(exp).unwrap_or(latest)
        });
        let until = latest.min(expires);
        // It may be within the leeway, where it is checked each time.
        if until > now {
            let token = Box::from(token);
            let entry = Entry { token, until, made };
            self.insert(place(&entry.token, self.seed), entry);
        }
    }

    fn insert(&mut self, place: u64, entry: Entry<T>) {
        let weight = entry.token.len() * WEIGHT + size_of::<Entry<T>>();
        if self.fresh.len() >= MAX_TOKENS || self.bytes + weight > MAX_BYTES {
            self.old = std::mem::take(&mut self.fresh);
            self.bytes = 0;
        }
        self.bytes += weight;
        self.fresh.insert(place, entry);
    }

    fn forget(&mut self, keys: u64) {
        let seed = self.seed;
        *self = Remembered {
            keys,
            seed,
            ..Remembered::default()
        };
    }
}

/// Where to look for a token: made of its last bytes, which are of its signature. Whoever could choose those could
/// sign; two tokens in the same place only displace each other.
fn place(token: &str, seed: u64) -> u64 {
    let tail = token.as_bytes().last_chunk::<16>().copied();
    let tail = u128::from_le_bytes(tail.unwrap_or_default());
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let (low, high) = (tail as u64, (tail >> 64) as u64);
    let product = u128::from(low ^ seed) * u128::from(high ^ 0x9e37_79b9_7f4a_7c15);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let folded = product as u64 ^ (product >> 64) as u64;
    folded
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct Whole(u64);

impl Hasher for Whole {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("places are u64");
    }

    fn write_u64(&mut self, place: u64) {
        self.0 = place;
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MAX_BYTES, MAX_TOKENS, Remembered, WEIGHT};
    use std::{rc::Rc, time::Duration};

    const NOW: Duration = Duration::from_secs(1_000_000);

    fn token(n: usize) -> String {
        format!("header.claims.signature-{n:016}")
    }

    #[test]
    fn the_whole_token_counts() {
        let mut known = Remembered::default();
        known.put("aaaa.0123456789abcdef", 1, NOW, None, Rc::new(1));
        for (token, expected) in [
            ("aaaa.0123456789abcdef", Some(1)),
            ("aaab.0123456789abcdef", None),
            ("aaaa.0123456789abcdeg", None),
            ("0123456789abcdef", None),
            ("", None),
        ] {
            assert_eq!(
                known.get(token, 1, NOW).as_deref(),
                expected.as_ref(),
                "{token}"
            );
        }
    }

    #[test]
    fn never_past_its_end_nor_for_longer_than_an_hour() {
        let second = Duration::from_secs(1);
        for (expires, at, held) in [
            (Some(1_000_010.0), NOW + 9 * second, true),
            (Some(1_000_010.0), NOW + 10 * second, false),
            (Some(1_000_000.0), NOW, false),
            (Some(1.0), NOW, false),
            (
                Some(2e11),
                (NOW + LONGEST).checked_sub(second).unwrap(),
                true,
            ),
            (Some(2e11), NOW + LONGEST, false),
            (Some(1e300), NOW + LONGEST, false),
            (None, (NOW + LONGEST).checked_sub(second).unwrap(), true),
            (None, NOW + LONGEST, false),
        ] {
            let mut known = Remembered::default();
            known.put(&token(1), 1, NOW, expires, Rc::new(()));
            assert_eq!(
                known.get(&token(1), 1, at).is_some(),
                held,
                "{expires:?} {at:?}"
            );
        }
    }

    #[test]
    fn other_keys_make_all_forgotten() {
        let mut known = Remembered::default();
        known.put(&token(1), 1, NOW, None, Rc::new(()));
        assert!(known.get(&token(1), 2, NOW).is_none());
        assert!(known.get(&token(1), 1, NOW).is_none(), "it came back");
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_used() {
        let mut known = Remembered::default();
        for n in 0..20 * MAX_TOKENS {
            known.put(&token(n), 1, NOW, None, Rc::new(n));
            assert!(known.get(&token(0), 1, NOW).is_some(), "{n}: in use");
            assert!(known.fresh.len() + known.old.len() <= 2 * MAX_TOKENS);
        }
        let long = "x".repeat(16_000);
        for n in 0..2000 {
            known.put(&(long.clone() + &token(n)), 1, NOW, None, Rc::new(n));
            let tokens = known.fresh.values().chain(known.old.values());
            let bytes: usize = tokens.map(|entry| entry.token.len() * WEIGHT).sum();
            assert!(bytes <= 2 * MAX_BYTES, "{bytes}");
        }
    }
}
