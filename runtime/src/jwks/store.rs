//! One key set of this process: a snapshot for the cores, and what the control thread needs to keep it fresh.

use super::{BadSource, Report, Source, status::Status, trust::BadTrust, unknown::Unknown};
use crate::jose::KeySet;
use arc_swap::{ArcSwap, Guard};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;
use tokio_rustls::rustls::ClientConfig;

/// The keys of one source, kept fresh for the life of the process.
pub(crate) struct Store {
    pub(super) source: Source,
    pub(super) tls: Option<Arc<ClientConfig>>,
    snapshot: ArcSwap<Snapshot>,
    /// Milliseconds; the shortest that anybody asked for.
    lifetime: AtomicU64,
    unknown: Mutex<Unknown>,
    /// Somebody needs a key that is not there.
    pub(super) wanted: Notify,
    pub(super) status: Mutex<Status>,
}

/// The keys at one moment.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub keys: KeySet,
    /// Another number means other keys. 0: there never were any.
    pub generation: u64,
    digest: [u8; 32],
}

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotOpen {
    #[error("key set {0}: {1}")]
    Source(String, #[source] BadSource),
    #[error("key set {0}: {1}")]
    Trust(String, #[source] BadTrust),
    #[error("key set {0}: {1}")]
    File(String, String),
}

static ALL: Mutex<Vec<&'static Store>> = Mutex::new(Vec::new());

/// Every store of this process, in the order in which they were opened.
pub(crate) fn all() -> Vec<&'static Store> {
    locked(&ALL).clone()
}

impl Store {
    /// The store of `source`; `spawn` is given it when it is new, to [`Store::keep`] it. A file is read at once.
    pub fn open(
        source: Source,
        lifetime: Duration,
        spawn: impl FnOnce(&'static Store),
    ) -> Result<&'static Store, CannotOpen> {
        let mut all = locked(&ALL);
        if let Some(store) = all.iter().find(|store| store.source == source) {
            store.lifetime.fetch_min(millis(lifetime), Relaxed);
            return Ok(store);
        }
        let name = source.to_string();
        source
            .check()
            .map_err(|error| CannotOpen::Source(name.clone(), error))?;
        let tls = source
            .trust
            .config()
            .map_err(|error| CannotOpen::Trust(name.clone(), error))?;
        let store: &'static Store = Box::leak(Box::new(Store {
            source,
            tls,
            snapshot: ArcSwap::default(),
            lifetime: AtomicU64::new(millis(lifetime)),
            unknown: Mutex::default(),
            wanted: Notify::new(),
            status: Mutex::default(),
        }));
        store
            .read_file_first()
            .map_err(|error| CannotOpen::File(name, error))?;
        all.push(store);
        spawn(store);
        Ok(store)
    }

    /// The keys of this moment. Lock-free; not to be held across a wait.
    pub fn now(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// A token names a key that is not there: it is looked for, unless that was in vain within `cooldown`. Cheap, and
    /// never waits: the next such token may find it.
    pub fn is_unknown(&self, name: &str, cooldown: Duration) {
        // Held by somebody who is asking already.
        if let Ok(mut unknown) = self.unknown.try_lock()
            && unknown.ask(name, Instant::now(), cooldown)
        {
            self.wanted.notify_one();
        }
    }

    /// What is known about it.
    pub fn report(&self) -> Report {
        let (snapshot, status) = (self.now(), locked(&self.status));
        Report {
            source: self.source.to_string(),
            keys: snapshot.keys.len(),
            skipped: snapshot.keys.skipped(),
            generation: snapshot.generation,
            age: status.fetched.map(|at| at.elapsed()),
            failures: status.failures,
            error: status.error.clone(),
        }
    }

    pub(super) fn lifetime(&self) -> Duration {
        Duration::from_millis(self.lifetime.load(Relaxed))
    }

    /// Publishes `keys`, if they are others than before; `digest` is of their text.
    pub(super) fn publish(&self, keys: KeySet, digest: [u8; 32]) {
        let before = self.snapshot.load();
        if before.generation > 0 && before.digest == digest {
            return;
        }
        let generation = before.generation + 1;
        tracing::info!(
            keys = keys.len(),
            skipped = keys.skipped(),
            "key set {}: {}",
            self.source,
            if generation == 1 {
                "fetched"
            } else {
                "changed"
            }
        );
        self.snapshot.store(Arc::new(Snapshot {
            keys,
            generation,
            digest,
        }));
    }
}

fn millis(t: Duration) -> u64 {
    u64::try_from(t.as_millis()).unwrap_or(u64::MAX)
}

/// What a panic left behind is still a list, or a number.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
