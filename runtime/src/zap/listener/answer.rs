//! From a request to the frames that answer it: exactly one answer, whatever happens.

use super::{
    Desk,
    request::{self, Asked, Refusal},
};
use crate::{
    body::{Body, BodyError},
    serve::Service,
    zap::{
        codec::MAX_FRAME,
        http::{
            End, MAX_HEADERS, Piece, Response, cloud, fields, kind,
            stream::{Ending, MAX_PIECE},
        },
    },
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, response::Parts};
use http_body_util::BodyExt;
use tokio::sync::mpsc::Sender;

/// What a frame needs besides headers and body.
const AROUND: usize = 64;

/// Answers call `id`. Ended early, it ends what the gateway does for it.
pub(super) async fn answer(
    desk: &'static Desk,
    service: &Service,
    id: u32,
    message: Bytes,
    out: Sender<Bytes>,
) {
    let desired = message.get(7).copied().unwrap_or(kind::REQUEST);
    let asked = match request::read(&message, desk) {
        Ok(asked) => asked,
        Err(refusal) => {
            let (status, why) = match refusal {
                Refusal::Malformed(why) => (StatusCode::BAD_REQUEST, why.to_string()),
                Refusal::TooLarge(most) => (
                    StatusCode::PAYLOAD_TOO_LARGE,
                    format!("the request body is longer than {most} bytes"),
                ),
            };
            return send(&out, own(id, desired, status, &why)).await;
        }
    };
    // The body has its share of it.
    drop(message);
    let Asked { request, in_pieces } = asked;
    let is_head = *request.method() == Method::HEAD;
    let (head, body) = request.into_parts();
    let response = match service.answer(head.into(), body).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (head, body) = response.into_parts();
    let headers = fields::encode(&head.headers);
    if headers.len() > MAX_HEADERS {
        let why = "the answer's headers do not fit into a frame";
        return send(&out, own(id, desired, StatusCode::BAD_GATEWAY, why)).await;
    }
    let bodiless = is_head
        || matches!(
            head.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    if in_pieces && !bodiless && desired == kind::REQUEST {
        return pieces(id, &head, &headers, body, &out).await;
    }
    let whole = if bodiless {
        drop(body);
        Ok(Bytes::new())
    } else {
        collect(body, MAX_FRAME - AROUND - headers.len()).await
    };
    let frame = match whole {
        Ok(body) => framed(id, desired, head.status, &headers, &body),
        Err(why) => own(id, desired, why.status(), why.says()),
    };
    send(&out, frame).await;
}

/// A client that is gone needs no answer.
async fn send(out: &Sender<Bytes>, frame: Bytes) {
    let _ = out.send(frame).await;
}

fn framed(id: u32, desired: u8, status: StatusCode, headers: &[u8], body: &[u8]) -> Bytes {
    match desired {
        kind::CLOUD => cloud::answer(id, status, body),
        // The Go gateway looks at no type, and reads status and body there too.
        _ => Response {
            status,
            body,
            headers,
        }
        .encode(id, kind::RESPONSE),
    }
}

/// An answer of the listener's own.
fn own(id: u32, desired: u8, status: StatusCode, why: &str) -> Bytes {
    let body = serde_json::json!({ "message": why }).to_string();
    let headers = br#"{"Content-Type":["application/json; charset=utf-8"]}"#;
    framed(id, desired, status, headers, body.as_bytes())
}

/// Why an answer is not sent as one frame.
enum Unfit {
    TooLong,
    Broken,
    Silent,
}

impl Unfit {
    fn status(&self) -> StatusCode {
        match self {
            Unfit::TooLong | Unfit::Broken => StatusCode::BAD_GATEWAY,
            Unfit::Silent => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn says(&self) -> &'static str {
        match self {
            Unfit::TooLong => {
                "the answer does not fit into a frame: ask for it in pieces (zap-stream: 1)"
            }
            Unfit::Broken => "the upstream broke off",
            Unfit::Silent => "the upstream took too long",
        }
    }
}

impl From<BodyError> for Unfit {
    fn from(why: BodyError) -> Unfit {
        match why {
            BodyError::Silent(_) => Unfit::Silent,
            _ => Unfit::Broken,
        }
    }
}

/// All of a body. What is of one piece is not copied.
async fn collect(mut body: Body, most: usize) -> Result<Bytes, Unfit> {
    let mut pieces: Vec<Bytes> = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        length += data.len();
        if length > most {
            return Err(Unfit::TooLong);
        }
        pieces.push(data);
    }
    Ok(match <[Bytes; 1]>::try_from(pieces) {
        Ok([only]) => only,
        Err(several) => several.concat().into(),
    })
}

/// A body as it comes. Waits while the client does not read, and with it the upstream.
async fn pieces(id: u32, head: &Parts, headers: &[u8], mut body: Body, out: &Sender<Bytes>) {
    let first = Response {
        status: head.status,
        body: b"",
        headers,
    };
    if out.send(first.encode(id, kind::HEAD)).await.is_err() {
        return;
    }
    let mut number = 0;
    let mut trailers = HeaderMap::new();
    let mut result = Ending::Complete;
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => {
                for bytes in data.chunks(MAX_PIECE) {
                    if out.send(Piece { number, bytes }.encode(id)).await.is_err() {
                        return;
                    }
                    number += 1;
                }
            }
            Ok(Err(frame)) => trailers = frame.into_trailers().unwrap_or_default(),
            Err(BodyError::Silent(_)) => result = Ending::Limited,
            Err(_) => result = Ending::Aborted,
        }
        if result != Ending::Complete {
            break;
        }
    }
    let end = End {
        pieces: number,
        result,
        trailers: &fields::encode(&trailers),
    };
    send(out, end.encode(id)).await;
}
