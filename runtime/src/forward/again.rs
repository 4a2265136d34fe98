//! The attempts of one call after the first, where another one is safe.
//!
//! - A host that cannot be reached has seen nothing of the request, whatever its method: the other hosts of the upstream
//!   are tried, each once at most, and all connections together take no longer than one may.
//! - What the call's [`Retry`](crate::retry) says beyond that, for methods that may be repeated: an exchange that broke off
//!   before an answer, or an answer of certain statuses. Not a timeout: that time is spent.
//!
//! Either way all of the request must still be there, and nothing of an answer has gone to the client. Few calls come here,
//! so all of it is behind a box.

use super::{attempt, is_idempotent};
use crate::{
    body::Body,
    call::Call,
    cx::Cx,
    reject::Reject,
    retry,
    upstream::{Aim, Feed, Target, UpstreamError},
};
use http::Response;
use std::{future::Future, pin::Pin, rc::Rc, time::Duration};

type Answer = Result<Response<Body>, Reject>;

/// What comes after a first attempt.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are the larger one, and a box would have to be allocated"
)]
pub(super) enum After<'a> {
    /// This was the answer.
    Nothing(Answer),
    /// Other attempts.
    More(Pin<Box<dyn Future<Output = Answer> + 'a>>),
}

/// What another attempt would be for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Nothing of the request has gone anywhere.
    Untouched,
    /// It may be repeated.
    Repeatable,
}

/// How long the connection of a first attempt may take: half of what there is as long as there are other hosts, for one
/// that does not answer must not hide them. None: all of it.
pub(super) fn patience(cx: &Cx, call: &Call, target: &'static Target) -> Option<Duration> {
    let all = cx.core.gateway().connect_timeout;
    call.upstream.has_another(&[target]).then(|| all / 2)
}

/// What comes after an attempt at `target` that came to `answer`.
pub(super) fn after<'a>(
    cx: &'a mut Cx,
    call: &'static Call,
    target: &'static Target,
    answer: Answer,
    upload: Option<Rc<Feed>>,
) -> After<'a> {
    let wanted = match why(cx, call, &answer, upload.as_deref()) {
        None => false,
        Some(Why::Untouched) => call.retry.is_on() || call.upstream.has_another(&[target]),
        Some(Why::Repeatable) => true,
    };
    if wanted {
        After::More(Box::pin(more(cx, call, target, answer, upload)))
    } else {
        After::Nothing(answer)
    }
}

async fn more(
    cx: &mut Cx,
    call: &'static Call,
    first: &'static Target,
    mut answer: Answer,
    upload: Option<Rc<Feed>>,
) -> Answer {
    let all = cx.core.gateway().connect_timeout;
    // What the first has left of it.
    let mut left = all / 2;
    let mut tried = vec![first];
    let (mut made, mut rounds) = (1, 0);
    while let Some(why) = why(cx, call, &answer, upload.as_deref()) {
        let others = call.upstream.has_another(&tried);
        if !(others && why == Why::Untouched) {
            if made >= call.retry.attempts {
                break;
            }
            if !call.retry.afford() {
                call.upstream.retries.unaffordable.add(1);
                break;
            }
            made += 1;
            left = all;
            call.upstream.retries.made.add(1);
        }
        // It holds a connection.
        drop(answer);
        if !others {
            rounds += 1;
            tokio::time::sleep(retry::pause(rounds, fastrand::f64())).await;
            tried.clear();
        }
        let target = call.upstream.another(&tried);
        let target = target.unwrap_or_else(|| call.upstream.next_target());
        tried.push(target);
        if call.upstream.has_another(&tried) {
            left /= 2;
        }
        cx.patience = Some(left);
        let aim = Aim { target, path: None };
        answer = attempt(cx, call, &aim, upload.clone()).await;
    }
    answer
}

/// Why there may be another attempt after this answer; None: there may not.
fn why(cx: &Cx, call: &Call, answer: &Answer, upload: Option<&Feed>) -> Option<Why> {
    let repeatable = || {
        let method = call.method.unwrap_or(&cx.head.method);
        call.retry.is_on() && is_idempotent(method)
    };
    let why = match answer {
        Err(Reject::Upstream(_, error)) if error.is_untouched() => Why::Untouched,
        Err(Reject::Upstream(_, error)) => match **error {
            UpstreamError::Exchange(_) if repeatable() => Why::Repeatable,
            _ => return None,
        },
        Ok(response) if call.retry.is_for(response.status()) && repeatable() => Why::Repeatable,
        Ok(_) | Err(_) => return None,
    };
    upload.is_none_or(Feed::rewind).then_some(why)
}
