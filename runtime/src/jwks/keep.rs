//! How a key set is kept fresh: fetched before it ages out, again when a key is missing, later and later while that
//! fails. What was fetched once is used until something better is there.

use super::{
    Report,
    source::Place,
    store::{Store, locked},
};
use crate::{
    expected::Expected,
    fetch::{Fetch, FetchError},
    jose::{BadKeySet, KeySet, MAX_KEY_SET},
    settings::Resolve,
};
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    io::Read,
    path::Path,
    time::{Duration, SystemTime},
};
use tokio::time::sleep;

/// From one fetch to the next, at least: twice as long each time that a missing key was not found, up to the second.
const GAP: Duration = Duration::from_secs(1);
const LONGEST_GAP: Duration = Duration::from_mins(1);
/// An issuer that asks to be asked more often than this is not heard.
const LEAST_MAX_AGE: Duration = Duration::from_secs(30);
/// How often a file is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoKeys {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the answer has status {0}")]
    Status(StatusCode),
    #[error("cannot read the file: {0}")]
    File(#[from] io::Error),
    #[error("what came is no key set: {0}")]
    KeySet(#[from] BadKeySet),
}

/// What a file looked like when it was read.
type Seen = (SystemTime, u64);

impl Store {
    /// Never ends. The start of the gateway waits for the first attempt.
    pub fn keep(
        &'static self,
        resolve: &'static [Resolve],
    ) -> impl Future<Output = ()> + Send + 'static {
        self.keep_fresh(resolve, Expected::new())
    }

    async fn keep_fresh(&'static self, resolve: &'static [Resolve], first: Expected) {
        let mut pace = Pace::default();
        let mut seen = None;
        let mut first = Some(first);
        loop {
            let generation = self.now().generation;
            let wanted = pace.wanted;
            let next = match self.load(resolve, &mut seen).await {
                Ok(max_age) => {
                    locked(&self.status).succeeded(&self.source.to_string());
                    let fruitless = wanted && self.now().generation == generation;
                    pace.succeeded(fruitless);
                    self.next_refresh(max_age)
                }
                Err(error) => {
                    locked(&self.status).failed(&self.source.to_string(), error.to_string());
                    pace.failed()
                }
            };
            drop(first.take());
            sleep(pace.gap.min(next)).await;
            let left = next.saturating_sub(pace.gap);
            pace.wanted = if pace.failures > 0 {
                sleep(left).await;
                false
            } else {
                tokio::select! {
                    () = sleep(left) => false,
                    () = self.wanted.notified() => true,
                }
            };
        }
    }

    /// Loads it once and says how that went: for `check`.
    pub async fn probe(&'static self, resolve: &[Resolve]) -> Report {
        let loaded = self.load(resolve, &mut None).await;
        let mut status = locked(&self.status);
        let name = self.source.to_string();
        match loaded {
            Ok(_) => status.succeeded(&name),
            Err(error) => status.failed(&name, error.to_string()),
        }
        drop(status);
        self.report()
    }

    /// A file must be there when the gateway starts.
    pub(super) fn read_file_first(&self) -> Result<(), String> {
        let Place::File(path) = &self.source.place else {
            return Ok(());
        };
        let read = read(path, None).map_err(NoKeys::File);
        read.and_then(|(text, _)| self.take(&text.unwrap_or_default()))
            .map_err(|error| error.to_string())
    }

    /// The issuer's `max-age`, if it came with one.
    async fn load(
        &'static self,
        resolve: &[Resolve],
        seen: &mut Option<Seen>,
    ) -> Result<Option<Duration>, NoKeys> {
        match &self.source.place {
            Place::Url(url) => {
                let answer = Fetch {
                    max_body: MAX_KEY_SET,
                    tls: self.tls.clone(),
                    ..Fetch::get(url)
                }
                .send(resolve)
                .await?;
                if answer.status != StatusCode::OK {
                    return Err(NoKeys::Status(answer.status));
                }
                self.take(&answer.body)?;
                Ok(max_age(&answer.headers))
            }
            Place::File(path) => {
                let before = *seen;
                // A file may be on a disk that hangs, and this thread handles signals.
                let read = tokio::task::spawn_blocking(move || read(path, before)).await;
                let (text, now) = read.map_err(io::Error::other)??;
                if let Some(text) = text {
                    self.take(&text)?;
                }
                *seen = Some(now);
                Ok(None)
            }
        }
    }

    fn take(&self, text: &[u8]) -> Result<(), NoKeys> {
        self.publish(KeySet::parse(text)?, Sha256::digest(text).into());
        Ok(())
    }

    /// Before the set ages out, and not at the same moment as every other gateway.
    fn next_refresh(&self, max_age: Option<Duration>) -> Duration {
        let lifetime = match (&self.source.place, max_age) {
            (Place::File(_), _) => LOOK.min(self.lifetime()),
            (_, Some(age)) => self.lifetime().min(age.max(LEAST_MAX_AGE)),
            (_, None) => self.lifetime(),
        };
        lifetime.mul_f64(0.8 + 0.1 * fastrand::f64()).max(GAP)
    }
}

/// How fast fetches may follow each other.
#[derive(Debug)]
struct Pace {
    gap: Duration,
    failures: u32,
    /// The next fetch is for a missing key.
    wanted: bool,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            gap: GAP,
            failures: 0,
            wanted: false,
        }
    }
}

impl Pace {
    fn succeeded(&mut self, fruitless: bool) {
        self.failures = 0;
        self.gap = if fruitless {
            LONGEST_GAP.min(self.gap * 2)
        } else {
            GAP
        };
    }

    /// How long to wait: 1, 2, 4 … 60 s, each up to half as long again.
    fn failed(&mut self) -> Duration {
        let wait = LONGEST_GAP.min(GAP * 2u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        self.gap = GAP;
        wait.mul_f64(1.0 + 0.5 * fastrand::f64())
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 5.2.2.1).
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(header::CACHE_CONTROL);
    let directives = values.iter().filter_map(|value| value.to_str().ok());
    directives
        .flat_map(|value| value.split(','))
        .find_map(|directive| {
            let (name, seconds) = directive.trim().split_once('=')?;
            let age = name.eq_ignore_ascii_case("max-age").then_some(seconds)?;
            age.trim_matches('"').parse().ok().map(Duration::from_secs)
        })
}

/// The file's text, unless it looks as it did `before`.
fn read(path: &Path, before: Option<Seen>) -> io::Result<(Option<Vec<u8>>, Seen)> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let now = (metadata.modified()?, metadata.len());
    if before == Some(now) {
        return Ok((None, now));
    }
    let mut text = Vec::new();
    // One byte too many is enough to be refused.
    file.take(MAX_KEY_SET as u64 + 1).read_to_end(&mut text)?;
    Ok((Some(text), now))
}
