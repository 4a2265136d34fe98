//! Notices that a client has left while it is being answered, so that its upstream stops working for nobody.
//!
//! A reset is plain. A FIN is not: it comes from a client that closed its socket and from one that only has nothing
//! more to send and still reads (`printf … | nc -N`). TCP tells them apart only when something is written to them:
//! the closed one answers with a reset. So after a FIN:
//!
//! 1. [`GRACE`] is waited for, in which most answers to a half-closed client are written anyway: they are the probe.
//! 2. If nothing was written and the answer has not begun, an interim response is (RFC 9110 15.2 lets any number of
//!    them precede the answer): a living client ignores it, a closed one resets.
//! 3. If the answer has begun and is silent, nothing can be written; the client counts as gone, as it does for nginx
//!    and for Go. HTTP/1.0 knows no interim response, so it counts as gone there too.
//!
//! hyper must be set to `half_close`, or it takes every FIN for the end.

use super::{link::Link, stream::Stream};
use std::{future::Future, rc::Rc};
#[cfg(target_os = "linux")]
use std::{future::poll_fn, task::Poll, time::Duration};

/// How long a client that sent a FIN is left in doubt. A cancelled upstream learns it within 100 ms.
#[cfg(target_os = "linux")]
const GRACE: Duration = Duration::from_millis(40);

/// The status is the one that every client library skips.
#[cfg(target_os = "linux")]
const PROBE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Ends when the client is gone. To be polled only while the connection is busy: an idle one is read by hyper.
#[cfg(target_os = "linux")]
#[expect(
    clippy::manual_async_fn,
    reason = "it would keep its arguments twice, in every connection"
)]
pub(crate) fn watch(stream: Stream, link: Rc<Link>) -> impl Future<Output = ()> {
    async move {
        use tokio::io::Interest;
        // Interest in priority data is also woken by a FIN, and, unlike interest in reading, not by a pipelined request.
        let Ok(ready) = stream
            .tcp()
            .ready(Interest::PRIORITY | Interest::ERROR)
            .await
        else {
            return;
        };
        if ready.is_error() {
            return;
        }
        let before = link.written();
        tokio::time::sleep(GRACE).await;
        if link.written() == before {
            let can_probe = !link.has_answered() && link.interim.get() && !link.blocked.get();
            // Through the stream: over TLS it is a record like any other.
            let probed = poll_fn(|cx| Poll::Ready(stream.poll_write(cx, PROBE)));
            if !can_probe || !matches!(probed.await, Poll::Ready(Ok(n)) if n == PROBE.len()) {
                return;
            }
        }
        // From here on a reset will tell.
        let _ = stream.tcp().ready(Interest::ERROR).await;
    }
}

/// Elsewhere hyper's own reading has to do: every FIN is the end.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_: Stream, _: Rc<Link>) -> impl Future<Output = ()> {
    std::future::pending()
}
