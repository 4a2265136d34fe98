//! `qos/ratelimit/proxy`: a limit before the calls of one backend.

use super::RateLimit;
use crate::{
    cx::Cx,
    guard::{Fate, Guard, Pass},
    reject::Reject,
};

impl Guard for RateLimit {
    fn admit(&'static self, cx: &mut Cx) -> Result<Pass, Reject> {
        self.judge(cx).map(|()| Pass::default())
    }

    /// How a call went is nothing to a limit: it counts what is sent.
    fn settle(&'static self, _pass: Pass, _fate: Fate) {}
}
