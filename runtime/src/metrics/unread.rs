//! Requests that were answered before they could be read: malformed, too late, too large, or one too many.

use crate::measure::{Counter, Family, Measures};
use http::StatusCode;

static COUNTERS: [(StatusCode, Counter); 5] = [
    (StatusCode::BAD_REQUEST, Counter::new()),
    (StatusCode::REQUEST_TIMEOUT, Counter::new()),
    (StatusCode::URI_TOO_LONG, Counter::new()),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, Counter::new()),
    (StatusCode::SERVICE_UNAVAILABLE, Counter::new()),
];

static UNREAD: Family = Family {
    name: "gateway_unread_requests_total",
    help: "Answers to what could not be read as a request, by status",
};

/// Such an answer was given.
pub(crate) fn unread(status: StatusCode) {
    debug_assert!(
        COUNTERS.iter().any(|(known, _)| *known == status),
        "{status} is not counted"
    );
    if let Some((_, counter)) = COUNTERS.iter().find(|(known, _)| *known == status) {
        counter.add(1);
    }
}

pub(super) fn measure(to: &mut dyn Measures) {
    for (status, counter) in &COUNTERS {
        to.counter(&UNREAD, &[("status", status.as_str())], counter.get());
    }
}
