//! What HTTP/2 writes, gathered until its turn is over.
//!
//! h2 writes and flushes each DATA frame by itself: a batch of small answers would cost a TLS record and a system call
//! each. So nothing small goes out, and no flush is taken at its word, before the connection has been polled to its end;
//! then all of it goes at once. Nothing is held longer than that: who polls the connection flushes after it.

use super::{link::Link, socket::Socket, stream::Stream};
use crate::h1::spare;
use std::{
    cell::RefCell,
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// As much as a TLS record holds (RFC 8446 5.1).
const MOST: usize = 16 * 1024;
/// What has this size is not worth being copied.
const LARGE: usize = 8 * 1024;

/// The bytes of one connection that are to be written.
pub(crate) struct Outgoing {
    stream: Stream,
    link: Rc<Link>,
    held: RefCell<Held>,
}

#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    /// Of which so many are written.
    written: usize,
}

impl Outgoing {
    pub fn new(stream: Stream, link: Rc<Link>) -> Rc<Outgoing> {
        Rc::new(Outgoing {
            stream,
            link,
            held: RefCell::default(),
        })
    }

    /// Ready when everything was written.
    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        let flushed = self.stream.poll_flush(cx);
        self.link.flushed(&self.stream, &flushed);
        flushed
    }

    /// Ready when nothing is held here.
    fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let held = &mut *self.held.borrow_mut();
        while held.written < held.bytes.len() {
            let wrote = self.stream.poll_write(cx, &held.bytes[held.written..]);
            self.link.wrote(&wrote);
            match ready!(wrote)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => held.written += count,
            }
        }
        held.written = 0;
        // A connection that says nothing holds no buffer.
        spare::keep_text(std::mem::take(&mut held.bytes));
        Poll::Ready(Ok(()))
    }

    fn poll_write(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let count = bufs.iter().map(|buf| buf.len()).sum::<usize>();
        if count >= LARGE || self.held.borrow().bytes.len() + count > MOST {
            ready!(self.poll_drain(cx))?;
        }
        if count >= LARGE {
            let wrote = self.stream.poll_write_vectored(cx, bufs);
            self.link.wrote(&wrote);
            return wrote;
        }
        let bytes = &mut self.held.borrow_mut().bytes;
        if bytes.capacity() == 0 {
            *bytes = spare::text();
        }
        for buf in bufs {
            bytes.extend_from_slice(buf);
        }
        Poll::Ready(Ok(count))
    }
}

/// A client's connection that hyper reads, and whose writes are gathered.
pub(crate) struct Gathering {
    pub socket: Socket,
    pub outgoing: Rc<Outgoing>,
}

impl AsyncRead for Gathering {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gathering {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.outgoing.poll_write(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.outgoing.poll_write(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Later, for all at once. A client that reads too slowly is noticed by the writes that no longer fit.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.outgoing.poll_flush(cx))?;
        self.outgoing.stream.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGE, Outgoing};
    use crate::serve::{link::Link, stream::Stream};
    use std::{
        future::poll_fn,
        io::{self, IoSlice, Read as _},
        net::TcpStream,
        rc::Rc,
        task::Poll,
        time::Duration,
    };
    use tokio::{net::TcpListener, runtime::Builder, time::timeout};

    /// What a client reads of what `write` writes.
    fn run<F: AsyncFnOnce(Rc<Outgoing>, TcpStream)>(write: F) {
        let runtime = Builder::new_current_thread().enable_all().build();
        let test = async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
            let address = listener.local_addr().expect("an address");
            let client = TcpStream::connect(address).expect("a client");
            let (served, _) = listener.accept().await.expect("a connection");
            let stream = Stream::Plain(Rc::new(served));
            write(Outgoing::new(stream, Link::new(false)), client).await;
        };
        let limited = async { timeout(Duration::from_secs(20), test).await };
        let done = runtime.expect("a runtime").block_on(limited);
        done.expect("an end within the time");
    }

    async fn write(outgoing: &Outgoing, bytes: &[&[u8]]) {
        let slices: Vec<_> = bytes.iter().map(|bytes| IoSlice::new(bytes)).collect();
        let wrote = poll_fn(|cx| outgoing.poll_write(cx, &slices)).await;
        let all: usize = bytes.iter().map(|bytes| bytes.len()).sum();
        assert_eq!(wrote.expect("a write"), all);
    }

    async fn flush(outgoing: &Outgoing) {
        let flushed = poll_fn(|cx| outgoing.poll_flush(cx)).await;
        flushed.expect("a flush");
    }

    fn read(client: &mut TcpStream, count: usize) -> Vec<u8> {
        let mut read = vec![0; count];
        client.read_exact(&mut read).expect("that much");
        read
    }

    fn has_nothing(client: &TcpStream) -> bool {
        client.set_nonblocking(true).expect("a mode");
        let peeked = client.peek(&mut [0]);
        client.set_nonblocking(false).expect("a mode");
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    #[test]
    fn small_writes_go_together() {
        run(async |outgoing, mut client| {
            for _ in 0..3 {
                write(&outgoing, &[b"head ", b"data "]).await;
                write(&outgoing, &[b"more"]).await;
                assert!(has_nothing(&client));
                flush(&outgoing).await;
                let mut once = [0; 64];
                let count = client.read(&mut once).expect("bytes");
                assert_eq!(&once[..count], b"head data more");
                assert_eq!(outgoing.held.borrow().bytes.capacity(), 0);
            }
        });
    }

    #[test]
    fn what_is_large_goes_at_once_behind_what_was_held() {
        run(async |outgoing, mut client| {
            write(&outgoing, &[b"before"]).await;
            let large = [7; LARGE];
            write(&outgoing, &[b"", &large]).await;
            assert_eq!(read(&mut client, 6), b"before");
            assert_eq!(read(&mut client, LARGE), large);
            write(&outgoing, &[b"after"]).await;
            flush(&outgoing).await;
            assert_eq!(read(&mut client, 5), b"after");
        });
    }

    #[test]
    fn a_slow_client_holds_writes_up_and_loses_nothing() {
        run(async |outgoing, mut client| {
            let mut sent = Vec::new();
            // Until the sockets, and what is held before them, are full.
            for number in 0_u32.. {
                let piece = number.to_be_bytes().repeat(100);
                let tried =
                    poll_fn(|cx| Poll::Ready(outgoing.poll_write(cx, &[IoSlice::new(&piece)])));
                match tried.await {
                    Poll::Ready(wrote) => assert_eq!(wrote.expect("a write"), piece.len()),
                    Poll::Pending => break,
                }
                sent.extend_from_slice(&piece);
            }
            let count = sent.len();
            let reader = std::thread::spawn(move || read(&mut client, count));
            flush(&outgoing).await;
            let received = reader.join().expect("a reader");
            assert!(received == sent, "{count} bytes differ");
        });
    }
}
