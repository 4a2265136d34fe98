//! What the API says.

use crate::revoker::{Revoker, Started};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};
use std::{sync::atomic::Ordering::Relaxed, time::Instant};

/// An answer; all but the good ones have a `message`.
#[derive(Debug)]
pub(super) enum Answer {
    Status(Value),
    Revoked(bool),
    Added(usize),
    /// 400, and why.
    Wrong(String),
    /// 401.
    Stranger,
    /// 404.
    NoPath,
    /// 405, and the methods that there are.
    Method(&'static str),
    /// 408.
    TooSlow,
    /// 413, and the bytes that there may be.
    TooLarge(usize),
}

impl Answer {
    pub fn status(revoker: &Revoker, started: &Started) -> Answer {
        let now = Instant::now();
        let report = started.rotation.report(now);
        let filters = ["previous", "current", "next"].iter().zip(report.counts);
        let filters: serde_json::Map<String, Value> = filters
            .map(|(name, count)| {
                let odds = count.false_positives(report.bits, report.hashes);
                let told = json!({
                    "elements": count.added,
                    "bits_set": count.set,
                    "false_positives": odds,
                });
                ((*name).to_owned(), told)
            })
            .collect();
        let [previous, current, _] = report
            .counts
            .map(|count| count.false_positives(report.bits, report.hashes));
        Answer::Status(json!({
            "claims": revoker.claims,
            "elements_expected": revoker.elements,
            "bits": report.bits,
            "hashes": report.hashes,
            "ttl_seconds": revoker.ttl.as_secs(),
            "up_seconds": now.saturating_duration_since(started.since).as_secs(),
            "rotations": report.turns,
            "rotated_seconds_ago": report.age.as_secs(),
            "filters": filters,
            "false_positives": 1.0 - (1.0 - previous) * (1.0 - current),
            "tokens_refused": started.refused.load(Relaxed),
        }))
    }

    fn code(&self) -> StatusCode {
        match self {
            Answer::Status(_) | Answer::Revoked(_) | Answer::Added(_) => StatusCode::OK,
            Answer::Wrong(_) => StatusCode::BAD_REQUEST,
            Answer::Stranger => StatusCode::UNAUTHORIZED,
            Answer::NoPath => StatusCode::NOT_FOUND,
            Answer::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Answer::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Answer::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    fn json(&self) -> Value {
        let message = match self {
            Answer::Status(status) => return status.clone(),
            Answer::Revoked(revoked) => return json!({ "revoked": revoked }),
            Answer::Added(elements) => return json!({ "added": elements }),
            Answer::Wrong(why) => why.clone(),
            Answer::Stranger => {
                "`Authorization: Bearer` with the token of the config's `api_token` is needed"
                    .to_owned()
            }
            Answer::NoPath => "there is `/` and `/revoked`".to_owned(),
            Answer::Method(methods) => format!("only {methods}"),
            Answer::TooSlow => "the body took too long".to_owned(),
            Answer::TooLarge(max) => {
                format!("the body is longer than {max} bytes: send it in parts")
            }
        };
        json!({ "message": message })
    }
}

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(format!("{}\n", answer.json()).into()));
        *response.status_mut() = answer.code();
        let headers = response.headers_mut();
        let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
        say(header::CONTENT_TYPE, "application/json; charset=utf-8");
        say(header::CACHE_CONTROL, "no-store");
        match answer {
            Answer::Stranger => {
                say(header::WWW_AUTHENTICATE, "Bearer");
                // One answer always fits the socket. Who sends many requests and reads nothing would hold a place for ever.
                say(header::CONNECTION, "close");
            }
            Answer::Method(methods) => {
                say(header::ALLOW, methods);
            }
            // What is left of the body is not read.
            Answer::TooLarge(_) | Answer::TooSlow => {
                say(header::CONNECTION, "close");
            }
            _ => {}
        }
        response
    }
}
