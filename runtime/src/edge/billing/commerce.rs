//! The question to Commerce: what has this caller left? (AUTH-30)
//!
//! It goes over the core's own connections to Commerce, which are kept: with one question per caller and few seconds, a
//! connection each would cost more than the question.

use super::ledger::Balance;
use crate::{
    brand,
    h1::head::response::Reader,
    serve::Core,
    upstream::{Exchange, Feed, Target, UpstreamError, head},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, uri::PathAndQuery};
use serde_json::Value;
use std::{rc::Rc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// For the whole answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of its body.
const MAX_BODY: usize = 64 * 1024;

/// Where Commerce is, and how to ask it.
pub(super) struct Commerce {
    pub target: &'static Target,
    /// From the root, without a query.
    pub path: String,
    /// `Bearer …`; marked as sensitive.
    pub authorization: Option<HeaderValue>,
}

/// Why there is no answer. None of these texts has the token or the id in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error(transparent)]
    Unreachable(UpstreamError),
    #[error("no answer within {TIMEOUT:?}")]
    Late,
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer broke off")]
    BrokenOff,
    #[error("its answer is longer than {MAX_BODY} bytes")]
    TooLong,
    #[error("its answer is no balance")]
    NoBalance,
    #[error("the caller's id makes no URL")]
    NoUrl,
}

impl Silence {
    /// Whether others would be answered no better. What is wrong with one caller's account must not stop the questions
    /// about all of them, for then nobody pays.
    pub fn concerns_everyone(&self) -> bool {
        match self {
            Silence::Unreachable(_) | Silence::Late | Silence::BrokenOff => true,
            Silence::Status(status) => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::UNAUTHORIZED
                            | StatusCode::FORBIDDEN
                            | StatusCode::REQUEST_TIMEOUT
                            | StatusCode::TOO_MANY_REQUESTS
                    )
            }
            Silence::TooLong | Silence::NoBalance | Silence::NoUrl => false,
        }
    }
}

impl Commerce {
    /// What `id` has left. Waiting for a turn counts as waiting for the answer.
    pub async fn ask(
        &self,
        core: Rc<Core>,
        id: &str,
        turns: &Semaphore,
    ) -> Result<Balance, Silence> {
        let asked = timeout(TIMEOUT, async {
            let _turn = turns.acquire().await;
            self.exchange(core, id).await
        });
        asked.await.unwrap_or(Err(Silence::Late))
    }

    async fn exchange(&self, core: Rc<Core>, id: &str) -> Result<Balance, Silence> {
        let path = self.question(id).ok_or(Silence::NoUrl)?;
        let slot = core.pools.slot(self.target, core.gateway());
        let mut kept = slot.take();
        loop {
            let reused = kept.is_some();
            let connection = match kept.take() {
                Some(connection) => connection,
                None => Rc::clone(&slot)
                    .connect(core.settings)
                    .await
                    .map_err(Silence::Unreachable)?,
            };
            let head = head::get(self.target, &path, &self.headers());
            let nothing = Feed::upload(None, None);
            let mut exchange = Exchange::new(connection, head, nothing, false, Reader::Anyone);
            match exchange.answer().await {
                Ok(head) => {
                    let body = exchange.whole(MAX_BODY).await;
                    let body = body
                        .map_err(|_| Silence::BrokenOff)?
                        .ok_or(Silence::TooLong)?;
                    slot.put(exchange);
                    if head.parts.status != StatusCode::OK {
                        return Err(Silence::Status(head.parts.status));
                    }
                    return balance(&body);
                }
                // A kept connection may have been closed a moment ago, and a question may be asked twice.
                Err(_) if reused && exchange.traffic().read() == 0 => {}
                Err(error) => return Err(Silence::Unreachable(UpstreamError::Exchange(error))),
            }
        }
    }

    fn question(&self, id: &str) -> Option<PathAndQuery> {
        PathAndQuery::try_from(format!("{}?user={}&currency=usd", self.path, escaped(id))).ok()
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, brand::agent().clone());
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        headers
    }
}

/// AUTH-31: `available` are whole cents; nothing said is nothing left.
fn balance(body: &[u8]) -> Result<Balance, Silence> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| Silence::NoBalance)?;
    let answer = answer.as_object().ok_or(Silence::NoBalance)?;
    match answer.get("available") {
        None | Some(Value::Null) => Ok(Balance::Nothing),
        Some(available) => match available.as_i64().ok_or(Silence::NoBalance)? {
            1.. => Ok(Balance::Some),
            _ => Ok(Balance::Nothing),
        },
    }
}

/// Everything but the unreserved characters of RFC 3986 2.3: an id must not add a parameter, nor end the query.
fn escaped(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            const HEX: [u8; 16] = *b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Balance, balance, escaped};

    #[test]
    fn auth_30_ids_are_escaped() {
        for (id, expected) in [
            ("hanzo/u-1", "hanzo%2Fu-1"),
            ("a&currency=eur", "a%26currency%3Deur"),
            ("a#b?c", "a%23b%3Fc"),
            ("a b+c", "a%20b%2Bc"),
            ("%2F", "%252F"),
            ("é", "%C3%A9"),
            ("A.z_0~9", "A.z_0~9"),
        ] {
            assert_eq!(escaped(id), expected, "{id}");
        }
    }

    #[test]
    fn auth_31_what_an_answer_means() {
        let some = Some(Balance::Some);
        let nothing = Some(Balance::Nothing);
        for (body, expected) in [
            (r#"{"available":1}"#, some),
            (r#"{"balance":5,"holds":0,"available":5}"#, some),
            (r#"{"available":0}"#, nothing),
            (r#"{"available":-1}"#, nothing),
            (r#"{"balance":5}"#, nothing),
            (r#"{"available":null}"#, nothing),
            (r#"{"available":"5"}"#, None),
            (r#"{"available":0.5}"#, None),
            (r#"{"available":true}"#, None),
            ("[]", None),
            ("null", None),
            ("", None),
            ("<html>", None),
        ] {
            assert_eq!(balance(body.as_bytes()).ok(), expected, "{body}");
        }
    }
}
