//! Bytes both ways between a client and a node on this machine, which shakes hands itself (ZAP-7): each side may stop
//! sending before the other, and when nothing passes for too long both are closed.

use crate::{serve::Core, zap::link::Io};
use std::{
    cell::Cell,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    net::TcpStream,
    time::{sleep, timeout},
};

/// To a connection with the node.
const CONNECT: Duration = Duration::from_secs(5);

/// Passes bytes until both sides have ended, one of them failed, nothing passed for too long, or the gateway stops.
pub(super) async fn pass(core: &Core, client: Box<dyn Io>, inner: SocketAddr, idle: Duration) {
    let node = match timeout(CONNECT, TcpStream::connect(inner)).await {
        Ok(Ok(node)) => node,
        Ok(Err(error)) => {
            return tracing::warn!("zap-listener: cannot connect to the node at {inner}: {error}");
        }
        Err(_) => return tracing::warn!("zap-listener: the node at {inner} does not answer"),
    };
    // Without it the connection works, only later.
    let _ = node.set_nodelay(true);
    let passed = Rc::new(Cell::new(0));
    let mut client = Counted(client, Rc::clone(&passed));
    let mut node = Counted(node, Rc::clone(&passed));
    tokio::select! {
        // Whoever closes or fails, the other side is told; that is how such a conversation ends.
        _ = copy_bidirectional(&mut client, &mut node) => {}
        () = silent(&passed, idle) => {}
        () = core.drained() => {}
    }
}

async fn silent(passed: &Cell<u64>, bound: Duration) {
    let mut before = None;
    while before.replace(passed.get()) != Some(passed.get()) {
        sleep(bound).await;
    }
}

/// A stream whose bytes are counted as they come.
struct Counted<T>(T, Rc<Cell<u64>>);

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.0).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        self.1.set(self.1.get() + read as u64);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
