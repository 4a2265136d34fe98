//! One connection to an upstream.

use super::wire::{Traffic, Transport};
use crate::{
    h1::{Input, Outlet, Room},
    metrics::Pool,
};
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// Dropping it closes it at once, whatever is under way on it: that is how a client that left cancels its upstream's
/// work.
pub(crate) struct Connection {
    transport: Transport,
    traffic: Rc<Traffic>,
    /// What came and was not used yet. Empty between exchanges.
    pub(super) input: Input,
    figures: Option<Arc<Pool>>,
}

impl Connection {
    /// Over an established transport.
    pub fn over(transport: Transport) -> Connection {
        Connection {
            transport,
            traffic: Rc::default(),
            input: Input::default(),
            figures: None,
        }
    }

    /// It was established, and its end will be counted too.
    pub fn counted_by(mut self, figures: Arc<Pool>) -> Connection {
        figures.opened();
        self.figures = Some(figures);
        self
    }

    /// The bytes of the exchange that is under way.
    pub fn traffic(&self) -> &Rc<Traffic> {
        &self.traffic
    }

    /// Whether nothing came that nobody asked for: bytes would be taken for an answer, and an end is the end. No system
    /// call is made where nothing came.
    pub fn is_quiet(&mut self) -> bool {
        let mut nobody = Context::from_waker(Waker::noop());
        self.input.is_empty() && self.poll_fill(&mut nobody, Room::Head).is_pending()
    }

    /// Reads more; 0 is the end.
    pub(super) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        room: Room,
    ) -> Poll<io::Result<usize>> {
        let transport = &mut self.transport;
        let read = self
            .input
            .poll_fill(room, |bytes| pin!(transport.read_buf(bytes)).poll(cx));
        let n = ready!(read)?;
        self.traffic.has_read(n);
        Poll::Ready(Ok(n))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(figures) = &self.figures {
            figures.closed();
        }
    }
}

impl Outlet for Connection {
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let transport = Pin::new(&mut self.transport);
        let n = ready!(match bytes {
            [only] => transport.poll_write(cx, only),
            several => transport.poll_write_vectored(cx, several),
        })?;
        self.traffic.has_written(n);
        Poll::Ready(Ok(n))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }
}

/// Once it has switched protocols, when bytes are only bytes.
impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.input.is_empty() {
            let n = self.input.len().min(buf.remaining());
            buf.put_slice(&self.input.bytes()[..n]);
            self.input.skip(n);
            return Poll::Ready(Ok(()));
        }
        let before = buf.remaining();
        ready!(Pin::new(&mut self.transport).poll_read(cx, buf))?;
        self.traffic.has_read(before - buf.remaining());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Outlet::poll_write(&mut *self, cx, &[IoSlice::new(buf)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Outlet::poll_flush(&mut *self, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}
