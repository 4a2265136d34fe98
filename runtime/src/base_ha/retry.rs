//! Whether an attempt has failed, and whether its request may be sent a second time.

use crate::{
    body::Body,
    call::Call,
    cluster::{self, Astray},
    cx::Cx,
    forward::is_idempotent,
    host::Authority,
    reject::Reject,
    upstream::{Aim, Target},
};
use http::{HeaderName, Method, Response, StatusCode};
use std::fmt;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How an attempt has failed. Everything else, a 4xx too, is an answer.
pub(super) enum Failure {
    /// The node is not the right one: a 307 or 308, and where that leads (HA-13).
    Redirected(StatusCode, Result<Aim, Astray>),
    /// A 5xx.
    Refused(StatusCode),
    /// No byte of the request can have arrived.
    Unreached(String),
    /// The request may have been carried out.
    Broken(String),
}

/// Whether a request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    /// It may have been carried out.
    Unsure,
    /// More of its body is gone than is held.
    TooLong,
}

impl Failure {
    /// Of an attempt at the node `from`.
    pub fn of(
        answer: &Result<Response<Body>, Reject>,
        from: &'static Target,
        is_member: impl Fn(&Authority) -> bool,
    ) -> Option<Failure> {
        match answer {
            Ok(response) if cluster::is_redirect(response.status()) => {
                let aim = cluster::resolve(response.headers(), from, is_member);
                Some(Failure::Redirected(response.status(), aim))
            }
            Ok(response) => {
                let status = response.status();
                status.is_server_error().then_some(Failure::Refused(status))
            }
            Err(Reject::Upstream(_, why)) if why.is_untouched() => {
                Some(Failure::Unreached(why.to_string()))
            }
            Err(Reject::Upstream(_, why)) => Some(Failure::Broken(why.to_string())),
            // What the client has done itself.
            Err(_) => None,
        }
    }

    /// BUG-11: nothing is carried out twice that its sender has not declared to be safe.
    pub fn again(&self, cx: &Cx, call: &Call, all_held: bool) -> Again {
        let method = call.method.unwrap_or(&cx.head.method);
        let keyed =
            call.passes(&IDEMPOTENCY_KEY) && cx.head.headers.first(&IDEMPOTENCY_KEY).is_some();
        self.may_repeat(method, keyed, all_held)
    }

    fn may_repeat(&self, method: &Method, keyed: bool, all_held: bool) -> Again {
        match self {
            Failure::Broken(_) if !keyed && !is_idempotent(method) => Again::Unsure,
            _ if all_held => Again::Yes,
            // Whoever reads that it was too long would send it again.
            Failure::Broken(_) => Again::Unsure,
            Failure::Redirected(..) | Failure::Refused(_) | Failure::Unreached(_) => Again::TooLong,
        }
    }
}

/// For the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Redirected(status, Ok(_)) => write!(f, "it redirects ({})", status.as_u16()),
            Failure::Redirected(status, Err(why)) => {
                write!(f, "it answered {}: {why}", status.as_u16())
            }
            Failure::Refused(status) => write!(f, "it answered {}", status.as_u16()),
            Failure::Unreached(why) | Failure::Broken(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Again::*, *};

    #[test]
    fn what_may_be_sent_again() {
        let redirected =
            || Failure::Redirected(StatusCode::TEMPORARY_REDIRECT, Err(Astray::Nowhere));
        let refused = || Failure::Refused(StatusCode::SERVICE_UNAVAILABLE);
        let unreached = || Failure::Unreached(String::new());
        let broken = || Failure::Broken(String::new());
        let (post, put) = (Method::POST, Method::PUT);
        for (failure, method, keyed, all_held, expected) in [
            (redirected(), &post, false, true, Yes),
            (redirected(), &post, false, false, TooLong),
            (refused(), &post, false, true, Yes),
            (refused(), &put, true, false, TooLong),
            (unreached(), &post, false, true, Yes),
            (unreached(), &post, false, false, TooLong),
            (broken(), &post, false, true, Unsure),
            (broken(), &Method::PATCH, false, true, Unsure),
            (broken(), &post, true, true, Yes),
            (broken(), &put, false, true, Yes),
            (broken(), &Method::DELETE, false, true, Yes),
            (broken(), &Method::GET, false, true, Yes),
            (broken(), &put, false, false, Unsure),
            (broken(), &post, true, false, Unsure),
        ] {
            let got = failure.may_repeat(method, keyed, all_held);
            assert_eq!(
                got, expected,
                "{failure:}: {method}, keyed {keyed}, held {all_held}"
            );
        }
    }
}
