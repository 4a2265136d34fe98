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
pub(super) use store::{FAILURES, UP};

use super::{RateLimit, by::Seed};
use crate::measure::Counter;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Parts of a ledger, so that cores seldom meet in one.
const PAGES: usize = 16;
/// Clients on a page within one pace of the store; more of them count at their own gateway only.
const MOST: usize = 4_096;

/// What was taken from the buckets of one limit since the store was told.
pub(super) struct Ledger {
    pub store: &'static Store,
    all: AtomicU32,
    clients: [Mutex<HashMap<u64, u32>>; PAGES],
    /// Clients that found no place on a page.
    pub unheard: Counter,
}

/// A bucket in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
