//! A response in one piece, as type 201; and the head of one that comes in pieces, as type 202.

use super::{STATUS, kind, legacy};
use crate::zap::codec::{Direction, Malformed, Message, Writer, disjoint};
use bytes::Bytes;
use http::StatusCode;

const FIXED: usize = 24;
const AT_STATUS: usize = 0;
const AT_BODY: usize = 4;
const AT_HEADERS: usize = 12;

/// A response. Headers are JSON; empty is the same as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Response<'a> {
    pub status: StatusCode,
    pub body: &'a [u8],
    pub headers: &'a [u8],
}

impl<'a> Response<'a> {
    /// The frame that answers call `id`, of type 201 or 202.
    pub fn encode(&self, id: u32, kind: u8) -> Bytes {
        let capacity = self.body.len() + self.headers.len();
        Writer::call(id, Direction::Response, kind, FIXED, capacity)
            .u32(AT_STATUS, self.status.as_u16().into())
            .data(AT_BODY, self.body)
            .data(AT_HEADERS, self.headers)
            .finish()
    }

    /// Of the one message that answers a call. A peer that forgets the type has perhaps not forgotten the layout.
    pub fn decode(message: &Message<'a>) -> Result<Response<'a>, Malformed> {
        match (message.kind(), Response::laid_out(message)) {
            (kind::RESPONSE | kind::HEAD, decoded) => decoded,
            (_, Ok(response)) => Ok(response),
            (_, Err(_)) => legacy::response(message),
        }
    }

    fn laid_out(message: &Message<'a>) -> Result<Response<'a>, Malformed> {
        let object = message.root(FIXED)?;
        disjoint([object.span(AT_BODY)?, object.span(AT_HEADERS)?])?;
        Ok(Response {
            status: status(object.u32(AT_STATUS)?)?,
            body: object.bytes(AT_BODY)?,
            headers: object.bytes(AT_HEADERS)?,
        })
    }
}

/// An interim response cannot answer a call.
pub(super) fn status(word: u32) -> Result<StatusCode, Malformed> {
    let code = u16::try_from(word)
        .ok()
        .filter(|code| (200..=599).contains(code));
    code.and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or(STATUS)
}
