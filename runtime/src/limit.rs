//! `qos/ratelimit/router` and `qos/ratelimit/proxy`: how many requests get through (RL-1..8).
//!
//! A [`RateLimit`] is a `static` of the generated crate: of the gateway, of an endpoint, or of the calls of one backend.
//! Each has buckets of its own, which all cores share: one for everybody together ([`bucket`]), and one for each client
//! ([`clients`]), known by what [`By`] says. [`limit`] is the step of a handler that takes from them; behind who may call,
//! so that a 401 costs nobody a token (RL-8).

mod bucket;
mod by;
mod clients;
mod guard;
mod part;
mod quota;
mod rate;
#[cfg(feature = "limit-shared")]
mod shared;

pub use by::By;
pub(crate) use quota::Left;
#[cfg(feature = "limit-shared")]
pub(crate) use shared::Store;

use crate::{cx::Cx, endpoint::Passed, measure::Counter, reject::Reject};
use bucket::Bucket;
use by::{Key, Seed};
use clients::Clients;
use quota::Wait;
use rate::{Clock, Rate};
use std::{sync::OnceLock, time::Duration};

/// A limit. Every setter documents its default.
pub struct RateLimit {
    name: &'static str,
    key: &'static str,
    all: Option<Rate>,
    each: Option<Rate>,
    by: By,
    max_clients: usize,
    #[cfg(feature = "limit-shared")]
    store: Option<crate::text::Text>,
    refused: [Counter; 2],
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    all: Option<Bucket<Clock>>,
    each: Option<Clients<Clock>>,
    key: Key,
    /// Of clients in the table of this process.
    seed: Seed,
    #[cfg(feature = "limit-shared")]
    shared: Option<shared::Shared>,
}

/// Whose bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Everybodys,
    Clients,
}

impl RateLimit {
    /// No limit yet. `name` is what logs and metrics call it: a route, or `the gateway`.
    pub const fn new(name: &'static str) -> RateLimit {
        RateLimit::under("qos/ratelimit/router", name)
    }

    /// As [`RateLimit::new`], of the calls of a backend.
    pub const fn of_calls(name: &'static str) -> RateLimit {
        RateLimit::under("qos/ratelimit/proxy", name)
    }

    const fn under(key: &'static str, name: &'static str) -> RateLimit {
        RateLimit {
            name,
            key,
            all: None,
            each: None,
            by: By::Address,
            max_clients: 1 << 18,
            #[cfg(feature = "limit-shared")]
            store: None,
            refused: [Counter::new(), Counter::new()],
            live: OnceLock::new(),
        }
    }

    /// `count` requests of all clients together in each `window`. Default: any number.
    #[must_use]
    pub const fn all(mut self, count: u32, window: Duration) -> RateLimit {
        self.all = Some(Rate::new(count, window));
        self
    }

    /// How many requests of all clients may come at once. Default: the count of [`RateLimit::all`] (RL-6).
    #[must_use]
    pub const fn all_burst(mut self, count: u32) -> RateLimit {
        if let Some(rate) = &mut self.all {
            rate.burst = count;
        }
        self
    }

    /// `count` requests of one client, known by that, in each `window`. Default: any number.
    #[must_use]
    pub const fn each(mut self, by: By, count: u32, window: Duration) -> RateLimit {
        self.by = by;
        self.each = Some(Rate::new(count, window));
        self
    }

    /// How many requests of one client may come at once. Default: the count of [`RateLimit::each`] (RL-6).
    #[must_use]
    pub const fn each_burst(mut self, count: u32) -> RateLimit {
        if let Some(rate) = &mut self.each {
            rate.burst = count;
        }
        self
    }

    /// Clients whose buckets are kept, rounded up to a power of two of 256 or more; 16 bytes each, taken as they are
    /// needed. With one more, who is nearest to a full bucket is forgotten. Default 262,144 (4 MiB).
    #[must_use]
    pub const fn max_clients(mut self, most: usize) -> RateLimit {
        self.max_clients = most;
        self
    }

    /// The URL of a Redis or Valkey server through which all gateways of this name count together. It may have slots.
    /// Default: each counts alone.
    #[cfg(feature = "limit-shared")]
    #[must_use]
    pub const fn store(mut self, url: &'static str) -> RateLimit {
        self.store = Some(crate::text::Text::secret(url));
        self
    }

    fn prepare(&self) -> Result<Live, String> {
        let clock = Clock::start();
        let all = self.all.map(|rate| Bucket::new(rate, clock));
        let each = self
            .each
            .map(|rate| Clients::new(rate, self.max_clients, clock));
        let bad = |error: rate::BadRate| error.to_string();
        Ok(Live {
            all: all.transpose().map_err(bad)?,
            each: each.transpose().map_err(bad)?,
            key: (self.by.ready()).map_err(|name| format!("`{name}` is no header name"))?,
            seed: Seed::random(),
            #[cfg(feature = "limit-shared")]
            shared: None,
        })
    }

    fn judge(&'static self, cx: &mut Cx) -> Result<(), Reject> {
        let live = self.live.get().expect("started before it is used");
        match live.take(cx) {
            Ok(Some(left)) => {
                cx.marks.quota = Some(left.or_tighter(cx.marks.quota));
                Ok(())
            }
            Ok(None) => Ok(()),
            Err((whose, wait)) => Err(self.refuse(whose, wait, cx)),
        }
    }

    fn refuse(&self, whose: Whose, wait: Wait, cx: &mut Cx) -> Reject {
        self.refused[whose as usize].add(1);
        cx.marks.quota = Some(wait.left());
        let of = match whose {
            Whose::Everybodys => "all clients",
            Whose::Clients => "the client",
        };
        wait.answer(format!("the limit of {of} at {}", self.name))
            .into()
    }
}

impl Live {
    /// What is left of the tighter bucket. Nobody's own bucket is touched by what all together may not (RL-4 takes from
    /// it).
    fn take(&self, cx: &Cx) -> Result<Option<Left>, (Whose, Wait)> {
        if let Some(wait) = self.all.as_ref().and_then(Bucket::empty) {
            return Err((Whose::Everybodys, wait));
        }
        let mut left = None;
        if let Some(clients) = &self.each {
            let taken = self.take_of(clients, cx);
            left = Some(taken.map_err(|wait| (Whose::Clients, wait))?);
        }
        if let Some(bucket) = &self.all {
            let of_all = bucket.take().map_err(|wait| (Whose::Everybodys, wait))?;
            #[cfg(feature = "limit-shared")]
            if let Some(shared) = &self.shared {
                shared.ledger.note(shared::Which::Everybodys);
            }
            left = Some(of_all.or_tighter(left));
        }
        Ok(left)
    }

    fn take_of(&self, clients: &Clients<Clock>, cx: &Cx) -> Result<Left, Wait> {
        #[cfg(feature = "limit-shared")]
        if let Some(shared) = &self.shared {
            let client = self.key.of(cx, shared.seed);
            let left = clients.take(self.seed.mix(client))?;
            shared.ledger.note(shared::Which::Clients(client));
            return Ok(left);
        }
        clients.take(self.key.of(cx, self.seed))
    }
}

/// A step of a handler: 429 to whoever comes too often (RL-3).
///
/// # Errors
/// If a bucket of `limit` that the request would take from is empty.
pub fn limit(limit: &'static RateLimit, cx: &mut Cx) -> Passed {
    Ok(limit.judge(cx)?)
}
