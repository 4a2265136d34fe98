//! A response in pieces: its head is a [`super::Response`] of type 202, then come data, then an end.
//!
//! All of them are responses with the request's id; [`cancel`] is a message of its own, from the caller.

use super::kind;
use crate::zap::codec::{Direction, Malformed, Message, Writer, disjoint};
use bytes::Bytes;

/// Bytes of one piece.
pub(crate) const MAX_PIECE: usize = 64 * 1024;
const FIXED: usize = 16;
const AT_NUMBER: usize = 0;
const AT_RESULT: usize = 4;
const AT_BYTES: usize = 8;
const CANCEL_FIXED: usize = 8;

/// The header of a request that may be answered in pieces.
pub(crate) const ASKED_BY: http::HeaderName = http::HeaderName::from_static("zap-stream");

/// Part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// From 0; one that is missing breaks the response off.
    pub number: u32,
    pub bytes: &'a [u8],
}

/// The last of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End<'a> {
    /// How many pieces there were.
    pub pieces: u32,
    pub result: Ending,
    /// Headers as JSON.
    pub trailers: &'a [u8],
}

/// How a response in pieces ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Aborted,
    /// Something took too long, or a limit was reached.
    Limited,
}

impl<'a> Piece<'a> {
    pub fn encode(&self, id: u32) -> Bytes {
        Writer::call(id, Direction::Response, kind::DATA, FIXED, self.bytes.len())
            .u32(AT_NUMBER, self.number)
            .data(AT_BYTES, self.bytes)
            .finish()
    }

    pub fn decode(message: &Message<'a>) -> Result<Piece<'a>, Malformed> {
        let object = message.root(FIXED)?;
        Ok(Piece {
            number: object.u32(AT_NUMBER)?,
            bytes: object.bytes(AT_BYTES)?,
        })
    }
}

impl<'a> End<'a> {
    pub fn encode(&self, id: u32) -> Bytes {
        let result = match self.result {
            Ending::Complete => 0,
            Ending::Aborted => 1,
            Ending::Limited => 2,
        };
        Writer::call(
            id,
            Direction::Response,
            kind::END,
            FIXED,
            self.trailers.len(),
        )
        .u32(AT_NUMBER, self.pieces)
        .u32(AT_RESULT, result)
        .data(AT_BYTES, self.trailers)
        .finish()
    }

    /// A result that is not known is no completion.
    pub fn decode(message: &Message<'a>) -> Result<End<'a>, Malformed> {
        let object = message.root(FIXED)?;
        disjoint([object.span(AT_BYTES)?])?;
        Ok(End {
            pieces: object.u32(AT_NUMBER)?,
            result: match object.u32(AT_RESULT)? {
                0 => Ending::Complete,
                2 => Ending::Limited,
                _ => Ending::Aborted,
            },
            trailers: object.bytes(AT_BYTES)?,
        })
    }
}

/// Says that nobody waits for call `id` any more.
pub(crate) fn cancel(id: u32) -> Bytes {
    Writer::bare(kind::CANCEL, CANCEL_FIXED, 0)
        .u32(0, id)
        .finish()
}

/// Which call a message of type 205 cancels.
pub(crate) fn cancelled(message: &Message) -> Result<u32, Malformed> {
    message.root(CANCEL_FIXED)?.u32(0)
}
