//! What a client is told when its request was for a writer and none has taken it.
//!
//! `error` is for programs; where a request may have been carried out, or could not be sent again, a `message` says so.

use crate::reject::Own;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Nobody leads (HA-9). `retry_after` is in seconds.
pub(super) fn no_writer(retry_after: u64) -> Own {
    Own::new(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"no_writer"}"#)
        .with(header::RETRY_AFTER, HeaderValue::from(retry_after))
        .because("no writer is known".to_owned())
}

/// What is known of a request that no writer has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was not carried out.
    NotTaken,
    /// Nor that, and it could not be sent again: only so many bytes of a body are held.
    TooLong(u64),
    /// It may have been carried out (BUG-11).
    Unsure,
}

/// As HA-11 has it; `log` says what has happened, for the access log.
pub(super) fn writer_unreachable(fate: Fate, retry_after: u64, log: String) -> Own {
    const ERROR: &str = "writer_unreachable";
    let body = match fate {
        Fate::NotTaken => json!({ "error": ERROR }),
        Fate::TooLong(held) => json!({
            "error": ERROR,
            "message": format!("the writer has changed; a request body of more than {held} bytes is not sent twice"),
        }),
        Fate::Unsure => json!({
            "error": ERROR,
            "message": "the writer gave no answer; the request may have been carried out",
        }),
    };
    let own = Own::new(StatusCode::SERVICE_UNAVAILABLE, body.to_string()).because(log);
    match fate {
        // Whoever sends it again does so knowingly.
        Fate::Unsure => own,
        Fate::NotTaken | Fate::TooLong(_) => {
            own.with(header::RETRY_AFTER, HeaderValue::from(retry_after))
        }
    }
}
