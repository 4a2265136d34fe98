//! The client's connection as hyper sees it: bytes that were read to tell the protocol come first, all of them are
//! reported to the [`Link`], and hyper's bare answers to malformed requests become the gateway's own.

use super::{link::Link, stream::Stream};
use crate::{gateway::Gateway, metrics, reject::Reject};
use bytes::{Buf, Bytes};
use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A client's connection, owned by hyper.
pub(crate) struct Socket {
    stream: Stream,
    first: Bytes,
    link: Rc<Link>,
    gateway: &'static Gateway,
}

impl Socket {
    /// `first` was read from `stream` already.
    pub fn new(stream: Stream, first: Bytes, link: Rc<Link>, gateway: &'static Gateway) -> Socket {
        Socket {
            stream,
            first,
            link,
            gateway,
        }
    }

    /// The gateway's answer in place of the one that hyper gives by itself, which has no body: hyper writes while part
    /// of a request head is there only if it could not make sense of it.
    fn instead_of(&self, bytes: &[u8]) -> Option<Reject> {
        if !self.link.in_head() || self.link.blocked.get() {
            return None;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
        let text = std::str::from_utf8(bytes).ok()?;
        let bare = text.ends_with("\r\n\r\n") && text.contains("content-length: 0\r\n");
        bare.then(|| Reject::of_protocol(status))
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.link.blocked.set(result.is_pending());
        if let Poll::Ready(Ok(n)) = result {
            self.link.sent(n);
        }
        result
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.has_remaining() {
            let n = self.first.len().min(buf.remaining());
            buf.put_slice(&self.first.split_to(n));
            self.link.received(n);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(self.stream.poll_read(cx, buf))?;
        self.link.received(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(reject) = self.instead_of(buf) {
            // It fits an empty socket; what would not fit is cut, and the connection is closed in any case.
            let written = ready!(self.stream.poll_write(cx, &reject.raw(self.gateway)))?;
            metrics::unread(reject.status());
            self.link.sent(written);
            return Poll::Ready(Ok(buf.len()));
        }
        let result = self.stream.poll_write(cx, buf);
        self.wrote(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bufs {
            return self.poll_write(cx, only);
        }
        let result = self.stream.poll_write_vectored(cx, bufs);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream.poll_flush(cx);
        if self.stream.holds_back() {
            // A record that does not fit the socket shows here, not where it was written.
            self.link.blocked.set(flushed.is_pending());
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }
}
