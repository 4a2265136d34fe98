//! HTTP/1 or HTTP/2: told from the first bytes of a connection, however they are cut into packets.

use super::stream::Stream;
use bytes::Bytes;
use std::{
    io,
    mem::MaybeUninit,
    task::{Context, Poll, ready},
};
use tokio::io::ReadBuf;

/// What every HTTP/2 connection starts with (RFC 9113 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Most request heads fit, so that hyper need not read again.
const CHUNK: usize = 4096;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// The bytes that were read to tell the protocol.
#[derive(Default)]
pub(crate) struct Sniff {
    bytes: Vec<u8>,
}

impl Sniff {
    /// Ready with the protocol; ready with None if the client left without a request.
    pub fn poll(
        &mut self,
        stream: &Stream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Protocol>>> {
        loop {
            // On the stack: a connection on which nothing was said holds no buffer.
            let mut chunk = [MaybeUninit::uninit(); CHUNK];
            let mut chunk = ReadBuf::uninit(&mut chunk);
            ready!(stream.poll_read(cx, &mut chunk))?;
            match chunk.filled() {
                [] if self.bytes.is_empty() => return Poll::Ready(Ok(None)),
                [] => return Poll::Ready(Ok(Some(Protocol::Http1))),
                read => self.bytes.extend_from_slice(read),
            }
            if let Some(protocol) = tell(&self.bytes) {
                return Poll::Ready(Ok(Some(protocol)));
            }
        }
    }

    pub fn has_begun(&self) -> bool {
        !self.bytes.is_empty()
    }

    pub fn into_bytes(self) -> Bytes {
        self.bytes.into()
    }
}

/// None: so far it could be either.
fn tell(bytes: &[u8]) -> Option<Protocol> {
    if bytes.starts_with(PREFACE) {
        Some(Protocol::Http2)
    } else if PREFACE.starts_with(bytes) {
        None
    } else {
        Some(Protocol::Http1)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        PREFACE,
        Protocol::{Http1, Http2},
        tell,
    };

    #[test]
    fn the_preface_is_told_from_every_method() {
        for (bytes, protocol) in [
            (&b""[..], None),
            (b"P", None),
            (b"PR", None),
            (b"PRI * HTTP/2.0\r\n\r\n", None),
            (PREFACE, Some(Http2)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0", Some(Http2)),
            (b"G", Some(Http1)),
            (b"POST", Some(Http1)),
            (b"PRO", Some(Http1)),
            (b"PRI / ", Some(Http1)),
            (b"\r\n", Some(Http1)),
        ] {
            assert_eq!(
                tell(bytes),
                protocol,
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
