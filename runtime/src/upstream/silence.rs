//! The one bound on an exchange with an upstream: how long nothing may happen.

use super::feed::Feed;
use crate::alarm::Alarm;
use std::{
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Instant;

/// Looked at only while nothing happens: a stream of a thousand chunks does not touch the clock a thousand times.
pub(crate) struct Silence {
    alarm: Alarm,
    bound: Duration,
    /// Since when the upstream is waited for; None while it is the client that is slow.
    since: Option<Instant>,
}

impl Silence {
    pub fn new(bound: Duration) -> Silence {
        Silence {
            alarm: Alarm::default(),
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
        let since = upload.map_or(since, |feed| since.max(feed.progress()));
        ready!(self.alarm.poll(since + self.bound, cx));
        Poll::Ready(self.bound)
    }
}
