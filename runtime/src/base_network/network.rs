//! One network of this process: who its members are, kept fresh on the control thread, and what has been counted.

use super::{
    answer::{self, BadMembers},
    members::{Member, Members},
    metrics::Counts,
    told,
};
use crate::{
    cluster::{News, Pace, Unanswered, View, ask},
    expected::Expected,
    gate::Start,
    settings::Settings,
    upstream::{Address, Target, Upstream},
    url::Url,
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// What a member is asked for (BN-2).
const MEMBERS: &str = "/-/base/members";
const TIMEOUT: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// The members that the hosts of one upstream know of, however many endpoints call it.
pub(super) struct Network {
    upstream: &'static Upstream,
    known: View<Known>,
    pace: Pace,
    /// Polls that were begun.
    begun: AtomicU64,
    pub counts: Counts,
}

/// A network, and whether it is this opening that made it.
pub(super) struct Opened {
    pub network: &'static Network,
    pub first: bool,
}

/// What is known after so many polls.
#[derive(Default)]
struct Known {
    members: Arc<Members>,
    polls: u64,
}

/// Why a poll has brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoMembers {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error(transparent)]
    Bad(#[from] BadMembers),
    #[error("there is no host to ask")]
    NoHost,
}

/// What a network says of its members when `check` asks: how many there are, and how many of them can be called.
pub(crate) struct Report {
    pub network: &'static str,
    pub members: Result<(usize, usize), String>,
}

static ALL: Mutex<Vec<&'static Network>> = Mutex::new(Vec::new());

/// Every network of this process, in the order in which they were opened.
fn all() -> MutexGuard<'static, Vec<&'static Network>> {
    // What a panic left behind is still a list.
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks every network for its members once, for `check`.
pub(crate) async fn probe_all(settings: &Settings) -> Vec<Report> {
    let networks = all().clone();
    let mut reports = Vec::with_capacity(networks.len());
    for network in networks {
        let told = network.poll(settings, &mut 0).await;
        let callable =
            |members: &Vec<Member>| members.iter().filter(|m| m.target.is_some()).count();
        reports.push(Report {
            network: network.label(),
            members: told
                .map(|members| (members.len(), callable(&members)))
                .map_err(|why| why.to_string()),
        });
    }
    reports
}

impl Network {
    /// The network of `upstream`, kept fresh from now on. gwc sees to it that all who open it say the same `interval`
    /// (BN-2).
    pub fn open(upstream: &'static Upstream, interval: Duration, start: &mut Start) -> Opened {
        let mut all = all();
        let same = |network: &&&Network| std::ptr::eq(network.upstream, upstream);
        if let Some(network) = all.iter().find(same) {
            return Opened {
                network,
                first: false,
            };
        }
        let network: &'static Network = Box::leak(Box::new(Network {
            upstream,
            known: View::new(Known::default()),
            pace: Pace::every(interval),
            begun: AtomicU64::new(0),
            counts: Counts::default(),
        }));
        all.push(network);
        if start.settings.mock.is_some() {
            network.pretend();
        } else {
            start.spawn(network.keep(start.settings, Expected::new()));
        }
        Opened {
            network,
            first: true,
        }
    }

    /// How the log calls it.
    pub fn label(&self) -> &'static str {
        self.upstream.label
    }

    /// What `read` makes of the members of this moment. Without a lock, and without counting who reads.
    pub fn with<R>(&self, read: impl FnOnce(&Members) -> R) -> R {
        read(&self.known.now().members)
    }

    /// Something is not as it is known to be: the next poll is due now.
    pub fn doubt(&self) {
        self.pace.wake();
    }

    /// Waits for a poll that begins from now on, but not for long.
    pub async fn ask_again(&self) {
        let begun = self.begun.load(SeqCst);
        let _hurry = self.pace.hurry();
        let fresh = |known: &Known| (known.polls > begun).then_some(());
        // Who the members were will have to do.
        let _ = timeout(TIMEOUT, self.known.find(fresh)).await;
    }

    /// Asks again and again. Never ends.
    async fn keep(&'static self, settings: &'static Settings, expected: Expected) {
        let (mut news, mut turn) = (News::default(), 0);
        let mut expected = Some(expected);
        loop {
            let began = Instant::now();
            let number = self.begun.fetch_add(1, SeqCst) + 1;
            let polled = self.poll(settings, &mut turn).await;
            let label = self.label();
            match &polled {
                Ok(_) => {
                    if let Some(failures) = news.succeeded() {
                        tracing::info!(
                            "base-network {label}: its members are told again, after {failures} failed polls"
                        );
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    if news.failed(&error) {
                        tracing::warn!("base-network {label}: cannot ask for its members: {error}");
                    }
                }
            }
            self.learn(polled.ok(), number);
            drop(expected.take());
            self.pace.rest(began).await;
        }
    }

    /// Of a mock: nobody is asked, and whoever is called, it is the same one that answers.
    fn pretend(&self) {
        let host = self
            .upstream
            .with_targets(|targets| targets.first().copied());
        let member = Member {
            id: "mock".into(),
            url: "the mock".into(),
            shards: Box::default(),
            target: host,
        };
        self.learn(Some(vec![member]), 1);
    }

    /// The members that the first of the hosts tells of that tells anything. `turn` says with which to begin, and stays with
    /// one that answers.
    async fn poll(&self, settings: &Settings, turn: &mut usize) -> Result<Vec<Member>, NoMembers> {
        // Of this moment: they may be looked up.
        let urls = self.upstream.with_targets(urls);
        let mut polled = Err(NoMembers::NoHost);
        for _ in &urls {
            self.counts.polls.add(1);
            let (round, at) = (*turn / urls.len(), *turn % urls.len());
            let answer = ask(&urls[at], round, TIMEOUT, MAX_ANSWER, settings).await;
            polled = answer
                .map_err(NoMembers::from)
                .and_then(|answer| Ok(answer::read(&answer)?));
            if polled.is_ok() {
                break;
            }
            self.counts.poll_errors.add(1);
            *turn = turn.wrapping_add(1);
        }
        polled
    }

    /// What the poll of this number found out; None: nothing, so that what was known is kept.
    fn learn(&self, members: Option<Vec<Member>>, polls: u64) {
        let before = Arc::clone(&self.known.now().members);
        let members = match members.map(Members::new) {
            Some(members) if members.list() != before.list() => {
                told::others(self.label(), &before, &members);
                Arc::new(members)
            }
            _ => before,
        };
        self.known.show(Known { members, polls });
    }
}

/// Where each of these is asked, whatever the number of its turns.
fn urls(targets: &[&'static Target]) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::with_capacity(targets.len());
    for Address { name, port, secure } in targets.iter().map(|target| target.host) {
        let scheme = if secure { "https" } else { "http" };
        // The name is that of a host already.
        let url = Url::parse(&format!("{scheme}://{name}:{port}{MEMBERS}"));
        urls.extend(url.ok().filter(|url| !urls.contains(url)));
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::{Target, urls};
    use crate::host;

    #[test]
    fn each_host_is_asked_once_in_a_round() {
        let target = |text| Target::found(&host::parse(text).expect(text)).expect("room for it");
        let (one, two) = (target("http://one.test:8090"), target("https://[::1]"));
        let asked: Vec<String> = urls(&[one, two, one])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            asked,
            [
                "http://one.test:8090/-/base/members",
                "https://[::1]/-/base/members"
            ]
        );
        assert!(urls(&[]).is_empty());
    }
}
