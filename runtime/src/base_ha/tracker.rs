//! One cluster of this process: who leads it, found out on the control thread, and who has just written to it.

use super::{
    leader::{Known, News, Told, Unreadable},
    metrics::Counts,
    recent::Recent,
};
use crate::{
    cluster::{self, Pace, Unanswered, View},
    expected::Expected,
    gate::Start,
    host::Authority,
    settings::Settings,
    upstream::Target,
    url::Url,
};
use std::{
    net::Ipv4Addr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// Bytes of an answer of `/_ha/leader` (HA-3).
const MAX_ANSWER: usize = 8192;

/// The nodes behind one service.
pub(super) struct Tracker {
    /// `base.svc:8090`, for logs and metrics.
    pub label: String,
    service: Authority,
    url: Url,
    pace: Pace,
    view: View<Known>,
    turn: AtomicUsize,
    pub recent: Recent,
    pub counts: Counts,
}

/// A tracker, as one of the blocks that name it has it.
pub(super) struct Opened {
    pub tracker: &'static Tracker,
    /// Whether this block was the first.
    pub first: bool,
}

/// Why a poll has told nothing.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// What one poll has told, for `check`.
pub(crate) struct Report {
    pub service: String,
    /// The leader and its term; None: there is none.
    pub leader: Result<Option<(String, u64)>, String>,
}

static ALL: Mutex<Vec<&'static Tracker>> = Mutex::new(Vec::new());

/// Asks every cluster that a part has opened, one after the other.
pub(crate) async fn probe_all(settings: &Settings) -> Vec<Report> {
    let trackers = ALL.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut reports = Vec::with_capacity(trackers.len());
    for tracker in trackers {
        let told = tracker.ask(settings).await;
        reports.push(Report {
            service: tracker.label.clone(),
            leader: told
                .map(|told| told.leader.map(|host| (origin(&host), told.term)))
                .map_err(|why| why.to_string()),
        });
    }
    reports
}

impl Tracker {
    /// The tracker of `service`, which is new if nobody has named it before. `times` are the interval of polls and the
    /// time that a client is remembered.
    ///
    /// # Errors
    /// If it is tracked with other times: a cluster has one interval and one memory (HA-2).
    pub fn open(
        service: &Authority,
        times: (Duration, Duration),
        start: &mut Start,
    ) -> Result<Opened, String> {
        // A list that a panic left behind is still one.
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tracker) = all.iter().copied().find(|known| known.service == *service) {
            let same = (tracker.pace.interval(), tracker.recent.ttl) == times;
            let first = false;
            return same.then_some(Opened { tracker, first }).ok_or_else(|| {
                format!(
                    "{}: two blocks differ in `leader_poll_interval` or `read_your_writes_ttl`; give them the same",
                    tracker.label
                )
            });
        }
        let url = Url::parse(&format!("{}/_ha/leader", origin(service)));
        let tracker: &'static Tracker = Box::leak(Box::new(Tracker {
            label: format!("{}:{}", service.name, service.port),
            service: service.clone(),
            url: url.map_err(|why| why.to_string())?,
            pace: Pace::every(times.0),
            view: View::new(Known::default()),
            turn: AtomicUsize::new(0),
            recent: Recent::new(times.1),
            counts: Counts::default(),
        }));
        all.push(tracker);
        if start.settings.mock.is_some() {
            tracker.lead_by_the_service()?;
        } else {
            start.spawn(tracker.follow(start.settings, Expected::new()));
        }
        Ok(Opened {
            tracker,
            first: true,
        })
    }

    /// Of a mock: whoever is called, it is the same one that answers.
    fn lead_by_the_service(&self) -> Result<(), String> {
        let told = Told {
            leader: Some(self.service.clone()),
            term: 0,
            lease_expires: None,
        };
        let heard = Known::default().hear(&told, self.patience());
        let (known, _) = heard.map_err(|why| why.to_string())?;
        self.view.show(known);
        Ok(())
    }

    /// The node that takes writes, as far as is known. Lock-free.
    pub fn writer(&self) -> Option<&'static Target> {
        self.view.now().writer(self.patience())
    }

    /// The node that takes writes as soon as it is another than `failed`; None: not within 1.5 intervals (HA-11).
    pub async fn another(&self, failed: &'static Target) -> Option<&'static Target> {
        let _polled_often = self.pace.hurry();
        let other = |known: &Known| {
            let writer = known.writer(self.patience())?;
            (writer.number != failed.number).then_some(writer)
        };
        let limit = self.pace.interval() * 3 / 2;
        timeout(limit, self.view.find(other)).await.ok()
    }

    /// A node is not what it was: it is asked about at once.
    pub fn doubt(&self) {
        self.pace.wake();
    }

    /// Whether a request may be sent there because a node says so: the service itself, what is named below it (`base-0.base`,
    /// as pods of a `StatefulSet` are), and whoever has led.
    pub fn is_member(&self, host: &Authority) -> bool {
        let of_service = || {
            let pod = host.name.strip_suffix(&*self.service.name);
            let pod = pod.is_some_and(|pod| pod.is_empty() || pod.ends_with('.'));
            let is_name = self.service.name.parse::<Ipv4Addr>().is_err();
            pod && (is_name || host.name == self.service.name)
                && (host.port, host.tls) == (self.service.port, self.service.tls)
        };
        let has_led = || self.view.now().members.iter().any(|member| member.is(host));
        of_service() || has_led()
    }

    /// Seconds after which a client may ask again: one poll later.
    pub fn retry_after(&self) -> u64 {
        let interval = self.pace.interval();
        interval.as_secs() + u64::from(interval.subsec_nanos() > 0)
    }

    /// How long a poll may fail before what it said last is doubted (HA-5).
    fn patience(&self) -> Duration {
        self.pace.interval() * 2
    }

    /// Never ends.
    async fn follow(&'static self, settings: &'static Settings, first: Expected) {
        let mut first = Some(first);
        let mut news = cluster::News::default();
        loop {
            let began = Instant::now();
            self.counts.polls.add(1);
            match self.ask(settings).await.and_then(|told| self.take(&told)) {
                Ok(()) => {
                    if let Some(failures) = news.succeeded() {
                        tracing::info!(
                            "base_ha {}: back after {failures} failed polls",
                            self.label
                        );
                    }
                }
                Err(why) => {
                    self.counts.poll_errors.add(1);
                    let why = why.to_string();
                    if news.failed(&why) {
                        tracing::warn!("base_ha {}: cannot learn who leads: {why}", self.label);
                    }
                }
            }
            drop(first.take());
            self.recent.sweep();
            self.pace.rest(began).await;
        }
    }

    async fn ask(&self, settings: &Settings) -> Result<Told, Untold> {
        let turn = self.turn.fetch_add(1, Relaxed);
        let limit = self.pace.interval();
        let answer = cluster::ask(&self.url, turn, limit, MAX_ANSWER, settings).await?;
        Ok(Told::read(&answer)?)
    }

    fn take(&self, told: &Told) -> Result<(), Untold> {
        let before = self.view.now();
        let (known, news) = before.hear(told, self.patience())?;
        drop(before);
        let (label, term) = (&self.label, told.term);
        let leader = told.leader.as_ref().map(origin).unwrap_or_default();
        match news {
            News::Nobody => tracing::debug!("base_ha {label}: a node knows of no leader"),
            News::Stale => tracing::debug!("base_ha {label}: a node is still in term {term}"),
            News::Same => {}
            News::Term | News::Node => {
                // HA-4
                let changes = u64::from(news == News::Term);
                self.counts.leader_changes.add(changes);
                tracing::info!(term, "base_ha {label}: {leader} leads");
            }
        }
        self.view.show(known);
        Ok(())
    }
}

fn origin(host: &Authority) -> String {
    let scheme = if host.tls { "https" } else { "http" };
    format!("{scheme}://{}:{}", host.name, host.port)
}
