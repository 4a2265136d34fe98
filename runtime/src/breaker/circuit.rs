//! The states of a breaker, without a clock, a lock or a log: what happens is told with the moment at which it does.

use std::time::{Duration, Instant};

/// When a circuit opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Failures in a row that are borne; one more opens it.
    pub max_errors: u32,
    /// How long failures count from the first of a row on. Zero: for ever.
    pub interval: Duration,
    /// From its opening until one call is let through to try.
    pub open_for: Duration,
}

/// What a call says about its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    /// The client left, for example.
    Nothing,
}

/// What people know of a circuit, in the words of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    HalfOpen,
    Open,
}

impl State {
    pub const ALL: [State; 3] = [State::Closed, State::HalfOpen, State::Open];

    pub fn name(self) -> &'static str {
        match self {
            State::Closed => "closed",
            State::HalfOpen => "half-open",
            State::Open => "open",
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Inner {
    /// Failures in a row, and when the first of them was counted.
    Closed {
        failures: u32,
        since: Option<Instant>,
    },
    Open {
        until: Instant,
    },
    /// One call at a time tries the upstream.
    HalfOpen {
        trying: bool,
    },
}

/// closed → open → half-open → closed, or open again.
#[derive(Debug)]
pub(super) struct Circuit {
    inner: Inner,
    /// One more with each change of state: a call speaks for the state that let it through, and for no later one.
    generation: u16,
}

impl Circuit {
    pub const fn new() -> Circuit {
        Circuit {
            inner: Inner::Closed {
                failures: 0,
                since: None,
            },
            generation: 0,
        }
    }

    pub fn state(&self) -> State {
        match self.inner {
            Inner::Closed { .. } => State::Closed,
            Inner::HalfOpen { .. } => State::HalfOpen,
            Inner::Open { .. } => State::Open,
        }
    }

    /// Closed, and without a failure to remember: every call is let through, and a success changes nothing. With the
    /// generation that those calls are of.
    pub fn calm(&self) -> Option<u16> {
        matches!(self.inner, Inner::Closed { failures: 0, .. }).then_some(self.generation)
    }

    /// Lets a call through, with the generation that it is of; or says how long none will be.
    pub fn admit(&mut self, now: Instant) -> Result<u16, Duration> {
        match self.inner {
            Inner::Closed { .. } => {}
            Inner::Open { until } if now < until => return Err(until - now),
            Inner::Open { .. } => self.turn(Inner::HalfOpen { trying: true }),
            // Until the call under way has ended, and nobody knows when that is.
            Inner::HalfOpen { trying: true } => return Err(Duration::ZERO),
            Inner::HalfOpen { trying: false } => self.inner = Inner::HalfOpen { trying: true },
        }
        Ok(self.generation)
    }

    /// A call of `generation` has ended.
    pub fn settle(&mut self, generation: u16, outcome: Outcome, terms: &Terms, now: Instant) {
        if generation != self.generation {
            return;
        }
        match (self.inner, outcome) {
            (Inner::Closed { failures, since }, Outcome::Failure) => {
                let counts = |since: &Instant| {
                    terms.interval.is_zero() || now.duration_since(*since) < terms.interval
                };
                let (failures, since) = match since.filter(counts) {
                    Some(since) => (failures.saturating_add(1), since),
                    None => (1, now),
                };
                if failures > terms.max_errors {
                    self.open(terms, now);
                } else {
                    self.inner = Inner::Closed {
                        failures,
                        since: Some(since),
                    };
                }
            }
            (Inner::Closed { .. }, Outcome::Success) => {
                self.inner = Circuit::new().inner;
            }
            (Inner::HalfOpen { .. }, Outcome::Success) => self.turn(Circuit::new().inner),
            (Inner::HalfOpen { .. }, Outcome::Failure) => self.open(terms, now),
            (Inner::HalfOpen { .. }, Outcome::Nothing) => {
                self.inner = Inner::HalfOpen { trying: false };
            }
            // An open circuit has let nothing through.
            (Inner::Open { .. }, _) | (Inner::Closed { .. }, Outcome::Nothing) => {}
        }
    }

    fn open(&mut self, terms: &Terms, now: Instant) {
        let until = now + terms.open_for;
        self.turn(Inner::Open { until });
    }

    fn turn(&mut self, inner: Inner) {
        self.inner = inner;
        self.generation = self.generation.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Circuit, Outcome, State, Terms};
    use std::time::{Duration, Instant};

    /// Opens on the third failure in a row within a minute, for ten seconds.
    const TERMS: Terms = Terms {
        max_errors: 2,
        interval: Duration::from_mins(1),
        open_for: Duration::from_secs(10),
    };

    /// Plays a line of `<second><what>`: `+` a call that succeeds, `-` one that fails, `~` one whose client leaves, `?`
    /// one that stays under way, `x` one that is refused; `)` `(` `!`: the one that has been under way for longest ends as
    /// `+`, `~` or `-`. Gives the state after it.
    fn play(line: &str, terms: &Terms) -> State {
        let start = Instant::now();
        let mut circuit = Circuit::new();
        let mut under_way = std::collections::VecDeque::new();
        for step in line.split_whitespace() {
            let (second, what) = step.split_at(step.len() - 1);
            let now = start + Duration::from_secs(second.parse().expect("a second"));
            let outcome = match what {
                "+" | ")" => Outcome::Success,
                "-" | "!" => Outcome::Failure,
                _ => Outcome::Nothing,
            };
            match what {
                "x" => drop(circuit.admit(now).expect_err(step)),
                "?" => under_way.push_back(circuit.admit(now).expect(step)),
                ")" | "(" | "!" => {
                    let generation = under_way.pop_front().expect("a call under way");
                    circuit.settle(generation, outcome, terms, now);
                }
                _ => {
                    let generation = circuit.admit(now).expect(step);
                    circuit.settle(generation, outcome, terms, now);
                }
            }
        }
        circuit.state()
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_closes_it() {
        use State::{Closed, HalfOpen, Open};
        for (line, expected) in [
            ("", Closed),
            ("0+ 0- 0-", Closed),
            ("0- 0- 0-", Open),
            // Any success breaks the row.
            ("0- 0- 0+ 0- 0-", Closed),
            // Whoever leaves is neither.
            ("0- 0- 0~ 0-", Open),
            // Open: nothing gets through, not even at the last moment.
            ("0- 0- 0- 0x 9x", Open),
            // Then one at a time.
            ("0- 0- 0- 10? 10x 11x", HalfOpen),
            ("0- 0- 0- 10? 11x 12) 12+", Closed),
            ("0- 0- 0- 10? 11x 12! 13x 21x", Open),
            ("0- 0- 0- 10- 19x 20+ 20- 20-", Closed),
            // A trial whose client leaves frees its place, and nothing else.
            ("0- 0- 0- 10? 10x 11( 11? 11x", HalfOpen),
            ("0- 0- 0- 10~ 10~ 10+", Closed),
            ("0- 0- 0- 10~ 10-", Open),
            // After it, the count begins anew.
            ("0- 0- 0- 10+ 10- 10-", Closed),
            // Failures count for a minute from the first of the row.
            ("0- 1- 60- 60-", Closed),
            ("0- 1- 60- 60- 61-", Open),
            ("0- 1- 59-", Open),
        ] {
            assert_eq!(play(line, &TERMS), expected, "{line}");
        }
    }

    /// A call that was admitted before a change of state says nothing about the state after it.
    #[test]
    fn late_answers_do_not_count() {
        use State::{Closed, HalfOpen, Open};
        for (line, expected) in [
            // Under way since before the opening, and well in the end.
            ("0? 0- 0- 0- 1)", Open),
            ("0? 0- 0- 0- 10? 10) 10x", HalfOpen),
            ("0? 0- 0- 0- 10? 10! 10x", HalfOpen),
            ("0? 0- 0- 0- 10? 10( 10x", HalfOpen),
            ("0? 0? 0? 0- 0- 0- 10+ 10! 10! 10!", Closed),
        ] {
            assert_eq!(play(line, &TERMS), expected, "{line}");
        }
    }

    #[test]
    fn the_numbers_of_the_config_count() {
        let at_once = Terms {
            max_errors: 0,
            ..TERMS
        };
        assert_eq!(play("0-", &at_once), State::Open);
        let for_ever = Terms {
            interval: Duration::ZERO,
            ..TERMS
        };
        assert_eq!(play("0- 86400- 999999-", &for_ever), State::Open);
    }

    /// What is said to who is refused: how long is left.
    #[test]
    fn the_time_that_is_left() {
        let start = Instant::now();
        let mut circuit = Circuit::new();
        for _ in 0..3 {
            let generation = circuit.admit(start).expect("it is closed");
            circuit.settle(generation, Outcome::Failure, &TERMS, start);
        }
        let later = start + Duration::from_millis(7_500);
        assert_eq!(circuit.admit(later), Err(Duration::from_millis(2_500)));
    }
}
