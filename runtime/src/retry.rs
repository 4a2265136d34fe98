//! `github.com/hanzoai/gateway/retry`: how often a call may be made, and after what.
//!
//! A retry is only safe where the first attempt cannot have done anything, or where doing it twice is the same as once
//! (RFC 9110 9.2.2); [`crate::forward`] knows which. What is here keeps retries from making an outage worse: they are a
//! share of the calls, beyond a few.

use http::StatusCode;
use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

/// Retries that are there before calls have paid for any, and at most: an endpoint that is called now and then can afford
/// one.
pub(crate) const RESERVE: u32 = 10;
/// Before a host is asked again: so long the first time, then twice as long, up to the second.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// What a retry costs; a call pays its share of it.
const PRICE: u32 = 100;

/// How the calls of one endpoint may be made again.
pub(crate) struct Retry {
    /// The first one included.
    pub attempts: u32,
    pub statuses: &'static [u16],
    /// Retries in a hundred calls.
    pub percent: u32,
    /// Bytes of a request body that are held, so that it can be sent again.
    pub body: u64,
    paid: AtomicU32,
}

impl Retry {
    /// One attempt.
    pub const fn never() -> Retry {
        Retry {
            attempts: 1,
            statuses: &[502, 503, 504],
            percent: 20,
            body: 64 * 1024,
            paid: AtomicU32::new(RESERVE * PRICE),
        }
    }

    pub fn is_on(&self) -> bool {
        self.attempts > 1
    }

    /// A call is made, which pays for a part of a retry.
    pub fn pay(&self) {
        let paid = self.paid.load(Relaxed);
        // Nearly always enough is there, and nothing is written.
        if paid < RESERVE * PRICE {
            self.paid.fetch_add(self.percent, Relaxed);
        }
    }

    /// Takes what one retry costs; no, if it is not there.
    pub fn afford(&self) -> bool {
        let rest = |paid: u32| paid.checked_sub(PRICE);
        self.paid.fetch_update(Relaxed, Relaxed, rest).is_ok()
    }

    /// Whether an answer with this status is worth another attempt.
    pub fn is_for(&self, status: StatusCode) -> bool {
        self.statuses.contains(&status.as_u16())
    }
}

/// How long a host is left in peace before it is asked for the n-th time again, from 1 on; half of it, or all, or something
/// between, by a number from 0 to 1.
pub(crate) fn pause(n: u32, jitter: f64) -> Duration {
    let (first, longest) = PAUSE;
    let doubled = first.saturating_mul(1 << n.saturating_sub(1).min(16));
    doubled.min(longest).mul_f64(0.5 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_the_calls() {
        let retry = Retry {
            percent: 20,
            ..Retry::never()
        };
        let affordable = || std::iter::from_fn(|| retry.afford().then_some(())).count();
        assert_eq!(affordable(), 10, "what is there at first");
        for _ in 0..4 {
            retry.pay();
        }
        assert_eq!(affordable(), 0);
        retry.pay();
        assert_eq!(affordable(), 1, "one in five calls");
        // An outage: every call wants to be made again.
        let mut made = 0;
        for _ in 0..1000 {
            retry.pay();
            made += usize::from(retry.afford());
        }
        assert_eq!(made, 200);
        // What healthy times have paid in is no more than the reserve.
        for _ in 0..1000 {
            retry.pay();
        }
        assert_eq!(affordable(), 10);
    }

    #[test]
    fn pauses_double_up_to_a_second() {
        let milliseconds = |n, jitter| pause(n, jitter).as_millis();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7].map(|n| milliseconds(n, 1.0)),
            [50, 100, 200, 400, 800, 1000, 1000]
        );
        assert_eq!(milliseconds(1, 0.0), 25);
        assert_eq!(milliseconds(u32::MAX, 0.0), 500);
    }
}
