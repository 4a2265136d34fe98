//! What the edge answers instead of asking a backend (AUTH 1.8). Keys are in the order of the alphabet, as the bodies
//! always were: clients compare them.

use crate::reject::Own;
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};

/// E1: no token where there must be one.
pub(super) fn no_identity() -> Own {
    Own::new(
        StatusCode::UNAUTHORIZED,
        r#"{"error":"unauthorized","message":"Authentication required"}"#,
    )
    .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// E2: a token that is not believed; `detail` says why and repeats nothing of it.
pub(super) fn invalid_token(detail: &str) -> Own {
    Own::new(
        StatusCode::UNAUTHORIZED,
        format!(
            r#"{{"detail":{},"error":"unauthorized","message":"Invalid token"}}"#,
            quoted(detail)
        ),
    )
    .with(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    )
}

/// E3: nothing left to spend.
pub(super) fn nothing_left(billing_id: &str) -> Own {
    Own::new(
        StatusCode::PAYMENT_REQUIRED,
        format!(
            r#"{{"error":"insufficient_balance","message":"Your account has insufficient balance. Please add funds at the platform billing page","user":{}}}"#,
            quoted(billing_id)
        ),
    )
}

/// AUTH-33: nobody knows what is left, and the gateway is told to be sure.
pub(super) fn billing_unavailable() -> Own {
    Own::new(
        StatusCode::SERVICE_UNAVAILABLE,
        r#"{"error":"billing_unavailable","message":"Billing is temporarily unavailable. Please retry shortly."}"#,
    )
    .with(
        http::header::RETRY_AFTER,
        HeaderValue::from_static("1"),
    )
}

fn quoted(text: &str) -> Value {
    json!(text)
}
