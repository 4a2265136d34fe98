//! `github.com/hanzoai/gateway/base_ha`: writes go to the node that leads, reads to any, and whoever has just written
//! reads where it wrote.
//!
//! A tracker per service asks who leads ([`tracker`], [`leader`]) on the control thread; cores read what it knows without a
//! lock. [`forward_by_role`] ends the handler of such an endpoint, and [`ending`] is its future: one attempt, and where
//! the writer has failed and that is safe, one more at whoever leads then. Clients never see a 307 (HA-13).

mod ending;
mod errors;
mod leader;
mod metrics;
mod recent;
mod retry;
mod tracker;

use crate::{
    call::Call,
    cx::Cx,
    endpoint::Decision,
    forward::forward,
    gate::{Part, Start},
    host,
    measure::Measures,
    text::Text,
};
use std::{sync::OnceLock, time::Duration};
use tracker::{Opened, Tracker};

pub(crate) use tracker::{Report, probe_all};

/// The nodes behind one service, and which requests are for the one that leads. Every setter documents its default.
pub struct BaseHa {
    service: Text,
    leader_poll_interval: Duration,
    read_your_writes_ttl: Duration,
    write_methods: &'static [&'static str],
    replay_buffer: u64,
    opened: OnceLock<Opened>,
}

impl BaseHa {
    /// The cluster behind `service`: name or address and port, with slots or without. Those that name the same share one
    /// tracker (HA-2).
    pub const fn new(service: &'static str) -> BaseHa {
        BaseHa {
            service: Text::new(service),
            leader_poll_interval: Duration::from_secs(1),
            read_your_writes_ttl: Duration::from_secs(5),
            write_methods: &["DELETE", "PATCH", "POST", "PUT"],
            replay_buffer: 64 * 1024,
            opened: OnceLock::new(),
        }
    }

    /// How often the service is asked who leads; each question may take as long (HA-3). Default 1 s.
    #[must_use]
    pub const fn leader_poll_interval(mut self, t: Duration) -> BaseHa {
        self.leader_poll_interval = t;
        self
    }

    /// How long a client reads from the writer after it wrote (HA-8); zero: it never does. Default 5 s.
    #[must_use]
    pub const fn read_your_writes_ttl(mut self, t: Duration) -> BaseHa {
        self.read_your_writes_ttl = t;
        self
    }

    /// The methods that write, in upper case (HA-6). Default `DELETE`, `PATCH`, `POST` and `PUT`.
    #[must_use]
    pub const fn write_methods(mut self, methods: &'static [&'static str]) -> BaseHa {
        self.write_methods = methods;
        self
    }

    /// Bytes of a request body that are held, so that it can be sent again; a longer one is sent once. Default 64 KiB.
    #[must_use]
    pub const fn replay_buffer(mut self, bytes: u64) -> BaseHa {
        self.replay_buffer = bytes;
        self
    }

    /// # Panics
    /// If it was not started: gwc lists every one among the gateway's parts.
    fn tracker(&self) -> &'static Tracker {
        let opened = self.opened.get();
        opened.expect("a part is started before it is used").tracker
    }
}

impl Part for BaseHa {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/base_ha"
    }

    fn start(&'static self, start: &mut Start) {
        let opened = host::parse(self.service.get())
            .map_err(|why| format!("`{:?}`: {}", self.service, why.error))
            .and_then(|service| {
                let times = (self.leader_poll_interval, self.read_your_writes_ttl);
                Tracker::open(&service, times, start)
            });
        match opened {
            // A second start would bring the same.
            Ok(opened) => drop(self.opened.set(opened)),
            Err(why) => start.fail(format!("{}: {why}", self.key())),
        }
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        // Of those that share a tracker, the one that opened it tells.
        if let Some(Opened {
            tracker,
            first: true,
        }) = self.opened.get()
        {
            let is_known = tracker.writer().is_some();
            tracker.counts.tell(&tracker.label, is_known, to);
        }
    }
}

/// Ends a handler: as [`crate::forward`], but a request that writes (or reads what its client has just written) goes to the
/// node of `base` that leads; others go to the call's upstream.
///
/// # Errors
/// Those of [`crate::forward`].
pub fn forward_by_role(cx: &mut Cx, call: &'static Call, base: &'static BaseHa) -> Decision {
    let mut next = forward(cx, call)?;
    next.then = Some(base);
    Ok(next)
}
