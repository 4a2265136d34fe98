//! Whether Commerce is worth asking: one that is dead must not make every request wait for its timeout.

use std::time::{Duration, Instant};

/// Failures in a row, after which it is left alone for a while.
const MAX_FAILURES: u32 = 3;
/// For how long at first; twice as long each time that it fails again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What one core has seen of Commerce lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outage {
    /// Asked always. So many failures since the last answer.
    None { failures: u32 },
    /// Not asked until then.
    Since { until: Instant, pause: Duration },
    /// Asked by one request; the others do not wait for what comes of it.
    Trying { pause: Duration },
}

/// What changed, for the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is left alone for this long.
    Down(Duration),
    /// It answers again.
    Up,
}

impl Default for Outage {
    fn default() -> Outage {
        Outage::None { failures: 0 }
    }
}

impl Outage {
    /// Whether to ask now. Who is told so must say what came of it.
    pub fn may_ask(&mut self, now: Instant) -> bool {
        match *self {
            Outage::None { .. } => true,
            Outage::Since { until, pause } if now >= until => {
                *self = Outage::Trying { pause };
                true
            }
            Outage::Since { .. } | Outage::Trying { .. } => false,
        }
    }

    pub fn answered(&mut self) -> Option<Change> {
        let was = std::mem::take(self);
        (!matches!(was, Outage::None { .. })).then_some(Change::Up)
    }

    pub fn failed(&mut self, now: Instant) -> Option<Change> {
        let pause = match *self {
            Outage::None { failures } if failures + 1 < MAX_FAILURES => {
                *self = Outage::None {
                    failures: failures + 1,
                };
                return None;
            }
            Outage::None { .. } => FIRST_PAUSE,
            Outage::Trying { pause } => (pause * 2).min(LONGEST_PAUSE),
            // Asked before the others had failed.
            Outage::Since { .. } => return None,
        };
        let until = now + pause;
        *self = Outage::Since { until, pause };
        Some(Change::Down(pause))
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, LONGEST_PAUSE, Outage};
    use std::time::{Duration, Instant};

    #[test]
    fn a_dead_commerce_is_left_alone_and_tried_again() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut outage = Outage::default();
        for expected in [None, None, Some(Change::Down(Duration::from_secs(1)))] {
            assert!(outage.may_ask(start));
            assert_eq!(outage.failed(start), expected);
        }
        assert_eq!(outage.failed(start), None, "a request from before");
        assert!(!outage.may_ask(start));
        assert!(outage.may_ask(at(1)), "one tries");
        assert!(!outage.may_ask(at(1)), "one only");
        assert_eq!(
            outage.failed(at(1)),
            Some(Change::Down(Duration::from_secs(2)))
        );
        assert!(!outage.may_ask(at(2)));
        assert!(outage.may_ask(at(3)));
        assert_eq!(outage.answered(), Some(Change::Up));
        assert!(outage.may_ask(at(3)));
        assert_eq!(outage.answered(), None);
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let now = Instant::now();
        let mut outage = Outage::default();
        for _ in 0..10 {
            assert_eq!(outage.failed(now), None);
            assert_eq!(outage.failed(now), None);
            assert_eq!(outage.answered(), None);
        }
    }

    #[test]
    fn the_pause_has_an_end() {
        let mut now = Instant::now();
        let mut outage = Outage::default();
        for _ in 0..20 {
            outage.failed(now);
            now += LONGEST_PAUSE;
            assert!(outage.may_ask(now));
        }
    }
}
