//! The client's connection as hyper sees it: what was read already comes first, what hyper may see is screened, and all
//! of it is reported to the [`Link`].

use super::{link::Link, screen::Screen, stream::Stream};
use crate::h1::Bounds;
use bytes::{Buf, Bytes};
use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A client's connection, owned by hyper.
pub(crate) struct Socket {
    stream: Stream,
    link: Rc<Link>,
    source: Source,
}

/// What is read before, or instead of, the stream itself.
enum Source {
    /// HTTP/1.1.
    Screened(Box<Screen>),
    /// Anything else, of which so much was read already.
    Open(Bytes),
}

impl Socket {
    /// For requests of HTTP/1, of which `first` was read already.
    pub fn screened(stream: Stream, first: Bytes, link: Rc<Link>, bounds: Bounds) -> Socket {
        Socket {
            stream,
            link,
            source: Source::Screened(Box::new(Screen::new(first, bounds))),
        }
    }

    /// For whatever comes; `first` was read already.
    pub fn open(stream: Stream, first: Bytes, link: Rc<Link>) -> Socket {
        Socket {
            stream,
            link,
            source: Source::Open(first),
        }
    }

    /// The same connection, on which bytes are only bytes from now on.
    pub fn opened(mut self) -> Socket {
        self.source = Source::Open(
            match mem::replace(&mut self.source, Source::Open(Bytes::new())) {
                Source::Screened(screen) => screen.into_rest(),
                Source::Open(first) => first,
            },
        );
        self
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Socket {
            stream,
            link,
            source,
        } = self.get_mut();
        match source {
            Source::Screened(screen) => screen.poll_read(cx, stream, link, buf),
            Source::Open(first) if first.is_empty() => {
                link.received(ready!(stream.poll_read(cx, buf))?);
                Poll::Ready(Ok(()))
            }
            Source::Open(first) => {
                let n = first.len().min(buf.remaining());
                buf.put_slice(&first[..n]);
                first.advance(n);
                link.received(n);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = self.stream.poll_write(cx, buf);
        self.link.wrote(&wrote);
        wrote
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = self.stream.poll_write_vectored(cx, bufs);
        self.link.wrote(&wrote);
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream.poll_flush(cx);
        self.link.flushed(&self.stream, &flushed);
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }
}
