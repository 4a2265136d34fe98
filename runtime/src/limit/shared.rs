//! Limits that several gateways keep together, through a Redis or Valkey server.
//!
//! No request waits for it. Each gateway takes from its own buckets at once and notes in a [`Ledger`] what was taken; some
//! milliseconds later the control thread adds that to the buckets in the store, learns how far those are used up by all
//! gateways together, and raises its own to that ([`store`]). What two gateways let through at the same moment is a debt in
//! the store's bucket, which all of them wait for: over time as much gets through as with one gateway, and the excess at
//! any moment is what the others let through within that pace.
//!
//! While the store is away nothing is noted, and each gateway counts alone.

mod store;

pub(crate) use store::Store;

use super::{Live, RateLimit, by::Seed, rate::Rate};
use crate::{
    gate::Start,
    measure::{Counter, Family, Measures},
    text::Text,
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

/// Parts of a ledger, so that cores seldom meet in one.
const PAGES: usize = 16;
/// Clients on a page within one pace of the store; more of them count at their own gateway only.
const MOST: usize = 4_096;

/// What a limit has in common with those of other gateways.
pub(super) struct Shared {
    /// Of clients, as all of them have it.
    pub seed: Seed,
    pub ledger: Ledger,
}

/// What was taken from the buckets of one limit since the store was told.
pub(super) struct Ledger {
    pub store: &'static Store,
    all: AtomicU32,
    clients: [Mutex<HashMap<u64, u32>>; PAGES],
    /// Clients that found no place on a page.
    pub unheard: Counter,
}

/// A bucket in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Which {
    Everybodys,
    /// By the hash that all gateways of the store make of a client.
    Clients(u64),
}

impl Ledger {
    pub fn new(store: &'static Store) -> Ledger {
        Ledger {
            store,
            all: AtomicU32::new(0),
            clients: Default::default(),
            unheard: Counter::new(),
        }
    }

    /// Notes that one was taken.
    pub fn note(&self, which: Which) {
        if !self.store.is_up() {
            return;
        }
        match which {
            Which::Everybodys => drop(self.all.fetch_add(1, Relaxed)),
            Which::Clients(client) => {
                let mut page = self.page(client);
                if page.len() >= MOST && !page.contains_key(&client) {
                    self.unheard.add(1);
                    return;
                }
                *page.entry(client).or_default() += 1;
            }
        }
        self.store.wake();
    }

    /// Everything that was noted since the last time.
    pub fn take(&self) -> Vec<(Which, u32)> {
        let mut taken = Vec::new();
        let all = self.all.swap(0, Relaxed);
        if all > 0 {
            taken.push((Which::Everybodys, all));
        }
        for page in &self.clients {
            let page = mem::take(&mut *page.lock().unwrap_or_else(PoisonError::into_inner));
            taken.extend(
                page.into_iter()
                    .map(|(client, n)| (Which::Clients(client), n)),
            );
        }
        taken
    }

    /// What was noted of a bucket since then.
    pub fn since(&self, which: Which) -> u32 {
        match which {
            Which::Everybodys => self.all.load(Relaxed),
            Which::Clients(client) => self.page(client).get(&client).copied().unwrap_or_default(),
        }
    }

    fn page(&self, client: u64) -> MutexGuard<'_, HashMap<u64, u32>> {
        let page = &self.clients[(client >> 32) as usize % PAGES];
        page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimit {
    /// Joins the store, if there is one.
    pub(super) fn share(&'static self, live: Live, start: &mut Start) -> Result<Live, String> {
        let Some(url) = self.store.map(Text::get) else {
            return Ok(live);
        };
        let bad = |_| {
            "the store's URL, which is not shown, is not one of Redis: `redis://host:6379`, or `rediss://` with TLS"
                .to_owned()
        };
        let shared = Shared {
            ledger: Ledger::new(Store::join(url, self, start).map_err(bad)?),
            seed: seed(start.settings.gateway.name, self, url),
        };
        Ok(Live {
            shared: Some(shared),
            ..live
        })
    }

    fn shared(&self) -> Option<(&Live, &Shared)> {
        let live = self.live.get()?;
        Some((live, live.shared.as_ref()?))
    }

    /// What was taken from which bucket since the last time.
    fn spent(&self) -> Vec<(Which, u32)> {
        let shared = self.shared();
        shared
            .map(|(_, shared)| shared.ledger.take())
            .unwrap_or_default()
    }

    /// From one token to the next.
    fn interval(&self, which: Which) -> Duration {
        let rate = match which {
            Which::Everybodys => self.all,
            Which::Clients(_) => self.each,
        };
        rate.map(Rate::interval).unwrap_or_default()
    }

    /// A bucket is used up for this long in the store; what was taken from ours since it was told comes on top.
    fn raise(&self, which: Which, ahead: Duration) {
        let Some((live, shared)) = self.shared() else {
            return;
        };
        let ahead = ahead + self.interval(which) * shared.ledger.since(which);
        match (which, &live.all, &live.each) {
            (Which::Everybodys, Some(bucket), _) => bucket.raise(ahead),
            (Which::Clients(client), _, Some(clients)) => {
                clients.raise(live.seed.mix(client), ahead);
            }
            _ => {}
        }
    }

    pub(super) fn measure_store(&self, to: &mut dyn Measures) {
        static UNSHARED: Family = Family {
            name: "gateway_limit_unshared_total",
            help: "Requests that other gateways were not told of, for there were too many clients at once",
        };
        let Some((_, shared)) = self.shared() else {
            return;
        };
        if shared.ledger.store.is_firsts(self) {
            shared.ledger.store.measure(to);
        }
        let unheard = shared.ledger.unheard.get();
        to.counter(&UNSHARED, &[("limit", self.name)], unheard);
    }
}

/// The keys of the hash by which all gateways of a store know a client. Who does not know the store's URL, which has its
/// password, does not know them.
pub(super) fn seed(gateway: &str, limit: &RateLimit, url: &str) -> Seed {
    let mut hash = Sha256::new();
    for text in [gateway, limit.name, url] {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let digest = hash.finalize();
    let half = |at: usize| {
        let bytes = digest[at..at + 8].iter();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    Seed(half(0), half(8))
}

#[cfg(test)]
mod tests;
