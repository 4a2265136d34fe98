//! The life of a client connection: told apart, served, watched, and closed so that its last answer arrives.

#[cfg(feature = "tls-listener")]
use super::handshake::{self, Refusal};
use super::{
    balance::Counted,
    clock::Clock,
    core::Core,
    gone, http2,
    lane::Lane,
    link::{Link, Overdue},
    service::{Client, Service},
    sniff::{Protocol, Sniff},
    socket::Socket,
    stream::Stream,
};
use crate::{h1::Bounds, metrics, reject::Reject};
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
use tokio::{net::TcpStream, time::timeout};

/// How long a client is given to read its last answer before the socket is closed under it.
const LINGER: Duration = Duration::from_secs(2);
/// hyper's default, above which it allocates the headers of every request.
const HYPER_MAX_HEADERS: usize = 100;
/// What hyper buffers of a body, each way; a request head may need more.
const MAX_BUFFER: usize = 128 * 1024;

/// How the serving of a connection ended.
pub(super) enum End {
    /// Nothing is under way: the client has left, or said that it wants no more and got its answer.
    Done,
    /// The client has an answer to read, and may be sending what nobody will read.
    Unread,
    /// An answer broke off that could only have been ended by the end of the connection.
    Cut,
    /// The client left while it was being answered.
    Gone,
    /// What it sent was no request.
    Refused(Reject),
    Overdue(Overdue),
    /// hyper is to go on, with these bytes.
    Hyper(Bytes),
}

/// Serves one client connection to its end.
pub(crate) async fn serve(core: Rc<Core>, tcp: TcpStream, peer: IpAddr, _counted: Counted) {
    let serving = Serving::new(&core);
    let Some((stream, client)) = greet(&core, Rc::new(tcp), peer).await else {
        return;
    };
    if client.http2 {
        return Box::pin(http2::serve(&core, stream, Bytes::new(), client)).await;
    }
    let mut connection = Connection {
        link: Link::new(true),
        clock: Clock::default(),
        core,
        stream,
        client,
    };
    let mut end = match connection.sniff().await {
        Ok((Protocol::Http1, first)) if connection.core.settings.fast_lane => {
            connection.take_the_lane(first).await
        }
        // Over TLS the handshake says so, and nothing else does.
        Ok((Protocol::Http2, first)) if connection.is_h2c() => {
            let Connection { core, stream, .. } = connection;
            return Box::pin(http2::serve(&core, stream, first, client)).await;
        }
        Ok((_, first)) => End::Hyper(first),
        Err(end) => end,
    };
    if let End::Hyper(first) = end {
        // Boxed, for few get here.
        end = Box::pin(connection.take_hyper(first)).await;
    }
    drop(serving);
    connection.close(end).await;
}

/// A client connection of HTTP/1 that is served.
struct Connection {
    core: Rc<Core>,
    stream: Stream,
    client: Client,
    link: Rc<Link>,
    clock: Clock,
}

impl Connection {
    fn is_h2c(&self) -> bool {
        self.core.gateway().h2c && self.client.tls.is_none()
    }

    fn bounds(&self) -> Bounds {
        let gateway = self.core.gateway();
        Bounds {
            bytes: gateway.max_header_bytes,
            fields: gateway.max_headers,
        }
    }

    fn service(&self) -> Service {
        Service::new(&self.core, &self.link, self.client)
    }

    /// What it speaks, and what was read to find out.
    async fn sniff(&mut self) -> Result<(Protocol, Bytes), End> {
        let (stream, link) = (self.stream.clone(), Rc::clone(&self.link));
        let (mut sniff, mut told) = (Sniff::default(), None);
        let end = self.attend(|cx, draining| {
            let polled = sniff.poll(&stream, cx);
            if polled.is_pending() && !draining {
                link.received(usize::from(sniff.has_begun()));
                return Poll::Pending;
            }
            if let Poll::Ready(Ok(protocol)) = polled {
                told = protocol;
            }
            Poll::Ready(End::Done)
        });
        let end = end.await;
        told.map(|protocol| (protocol, sniff.into_bytes()))
            .ok_or(end)
    }

    /// Serves it on the fast lane, as far as that goes.
    async fn take_the_lane(&mut self, first: Bytes) -> End {
        let (stream, link) = (self.stream.clone(), Rc::clone(&self.link));
        let mut lane = Lane::new(stream, first, link, self.service(), self.bounds());
        let served = self.attend(|cx, draining| {
            if draining {
                lane.finish();
            }
            lane.poll(cx)
        });
        served.await
    }

    /// Lets hyper serve it.
    async fn take_hyper(&mut self, first: Bytes) -> End {
        let bounds = self.bounds();
        let (stream, link) = (self.stream.clone(), Rc::clone(&self.link));
        let socket = Socket::screened(stream, first, link, bounds);
        let mut builder = http1::Builder::new();
        builder
            .half_close(cfg!(target_os = "linux"))
            .max_header_size(bounds.bytes)
            .max_buf_size(MAX_BUFFER.max(bounds.bytes));
        if bounds.fields != HYPER_MAX_HEADERS {
            builder.max_headers(bounds.fields);
        }
        let mut http = builder.serve_connection(TokioIo::new(socket), self.service());
        let link = Rc::clone(&self.link);
        let end = self.attend(|cx, draining| {
            if draining {
                Pin::new(&mut http).graceful_shutdown();
            }
            http.poll_without_shutdown(cx).map(|result| match result {
                Err(error) if error.is_user() && !link.interim.get() => End::Cut,
                Ok(()) | Err(_) => link.refused.take().map_or(End::Unread, End::Refused),
            })
        });
        let end = end.await;
        if let (End::Unread, Some(tunnel)) = (&end, self.link.take_tunnel()) {
            let parts = http.into_parts();
            let socket = parts.io.into_inner().opened();
            tunnel.run(socket, parts.read_buf).await;
        }
        end
    }

    /// Has it served by `serve`, which is told when the core drains, and watches meanwhile whether the client is there,
    /// and for how long it is not.
    async fn attend(&mut self, mut serve: impl FnMut(&mut Context<'_>, bool) -> Poll<End>) -> End {
        let Connection {
            core,
            stream,
            link,
            clock,
            ..
        } = self;
        let mut gone = pin!(gone::watch(stream.clone(), Rc::clone(link)));
        let mut drained = pin!(core.drained());
        let mut waits = false;
        poll_fn(|cx| {
            // Once it was polled it wakes this task; before and after that the core itself says it more cheaply.
            if !waits {
                waits = drained.as_mut().poll(cx).is_pending();
            }
            let draining = core.is_draining();
            if let Poll::Ready(end) = serve(cx, draining) {
                return Poll::Ready(end);
            }
            if link.is_busy() {
                return gone.as_mut().poll(cx).map(|()| End::Gone);
            }
            clock.poll(link, core, cx).map(End::Overdue)
        })
        .await
    }

    async fn close(self, end: End) {
        let Connection { core, stream, .. } = self;
        match end {
            // Nobody is there, or nobody waits for an answer.
            End::Gone => {}
            End::Done | End::Overdue(Overdue::Idle) => goodbye(&stream).await,
            End::Overdue(Overdue::Head) => refuse(&core, &stream, &Reject::HeadTimeout).await,
            End::Refused(reject) => refuse(&core, &stream, &reject).await,
            End::Unread | End::Hyper(_) => linger(&stream).await,
            End::Cut => reset(&stream),
        }
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

/// Writes an answer where there is no request that could be answered, and closes.
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

/// Closes a connection on which nothing is under way. Over TLS that is said, so that nobody takes it for a cut; without,
/// the end of the socket says it, and is said itself only where the socket stays open for somebody else.
async fn goodbye(stream: &Stream) {
    if stream.holds_back() || stream.is_shared() {
        // A client that does not read it would not have noticed either way.
        let _ = timeout(LINGER, poll_fn(|cx| stream.poll_shutdown(cx))).await;
    }
}

fn reset(stream: &Stream) {
    // If it cannot be set, the client sees an end that is too early instead of a reset; nothing better is left.
    let _ = socket2::SockRef::from(stream.tcp()).set_linger(Some(Duration::ZERO));
}
