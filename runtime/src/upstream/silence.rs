//! The one bound on an exchange with an upstream: how long nothing may happen.

use super::feed::Feed;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// A timer that is set once per request and looked at again only when it fires: a stream of a thousand chunks does not
/// touch it a thousand times.
pub(crate) struct Silence {
    timer: Pin<Box<Sleep>>,
    bound: Duration,
    /// Since when the upstream is waited for; None while it is the client that is slow.
    since: Option<Instant>,
}

impl Silence {
    pub fn new(bound: Duration) -> Silence {
        let now = Instant::now();
        Silence {
            timer: Box::pin(tokio::time::sleep_until(now + bound)),
            bound,
            since: None,
        }
    }

    /// The upstream said something.
    pub fn broken(&mut self) {
        self.since = None;
    }

    /// Polled whenever the upstream has nothing to say; ready, with the bound, when that lasted too long. Progress of
    /// the `upload` breaks the silence too.
    pub fn poll(&mut self, cx: &mut Context<'_>, upload: Option<&Feed>) -> Poll<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let since = upload.map_or(since, |feed| since.max(feed.progress()));
            let due = since + self.bound;
            if due <= Instant::now() {
                return Poll::Ready(self.bound);
            }
            self.timer.as_mut().reset(due);
        }
    }
}
