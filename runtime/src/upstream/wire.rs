//! The bytes of an upstream connection, plain or through TLS, and their number.

use std::{
    cell::Cell,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Plain or secured.
pub(crate) enum Transport {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// Bytes of the exchange that is under way: what decides whether a failed request may be sent again.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    read: Cell<u64>,
    written: Cell<u64>,
}

impl Traffic {
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    pub fn written(&self) -> u64 {
        self.written.get()
    }

    pub fn has_read(&self, bytes: usize) {
        self.read.set(self.read.get() + bytes as u64);
    }

    pub fn has_written(&self, bytes: usize) {
        self.written.set(self.written.get() + bytes as u64);
    }

    pub fn reset(&self) {
        self.read.set(0);
        self.written.set(0);
    }
}

macro_rules! either {
    ($self:ident.$method:ident($($arg:expr),*)) => {
        match $self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).$method($($arg),*),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => Pin::new(stream.as_mut()).$method($($arg),*),
        }
    };
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self.poll_read(cx, buf))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.poll_shutdown(cx))
    }
}
