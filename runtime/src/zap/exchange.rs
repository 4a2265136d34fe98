//! The future of one call by ZAP.

use super::{
    backend::Zap,
    codec::{Malformed, Message},
    http::{MAX_BODY, Request, Response, fields, kind, legacy, stream},
    link::Ticket,
    peer::PeerError,
    pieces::Pieces,
};
use crate::{
    body::Body,
    call::Call,
    cx::Cx,
    endpoint::Answer,
    forward,
    h1::{self, Bounds},
    reject::Reject,
    request::Head,
    tunnel,
    upstream::{Aim, Feed, Length, Silence, Upload, UpstreamError, head},
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Version, header};
use std::{future::poll_fn, rc::Rc, task::Poll};
use tokio::time::{Instant, timeout_at};

/// Lines of a head that the gateway says itself.
const MOST_OF_OURS: usize = 16;

/// What was not to be had by ZAP.
enum Miss {
    /// The request can go another way: the peer cannot have acted upon it, or it does no harm to do so twice.
    Elsewhere(PeerError),
    /// It cannot.
    Final(Reject),
}

pub(super) fn start(cx: Box<Cx>, call: &'static Call, zap: &'static Zap) -> Answer {
    Box::pin(run(cx, call, zap))
}

async fn run(mut cx: Box<Cx>, call: &'static Call, zap: &'static Zap) -> http::Response<Body> {
    let answer = match forward::admit(&mut cx, call) {
        Ok(admitted) => {
            let answer = exchange(&mut cx, call, zap).await;
            admitted.settle(&answer);
            answer
        }
        Err(reject) => Err(reject),
    };
    forward::finish(cx, answer)
}

async fn exchange(
    cx: &mut Cx,
    call: &'static Call,
    zap: &'static Zap,
) -> Result<http::Response<Body>, Reject> {
    let upload = upload(cx, call);
    let aim = Aim {
        target: call.upstream.next_target(),
        path: None,
    };
    // A WebSocket has no request and no response, and `--mock` speaks HTTP.
    let can = !tunnel::is_wanted(cx) && cx.core.settings.mock.is_none();
    if can {
        match ask(cx, call, zap, &aim, upload.as_ref()).await {
            Ok(response) => return Ok(response),
            Err(Miss::Final(reject)) => return Err(reject),
            Err(Miss::Elsewhere(why)) => {
                if upload.as_ref().is_some_and(|feed| !feed.rewind()) {
                    return Err(failed(cx, call, &aim, why));
                }
                if let Some(shared) = zap.shared() {
                    shared.counts.fallbacks.add(1);
                }
                tracing::debug!("zap: by HTTP instead: {why}");
            }
        }
    }
    forward::attempts(cx, call, upload).await
}

/// Counted where the failures of this upstream are, whichever way it is called.
fn failed(cx: &Cx, call: &Call, aim: &Aim, why: PeerError) -> Reject {
    let why = UpstreamError::Zap(why);
    cx.core
        .pools
        .slot(aim.target, cx.core.gateway())
        .failed(&why);
    Reject::Upstream(call.upstream.label, Box::new(why))
}

/// The client's body, all of which is kept: it is sent as a whole, and perhaps once more by HTTP.
fn upload(cx: &mut Cx, call: &Call) -> Option<Rc<Feed>> {
    // gwc sees to it that no call takes more than a frame does.
    let most = call.max_body.min(MAX_BODY as u64);
    let upload = Feed::of(cx.body.take()?, most)?;
    upload.keep(most);
    if let Some(record) = &mut cx.record {
        record.upload = Some(Rc::clone(&upload));
    }
    Some(upload)
}

/// One call of the peer.
async fn ask(
    cx: &mut Cx,
    call: &'static Call,
    zap: &'static Zap,
    aim: &Aim,
    upload: Option<&Rc<Feed>>,
) -> Result<http::Response<Body>, Miss> {
    let shared = zap
        .shared()
        .ok_or(Miss::Elsewhere(PeerError::Undiscovered))?;
    let bound = zap.timeout_of(call);
    // Who waits for a connection must have time left for the other way.
    let patience = cx.core.gateway().connect_timeout.min(bound / 2);
    let peer = shared.on_this_core();
    let link = peer.link(&cx.core, Instant::now() + patience).await;
    drop(link.map_err(Miss::Elsewhere)?);

    let body = Feed::upload(upload, None);
    let mut head = head(cx, call, aim, body.length()).map_err(Miss::Final)?;
    let body = collect(body, upload, call).await.map_err(Miss::Final)?;
    let in_pieces = zap.answers_in_pieces();
    head.headers.remove(&stream::ASKED_BY);
    if in_pieces {
        let one = const { HeaderValue::from_static("1") };
        head.headers.append(&stream::ASKED_BY, one);
    }
    let headers = fields::encode(head.headers.by_name());
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        headers: &headers,
        body: b"",
        query: head.uri.query().unwrap_or(""),
    };
    let bad = |why: Malformed| Miss::Final(bad_request(cx, why));
    let request = request.checked().map_err(bad)?;
    // The body took its time, in which the connection may have gone.
    let link = peer.link(&cx.core, Instant::now() + patience).await;
    let link = link.map_err(Miss::Elsewhere)?;
    let mut ticket = link.call(in_pieces, |id| {
        if zap.is_legacy() {
            legacy::encode_with(&request, &body, id)
        } else {
            request.encode_with(&body, id)
        }
    });
    drop(link);
    let arrived = timeout_at(Instant::now() + bound, poll_fn(|task| ticket.poll(task))).await;
    let message = match arrived {
        Ok(Ok(message)) => message,
        Ok(Err(why)) if ticket.is_untouched() || forward::is_idempotent(&head.method) => {
            return Err(Miss::Elsewhere(why));
        }
        Ok(Err(why)) => return Err(Miss::Final(failed(cx, call, aim, why))),
        Err(_) => {
            ticket.doubt();
            shared.counts.late.add(1);
            let late = PeerError::Late(bound);
            return Err(Miss::Final(failed(cx, call, aim, late)));
        }
    };
    match answered(cx, call, &head.method, message, ticket) {
        Ok(response) => {
            let slot = cx.core.pools.slot(aim.target, cx.core.gateway());
            slot.answered(response.status());
            Ok(response)
        }
        Err(why) => Err(Miss::Final(failed(cx, call, aim, why.into()))),
    }
}

/// The head that the peer gets: what goes to an upstream of HTTP, read as a peer would read it.
fn head(cx: &Cx, call: &'static Call, aim: &Aim, length: Length) -> Result<Head, Reject> {
    let text = Bytes::from(head::build(cx, call, aim, length, false)?);
    let bounds = Bounds {
        bytes: text.len(),
        fields: cx.head.headers.len() + cx.added.len() + MOST_OF_OURS,
    };
    let none = |_| bad_request(cx, Malformed::Content("a request whose head is none"));
    Ok(h1::head::request::read(&text, bounds)
        .map_err(none)?
        .request)
}

fn bad_request(cx: &Cx, why: Malformed) -> Reject {
    let message = format!("this cannot be sent by ZAP: {why}");
    crate::reject::Own::told(StatusCode::BAD_REQUEST, &message, &cx.marks).into()
}

/// The whole body of the request, in the pieces in which it came.
async fn collect(
    mut body: Upload,
    upload: Option<&Rc<Feed>>,
    call: &Call,
) -> Result<Vec<Bytes>, Reject> {
    let Some(feed) = upload else {
        return Ok(Vec::new());
    };
    let mut silence = Silence::new(call.timeout);
    let mut pieces = Vec::new();
    loop {
        let polled = poll_fn(|task| match body.poll_frame(task) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
            Poll::Pending => silence.poll(task, Some(feed)).map(Err),
        });
        match polled.await {
            Ok(None) => return Ok(pieces),
            // Trailers are not for this hop.
            Ok(Some(Ok(frame))) => pieces.extend(frame.into_data()),
            Ok(Some(Err(_))) => return Err(feed.fault().unwrap_or(Reject::BodyCutShort)),
            Err(bound) => return Err(Reject::BodyTimeout(bound)),
        }
    }
}

/// The peer's answer as the client gets it.
fn answered(
    cx: &mut Cx,
    call: &'static Call,
    method: &Method,
    message: Bytes,
    ticket: Ticket,
) -> Result<http::Response<Body>, Malformed> {
    let parsed = Message::parse(&message)?;
    let answer = Response::decode(&parsed)?;
    let mut headers = fields::decode(answer.headers)?;
    if let Some(record) = &mut cx.record {
        record.first_byte = Some(record.started.elapsed());
    }
    let is_head = *method == Method::HEAD;
    let bodiless = is_head
        || matches!(
            answer.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    if !is_head {
        headers.remove(header::CONTENT_LENGTH);
    }
    cx.marks.put(&mut headers, cx.core.gateway());
    let body = match parsed.kind() {
        _ if bodiless => Body::full(Bytes::new()),
        kind::HEAD => Body::other(Pieces::new(ticket, call.timeout)),
        _ => Body::full(message.slice_ref(answer.body)),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = answer.status;
    *response.version_mut() = Version::HTTP_11;
    *response.headers_mut() = headers;
    Ok(response)
}
