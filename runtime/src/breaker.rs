//! `qos/circuit-breaker`: a backend that keeps failing is left alone for a while, and then tried by one call at a time.
//!
//! One state per backend entry, shared by the cores. As long as nothing fails, a call costs two loads of a word that
//! nobody writes; only failures, and whatever follows them, take the lock. A failure is an answer of 500 or above, or
//! none at all; a client that leaves says nothing about the backend. What is asked of a backend again ([`crate::Call`])
//! is one call, and its last answer counts.

mod circuit;

use crate::{
    cx::Cx,
    gate::{Part, Start},
    guard::{Fate, Guard, Pass},
    measure::{Counter, Family, Measures},
    reject::{Own, Reject},
};
use circuit::{Circuit, Outcome, State, Terms};
use http::{StatusCode, header::RETRY_AFTER};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// A word that is no generation: calls have to ask.
const NOT_CALM: u32 = u32::MAX;

static STATE: Family = Family {
    name: "gateway_breaker_state",
    help: "State of a circuit breaker: 0 closed, 1 half-open, 2 open",
};
static TRANSITIONS: Family = Family {
    name: "gateway_breaker_transitions_total",
    help: "Changes of a circuit breaker's state, by the new one",
};
static REFUSED: Family = Family {
    name: "gateway_breaker_refused_total",
    help: "Calls that a circuit breaker has kept from being made",
};

/// A circuit breaker of one backend.
pub struct Breaker {
    name: &'static str,
    route: &'static str,
    terms: Terms,
    quiet: bool,
    circuit: Mutex<Circuit>,
    /// [`Circuit::calm`], without the lock.
    calm: AtomicU32,
    refused: Counter,
    /// In the order of [`State::ALL`].
    turned: [Counter; 3],
}

impl Breaker {
    /// A breaker that opens when more than `max_errors` calls in a row have failed. `name` and `route` (`GET /users`) are
    /// what logs and metrics call it by.
    pub const fn new(name: &'static str, route: &'static str, max_errors: u32) -> Breaker {
        Breaker {
            name,
            route,
            terms: Terms {
                max_errors,
                interval: Duration::ZERO,
                open_for: Duration::from_mins(1),
            },
            quiet: false,
            circuit: Mutex::new(Circuit::new()),
            calm: AtomicU32::new(0),
            refused: Counter::new(),
            turned: [const { Counter::new() }; 3],
        }
    }

    /// How long failures count, from the first of a row on. Default: for ever.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Breaker {
        self.terms.interval = interval;
        self
    }

    /// From its opening until a call is let through to try. Default 60 s.
    #[must_use]
    pub const fn open_for(mut self, time: Duration) -> Breaker {
        self.terms.open_for = time;
        self
    }

    /// Its changes are not logged. Default: they are, as warnings.
    #[must_use]
    pub const fn quiet(mut self) -> Breaker {
        self.quiet = true;
        self
    }

    /// What `act` makes of the circuit, and all that follows from a change of its state.
    fn with<T>(&self, act: impl FnOnce(&mut Circuit) -> T) -> T {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let before = circuit.state();
        let result = act(&mut circuit);
        let after = circuit.state();
        self.calm
            .store(circuit.calm().map_or(NOT_CALM, u32::from), Relaxed);
        drop(circuit);
        if before != after {
            self.tell(before, after);
        }
        result
    }

    fn tell(&self, before: State, after: State) {
        self.turned[after as usize].add(1);
        if !self.quiet {
            let (name, route) = (self.name, self.route);
            tracing::warn!(
                "circuit breaker `{name}` of {route} went from {} to {}",
                before.name(),
                after.name()
            );
        }
    }

    fn refusal(&self, cx: &Cx, left: Duration) -> Own {
        self.refused.add(1);
        // Whole seconds that are never too early, and never "at once".
        let seconds = left.as_millis().div_ceil(1_000).max(1);
        let message = format!("the upstream keeps failing: try again in {seconds} s");
        Own::told(StatusCode::SERVICE_UNAVAILABLE, &message, &cx.marks)
            .with(RETRY_AFTER, seconds_value(seconds))
            .because(format!("circuit breaker `{}` is open", self.name))
    }
}

fn seconds_value(seconds: u128) -> http::HeaderValue {
    // No config says more than a year.
    u64::try_from(seconds).unwrap_or(u64::MAX).into()
}

impl Part for Breaker {
    fn key(&self) -> &'static str {
        "qos/circuit-breaker"
    }

    fn start(&'static self, _: &mut Start) {}

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        let (method, route) = self.route.split_once(' ').unwrap_or(("", self.route));
        let labels = [("name", self.name), ("method", method), ("route", route)];
        let circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let state = circuit.state();
        drop(circuit);
        to.gauge(&STATE, &labels, f64::from(state as u8));
        to.counter(&REFUSED, &labels, self.refused.get());
        let [name, method, route] = labels;
        for (state, turned) in State::ALL.iter().zip(&self.turned) {
            let labels = [name, method, route, ("to", state.name())];
            to.counter(&TRANSITIONS, &labels, turned.get());
        }
    }
}

impl Guard for Breaker {
    fn admit(&'static self, cx: &mut Cx) -> Result<Pass, Reject> {
        let calm = self.calm.load(Relaxed);
        if let Ok(generation) = u16::try_from(calm) {
            return Ok(Pass(generation));
        }
        match self.with(|circuit| circuit.admit(Instant::now())) {
            Ok(generation) => Ok(Pass(generation)),
            Err(left) => Err(self.refusal(cx, left).into()),
        }
    }

    fn settle(&'static self, Pass(generation): Pass, fate: Fate) {
        let outcome = match fate {
            Fate::Answered(status) if status.is_server_error() => Outcome::Failure,
            Fate::Answered(_) => Outcome::Success,
            Fate::Failed => Outcome::Failure,
            Fate::Abandoned => Outcome::Nothing,
        };
        let is_calm = self.calm.load(Relaxed) != NOT_CALM;
        if outcome == Outcome::Failure || !is_calm {
            self.with(|circuit| circuit.settle(generation, outcome, &self.terms, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, State};
    use crate::guard::{Fate, Guard, Pass};
    use http::StatusCode;
    use std::{sync::Barrier, thread};

    const FAILED: Fate = Fate::Answered(StatusCode::BAD_GATEWAY);

    /// What many cores say at once is counted as if one had said it.
    #[test]
    fn cores_share_it() {
        const CORES: u32 = 8;
        static BREAKER: Breaker = Breaker::new("b", "GET /b", CORES * 100 - 1);
        let ready = Barrier::new(CORES as usize);
        thread::scope(|scope| {
            for _ in 0..CORES {
                scope.spawn(|| {
                    ready.wait();
                    for n in 0..100 {
                        let open = BREAKER.with(|circuit| circuit.state()) == State::Open;
                        assert!(!open, "too early, in round {n}");
                        // What is not finished counts for nothing.
                        BREAKER.settle(Pass(0), Fate::Abandoned);
                        if n < 99 {
                            BREAKER.settle(Pass(0), FAILED);
                        }
                    }
                });
            }
        });
        for _ in 0..CORES {
            assert_eq!(BREAKER.with(|circuit| circuit.state()), State::Closed);
            BREAKER.settle(Pass(0), FAILED);
        }
        assert_eq!(BREAKER.with(|circuit| circuit.state()), State::Open);
        assert_eq!(BREAKER.turned[State::Open as usize].get(), 1);
    }

    /// The word without the lock says what the circuit says.
    #[test]
    fn the_short_way_follows_the_circuit() {
        static BREAKER: Breaker = Breaker::new("b", "GET /b", 1);
        let calm = || BREAKER.calm.load(super::Relaxed) != super::NOT_CALM;
        assert!(calm());
        BREAKER.settle(Pass(0), FAILED);
        assert!(!calm(), "a failure is remembered");
        BREAKER.settle(Pass(0), Fate::Answered(StatusCode::NOT_FOUND));
        assert!(calm(), "and forgotten");
        BREAKER.settle(Pass(0), Fate::Failed);
        BREAKER.settle(Pass(0), Fate::Failed);
        assert!(!calm(), "it is open");
        BREAKER.settle(Pass(0), Fate::Answered(StatusCode::OK));
        assert!(!calm(), "and no late answer closes it");
    }
}
