//! The one future of a signed answer: forwarded, read to its end, spliced, and only then given to the client.

use super::{Signer, refusal, splice::splice};
use crate::{
    body::{Body, BodyError},
    call::Call,
    cx::Cx,
    endpoint::{Answer, Finish},
    forward,
    reject::Reject,
    upstream::UpstreamError,
};
use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, response::Parts,
};
use http_body_util::BodyExt;
use tokio::time::timeout;

/// Bytes of an answer: it is held in memory, once as it came and once signed.
const MAX_ANSWER: usize = 1024 * 1024;

/// What says something about bytes that are not those of the backend any more.
const ABOUT_THE_BYTES: [HeaderName; 9] = [
    header::ACCEPT_RANGES,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ETAG,
    header::TRAILER,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("repr-digest"),
];

impl Finish for Signer {
    fn start(&'static self, cx: Box<Cx>, call: &'static Call) -> Answer {
        Box::pin(run(cx, call, self))
    }
}

async fn run(mut cx: Box<Cx>, call: &'static Call, signer: &'static Signer) -> Response<Body> {
    cx.whole = true;
    // Two ways out of being read here: a tunnel, and a part that looks like a whole.
    for name in [header::UPGRADE, header::RANGE, header::IF_RANGE] {
        cx.head.headers.remove(&name);
    }
    let answer = match forward::exchange(&mut cx, call).await {
        Ok(answer) => signer.signed(&cx, call, answer).await,
        Err(reject) => Err(reject),
    };
    forward::finish(cx, answer)
}

impl Signer {
    async fn signed(
        &self,
        cx: &Cx,
        call: &Call,
        answer: Response<Body>,
    ) -> Result<Response<Body>, Reject> {
        let bad = |why: &str| Reject::from(refusal(cx, StatusCode::BAD_GATEWAY, why));
        let (mut head, body) = answer.into_parts();
        if self.composed && !matches!(head.status, StatusCode::OK | StatusCode::CREATED) {
            return Err(bad(&format!(
                "the upstream answered {}",
                head.status.as_u16()
            )));
        }
        if head.status == StatusCode::PARTIAL_CONTENT {
            return Err(bad("the upstream answered with a part"));
        }
        if is_encoded(&head.headers) {
            return Err(bad(
                "the upstream's answer is compressed, though it was asked not to",
            ));
        }
        let whole = match timeout(call.timeout, collect(body)).await {
            Ok(Ok(whole)) => whole,
            Ok(Err(Broken::TooLong)) => {
                return Err(bad(&format!(
                    "the upstream's answer is longer than {MAX_ANSWER} bytes"
                )));
            }
            Ok(Err(Broken::Body(BodyError::Silent(bound)))) => return Err(late(call, bound)),
            Ok(Err(Broken::Body(BodyError::BrokenOff(error)))) => {
                let error = Box::new(UpstreamError::Exchange(error));
                return Err(Reject::Upstream(call.upstream.label, error));
            }
            Ok(Err(Broken::Body(why @ BodyError::Lost(_)))) => return Err(bad(&why.to_string())),
            Err(_) => return Err(late(call, call.timeout)),
        };
        for name in ABOUT_THE_BYTES {
            head.headers.remove(name);
        }
        if whole.is_empty() && !self.composed || cx.head.method == Method::HEAD {
            return Ok(self.shaped(cx, head, Bytes::new()));
        }
        let Some(key) = self.key() else {
            return Err(bad("there is no key to sign with"));
        };
        match splice(&whole, self.names, |claims| self.token(key, claims)) {
            Ok(signed) => Ok(self.shaped(cx, head, signed.into())),
            // The page that stands beside an error or a redirect: what it has cannot be told, so it stays here.
            Err(why) if !head.status.is_success() => {
                tracing::debug!(
                    "auth/signer: the body of a {} is dropped: {why}",
                    head.status
                );
                Ok(self.shaped(cx, head, Bytes::new()))
            }
            Err(why) => Err(bad(&why.to_string())),
        }
    }

    fn shaped(&self, cx: &Cx, mut head: Parts, body: Bytes) -> Response<Body> {
        if self.composed {
            head.status = StatusCode::OK;
            head.headers = HeaderMap::new();
            let json = const { HeaderValue::from_static("application/json; charset=utf-8") };
            head.headers.insert(header::CONTENT_TYPE, json);
            cx.marks.put(&mut head.headers, cx.core.gateway());
        }
        Response::from_parts(head, Body::full(body))
    }
}

fn late(call: &Call, bound: std::time::Duration) -> Reject {
    Reject::Upstream(call.upstream.label, Box::new(UpstreamError::Silent(bound)))
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"identity"))
}

enum Broken {
    TooLong,
    Body(BodyError),
}

/// All of it; trailers say nothing that holds after it was signed.
async fn collect(mut body: Body) -> Result<Bytes, Broken> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.map_err(Broken::Body)?.data_ref() {
            if data.len() > MAX_ANSWER - whole.len() {
                return Err(Broken::TooLong);
            }
            whole.extend_from_slice(data);
        }
    }
    Ok(whole.freeze())
}
