//! The bytes of a client connection, plain or through TLS.
//!
//! Shared, because the connection's task watches the socket and answers on it while hyper reads and writes; all of them
//! are one task, so no borrow outlives a poll.

#[cfg(feature = "tls-listener")]
use super::secured::Secured;
use bytes::BufMut;
use std::{
    io,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::{io::Interest, net::TcpStream};

/// Of a write: the end of the connection is to go with it, where the system can do that.
#[cfg(target_os = "linux")]
const UNTIL_THE_END: i32 = libc::MSG_MORE | libc::MSG_NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const UNTIL_THE_END: i32 = 0;

/// One connection of a client.
#[derive(Clone)]
pub(crate) enum Stream {
    Plain(Rc<TcpStream>),
    #[cfg(feature = "tls-listener")]
    Tls(Rc<Secured>),
}

impl Stream {
    /// The socket itself, to be watched, reset or drained; bytes for the client go through the stream.
    pub fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(tcp) => tcp,
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.tcp(),
        }
    }

    /// Whether what was written may wait here for a flush.
    pub fn holds_back(&self) -> bool {
        !matches!(self, Stream::Plain(_))
    }

    /// Reads once, and says how much; 0 is the end.
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        match self {
            Stream::Plain(tcp) => read(tcp, cx, buf),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_read(cx, buf),
        }
    }

    pub fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Plain(tcp) => write(tcp, cx, |tcp| tcp.try_write(bytes)),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_write(cx, bytes),
        }
    }

    pub fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Stream::Plain(tcp) => write(tcp, cx, |tcp| tcp.try_write_vectored(bytes)),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_write_vectored(cx, bytes),
        }
    }

    /// The last write but the end itself, which has to follow at once: the bytes may wait for it, to go in one packet.
    pub fn poll_write_last(
        &self,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Stream::Plain(tcp) => write(tcp, cx, |tcp| {
                tcp.try_io(Interest::WRITABLE, || {
                    let socket = socket2::SockRef::from(tcp);
                    match bytes {
                        [only] => socket.send_with_flags(only, UNTIL_THE_END),
                        several => socket.send_vectored_with_flags(several, UNTIL_THE_END),
                    }
                })
            }),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_write_vectored(cx, bytes),
        }
    }

    /// Whether somebody else still has this connection, so that letting go of it does not close it.
    pub fn is_shared(&self) -> bool {
        let holders = match self {
            Stream::Plain(tcp) => Rc::strong_count(tcp),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => Rc::strong_count(secured),
        };
        holders > 1
    }

    /// Ready when nothing is held back any more.
    #[cfg_attr(not(feature = "tls-listener"), expect(unused_variables))]
    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Plain(_) => Poll::Ready(Ok(())),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_flush(cx),
        }
    }

    /// Says that nothing more will come: TLS first, then TCP.
    #[cfg_attr(not(feature = "tls-listener"), expect(unused_variables))]
    pub fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Plain(tcp) => Poll::Ready(shut_down(tcp)),
            #[cfg(feature = "tls-listener")]
            Stream::Tls(secured) => secured.poll_shutdown(cx),
        }
    }
}

pub(super) fn read(
    tcp: &TcpStream,
    cx: &mut Context<'_>,
    buf: &mut impl BufMut,
) -> Poll<io::Result<usize>> {
    let room = buf.chunk_mut().len();
    loop {
        ready!(tcp.poll_read_ready(cx))?;
        match tcp.try_read_buf(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
            Ok(n) => {
                if n > 0 && n < room {
                    // The socket is empty: not asking it again saves a system call per request.
                    let _ = tcp.try_io(Interest::READABLE, || {
                        Err::<(), _>(io::ErrorKind::WouldBlock.into())
                    });
                }
                return Poll::Ready(Ok(n));
            }
        }
    }
}

pub(super) fn write(
    tcp: &TcpStream,
    cx: &mut Context<'_>,
    write: impl Fn(&TcpStream) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        ready!(tcp.poll_write_ready(cx))?;
        match write(tcp) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return Poll::Ready(done),
        }
    }
}

pub(super) fn shut_down(tcp: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(tcp).shutdown(std::net::Shutdown::Write)
}
