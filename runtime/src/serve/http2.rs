//! HTTP/2: with prior knowledge on a plain listener, by ALPN over TLS.

use super::{
    clock::Clock,
    core::Core,
    gather::{Gathering, Outgoing},
    link::Link,
    service::{Client, Service},
    socket::Socket,
    stream::Stream,
};
use bytes::Bytes;
use hyper::{rt::Executor, server::conn::http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    error::Error,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
    time::Duration,
};

/// Streams of one connection at once.
const MAX_STREAMS: u32 = 250;
/// How often a silent client is asked whether it is there, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// What may be under way to us: per stream, and together, before the client has to wait for its upstreams.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
const SEND_BUFFER: usize = 128 * 1024;

/// hyper's streams run on the core of their connection.
#[derive(Clone, Copy)]
struct OnThisCore;

impl<F> Executor<F> for OnThisCore
where
    F: Future<Output: 'static> + 'static,
{
    fn execute(&self, stream: F) {
        tokio::task::spawn_local(stream);
    }
}

/// Serves one connection to its end; `first` was read from it already.
pub(crate) async fn serve(core: &Rc<Core>, stream: Stream, first: Bytes, client: Client) {
    let gateway = core.gateway();
    let link = Link::new(false);
    let outgoing = Outgoing::new(stream.clone(), Rc::clone(&link));
    let io = Gathering {
        socket: Socket::open(stream, first, Rc::clone(&link)),
        outgoing: Rc::clone(&outgoing),
    };
    let service = Service::new(core, &link, client);
    let mut builder = http2::Builder::new(OnThisCore);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(gateway.max_header_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    let mut http = pin!(builder.serve_connection(TokioIo::new(io), service));
    let mut drained = pin!(core.drained());
    let mut clock = Clock::default();
    let mut closing = false;
    let end: Result<(), Box<dyn Error>> = poll_fn(|cx| {
        if !closing && drained.as_mut().poll(cx).is_ready() {
            closing = true;
            http.as_mut().graceful_shutdown();
        }
        let mut served = http.as_mut().poll(cx);
        if served.is_pending() && !closing && clock.poll(&link, core, cx).is_ready() {
            closing = true;
            http.as_mut().graceful_shutdown();
            served = http.as_mut().poll(cx);
        }
        // What hyper wrote goes now, whether or not it has more to do: nothing else sends it.
        match (served, outgoing.poll_flush(cx)) {
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(error.into())),
            (served, _) => served.map_err(Into::into),
        }
    })
    .await;
    if let Err(error) = end {
        tracing::debug!("an HTTP/2 connection ended: {error}");
    }
}
