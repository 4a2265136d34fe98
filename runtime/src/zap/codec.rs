//! The bytes of the node protocol: frames, what they hold, messages, and the objects in them.
//!
//! | file | what |
//! |---|---|
//! | [`frame`] | frames out of a stream, however it is cut |
//! | [`payload`] | what a frame holds: a call, a bare message, nothing |
//! | [`message`], [`object`] | bounds-checked views; nothing is copied, and nothing is allocated by what a length says |
//! | [`writer`] | a message in its frame, in one piece, so that one write sends it |
//! | [`hello`] | the handshake, and what a node may be called |
//!
//! It knows nothing of HTTP, nor of sockets.

pub(crate) mod frame;
pub(crate) mod hello;
pub(crate) mod message;
pub(crate) mod object;
pub(crate) mod payload;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod writer;

pub(crate) use frame::{Frames, KEEPALIVE, MAX_FRAME, TooLong};
pub(crate) use hello::NodeId;
pub(crate) use message::{Malformed, Message};
pub(crate) use object::{Object, disjoint};
pub(crate) use payload::{Direction, Payload};
pub(crate) use writer::Writer;

/// Where every message begins.
const MAGIC: [u8; 4] = *b"ZAP\0";
/// Bytes of a message's header.
const HEADER: usize = 16;
/// Objects start at multiples of this, counted from the start of the message.
const ALIGN: usize = 8;

/// The four bytes at `at`, if they are there.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}
