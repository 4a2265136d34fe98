//! One line per request, written when its response body has ended, failed, or been left by the client.
//!
//! A stranger chooses the path and the query of that line: secrets in it are masked, its length is bounded, and the
//! formats of [`crate::log`] escape it, so that no request can forge a second line.

use crate::redact;
use http::Method;
use std::{net::IpAddr, time::Duration};

/// Bytes of path and query in a line; what is longer ends in `…`.
const MAX_PATH: usize = 2 * 1024;

/// What became of one request.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub method: &'a Method,
    /// As the client sent it.
    pub path_and_query: &'a str,
    /// The pattern that matched; `None` is a 404 or 405.
    pub route: Option<&'a str>,
    /// What was sent; 499 if the client left before the end of its answer.
    pub status: u16,
    pub client: IpAddr,
    /// The version of TLS that the client speaks, if it does.
    pub tls: Option<&'static str>,
    pub request_id: &'a str,
    /// Label of the upstream that was called.
    pub upstream: Option<&'static str>,
    /// From the request head to the end of the response body.
    pub duration: Duration,
    /// From the request head to the upstream's response head.
    pub first_byte: Option<Duration>,
    /// Bytes of the request body that were read.
    pub bytes_in: u64,
    /// Bytes of the response body that were sent.
    pub bytes_out: u64,
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The answer, whatever its status, went out whole.
    Complete,
    /// The client left first. Not an error of ours.
    ClientGone,
    /// The upstream could not be reached, or broke off; with the cause.
    UpstreamFailed(String),
    /// The upstream was silent for too long.
    TimedOut,
    /// The client may not, and this is why.
    Refused(String),
}

/// Logs `entry` at level INFO.
pub(crate) fn record(entry: &Entry) {
    let (outcome, error) = match &entry.outcome {
        Outcome::Complete => ("complete", None),
        Outcome::ClientGone => ("client_gone", None),
        Outcome::UpstreamFailed(cause) => ("upstream_failed", Some(cause.as_str())),
        Outcome::TimedOut => ("timed_out", None),
        Outcome::Refused(why) => ("refused", Some(why.as_str())),
    };
    tracing::info!(
        target: "access",
        method = entry.method.as_str(),
        path = &*path(entry.path_and_query),
        status = entry.status,
        duration_ms = milliseconds(entry.duration),
        first_byte_ms = entry.first_byte.map(milliseconds),
        client = %entry.client,
        tls = entry.tls,
        route = entry.route,
        upstream = entry.upstream,
        bytes_in = entry.bytes_in,
        bytes_out = entry.bytes_out,
        request_id = entry.request_id,
        outcome,
        error,
        "request"
    );
}

/// The path and query as they may be logged: bounded, then masked.
///
/// In this order, for masking costs time by the byte. A cut inside a name cannot show a value, for the value is cut
/// too; a cut inside a value leaves its whole name.
fn path(path_and_query: &str) -> std::borrow::Cow<'_, str> {
    if path_and_query.len() <= MAX_PATH {
        return redact::query(path_and_query);
    }
    let end = path_and_query.floor_char_boundary(MAX_PATH);
    let mut bounded = redact::query(&path_and_query[..end]).into_owned();
    bounded.push('…');
    bounded.into()
}

/// Milliseconds with microseconds behind the point, which is what a person compares and a dashboard sums.
#[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_masked_and_bounded() {
        let long = "x".repeat(MAX_PATH);
        let euro = format!("/{}€", "x".repeat(MAX_PATH - 2));
        let cases = [
            ("/v1/models", "/v1/models".to_owned()),
            (
                "/v1/models?api_key=abc&limit=2",
                "/v1/models?api_key=***&limit=2".to_owned(),
            ),
            (&*long, long.clone()),
            (&*format!("{long}tail"), format!("{long}…")),
            (&*euro, format!("/{}…", "x".repeat(MAX_PATH - 2))),
            (
                &*format!("/?token=ab{long}"),
                "/?token=***…".to_owned(), // a value that is cut is masked still
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(path(input), expected, "for {input:.40}");
        }
    }

    #[test]
    fn durations_keep_their_microseconds() {
        for (duration, expected) in [
            (Duration::ZERO, 0.0),
            (Duration::from_micros(1), 0.001),
            (Duration::from_micros(20_500), 20.5),
            (Duration::from_hours(2), 7_200_000.0),
        ] {
            assert!(
                (milliseconds(duration) - expected).abs() < 1e-9,
                "for {duration:?}"
            );
        }
    }
}
