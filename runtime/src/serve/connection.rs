//! The life of a client connection: told apart, served, watched, and closed so that its last answer arrives.

#[cfg(feature = "tls-listener")]
use super::handshake::{self, Refusal};
use super::{
    balance::Counted,
    core::Core,
    gone, http2,
    link::{Link, Overdue},
    service::{Client, Service},
    sniff::{Protocol, Sniff},
    socket::Socket,
    stream::Stream,
};
use crate::{metrics, reject::Reject};
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    future::{Future, poll_fn},
    io,
    net::IpAddr,
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
pub(crate) async fn serve(core: Rc<Core>, tcp: TcpStream, peer: IpAddr, _counted: Counted) {
    let serving = Serving::new(&core);
    let Some((stream, client)) = greet(&core, Rc::new(tcp), peer).await else {
        return;
    };
    if client.http2 {
        return serve_http2(&core, stream, Bytes::new(), client).await;
    }
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
        () = core.drained() => return goodbye(&stream).await,
    };
    let protocol = match told {
        Ok(Ok(Some(protocol))) => protocol,
        Ok(Err(Overdue::Head)) => return refuse(&core, &stream, &Reject::HeadTimeout).await,
        // The client was silent for too long: no one waits for an answer.
        Ok(Err(Overdue::Idle)) => return goodbye(&stream).await,
        // It left.
        Ok(Ok(None)) | Err(_) => return,
    };
    let first = sniff.into_bytes();
    // Over TLS the handshake says so, and nothing else does.
    if protocol == Protocol::Http2 && core.gateway().h2c && client.tls.is_none() {
        return serve_http2(&core, stream, first, client).await;
    }
    let end = serve_http1(&core, &stream, first, &link, &mut clock, client).await;
    drop(serving);
    match end {
        End::Gone => {}
        End::Overdue(Overdue::Idle) => goodbye(&stream).await,
        End::Overdue(Overdue::Head) => refuse(&core, &stream, &Reject::HeadTimeout).await,
        End::Protocol(Err(error)) if error.is_user() && !link.interim.get() => {
            // A body without framing (HTTP/1.0) broke off: only a reset says so.
            reset(&stream);
        }
        End::Protocol(_) => linger(&stream).await,
    }
}

/// What is known of a client before it says anything: the TLS handshake, where there is one.
#[cfg(feature = "tls-listener")]
async fn greet(core: &Rc<Core>, tcp: Rc<TcpStream>, peer: IpAddr) -> Option<(Stream, Client)> {
    if !core.settings.is_secure() {
        return Some((Stream::Plain(tcp), Client::plain(peer)));
    }
    let shaken = tokio::select! {
        // Boxed: it is long over when the connection is served.
        shaken = Box::pin(handshake::shake(core, Rc::clone(&tcp))) => shaken,
        () = core.drained() => return None,
    };
    match shaken {
        Ok(hand) => {
            let client = Client {
                peer,
                tls: Some(hand.version),
                http2: hand.http2,
            };
            Some((hand.stream, client))
        }
        Err(Refusal::Plain) => {
            refuse(core, &Stream::Plain(tcp), &Reject::PlainHttp).await;
            None
        }
        Err(Refusal::Failed(error)) => {
            // Strangers knock in many ways, so this is no error of anybody who reads the log.
            tracing::debug!(%peer, "no TLS handshake: {error}");
            None
        }
    }
}

/// What is known of a client before it says anything.
#[cfg(not(feature = "tls-listener"))]
#[expect(
    clippy::unused_async,
    reason = "with TLS there is something to wait for"
)]
async fn greet(_: &Rc<Core>, tcp: Rc<TcpStream>, peer: IpAddr) -> Option<(Stream, Client)> {
    Some((Stream::Plain(tcp), Client::plain(peer)))
}

async fn serve_http2(core: &Rc<Core>, stream: Stream, first: Bytes, client: Client) {
    let link = Link::new(false);
    let socket = Socket::new(stream, first, Rc::clone(&link), core.gateway());
    let service = Service::new(core, &link, client);
    Box::pin(http2::serve(core, TokioIo::new(socket), service, &link)).await;
}

async fn serve_http1(
    core: &Rc<Core>,
    stream: &Stream,
    first: Bytes,
    link: &Rc<Link>,
    clock: &mut Clock,
    client: Client,
) -> End {
    let gateway = core.gateway();
    let socket = Socket::new(stream.clone(), first, Rc::clone(link), gateway);
    let mut builder = http1::Builder::new();
    builder
        .half_close(cfg!(target_os = "linux"))
        .max_header_size(gateway.max_header_bytes)
        .max_buf_size(MAX_BUFFER.max(gateway.max_header_bytes));
    if gateway.max_headers != HYPER_MAX_HEADERS {
        builder.max_headers(gateway.max_headers);
    }
    let mut http = builder.serve_connection(TokioIo::new(socket), Service::new(core, link, client));
    let mut gone = pin!(gone::watch(stream.clone(), Rc::clone(link)));
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
pub(crate) struct Serving(Rc<Core>);

impl Serving {
    pub fn new(core: &Rc<Core>) -> Serving {
        core.serving.set(core.serving.get() + 1);
        if let Some(tally) = core.tally {
            tally.connected();
        }
        Serving(Rc::clone(core))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.serving.set(self.0.serving.get() - 1);
        if let Some(tally) = self.0.tally {
            tally.disconnected();
        }
        if self.0.serving.get() == 0 {
            self.0.notify();
        }
    }
}

/// Answers a connection that may not be served.
pub(crate) async fn turn_away(core: &Core, tcp: TcpStream) {
    refuse(core, &Stream::Plain(Rc::new(tcp)), &Reject::Overloaded).await;
}

/// Writes an answer where hyper has no request to answer, and closes.
async fn refuse(core: &Core, stream: &Stream, reject: &Reject) {
    let answer = reject.raw(core.gateway());
    metrics::unread(reject.status());
    // One small write to a connection that is waited for; should it not fit, closing says enough.
    let said = poll_fn(|cx| stream.poll_write(cx, &answer));
    if matches!(timeout(LINGER, said).await, Ok(Ok(_))) {
        linger(stream).await;
    }
}

/// Closes as RFC 9112 9.6 asks: closing a socket with unread data resets it, and the reset can overtake the answer. So
/// writing is closed first, and what still comes is read and forgotten.
async fn linger(stream: &Stream) {
    let drained = async {
        if poll_fn(|cx| stream.poll_shutdown(cx)).await.is_err() {
            return;
        }
        let tcp = stream.tcp();
        loop {
            if tcp.readable().await.is_err() {
                return;
            }
            let mut sink = [0; 8 * 1024];
            match tcp.try_read(&mut sink) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {}
            }
        }
    };
    // A client that neither reads nor closes has had its time.
    let _ = timeout(LINGER, drained).await;
}

/// Closes a connection on which nothing is under way. Over TLS that is said, so that nobody takes it for a cut.
async fn goodbye(stream: &Stream) {
    // A client that does not read it would not have noticed either way.
    let _ = timeout(LINGER, poll_fn(|cx| stream.poll_shutdown(cx))).await;
}

fn reset(stream: &Stream) {
    // If it cannot be set, the client sees an end that is too early instead of a reset; nothing better is left.
    let _ = socket2::SockRef::from(stream.tcp()).set_linger(Some(Duration::ZERO));
}
