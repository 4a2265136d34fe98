//! What stands before every call of one backend, and learns how it went: breakers, limits.
//!
//! Guards are `static`s of the generated crate, named by [`crate::Call::guards`]. A call is admitted by all of its guards
//! or by none: what one has admitted and a later one refuses is settled as abandoned.

use crate::{call::Call, cx::Cx, gate::Part, reject::Reject};
use http::StatusCode;

/// Something that may keep a call from being made.
#[allow(
    private_interfaces,
    reason = "guards are of this crate; generated code only names them"
)]
pub trait Guard: Part {
    /// Whether the call may be made now; if not, what the client gets. It never waits.
    ///
    /// # Errors
    /// The answer that the client gets instead of the upstream's.
    fn admit(&'static self, cx: &mut Cx) -> Result<Pass, Reject>;

    /// How a call that it has admitted went. Called exactly once for each of them, with what it was given.
    fn settle(&'static self, pass: Pass, fate: Fate);
}

/// What a guard gives a call that it admits, to know it again: a number that means something to that guard alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass(pub(crate) u16);

/// Guards that one call may have.
pub(crate) const MAX_GUARDS: usize = 4;

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The head of an answer came.
    Answered(StatusCode),
    /// None came: no connection, no answer in time, or something that is no HTTP.
    Failed,
    /// Nothing can be said about the upstream: the client left, its body broke off, or another guard refused.
    Abandoned,
}

/// A call that its guards have admitted, and that has not ended.
pub(crate) struct Admitted {
    call: &'static Call,
    /// So many of its guards, the first ones, have admitted it.
    guards: u8,
    passes: [Pass; MAX_GUARDS],
    fate: Fate,
}

impl Admitted {
    /// Asks the guards of `call`, in their order.
    ///
    /// # Errors
    /// What the first guard says that does not admit it.
    pub fn to(call: &'static Call, cx: &mut Cx) -> Result<Admitted, Reject> {
        let mut admitted = Admitted {
            call,
            guards: 0,
            passes: [Pass::default(); MAX_GUARDS],
            fate: Fate::Abandoned,
        };
        for (pass, guard) in (0..).zip(call.guards) {
            admitted.passes[pass] = guard.admit(cx)?;
            admitted.guards += 1;
        }
        Ok(admitted)
    }

    /// The call has ended with this.
    pub fn settle<T>(self, answer: &Result<http::Response<T>, Reject>) {
        self.end(match answer {
            Ok(response) => Fate::Answered(response.status()),
            Err(Reject::Upstream(..)) => Fate::Failed,
            Err(_) => Fate::Abandoned,
        });
    }

    /// As [`Admitted::settle`], for an ending that has words of its own for an upstream that failed.
    #[allow(dead_code, reason = "endings of clusters have")]
    pub fn end(mut self, fate: Fate) {
        self.fate = fate;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let guards = self.call.guards.iter().take(self.guards.into());
        for (guard, pass) in guards.zip(self.passes) {
            guard.settle(pass, self.fate);
        }
    }
}
