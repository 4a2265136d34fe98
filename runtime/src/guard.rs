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
    fn admit(&'static self, cx: &mut Cx) -> Result<(), Reject>;

    /// How a call that it has admitted went. Called exactly once for each of them.
    fn settle(&'static self, fate: Fate);
}

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
    guards: &'static [&'static dyn Guard],
    fate: Fate,
}

impl Admitted {
    /// Asks the guards of `call`, in their order.
    ///
    /// # Errors
    /// What the first guard says that does not admit it.
    pub fn to(call: &'static Call, cx: &mut Cx) -> Result<Admitted, Reject> {
        let mut admitted = Admitted {
            guards: &[],
            fate: Fate::Abandoned,
        };
        for (n, guard) in call.guards.iter().enumerate() {
            guard.admit(cx)?;
            admitted.guards = &call.guards[..=n];
        }
        Ok(admitted)
    }

    /// The call has ended with this.
    pub fn settle<T>(mut self, answer: &Result<http::Response<T>, Reject>) {
        self.fate = match answer {
            Ok(response) => Fate::Answered(response.status()),
            Err(Reject::Upstream(..)) => Fate::Failed,
            Err(_) => Fate::Abandoned,
        };
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        for guard in self.guards {
            guard.settle(self.fate);
        }
    }
}
