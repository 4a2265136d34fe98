//! The one future that waits: a request goes to its upstream, the answer comes back as it is.

mod again;

use crate::{
    body::Body,
    brand,
    call::Call,
    cx::Cx,
    endpoint::{Answer, Decision, Next},
    guard::Admitted,
    h1::head::response::{Head, Reader},
    headers::strip_hop_by_hop,
    reject::Reject,
    request::{Headers, Kind, text},
    tunnel::{self, Tunnel},
    upstream::{Aim, Connection, Download, Exchange, Feed, Silence, Slot, UpstreamError, head},
};
use again::After;
use http::{Method, Response, StatusCode, Version, response::Parts};
use std::{future::poll_fn, rc::Rc, task::Poll};

/// Ends a handler: the request goes to `call`'s upstream, the answer is streamed back as it is.
///
/// # Errors
/// [`Reject::BodyTooLarge`] if the request says that its body is longer than the call takes.
pub fn forward(cx: &mut Cx, call: &'static Call) -> Decision {
    match content_length(&cx.head.headers) {
        Some(length) if length > call.max_body => Err(Reject::BodyTooLarge(call.max_body).into()),
        _ => Ok(Next { call, then: None }),
    }
}

/// Ends a handler of an endpoint that needs `what`, without which this gateway is built: 501 to everyone, for an open
/// door would be worse. `what` ends the sentence "the gateway is built without …".
///
/// # Errors
/// Always [`Reject::NotBuiltIn`].
pub fn refuse(_cx: &mut Cx, what: &'static str) -> Decision {
    Err(Reject::NotBuiltIn(what).into())
}

fn content_length(headers: &Headers) -> Option<u64> {
    text(headers.of(Kind::ContentLength).next()?)?.parse().ok()
}

/// The future of one forwarded request.
pub(crate) fn start(cx: Box<Cx>, call: &'static Call) -> Answer {
    Box::pin(run(cx, call))
}

async fn run(mut cx: Box<Cx>, call: &'static Call) -> Response<Body> {
    let gates = cx.core.gateway().gates;
    cx.unread = cx.is_fast() && !gates.iter().any(|gate| gate.speaks());
    let answer = exchange(&mut cx, call).await;
    finish(cx, answer)
}

/// The response that the client gets, and its line in the access log.
pub(crate) fn finish(mut cx: Box<Cx>, answer: Result<Response<Body>, Reject>) -> Response<Body> {
    let mut response = match answer {
        Ok(response) => response,
        Err(reject) => {
            if let Some(record) = &mut cx.record {
                record.outcome = Some(reject.outcome());
            }
            reject.answer(cx.core.gateway(), &cx.marks)
        }
    };
    if let Some(record) = &mut cx.record {
        record.status = response.status().as_u16();
    }
    response.body_mut().record(cx.record.take());
    cx.end();
    response
}

/// The upstream's answer, of which the head has come.
pub(crate) async fn exchange(cx: &mut Cx, call: &'static Call) -> Result<Response<Body>, Reject> {
    let admitted = admit(cx, call)?;
    let upload = upload(cx, call);
    let answer = attempts(cx, call, upload).await;
    admitted.settle(&answer);
    answer
}

/// The answer of the host whose turn it is, or of another one where that is safe.
pub(crate) async fn attempts(
    cx: &mut Cx,
    call: &'static Call,
    upload: Option<Rc<Feed>>,
) -> Result<Response<Body>, Reject> {
    let aim = Aim {
        target: call.upstream.next_target(),
        path: None,
    };
    cx.patience = again::patience(cx, call, aim.target);
    if call.retry.is_on() {
        call.retry.pay();
        if let Some(upload) = &upload {
            upload.keep(call.retry.body);
        }
    }
    let answer = attempt(cx, call, &aim, upload.clone()).await;
    match again::after(cx, call, aim.target, answer, upload) {
        After::Nothing(answer) => answer,
        After::More(attempts) => attempts.await,
    }
}

/// What comes before the first attempt: the log learns whom it is about, the guards are asked.
///
/// # Errors
/// What a guard says that does not admit the call.
pub(crate) fn admit(cx: &mut Cx, call: &'static Call) -> Result<Admitted, Reject> {
    if let Some(record) = &mut cx.record {
        record.upstream = Some(call.upstream.label);
    }
    Admitted::to(call, cx)
}

/// The client's request body, as far as there is one. All attempts of a call share it.
pub(crate) fn upload(cx: &mut Cx, call: &'static Call) -> Option<Rc<Feed>> {
    let body = cx.body.take()?;
    let upload = Feed::of(body, call.max_body);
    if let Some(record) = &mut cx.record {
        record.upload.clone_from(&upload);
    }
    upload
}

/// One exchange with one host. Where a kept connection turns out to be stale, it is made over a fresh one.
///
/// # Errors
/// [`Reject::Upstream`] if there is no answer; everything else is the client's doing.
pub(crate) async fn attempt(
    cx: &mut Cx,
    call: &'static Call,
    aim: &Aim,
    upload: Option<Rc<Feed>>,
) -> Result<Response<Body>, Reject> {
    let slot = cx.core.pools.slot(aim.target, cx.core.gateway());
    let mut silence = Silence::new(call.timeout);
    let websocket = tunnel::is_wanted(cx);
    // A connection that becomes a tunnel never comes back, and a stale one could not be told.
    let mut kept = if websocket { None } else { slot.take() };
    loop {
        let reused = kept.is_some();
        let connection = match kept.take() {
            Some(connection) => connection,
            None => Rc::clone(&slot)
                .connect_within(cx.patience, cx.core.settings)
                .await
                .map_err(|error| failed(&slot, call, error))?,
        };
        let hold = reused.then(|| Rc::clone(connection.traffic()));
        let body = Feed::upload(upload.as_ref(), hold);
        let head = head::build(cx, call, aim, body.length(), websocket)?;
        let method = call.method.unwrap_or(&cx.head.method);
        let to_head = *method == Method::HEAD;
        let reader = if cx.unread {
            Reader::Nobody
        } else {
            Reader::Anyone
        };
        let mut exchange = Exchange::new(connection, head, body, to_head, reader);
        let outcome = poll_fn(|task| match exchange.poll_answer(task) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending => silence.poll(task, upload.as_deref()).map(Err),
        });
        let outcome = outcome.await;
        let untouched = exchange.traffic().written() == 0;
        if let (false, Some(feed)) = (untouched, &upload) {
            feed.written();
        }
        let error = match outcome {
            Ok(Ok(head)) if head.parts.status == StatusCode::SWITCHING_PROTOCOLS => {
                return if websocket {
                    slot.answered(head.parts.status);
                    Ok(switched(head.parts, exchange.switched(), call))
                } else {
                    Err(failed(&slot, call, UpstreamError::Switched))
                };
            }
            Ok(Ok(head)) => {
                silence.broken();
                slot.answered(head.parts.status);
                // What needs no more of the upstream gives its connection back before the client gets it.
                let body = if let Some(whole) = exchange.take_whole() {
                    slot.put(exchange);
                    Body::whole(whole)
                } else {
                    Body::upstream(Download::new(exchange, slot, silence, upload))
                };
                return Ok(answered(cx, head, body));
            }
            Ok(Err(error)) => error,
            Err(bound) if upload.as_ref().is_some_and(|feed| feed.waits_for_client()) => {
                return Err(Reject::BodyTimeout(bound));
            }
            Err(bound) => return Err(failed(&slot, call, UpstreamError::Silent(bound))),
        };
        if let Some(reject) = upload.as_ref().and_then(|feed| feed.fault()) {
            return Err(reject);
        }
        // A kept connection may have been closed by its upstream a moment ago. One fresh attempt is safe if nothing of
        // the request can have been acted upon.
        let again = reused
            && exchange.traffic().read() == 0
            && match &upload {
                Some(feed) => untouched && feed.rewind(),
                None => untouched || is_idempotent(method),
            };
        if !again {
            return Err(failed(&slot, call, UpstreamError::Exchange(error)));
        }
    }
}

/// There is no answer.
fn failed(slot: &Slot, call: &Call, error: UpstreamError) -> Reject {
    slot.failed(&error);
    Reject::Upstream(call.upstream.label, Box::new(error))
}

/// The upstream's answer as the client gets it.
fn answered(cx: &mut Cx, head: Head, body: Body) -> Response<Body> {
    if let Some(record) = &mut cx.record {
        record.first_byte = Some(record.started.elapsed());
    }
    let Head {
        mut parts,
        mut passed,
        ..
    } = head;
    let gateway = cx.core.gateway();
    if let Some(passed) = &mut passed {
        cx.marks.put_lines(passed, gateway);
    } else {
        strip_hop_by_hop(&mut parts.headers);
        cx.marks.put(&mut parts.headers, gateway);
    }
    // The upstream's version ends at this hop too.
    parts.version = Version::HTTP_11;
    Response::from_parts(parts, body.behind(passed))
}

/// The upstream speaks WebSocket; its answer makes the client do so too. It carries no brand (BR-5).
fn switched(mut head: Parts, connection: Connection, call: &'static Call) -> Response<Body> {
    strip_hop_by_hop(&mut head.headers);
    brand::hide_engine(&mut head.headers);
    tunnel::shake_hands(&mut head.headers);
    head.version = Version::HTTP_11;
    Response::from_parts(head, Body::tunnel(Tunnel::new(connection, call.timeout)))
}

/// RFC 9110 9.2.2.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::{call::Call, cx::Cx};

    fn size_of_future<F>(_: impl Fn(Box<Cx>, &'static Call) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn the_future_stays_in_the_allocators_fast_path() {
        let size = size_of_future(run);

        assert!(
            size <= 1032,
            "the forward future has {size} bytes; put what is rare behind a box"
        );
    }
}
