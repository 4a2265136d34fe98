//! Bytes that came on a connection and were not used yet.
//!
//! A connection on which nothing is under way holds no buffer: it borrows one of its core when there is something to
//! read, and gives it back with the last byte. Idle connections are many, readable ones few.

use super::spare::{self, Shelf};
use bytes::{Buf, Bytes, BytesMut};
use std::{io, mem, task::Poll, thread::LocalKey};

/// What is read next, and so how large a buffer is borrowed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A head, and the body behind it if it is a small one.
    Head,
    /// A body that may be of any size.
    Body,
}

impl Room {
    const fn size(self) -> usize {
        match self {
            Room::Head => 8 * 1024,
            Room::Body => 128 * 1024,
        }
    }

    /// A buffer with less room than this is renewed before it is read into.
    const fn least(self) -> usize {
        self.size() / 4
    }

    fn shelf(self) -> &'static LocalKey<Shelf<BytesMut>> {
        match self {
            Room::Head => &spare::SMALL,
            Room::Body => &spare::LARGE,
        }
    }
}

/// The unused bytes of one connection.
#[derive(Default)]
pub(crate) struct Input {
    bytes: BytesMut,
    /// What the buffer was borrowed for. None: it has outgrown that, and goes when it is empty.
    borrowed: Option<Room>,
    /// How far the end of a head was looked for.
    pub(super) searched: usize,
}

impl Input {
    /// Reads once. `read` puts bytes behind those that are there and says how many; 0 is the end of the connection.
    pub fn poll_fill(
        &mut self,
        room: Room,
        read: impl FnOnce(&mut BytesMut) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.is_empty() {
            self.bytes = spare::take(room.shelf());
            self.borrowed = Some(room);
        }
        let used = self.len();
        if self.bytes.capacity() - used < room.least() {
            // Nothing of it is in use any more, most of the time: then this starts it over and allocates nothing.
            let more = room.size().saturating_sub(used).max(room.least());
            self.bytes.reserve(more);
            self.borrowed = self
                .borrowed
                .filter(|room| self.bytes.capacity() <= room.size());
        }
        let read = read(&mut self.bytes);
        self.give_back();
        read
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The first `n` bytes, without a copy.
    pub fn split_to(&mut self, n: usize) -> Bytes {
        let first = self.bytes.split_to(n).freeze();
        self.searched = 0;
        self.give_back();
        first
    }

    /// Forgets the first `n` bytes.
    pub fn skip(&mut self, n: usize) {
        self.bytes.advance(n);
        self.searched = 0;
        self.give_back();
    }

    /// All of it.
    pub fn take(&mut self) -> Bytes {
        self.split_to(self.len())
    }

    fn give_back(&mut self) {
        if self.is_empty() {
            let spent = mem::take(&mut self.bytes);
            if let Some(room) = self.borrowed.take() {
                spare::keep(room.shelf(), spent);
            }
        }
    }
}

/// Bytes that were read elsewhere come first.
impl From<Bytes> for Input {
    fn from(bytes: Bytes) -> Input {
        Input {
            bytes: bytes.into(),
            ..Input::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, Room};
    use std::task::Poll;

    fn fill(input: &mut Input, room: Room, bytes: &[u8]) {
        let read = input.poll_fill(room, |buffer| {
            assert!(buffer.capacity() - buffer.len() >= bytes.len(), "no room");
            buffer.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        });
        assert!(matches!(read, Poll::Ready(Ok(n)) if n == bytes.len()));
    }

    #[test]
    fn a_connection_that_waits_holds_no_buffer() {
        let mut input = Input::default();
        assert!(input.poll_fill(Room::Head, |_| Poll::Pending).is_pending());
        assert_eq!(input.bytes.capacity(), 0);
        fill(&mut input, Room::Head, b"hello");
        assert_eq!(input.split_to(2), "he");
        assert!(input.bytes.capacity() > 0);
        input.skip(3);
        assert_eq!(input.bytes.capacity(), 0);
    }

    #[test]
    fn one_buffer_serves_one_message_after_the_other() {
        let mut input = Input::default();
        let mut at = None;
        for _ in 0..100 {
            fill(&mut input, Room::Body, &vec![b'x'; 30_000]);
            let bytes = input.take();
            // Of 64 KiB, two of these are read before the first has to be gone.
            let base = bytes.as_ptr() as usize % 30_000;
            assert_eq!(*at.get_or_insert(base), base, "another buffer");
        }
    }

    #[test]
    fn a_buffer_grows_with_a_message_that_does_not_fit() {
        let mut input = Input::default();
        for _ in 0..100 {
            fill(&mut input, Room::Head, &[b'x'; 1000]);
        }
        assert_eq!(input.len(), 100_000);
        assert_eq!(input.take(), vec![b'x'; 100_000]);
        fill(&mut input, Room::Head, b"x");
        assert!(
            input.bytes.capacity() <= Room::Head.size(),
            "a large one was kept"
        );
    }
}
