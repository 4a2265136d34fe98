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
use crate::{h1::Bounds, metrics, reject::Reject, request::Headers};
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    future::{Future, poll_fn},
    io, mem,
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
    /// The same, and it is HTTP/2.
    Http2(Bytes),
}

/// Serves one client connection to its end.
///
/// No `async fn`, nor are those below: what is passed to one is kept twice, as its argument and as its variable, and
/// there are thousands of these. A test holds their size.
pub(crate) fn serve(
    core: Rc<Core>,
    tcp: TcpStream,
    peer: IpAddr,
    counted: Counted,
) -> impl Future<Output = ()> {
    let serving = Serving::new(&core);
    let mut connection = Connection {
        party: Party {
            link: Link::new(true),
            core,
            stream: Stream::Plain(Rc::new(tcp)),
            client: Client::plain(peer),
        },
        clock: Clock::default(),
    };
    async move {
        let _counted = &counted;
        if !connection.party.is_greeted().await {
            return;
        }
        let mut end = if connection.party.client.http2 {
            End::Http2(Bytes::new())
        } else {
            connection.converse().await
        };
        if matches!(end, End::Hyper(_) | End::Http2(_)) {
            // Boxed, for few get here.
            match Box::pin(connection.take_hyper(end)).await {
                Some(later) => end = later,
                None => return,
            }
        }
        drop(serving);
        connection.party.close(end).await;
    }
}

/// A client connection of HTTP/1 that is served.
struct Connection {
    party: Party,
    clock: Clock,
}

/// Who is on it.
struct Party {
    core: Rc<Core>,
    stream: Stream,
    client: Client,
    link: Rc<Link>,
}

/// How a connection is served before anything is known of it, and then.
#[expect(
    clippy::large_enum_variant,
    reason = "it becomes the large one, and a box would be one more allocation"
)]
enum Speaks {
    Something(Sniff),
    Http1(Lane),
}

impl Party {
    /// Learns what is to be known of the client before it says anything: whether it may be served.
    #[cfg(feature = "tls-listener")]
    async fn is_greeted(&mut self) -> bool {
        let Stream::Plain(tcp) = &self.stream else {
            return true;
        };
        let core = &self.core;
        if !core.settings.is_secure() {
            return true;
        }
        let shaken = tokio::select! {
            // Boxed: it is long over when the connection is served.
            shaken = Box::pin(handshake::shake(core, Rc::clone(tcp))) => shaken,
            () = core.drained() => return false,
        };
        match shaken {
            Ok(hand) => {
                self.client.tls = Some(hand.version);
                self.client.http2 = hand.http2;
                self.stream = hand.stream;
                // Its patience begins now.
                self.link = Link::new(true);
                true
            }
            Err(Refusal::Plain) => {
                refuse(core, &self.stream, &Reject::PlainHttp).await;
                false
            }
            Err(Refusal::Failed(error)) => {
                let peer = self.client.peer;
                // Strangers knock in many ways, so this is no error of anybody who reads the log.
                tracing::debug!(%peer, "no TLS handshake: {error}");
                false
            }
        }
    }

    /// Without TLS there is nothing to learn.
    #[cfg(not(feature = "tls-listener"))]
    #[expect(clippy::unused_self, reason = "with TLS there is somebody to greet")]
    fn is_greeted(&self) -> std::future::Ready<bool> {
        std::future::ready(true)
    }

    fn bounds(&self) -> Bounds {
        let gateway = self.core.gateway();
        Bounds {
            bytes: gateway.max_header_bytes,
            fields: gateway.max_headers.min(Headers::MOST),
        }
    }

    fn service(&self) -> Service {
        Service::new(&self.core, &self.link, self.client)
    }

    /// What a client that begins with `first` is served by, or the end of that.
    fn choose(&self, protocol: Protocol, first: Bytes) -> Result<Lane, End> {
        match protocol {
            Protocol::Http1 if self.core.settings.fast_lane => {
                let (stream, link) = (self.stream.clone(), Rc::clone(&self.link));
                Ok(Lane::new(
                    stream,
                    first,
                    link,
                    self.service(),
                    self.bounds(),
                ))
            }
            // Over TLS the handshake says so, and nothing else does.
            Protocol::Http2 if self.core.gateway().h2c && self.client.tls.is_none() => {
                Err(End::Http2(first))
            }
            _ => Err(End::Hyper(first)),
        }
    }
}

impl Connection {
    /// Finds out what it speaks, and serves it on the fast lane, as far as that goes.
    fn converse(&mut self) -> impl Future<Output = End> {
        let mut speaks = Speaks::Something(Sniff::default());
        self.attend(move |party, cx, draining| {
            if let Speaks::Something(sniff) = &mut speaks {
                let polled = sniff.poll(&party.stream, cx);
                if polled.is_pending() && !draining {
                    party.link.received(usize::from(sniff.has_begun()));
                    return Poll::Pending;
                }
                let Poll::Ready(Ok(Some(protocol))) = polled else {
                    return Poll::Ready(End::Done);
                };
                match party.choose(protocol, mem::take(sniff).into_bytes()) {
                    Ok(lane) => speaks = Speaks::Http1(lane),
                    Err(end) => return Poll::Ready(end),
                }
            }
            let Speaks::Http1(lane) = &mut speaks else {
                return Poll::Ready(End::Done);
            };
            if draining {
                lane.finish();
            }
            lane.poll(cx)
        })
    }

    /// Lets hyper serve what the lane has left; None if it has closed the connection too.
    async fn take_hyper(&mut self, left: End) -> Option<End> {
        match left {
            End::Hyper(first) => Some(self.take_http1(first).await),
            End::Http2(first) => {
                let Party {
                    core,
                    stream,
                    client,
                    ..
                } = &self.party;
                http2::serve(core, stream.clone(), first, *client).await;
                None
            }
            other => Some(other),
        }
    }

    async fn take_http1(&mut self, first: Bytes) -> End {
        let party = &self.party;
        let bounds = party.bounds();
        let (stream, link) = (party.stream.clone(), Rc::clone(&party.link));
        let socket = Socket::screened(stream, first, link, bounds);
        let mut builder = http1::Builder::new();
        builder
            .half_close(cfg!(target_os = "linux"))
            .max_header_size(bounds.bytes)
            .max_buf_size(MAX_BUFFER.max(bounds.bytes));
        if bounds.fields != HYPER_MAX_HEADERS {
            builder.max_headers(bounds.fields);
        }
        let mut http = builder.serve_connection(TokioIo::new(socket), party.service());
        let end = self.attend(|Party { link, .. }, cx, draining| {
            if draining {
                Pin::new(&mut http).graceful_shutdown();
            }
            http.poll_without_shutdown(cx).map(|result| match result {
                Err(error) if error.is_user() && !link.interim.get() => End::Cut,
                Ok(()) | Err(_) => link.refused.take().map_or(End::Unread, End::Refused),
            })
        });
        let end = end.await;
        if let (End::Unread, Some(tunnel)) = (&end, self.party.link.take_tunnel()) {
            let parts = http.into_parts();
            let socket = parts.io.into_inner().opened();
            tunnel.run(socket, parts.read_buf).await;
        }
        end
    }

    /// Has it served by `serve`, which is told when the core drains, and watches meanwhile whether the client is there,
    /// and for how long it is not.
    fn attend(
        &mut self,
        mut serve: impl FnMut(&Party, &mut Context<'_>, bool) -> Poll<End>,
    ) -> impl Future<Output = End> {
        let Connection { party, clock } = self;
        let party = &*party;
        async move {
            let mut gone = pin!(gone::watch(party.stream.clone(), Rc::clone(&party.link)));
            let mut drained = pin!(party.core.drained());
            let (serve, mut waits) = (&mut serve, false);
            poll_fn(move |cx| {
                // Once it was polled it wakes this task; before and after that the core itself says it more cheaply.
                if !waits {
                    waits = drained.as_mut().poll(cx).is_pending();
                }
                let Party { core, link, .. } = party;
                if let Poll::Ready(end) = serve(party, cx, core.is_draining()) {
                    return Poll::Ready(end);
                }
                if link.is_busy() {
                    return gone.as_mut().poll(cx).map(|()| End::Gone);
                }
                clock.poll(link, core, cx).map(End::Overdue)
            })
            .await
        }
    }
}

impl Party {
    async fn close(self, end: End) {
        let Party { core, stream, .. } = self;
        match end {
            // Nobody is there, or nobody waits for an answer.
            End::Gone => {}
            End::Done | End::Overdue(Overdue::Idle) => goodbye(&stream).await,
            End::Overdue(Overdue::Head) => refuse(&core, &stream, &Reject::HeadTimeout).await,
            End::Refused(reject) => refuse(&core, &stream, &reject).await,
            End::Unread | End::Hyper(_) | End::Http2(_) => linger(&stream).await,
            End::Cut => reset(&stream),
        }
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

#[cfg(test)]
mod tests {
    use super::{Core, Counted, IpAddr, Rc, TcpStream, serve};

    fn size_of_future<F>(_: impl Fn(Rc<Core>, TcpStream, IpAddr, Counted) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_connection_waits_in_little_memory() {
        let size = size_of_future(serve);

        // With what tokio adds, and in steps of 128: 896.
        assert!(size <= 792, "the future of a connection has {size} bytes");
    }
}
