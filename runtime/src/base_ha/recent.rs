//! Who has just written, and reads from the writer for a while (HA-7, HA-8).
//!
//! Sharded, so that cores seldom meet; bounded, whoever writes; what has expired is taken out a little at a time, by the
//! writes themselves and by the poller, never by a read (BUG-4).

use crate::{cx::Cx, identity};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

const SHARDS: usize = 64;

/// Clients of one shard: 262,144 in all, some 15 MiB.
const MAX_OF_SHARD: usize = 4096;

/// Entries that are looked at under one lock.
const AT_ONCE: usize = 256;

/// The clients of one cluster that wrote within `ttl`.
pub(super) struct Recent {
    /// Zero: nobody is remembered.
    pub ttl: Duration,
    random: RandomState,
    shards: Box<[Mutex<Shard>]>,
}

/// A client, as far as it can be told: address, organization and user. Two that are taken for one only read from the
/// writer once too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Client(u64);

#[derive(Default)]
struct Shard {
    /// When each client last wrote.
    wrote: HashMap<Client, Instant>,
    /// Every client once, in the order in which they are looked at again, and when it had written then.
    queue: VecDeque<(Client, Instant)>,
}

impl Recent {
    pub fn new(ttl: Duration) -> Recent {
        Recent {
            ttl,
            random: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Who sends this request. Organization and user are what this gateway has found out; a client's own words are gone.
    pub fn client(&self, cx: &Cx) -> Client {
        let said = |name| cx.head.headers.first(name);
        let (org, user) = (said(&identity::ORG_ID), said(&identity::USER_ID));
        Client(self.random.hash_one((cx.client, org, user)))
    }

    /// Whether it reads from the writer.
    pub fn has_written(&self, client: Client) -> bool {
        if self.ttl.is_zero() {
            return false;
        }
        let at = self.shard(client).wrote.get(&client).copied();
        at.is_some_and(|at| at.elapsed() < self.ttl)
    }

    /// It has written just now. How many others had to be forgotten before their time: 0, or 1 where there are too many.
    pub fn mark(&self, client: Client) -> u64 {
        if self.ttl.is_zero() {
            return 0;
        }
        let now = Instant::now();
        let mut shard = self.shard(client);
        shard.sweep(now, self.ttl);
        shard.mark(client, now)
    }

    /// Takes out what has expired.
    pub fn sweep(&self) {
        let now = Instant::now();
        for shard in &self.shards {
            locked(shard).sweep(now, self.ttl);
        }
    }

    fn shard(&self, client: Client) -> MutexGuard<'_, Shard> {
        // A remainder of 64 fits.
        let index = usize::try_from(client.0 % SHARDS as u64).unwrap_or_default();
        locked(&self.shards[index])
    }
}

impl Shard {
    fn mark(&mut self, client: Client, now: Instant) -> u64 {
        if let Some(at) = self.wrote.get_mut(&client) {
            *at = now;
            return 0;
        }
        let full = self.queue.len() >= MAX_OF_SHARD;
        if full {
            self.forget_one();
        }
        self.wrote.insert(client, now);
        self.queue.push_back((client, now));
        u64::from(full)
    }

    /// Takes out what has expired, some of it. What was marked again goes to the end of the queue.
    fn sweep(&mut self, now: Instant, ttl: Duration) {
        for _ in 0..AT_ONCE {
            match self.queue.front() {
                Some((_, at)) if now.duration_since(*at) >= ttl => {}
                _ => return,
            }
            let Some((client, _)) = self.queue.pop_front() else {
                return;
            };
            match self.wrote.get(&client) {
                Some(at) if now.duration_since(*at) < ttl => self.queue.push_back((client, *at)),
                _ => drop(self.wrote.remove(&client)),
            }
        }
    }

    /// The one that is nearest to its end, or nearly so: one that keeps writing is spared, but not looked for for ever.
    fn forget_one(&mut self) {
        for patience in (0..8).rev() {
            let Some((client, at)) = self.queue.pop_front() else {
                return;
            };
            match self.wrote.get(&client) {
                Some(later) if *later > at && patience > 0 => {
                    self.queue.push_back((client, *later));
                }
                _ => {
                    self.wrote.remove(&client);
                    return;
                }
            }
        }
    }
}

/// What a panic left behind is still a list.
fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, pause};

    const TTL: Duration = Duration::from_secs(5);

    fn sizes(recent: &Recent) -> (usize, usize) {
        let shards = || recent.shards.iter().map(locked);
        (
            shards().map(|shard| shard.wrote.len()).sum(),
            shards().map(|shard| shard.queue.len()).sum(),
        )
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_client_is_remembered_from_its_last_write() {
        pause();
        let recent = Recent::new(TTL);
        let (a, b) = (Client(1), Client(2));
        assert!(!recent.has_written(a));
        recent.mark(a);
        assert!(recent.has_written(a) && !recent.has_written(b));
        advance(TTL / 2).await;
        recent.mark(a);
        advance(TTL / 2).await;
        assert!(recent.has_written(a), "it wrote again");
        recent.sweep();
        assert_eq!(sizes(&recent), (1, 1));
        advance(TTL / 2).await;
        assert!(!recent.has_written(a));
        recent.sweep();
        assert_eq!(sizes(&recent), (0, 0));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn nobody_is_remembered_for_no_time() {
        let recent = Recent::new(Duration::ZERO);
        recent.mark(Client(1));
        assert!(!recent.has_written(Client(1)));
        assert_eq!(sizes(&recent), (0, 0));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_million_writers_cost_a_bounded_amount() {
        pause();
        let recent = Recent::new(TTL);
        // Of one shard, and one client that keeps writing.
        let of_shard = |n: u64| Client(n * SHARDS as u64);
        let busy = of_shard(0);
        recent.mark(busy);
        let mut forgotten = 0;
        for n in 1..1_000_000 {
            forgotten += recent.mark(of_shard(n));
            if n % 1000 == 0 {
                advance(Duration::from_millis(1)).await;
                recent.mark(busy);
            }
        }
        assert_eq!(sizes(&recent), (MAX_OF_SHARD, MAX_OF_SHARD));
        assert_eq!(forgotten, 1_000_000 - MAX_OF_SHARD as u64);
        assert!(recent.has_written(busy), "it writes all the time");
        assert!(recent.has_written(of_shard(999_999)), "the last one");
        assert!(!recent.has_written(of_shard(1)), "long ago");
        // All at once, but never much at a time.
        advance(TTL).await;
        for _ in 0..MAX_OF_SHARD / AT_ONCE {
            assert_ne!(sizes(&recent), (0, 0));
            recent.sweep();
        }
        assert_eq!(sizes(&recent), (0, 0));
    }
}
