//! What Commerce said a moment ago (AUTH-32), for one core: bounded, and gone after its time.

use std::{collections::HashMap, time::Instant};

/// Callers that each of the two generations remembers.
const MAX_CALLERS: usize = 4096;

/// What an answer of Commerce means for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Balance {
    /// There is something left.
    Some,
    /// There is nothing left.
    Nothing,
}

/// Balances by billing id.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// When it is full, it becomes `old`, and what was old is forgotten.
    fresh: HashMap<Box<str>, Entry>,
    old: HashMap<Box<str>, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    balance: Balance,
    until: Instant,
}

impl Ledger {
    /// What is known of `id`, if it still holds `now`.
    pub fn get(&self, id: &str, now: Instant) -> Option<Balance> {
        let entry = self.fresh.get(id).or_else(|| self.old.get(id))?;
        (now < entry.until).then_some(entry.balance)
    }

    /// Remembers an answer until then.
    pub fn put(&mut self, id: &str, balance: Balance, until: Instant) {
        if self.fresh.len() >= MAX_CALLERS {
            self.old = std::mem::take(&mut self.fresh);
        }
        self.fresh.insert(id.into(), Entry { balance, until });
    }
}

#[cfg(test)]
mod tests {
    use super::{Balance, Ledger, MAX_CALLERS};
    use std::time::{Duration, Instant};

    #[test]
    fn an_answer_holds_until_its_end() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut ledger = Ledger::default();
        ledger.put("hanzo/u", Balance::Some, now + 10 * second);
        for (id, at, expected) in [
            ("hanzo/u", now, Some(Balance::Some)),
            ("hanzo/u", now + 9 * second, Some(Balance::Some)),
            ("hanzo/u", now + 10 * second, None),
            ("hanzo/v", now, None),
        ] {
            assert_eq!(ledger.get(id, at), expected, "{id}");
        }
        ledger.put("hanzo/u", Balance::Nothing, now + second);
        assert_eq!(ledger.get("hanzo/u", now), Some(Balance::Nothing));
    }

    #[test]
    fn it_is_bounded() {
        let now = Instant::now();
        let mut ledger = Ledger::default();
        for n in 0..10 * MAX_CALLERS {
            let until = now + Duration::from_secs(1);
            ledger.put(&n.to_string(), Balance::Some, until);
            assert!(ledger.fresh.len() + ledger.old.len() <= 2 * MAX_CALLERS);
        }
    }
}
