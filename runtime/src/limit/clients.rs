//! A bucket for each client, and never more than so many of them.
//!
//! A bucket is two numbers: a keyed hash of whose it is, and the time up to which it is used up (GCRA's TAT). One that is
//! full again says nothing that a new one would not say, so its place is free. Hence nothing has to be swept for the
//! count to be right: memory follows the clients whose buckets are not full, and what [`Clients::shrink`] gives back is
//! only room.
//!
//! When there is no room left, the client that is nearest to a full bucket is forgotten: the one that loses least. To
//! make the gateway forget a client that is held back, somebody must find as many others in the same row that are held
//! back longer, each of which has used up a bucket of its own; who cannot choose keys cannot choose rows, for the hash is
//! keyed. Nobody is ever refused for lack of room.

use super::{
    quota::{Left, Wait},
    rate::{BadRate, Rate},
};
use crate::measure::Counter;
use governor::{
    RateLimiter, clock::Clock, middleware::StateInformationMiddleware, nanos::Nanos,
    state::StateStore,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places in a row: a client is looked for in one row only.
const PLACES: usize = 16;
/// A power of two. Two cores that meet in one wait for some tens of nanoseconds.
const SHARDS: usize = 16;
/// Clients of the smallest table.
pub(super) const FEWEST: usize = SHARDS * PLACES;

/// Who asks, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Visit {
    /// A keyed hash of what the client is known by.
    pub client: u64,
    pub now: u64,
}

/// The buckets of the clients of one limit.
pub(super) struct Clients<C: Clock<Instant = Nanos>> {
    limiter: RateLimiter<Visit, Table, C, StateInformationMiddleware>,
    table: Table,
    rate: Rate,
}

#[derive(Clone)]
struct Table(Arc<Shards>);

struct Shards {
    all: [Padded; SHARDS],
    /// Of a shard; a power of two.
    most_rows: usize,
    forgotten: Counter,
}

/// A cache line of its own, so that a lock is not fought for by cores that use its neighbours.
#[derive(Default)]
#[repr(align(64))]
struct Padded(Mutex<Shard>);

#[derive(Default)]
struct Shard {
    /// A power of two, or none at all.
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Row {
    clients: [u64; PLACES],
    /// Up to when the bucket is used up.
    until: [u64; PLACES],
}

impl<C: Clock<Instant = Nanos>> Clients<C> {
    /// None yet; at least `most` at once.
    pub fn new(rate: Rate, most: usize, clock: C) -> Result<Clients<C>, BadRate> {
        let rows = most.div_ceil(FEWEST).next_power_of_two();
        let table = Table(Arc::new(Shards {
            all: Default::default(),
            most_rows: rows,
            forgotten: Counter::new(),
        }));
        Ok(Clients {
            limiter: RateLimiter::new(rate.quota()?, table.clone(), clock),
            table,
            rate,
        })
    }

    /// Takes one from the client's bucket.
    pub fn take(&self, client: u64) -> Result<Left, Wait> {
        let now = self.now();
        match self.limiter.check_key(&Visit { client, now }) {
            Ok(state) => Ok(Left::of(self.rate, state.remaining_burst_capacity())),
            Err(until) => Err(Wait {
                limit: self.rate.burst,
                time: until.wait_time_from(now.into()),
            }),
        }
    }

    /// The client's bucket is used up for this long, at least: others take from it too.
    #[cfg(feature = "limit-shared")]
    pub fn raise(&self, client: u64, ahead: std::time::Duration) {
        let now = self.now();
        let until = now + super::bucket::nanos(ahead);
        let raised = self
            .table
            .measure_and_replace(&Visit { client, now }, |before| {
                let until = before.unwrap_or_default().as_u64().max(until);
                Ok::<_, std::convert::Infallible>(((), until.into()))
            });
        raised.unwrap_or_else(|never| match never {});
    }

    /// How many have a bucket that is not full.
    pub fn count(&self) -> usize {
        let now = self.now();
        let shards = self.table.0.all.iter();
        shards.map(|shard| shard.lock().live(now)).sum()
    }

    /// How many were forgotten for lack of room.
    pub fn forgotten(&self) -> u64 {
        self.table.0.forgotten.get()
    }

    /// Gives back the room of clients that are gone, a shard at a time.
    pub fn shrink(&self) {
        for shard in &self.table.0.all {
            shard.lock().shrink(self.now());
        }
    }

    fn now(&self) -> u64 {
        self.limiter.clock().now().as_u64()
    }
}

impl Padded {
    /// Two numbers are never half written, so what a panic left is sound.
    fn lock(&self) -> MutexGuard<'_, Shard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Table {
    type Key = Visit;

    fn measure_and_replace<T, F, E>(&self, visit: &Visit, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Visit { client, now } = *visit;
        let mut shard = self.0.shard(client);
        let found = shard.find(client);
        let before = found.map(|(row, place)| shard.rows[row].until[place].into());
        let (outcome, after) = f(before)?;
        match found {
            Some((row, place)) => shard.rows[row].until[place] = after.as_u64(),
            None => {
                if shard.insert(client, after.as_u64(), now, self.0.most_rows) {
                    self.0.forgotten.add(1);
                }
            }
        }
        Ok(outcome)
    }
}

impl Shards {
    fn shard(&self, client: u64) -> MutexGuard<'_, Shard> {
        // The low bits choose the row.
        let number = (client >> 32) as usize % SHARDS;
        self.all[number].lock()
    }
}

impl Shard {
    fn row(&self, client: u64) -> Option<usize> {
        let mask = self.rows.len().checked_sub(1)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only its low bits are wanted"
        )]
        Some(client as usize & mask)
    }

    fn find(&self, client: u64) -> Option<(usize, usize)> {
        let row = self.row(client)?;
        let place = self.rows[row].clients.iter().position(|c| *c == client)?;
        Some((row, place))
    }

    /// Writes down a client that is not there; whether another one was forgotten for it.
    fn insert(&mut self, client: u64, until: u64, now: u64, most_rows: usize) -> bool {
        loop {
            let may_grow = self.rows.len() < most_rows;
            if let Some(row) = self.row(client) {
                let row = &mut self.rows[row];
                if let Some(free) = row.until.iter().position(|until| *until <= now) {
                    row.put(free, client, until);
                    return false;
                }
                if !may_grow {
                    let nearest = (0..PLACES).min_by_key(|place| row.until[*place]);
                    row.put(nearest.unwrap_or_default(), client, until);
                    return true;
                }
            }
            self.resize((self.rows.len() * 2).max(1), now);
        }
    }

    /// Whoever has a bucket that is not full, in so many rows; false if a row would be too short, and then all is as it
    /// was. Twice as many rows are never too short, for each row becomes two.
    fn resize(&mut self, rows: usize, now: u64) -> bool {
        let mut other = Shard {
            rows: vec![Row::default(); rows],
        };
        for row in &self.rows {
            for (client, until) in row.clients.iter().zip(row.until) {
                if until <= now {
                    continue;
                }
                let Some(to) = other.row(*client) else {
                    return false;
                };
                let to = &mut other.rows[to];
                match to.until.iter().position(|until| *until == 0) {
                    Some(free) => to.put(free, *client, until),
                    None => return false,
                }
            }
        }
        *self = other;
        true
    }

    /// To twice the room that is used, if that is a quarter of what there is.
    fn shrink(&mut self, now: u64) {
        let live = self.live(now);
        if live == 0 {
            self.rows = Vec::new();
            return;
        }
        let wanted = (live * 2).div_ceil(PLACES).next_power_of_two();
        if wanted <= self.rows.len() / 4 {
            self.resize(wanted, now);
        }
    }

    fn live(&self, now: u64) -> usize {
        let live = |row: &Row| row.until.iter().filter(|until| **until > now).count();
        self.rows.iter().map(live).sum()
    }
}

impl Row {
    fn put(&mut self, place: usize, client: u64, until: u64) {
        self.clients[place] = client;
        self.until[place] = until;
    }
}

#[cfg(test)]
mod tests;
