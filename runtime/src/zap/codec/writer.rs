//! A message of one object, written straight into its frame.
//!
//! What it writes is what the Go builder writes, byte for byte: the fixed section, zeroed, then the data in the order in
//! which they were set, without padding.

use super::{ALIGN, Direction, HEADER, MAGIC, frame::PREFIX, payload::WRAPPER};
use bytes::{BufMut, Bytes, BytesMut};

/// Where the root object of our messages begins.
const ROOT: usize = HEADER;
const _: () = assert!(ROOT.is_multiple_of(ALIGN));

/// A frame in the making.
pub(crate) struct Writer {
    out: BytesMut,
    /// Where in it the message begins.
    message: usize,
}

impl Writer {
    /// A message that belongs to no call; `capacity` is what the data will take.
    pub fn bare(kind: u8, fixed: usize, capacity: usize) -> Writer {
        let out = BytesMut::with_capacity(PREFIX + ROOT + fixed + capacity);
        Writer::start(out, None, kind, fixed)
    }

    /// Half of a call.
    pub fn call(id: u32, direction: Direction, kind: u8, fixed: usize, capacity: usize) -> Writer {
        let out = BytesMut::with_capacity(PREFIX + WRAPPER + ROOT + fixed + capacity);
        Writer::start(out, Some((id, direction)), kind, fixed)
    }

    fn start(mut out: BytesMut, call: Option<(u32, Direction)>, kind: u8, fixed: usize) -> Writer {
        out.put_u32_le(0);
        if let Some((id, direction)) = call {
            out.put_u32_le(id);
            out.put_u32_le(direction as u32);
        }
        let message = out.len();
        out.put_slice(&MAGIC);
        // Everybody reads version 1; older nodes read no other.
        out.put_u16_le(1);
        out.put_u16_le(u16::from_be_bytes([kind, 0]));
        out.put_slice(&[16, 0, 0, 0]);
        out.put_u32_le(0);
        out.put_bytes(0, fixed);
        Writer { out, message }
    }

    /// The number at `k` of the object.
    pub fn u32(mut self, k: usize, value: u32) -> Writer {
        self.word(k, value);
        self
    }

    /// Bytes at `k` of the object's fixed section itself.
    pub fn inline(mut self, k: usize, bytes: &[u8]) -> Writer {
        let at = self.message + ROOT + k;
        self.out[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Text or bytes, to which `k` and the word behind it point; of nothing there is nothing to write.
    pub fn data(self, k: usize, bytes: &[u8]) -> Writer {
        self.pieces(k, &[bytes])
    }

    /// As [`Writer::data`], of what lies in several places.
    pub fn pieces<T: AsRef<[u8]>>(mut self, k: usize, pieces: &[T]) -> Writer {
        let length = pieces.iter().map(|piece| piece.as_ref().len()).sum();
        if length > 0 {
            let slot = self.message + ROOT + k;
            let relative = size(self.out.len() - slot);
            self.word(k, relative);
            self.word(k + 4, size(length));
            for piece in pieces {
                self.out.extend_from_slice(piece.as_ref());
            }
        }
        self
    }

    /// Bytes that nothing points to yet.
    pub fn loose(mut self, bytes: &[u8]) -> Writer {
        self.out.extend_from_slice(bytes);
        self
    }

    /// The frame, to be sent by one write.
    pub fn finish(mut self) -> Bytes {
        let (frame, message) = (self.out.len() - PREFIX, self.out.len() - self.message);
        self.out[..PREFIX].copy_from_slice(&size(frame).to_le_bytes());
        let at = self.message + 12;
        self.out[at..at + 4].copy_from_slice(&size(message).to_le_bytes());
        self.out.freeze()
    }

    fn word(&mut self, k: usize, value: u32) {
        let at = self.message + ROOT + k;
        self.out[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// Frames are bounded by those who fill them, far below what a word can say.
fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
