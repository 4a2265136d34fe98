//! A client connection after its TLS handshake.

use super::stream::{read, shut_down, write};
use bytes::BufMut;
use std::{
    cell::RefCell,
    future::Future,
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

/// The session, and the socket below it.
pub(crate) struct Secured {
    tcp: Rc<TcpStream>,
    session: RefCell<TlsStream<Tcp>>,
}

/// What is asked of the session, which is pinned by nothing but its borrow.
macro_rules! ask {
    ($self:ident.$method:ident($($arg:expr),*)) => {
        Pin::new(&mut *$self.session.borrow_mut()).$method($($arg),*)
    };
}

impl Secured {
    /// `session` goes over `tcp`.
    pub fn new(tcp: Rc<TcpStream>, session: TlsStream<Tcp>) -> Secured {
        Secured {
            tcp,
            session: RefCell::new(session),
        }
    }

    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// An end is an end, whether TLS announced it or not: HTTP frames its messages, so what was cut off is noticed there,
    /// and many clients simply close.
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        let session = &mut *self.session.borrow_mut();
        match ready!(pin!(session.read_buf(buf)).poll(cx)) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(0)),
            done => Poll::Ready(done),
        }
    }

    pub fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ask!(self.poll_write(cx, bytes))
    }

    pub fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ask!(self.poll_write_vectored(cx, bytes))
    }

    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ask!(self.poll_flush(cx))
    }

    pub fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ask!(self.poll_shutdown(cx))
    }
}

/// The socket as the session reads and writes it.
pub(crate) struct Tcp(pub Rc<TcpStream>);

impl AsyncRead for Tcp {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        read(&self.0, cx, buf).map_ok(|_| ())
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        write(&self.0, cx, |tcp| tcp.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        write(&self.0, cx, |tcp| tcp.try_write_vectored(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(shut_down(&self.0))
    }
}
