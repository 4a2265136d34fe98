//! Calls of cloud services, as type 100: a method such as `chat.completions`, a credential, and JSON. They become HTTP
//! requests of `/v1/chat/completions`.

use super::{METHOD, kind};
use crate::zap::codec::{Direction, Malformed, Message, Writer, disjoint};
use bytes::Bytes;
use http::StatusCode;

const FIXED: usize = 24;
const FIXED_ANSWER: usize = 20;

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cloud<'a> {
    /// `chat.completions`
    pub method: &'a str,
    /// What an `Authorization` header says.
    pub auth: &'a str,
    pub body: &'a [u8],
}

impl<'a> Cloud<'a> {
    pub fn decode(message: &Message<'a>) -> Result<Cloud<'a>, Malformed> {
        let object = message.root(FIXED)?;
        disjoint([object.span(0)?, object.span(8)?, object.span(16)?])?;
        let call = Cloud {
            method: object.text(0)?,
            auth: object.text(8)?,
            body: object.bytes(16)?,
        };
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if call.method.len() > 256 || !call.method.split('.').all(word) {
            return Err(METHOD);
        }
        Ok(call)
    }

    /// `/v1/chat/completions`
    pub fn path(&self) -> String {
        format!("/v1/{}", self.method.replace('.', "/"))
    }
}

/// The frame that answers call `id`.
pub(crate) fn answer(id: u32, status: StatusCode, body: &[u8]) -> Bytes {
    let error = match status.canonical_reason() {
        Some(reason) if !status.is_success() => reason,
        _ => "",
    };
    let capacity = body.len() + error.len();
    Writer::call(id, Direction::Response, kind::CLOUD, FIXED_ANSWER, capacity)
        .u32(0, status.as_u16().into())
        .data(4, body)
        .data(12, error.as_bytes())
        .finish()
}
