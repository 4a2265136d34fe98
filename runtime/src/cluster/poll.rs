//! How a cluster is asked about itself: once in an interval, and sooner when somebody met a node that is not what it was.

use crate::{
    fetch::{Fetch, FetchError},
    settings::Settings,
    url::Url,
};
use bytes::Bytes;
use http::StatusCode;
use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

/// Polls that are wanted at once follow each other after this part of the interval, so that a thousand requests that fail
/// together do not make a thousand polls.
const GAP: u32 = 10;

/// Why a node has told nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the answer has status {0}")]
    Status(StatusCode),
}

/// GET: the body of a 200. `turn` says with which of the name's addresses to begin; `timeout` holds to the last byte,
/// `max_body` is in bytes. Redirects are not followed.
pub(crate) async fn ask(
    url: &Url,
    turn: usize,
    timeout: Duration,
    max_body: usize,
    settings: &Settings,
) -> Result<Bytes, Unanswered> {
    let answer = Fetch {
        timeout,
        max_body,
        turn,
        #[cfg(feature = "tls")]
        tls: settings.upstream_tls.as_ref().map(|live| live.now()),
        ..Fetch::get(url)
    }
    .send(&settings.resolve)
    .await?;
    match answer.status {
        StatusCode::OK => Ok(answer.body),
        status => Err(Unanswered::Status(status)),
    }
}

/// When the next poll is due. Shared by the poller and by the requests that need what it finds out.
pub(crate) struct Pace {
    interval: Duration,
    woken: Notify,
    waiting: AtomicUsize,
}

impl Pace {
    pub fn every(interval: Duration) -> Pace {
        Pace {
            interval,
            woken: Notify::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The next poll is due now, or when the one under way is over. Never waits.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// As long as this is held, somebody waits for what the next polls say.
    pub fn hurry(&self) -> Hurry<'_> {
        self.waiting.fetch_add(1, Relaxed);
        self.wake();
        Hurry(self)
    }

    /// For the poller: until the next poll is due, after one that was begun at `began` and is over.
    pub async fn rest(&self, began: Instant) {
        sleep(self.interval / GAP).await;
        if self.waiting.load(Relaxed) == 0 {
            tokio::select! {
                () = sleep_until(began + self.interval) => {}
                () = self.woken.notified() => {}
            }
        }
    }
}

/// See [`Pace::hurry`].
pub(crate) struct Hurry<'a>(&'a Pace);

impl Drop for Hurry<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::Duration;
    use tokio::time::{Instant, advance, pause};

    const SECOND: Duration = Duration::from_secs(1);

    /// How long the poller rests after a poll that took no time.
    async fn rests(pace: &Pace) -> Duration {
        let began = Instant::now();
        pace.rest(began).await;
        began.elapsed()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn polls_are_an_interval_apart_and_sooner_when_wanted() {
        pause();
        let pace = Pace::every(SECOND);
        let gap = SECOND / 10;
        // Timers have a resolution of a millisecond.
        let near = |took: Duration, expected: Duration| took.abs_diff(expected) <= SECOND / 500;
        assert!(near(rests(&pace).await, SECOND));

        pace.wake();
        pace.wake();
        assert!(near(rests(&pace).await, gap), "woken");
        assert!(near(rests(&pace).await, SECOND), "once");

        let hurry = [pace.hurry(), pace.hurry()];
        for _ in 0..3 {
            assert!(near(rests(&pace).await, gap), "as long as somebody waits");
        }
        drop(hurry);
        pace.rest(Instant::now()).await;
        assert!(near(rests(&pace).await, SECOND), "nobody waits any more");

        let began = Instant::now();
        advance(SECOND * 3).await;
        pace.rest(began).await;
        assert!(
            near(began.elapsed(), SECOND * 3 + gap),
            "a poll that took long"
        );
    }
}
