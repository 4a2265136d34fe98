//! Frames: a length of four bytes, little-endian, and as many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of a frame, without its length; this many are still accepted.
pub(crate) const MAX_FRAME: usize = 10 * 1024 * 1024;
/// A frame of nothing, which every peer ignores.
pub(crate) const KEEPALIVE: &[u8] = &[0; 4];
/// Bytes of a frame's length.
pub(super) const PREFIX: usize = 4;
/// What is made free for one read. A buffer grows as bytes arrive, never by what a length promises.
const READ: usize = 16 * 1024;

/// A frame says that it is longer than any may be: the stream cannot be followed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes, of which {MAX_FRAME} are the most")]
pub(crate) struct TooLong(pub u32);

/// Frames out of a stream of bytes, however it is cut.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    buffer: BytesMut,
}

impl Frames {
    /// Where the next bytes of the stream are to be appended.
    pub fn space(&mut self) -> &mut BytesMut {
        self.buffer.reserve(READ);
        &mut self.buffer
    }

    /// The next whole frame, without its length. It shares the buffer's memory.
    pub fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        let Some(length) = super::word(&self.buffer, 0) else {
            return Ok(None);
        };
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size > MAX_FRAME {
            return Err(TooLong(length));
        }
        if self.buffer.len() < PREFIX + size {
            return Ok(None);
        }
        self.buffer.advance(PREFIX);
        Ok(Some(self.buffer.split_to(size).freeze()))
    }

    /// Bytes that the frame under way says it has.
    pub fn wanted(&self) -> Option<usize> {
        usize::try_from(super::word(&self.buffer, 0)?).ok()
    }

    /// Whether part of a frame is here.
    pub fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }
}
