//! What a frame holds.

use super::{MAGIC, word};
use bytes::Bytes;

/// Bytes before the message of a call: its id, and in which direction it goes.
pub(super) const WRAPPER: usize = 8;
/// The id whose bytes are those of the magic; it is never given to a call, for older peers mistake it.
pub(crate) const RESEMBLES_MAGIC: u32 = u32::from_le_bytes(MAGIC);

/// Which half of a call a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request = 1,
    Response = 2,
}

/// What a frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Nothing: a sign of life.
    Nothing,
    /// A message that belongs to no call.
    Bare(Bytes),
    /// Half of a call.
    Call {
        id: u32,
        direction: Direction,
        message: Bytes,
    },
    /// None of these. Some in a row mean that the stream is out of step.
    Unknown,
}

impl Payload {
    /// Of the frame `bytes`. A bare message whose flags are 0 reads like a call; the magic tells them apart.
    pub fn of(mut bytes: Bytes) -> Payload {
        if bytes.is_empty() {
            return Payload::Nothing;
        }
        let magic_at = |at: usize| bytes.get(at..at + MAGIC.len()) == Some(&MAGIC);
        if magic_at(0) && !magic_at(WRAPPER) {
            return Payload::Bare(bytes);
        }
        let direction = match word(&bytes, 4) {
            Some(1) => Direction::Request,
            Some(2) => Direction::Response,
            _ => return Payload::Unknown,
        };
        let Some(id) = word(&bytes, 0) else {
            return Payload::Unknown;
        };
        Payload::Call {
            id,
            direction,
            message: bytes.split_off(WRAPPER),
        }
    }
}
