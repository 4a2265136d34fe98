//! Upstream connections that wait for their next request, per core and host.

use super::{Connection, Exchange, Target, UpstreamError, connect, dns::Addresses};
use crate::{
    gateway::Gateway,
    metrics::{Pool, Tally},
    settings::Settings,
};
use http::StatusCode;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// What one core knows of every host that it has called.
pub(crate) struct Pools {
    slots: RefCell<Vec<Option<Rc<Slot>>>>,
    tally: Option<&'static Tally>,
}

/// What one core knows of one host: connections to it, and its addresses.
pub(crate) struct Slot {
    target: &'static Target,
    /// Oldest first. Taken from the back: what was used last is the least likely to have been closed, and what is not
    /// needed any more ages at the front.
    idle: RefCell<VecDeque<Idle>>,
    pub addresses: Addresses,
    max_idle: usize,
    idle_timeout: Duration,
    figures: Option<Arc<Pool>>,
}

/// A connection in the making.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Connection, UpstreamError>>>>;

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pools {
    /// Those of a core, which counts what becomes of them.
    pub fn counted_by(tally: Option<&'static Tally>) -> Pools {
        Pools {
            slots: RefCell::default(),
            tally,
        }
    }

    /// The slot of `target`.
    pub fn slot(&self, target: &'static Target, gateway: &Gateway) -> Rc<Slot> {
        let mut slots = self.slots.borrow_mut();
        if slots.len() <= target.number {
            slots.resize(target.number + 1, None);
        }
        let open = || Rc::new(Slot::new(target, gateway, self.tally));
        Rc::clone(slots[target.number].get_or_insert_with(open))
    }

    /// Closes what has been idle for too long, so that a gateway without traffic lets go of its connections.
    pub fn sweep(&self) {
        let now = Instant::now();
        for slot in self.slots.borrow().iter().flatten() {
            slot.sweep(now);
        }
    }
}

impl Slot {
    fn new(target: &'static Target, gateway: &Gateway, tally: Option<&'static Tally>) -> Slot {
        Slot {
            target,
            idle: RefCell::default(),
            addresses: Addresses::default(),
            max_idle: if gateway.upstream_keep_alive {
                gateway.max_idle_per_host
            } else {
                0
            },
            idle_timeout: gateway.upstream_idle_timeout,
            figures: tally.and_then(|tally| tally.pool(target)),
        }
    }

    pub fn target(&self) -> &'static Target {
        self.target
    }

    /// A kept connection, the last used first.
    pub fn take(&self) -> Option<Connection> {
        let taken = self.freshest();
        if let Some(figures) = &self.figures {
            figures.idle(self.idle.borrow().len());
            if taken.is_some() {
                figures.reused();
            }
        }
        taken
    }

    fn freshest(&self) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        while let Some(mut kept) = idle.pop_back() {
            if kept.since.elapsed() <= self.idle_timeout && kept.connection.is_quiet() {
                return Some(kept.connection);
            }
        }
        None
    }

    /// Keeps the connection of an exchange that is over, if it can be used again.
    pub fn put(&self, exchange: Exchange) {
        if self.max_idle == 0 {
            return;
        }
        let Some(connection) = exchange.into_connection() else {
            return;
        };
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= self.max_idle {
            idle.pop_front();
        }
        idle.push_back(Idle {
            connection,
            since: Instant::now(),
        });
        if let Some(figures) = &self.figures {
            figures.idle(idle.len());
        }
    }

    /// A fresh connection. Boxed: most requests find a kept one, and their future should not carry this one's state.
    #[cfg(feature = "edge")]
    pub fn connect(self: Rc<Self>, settings: &'static Settings) -> Connecting {
        self.connect_within(None, settings)
    }

    /// As [`Slot::connect`], with another limit than the gateway's.
    pub fn connect_within(
        self: Rc<Self>,
        limit: Option<Duration>,
        settings: &'static Settings,
    ) -> Connecting {
        let limit = limit.unwrap_or(settings.gateway.connect_timeout);
        Box::pin(async move {
            let figures = self.figures.clone();
            let connection = connect::connect(self, settings, limit).await?;
            Ok(match figures {
                Some(figures) => connection.counted_by(figures),
                None => connection,
            })
        })
    }

    /// The head of an answer came from this host.
    pub fn answered(&self, status: StatusCode) {
        if let Some(figures) = &self.figures {
            figures.answered(status);
        }
    }

    /// A call of this host got no answer.
    pub fn failed(&self, error: &UpstreamError) {
        if let Some(figures) = &self.figures {
            figures.failed(error);
        }
    }

    fn sweep(&self, now: Instant) {
        let mut idle = self.idle.borrow_mut();
        idle.retain_mut(|kept| {
            now.duration_since(kept.since) <= self.idle_timeout && kept.connection.is_quiet()
        });
        if let Some(figures) = &self.figures {
            figures.idle(idle.len());
        }
    }
}
