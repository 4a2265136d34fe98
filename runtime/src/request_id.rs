//! `X-Request-Id`: taken from the client or made, forwarded, echoed and logged.

use crate::request::{Headers, Kind};
use bytes::BytesMut;
use http::HeaderValue;
use std::cell::RefCell;

/// Bytes of a client's request id. A longer one is replaced.
const MAX_LEN: usize = 128;
/// Bytes of ours.
const LEN: usize = 32;
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The client's id if it is 1 to 128 visible ASCII characters, else a fresh one of 32 hex digits.
pub(crate) fn of(headers: &Headers) -> HeaderValue {
    let told = headers.keep_of(Kind::RequestId);
    told.filter(|id| acceptable(id.as_bytes()))
        .unwrap_or_else(fresh)
}

/// For an answer to a request whose headers were never read.
pub(crate) fn fresh() -> HeaderValue {
    thread_local! {
        /// Ids are cut from it: one allocation for a hundred of them.
        static ROLL: RefCell<BytesMut> = RefCell::default();
    }
    let mut id = [0; LEN];
    let random = fastrand::u128(..).to_ne_bytes();
    for (digits, byte) in id.chunks_exact_mut(2).zip(random) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
    let id = ROLL.with_borrow_mut(|roll| {
        if roll.capacity() < LEN {
            roll.reserve(100 * LEN);
        }
        roll.extend_from_slice(&id);
        roll.split().freeze()
    });
    // Digits are always a header value.
    HeaderValue::from_maybe_shared(id).unwrap_or(const { HeaderValue::from_static("-") })
}

fn acceptable(id: &[u8]) -> bool {
    (1..=MAX_LEN).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::brand::REQUEST_ID;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_a_harmless_id_is_kept() {
        let long = "x".repeat(128);
        let too_long = "x".repeat(129);
        let table: &[(&[u8], bool)] = &[
            (b"abc-123", true),
            (b"\"quoted\"", true),
            (long.as_bytes(), true),
            (too_long.as_bytes(), false),
            (b"", false),
            (b"two words", false),
            (b"tab\tbed", false),
            ("é".as_bytes(), false),
        ];
        for (id, kept) in table {
            let mut headers = HeaderMap::new();
            headers.insert(&REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
            let answer = of(&headers.into());
            assert_eq!(
                answer.as_bytes() == *id,
                *kept,
                "{:?}",
                String::from_utf8_lossy(id)
            );
            assert!(*kept || answer.len() == 32, "a fresh id has 32 digits");
        }
    }
}
