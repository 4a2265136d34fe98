//! What clients are told about limits: `RateLimit-*` on what passes, 429 on what does not.

use super::rate::Rate;
use crate::{h1::put_field, reject::Own};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::time::Duration;

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// What is left of a bucket from which a request has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// Of a full bucket.
    pub limit: u32,
    pub remaining: u32,
    /// Until it is full again if nobody comes; of an empty one that refused, until there is one.
    pub reset: Duration,
}

/// An empty bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// Of a full one.
    pub limit: u32,
    /// Until there is one.
    pub time: Duration,
}

impl Left {
    pub(super) fn of(rate: Rate, remaining: u32) -> Left {
        Left {
            limit: rate.burst,
            remaining,
            reset: rate.interval() * rate.burst.saturating_sub(remaining),
        }
    }

    /// The limit that will refuse first.
    #[must_use]
    pub fn or_tighter(self, other: Option<Left>) -> Left {
        match other {
            Some(other) if other.remaining < self.remaining => other,
            _ => self,
        }
    }

    /// Says it, unless the upstream speaks of a limit of its own: that one is passed on as it is.
    pub fn put(self, headers: &mut HeaderMap) {
        if [&LIMIT, &REMAINING, &RESET]
            .into_iter()
            .any(|name| headers.contains_key(name))
        {
            return;
        }
        for (name, number) in self.says() {
            headers.insert(name, number.into());
        }
    }

    /// The same as lines, where the upstream is known to speak of none.
    pub fn put_lines(self, text: &mut Vec<u8>) {
        for (name, number) in self.says() {
            put_field(text, name, itoa::Buffer::new().format(number).as_bytes());
        }
    }

    fn says(self) -> [(&'static HeaderName, u64); 3] {
        [
            (&LIMIT, self.limit.into()),
            (&REMAINING, self.remaining.into()),
            (&RESET, seconds(self.reset)),
        ]
    }
}

impl Wait {
    pub fn left(self) -> Left {
        Left {
            limit: self.limit,
            remaining: 0,
            reset: self.time.max(Duration::from_nanos(1)),
        }
    }

    /// RL-3: 429 with this very body, whichever limit it was (RL-4).
    pub fn answer(self, why: String) -> Own {
        let after = HeaderValue::from(seconds(self.left().reset));
        Own::new(
            StatusCode::TOO_MANY_REQUESTS,
            r#"{"message":"rate limit exceeded"}"#,
        )
        .with(header::RETRY_AFTER, after)
        .because(why)
    }
}

/// Whole ones, and not too few: who waits for so long finds what was promised.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::{Left, Rate, Wait, seconds};
    use http::{HeaderMap, HeaderValue};
    use std::time::Duration;

    #[test]
    fn whole_seconds() {
        for (millis, expected) in [(0, 0), (1, 1), (600, 1), (1_000, 1), (59_400, 60)] {
            assert_eq!(seconds(Duration::from_millis(millis)), expected);
        }
        let at_once = Wait {
            limit: 1,
            time: Duration::ZERO,
        };
        assert_eq!(seconds(at_once.left().reset), 1, "never at once");
    }

    #[test]
    fn the_tightest_limit_is_told_and_the_upstreams_is_passed_on() {
        let minute = Rate::new(100, Duration::from_mins(1));
        let (wide, tight) = (Left::of(minute, 40), Left::of(minute, 7));
        assert_eq!(wide.or_tighter(Some(tight)), tight);
        assert_eq!(tight.or_tighter(Some(wide)), tight);
        assert_eq!(tight.or_tighter(None), tight);
        let told = |before: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in before {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            tight.put(&mut headers);
            ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(|name| {
                let value = headers.get(name);
                value
                    .map_or("", |value| value.to_str().expect("text"))
                    .to_owned()
            })
        };
        assert_eq!(told(&[]), ["100", "7", "56"]);
        assert_eq!(told(&[("ratelimit-limit", "5")]), ["5", "", ""]);
    }
}
