//! The life of a client connection: told apart, served, watched, and closed so that its last answer arrives.

use super::{
    balance::Counted,
    core::Core,
    gone, http2,
    link::{Link, Overdue},
    service::Service,
    sniff::{Protocol, Sniff},
    socket::Socket,
};
use crate::reject::Reject;
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    future::{Future, poll_fn},
    io,
    net::{IpAddr, Shutdown},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, timeout},
};

/// How long a client is given to read its last answer before the socket is closed under it.
const LINGER: Duration = Duration::from_secs(2);
/// hyper's default, above which it allocates the headers of every request.
const HYPER_MAX_HEADERS: usize = 100;
/// What hyper buffers of a body, each way; a request head may need more.
const MAX_BUFFER: usize = 128 * 1024;

/// How the serving of a connection ended.
enum End {
    /// By the protocol; with what was wrong, if anything.
    Protocol(hyper::Result<()>),
    /// The client is gone while it was being answered.
    Gone,
    Overdue(Overdue),
}

/// Serves one client connection to its end.
pub(crate) async fn serve(core: Rc<Core>, stream: TcpStream, peer: IpAddr, _counted: Counted) {
    let stream = Rc::new(stream);
    let serving = Serving::new(&core);
    let mut clock = Clock::new(core.gateway().idle_timeout);
    let link = Link::new(true);
    let mut sniff = Sniff::default();
    let told = poll_fn(|cx| {
        let told = sniff.poll(&stream, cx);
        if told.is_pending() {
            link.received(usize::from(sniff.has_begun()));
            if let Poll::Ready(overdue) = clock.poll(&link, &core, cx) {
                return Poll::Ready(Ok(Err(overdue)));
            }
        }
        told.map_ok(Ok)
    });
    let told = tokio::select! {
        told = told => told,
        () = core.drained() => return,
    };
    let protocol = match told {
        Ok(Ok(Some(protocol))) => protocol,
        Ok(Err(Overdue::Head)) => return refuse(&core, &stream, &Reject::HeadTimeout).await,
        // The client left, or was silent for too long: no one waits for an answer.
        Ok(Ok(None) | Err(Overdue::Idle)) | Err(_) => return,
    };
    let first = sniff.into_bytes();
    let end = if protocol == Protocol::Http2 && core.gateway().h2c {
        let link = Link::new(false);
        let socket = Socket::new(Rc::clone(&stream), first, Rc::clone(&link), core.gateway());
        let service = Service::new(&core, &link, peer);
        Box::pin(http2::serve(&core, TokioIo::new(socket), service, &link)).await;
        return;
    } else {
        serve_http1(&core, &stream, first, &link, &mut clock, peer).await
    };
    drop(serving);
    match end {
        End::Gone | End::Overdue(Overdue::Idle) => {}
        End::Overdue(Overdue::Head) => refuse(&core, &stream, &Reject::HeadTimeout).await,
        End::Protocol(Err(error)) if error.is_user() && !link.interim.get() => {
            // A body without framing (HTTP/1.0) broke off: only a reset says so.
            reset(&stream);
        }
        End::Protocol(_) => linger(&stream).await,
    }
}

async fn serve_http1(
    core: &Rc<Core>,
    stream: &Rc<TcpStream>,
    first: Bytes,
    link: &Rc<Link>,
    clock: &mut Clock,
    peer: IpAddr,
) -> End {
    let gateway = core.gateway();
    let socket = Socket::new(Rc::clone(stream), first, Rc::clone(link), gateway);
    let mut builder = http1::Builder::new();
    builder
        .half_close(cfg!(target_os = "linux"))
        .max_header_size(gateway.max_header_bytes)
        .max_buf_size(MAX_BUFFER.max(gateway.max_header_bytes));
    if gateway.max_headers != HYPER_MAX_HEADERS {
        builder.max_headers(gateway.max_headers);
    }
    let mut http = builder.serve_connection(TokioIo::new(socket), Service::new(core, link, peer));
    let mut gone = pin!(gone::watch(Rc::clone(stream), Rc::clone(link)));
    let mut drained = pin!(core.drained());
    let mut draining = false;
    let end = poll_fn(|cx| {
        if !draining && drained.as_mut().poll(cx).is_ready() {
            draining = true;
            Pin::new(&mut http).graceful_shutdown();
        }
        if let Poll::Ready(result) = http.poll_without_shutdown(cx) {
            return Poll::Ready(End::Protocol(result));
        }
        if link.is_busy() {
            return gone.as_mut().poll(cx).map(|()| End::Gone);
        }
        clock.poll(link, core, cx).map(End::Overdue)
    })
    .await;
    if let (End::Protocol(Ok(())), Some(tunnel)) = (&end, link.take_tunnel()) {
        let parts = http.into_parts();
        tunnel.run(parts.io.into_inner(), parts.read_buf).await;
    }
    end
}

/// One timer per connection, looked at only while nothing is being answered, set again only when it fires too early
/// or would fire too late.
pub(crate) struct Clock(Pin<Box<Sleep>>);

impl Clock {
    pub fn new(first: Duration) -> Clock {
        Clock(Box::pin(tokio::time::sleep(first)))
    }

    pub fn poll(&mut self, link: &Link, core: &Core, cx: &mut Context<'_>) -> Poll<Overdue> {
        let Some((due, overdue)) = link.deadline(core.gateway()) else {
            return Poll::Pending;
        };
        if self.0.deadline() > due {
            self.0.as_mut().reset(due);
        }
        while self.0.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                return Poll::Ready(overdue);
            }
            self.0.as_mut().reset(due);
        }
        Poll::Pending
    }
}

/// Counts a connection as one that a drain waits for.
struct Serving(Rc<Core>);

impl Serving {
    fn new(core: &Rc<Core>) -> Serving {
        core.serving.set(core.serving.get() + 1);
        Serving(Rc::clone(core))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.serving.set(self.0.serving.get() - 1);
        if self.0.serving.get() == 0 {
            self.0.notify();
        }
    }
}

/// Answers a connection that may not be served.
pub(crate) async fn turn_away(core: &Core, stream: TcpStream) {
    refuse(core, &stream, &Reject::Overloaded).await;
}

/// Writes an answer where hyper has no request to answer, and closes.
async fn refuse(core: &Core, stream: &TcpStream, reject: &Reject) {
    let answer = reject.raw(core.gateway());
    // One small write to a socket that is waited for; should it not fit, closing says enough.
    if timeout(LINGER, stream.writable()).await.is_ok() && stream.try_write(&answer).is_ok() {
        linger(stream).await;
    }
}

/// Closes as RFC 9112 9.6 asks: closing a socket with unread data resets it, and the reset can overtake the answer. So
/// writing is closed first, and what still comes is read and forgotten.
async fn linger(stream: &TcpStream) {
    if socket2::SockRef::from(stream)
        .shutdown(Shutdown::Write)
        .is_err()
    {
        return;
    }
    let drained = async {
        loop {
            if stream.readable().await.is_err() {
                return;
            }
            let mut sink = [0; 8 * 1024];
            match stream.try_read(&mut sink) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {}
            }
        }
    };
    // A client that neither reads nor closes has had its time.
    let _ = timeout(LINGER, drained).await;
}

fn reset(stream: &TcpStream) {
    // If it cannot be set, the client sees an end that is too early instead of a reset; nothing better is left.
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
