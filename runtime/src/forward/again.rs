//! The attempts of one call after the first, where another one is safe.
//!
//! A host that cannot be reached has seen nothing of the request, whatever its method: the other hosts of the upstream are
//! tried, each once at most, and all connections together take no longer than one may. Few calls come here, so all of it
//! is behind a box.

use super::attempt;
use crate::{
    body::Body,
    call::Call,
    cx::Cx,
    reject::Reject,
    upstream::{Aim, Feed, Silence, Target},
};
use http::Response;
use std::{future::Future, pin::Pin, rc::Rc, time::Duration};

type Answer = Result<Response<Body>, Reject>;

/// How long the connection of a first attempt may take: half of what there is as long as there are other hosts, for one
/// that does not answer must not hide them. None: all of it.
pub(super) fn patience(cx: &Cx, call: &Call, target: &'static Target) -> Option<Duration> {
    let all = cx.core.gateway().connect_timeout;
    call.upstream.has_another(target, &[]).then(|| all / 2)
}

/// What comes after a first attempt.
pub(super) enum After<'a> {
    /// This was the answer.
    Nothing(Answer),
    /// Other attempts.
    More(Pin<Box<dyn Future<Output = Answer> + 'a>>),
}

/// What comes after an attempt at `target` that came to `answer`.
pub(super) fn after<'a>(
    cx: &'a mut Cx,
    call: &'static Call,
    target: &'static Target,
    answer: Answer,
    upload: Option<Rc<Feed>>,
) -> After<'a> {
    let others = call.upstream.has_another(target, &[]);
    if others && is_untouched(&answer, upload.as_deref()) {
        After::More(Box::pin(elsewhere(cx, call, target, answer, upload)))
    } else {
        After::Nothing(answer)
    }
}

async fn elsewhere(
    cx: &mut Cx,
    call: &'static Call,
    first: &'static Target,
    mut answer: Answer,
    upload: Option<Rc<Feed>>,
) -> Answer {
    let mut tried = vec![first];
    // What the first has left of it.
    let mut left = cx.core.gateway().connect_timeout / 2;
    while is_untouched(&answer, upload.as_deref()) {
        let Some(target) = call.upstream.another(&tried) else {
            break;
        };
        if call.upstream.has_another(target, &tried) {
            left /= 2;
        }
        tried.push(target);
        cx.patience = Some(left);
        let aim = Aim { target, path: None };
        let silence = Silence::new(call.timeout);
        answer = attempt(cx, call, &aim, upload.clone(), silence).await;
    }
    answer
}

/// Whether nothing of the request has gone anywhere, so that all of it can go elsewhere.
fn is_untouched(answer: &Answer, upload: Option<&Feed>) -> bool {
    let untouched = matches!(answer, Err(Reject::Upstream(_, error)) if error.is_untouched());
    untouched && upload.is_none_or(Feed::rewind)
}
