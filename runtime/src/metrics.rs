//! `telemetry/metrics`: what the gateway counts, for whoever scrapes it.
//!
//! | file | what |
//! |---|---|
//! | `own`, `histogram`, `tally`, `pool` | what one core counts, without waiting for another |
//! | `unread` | what is counted of requests that never became one |
//! | `samples` | families and their samples: a snapshot in the making ([`crate::measure`]) |
//! | `gather`, `process` | who is asked for them |
//! | `text`, `json`, `accept` | a snapshot as `OpenMetrics`, as Prometheus text, as JSON; which of them a client wants |
//! | `listener` | where it is asked for |
//!
//! Nothing here ever makes a request wait: cores change their own numbers, the thread of the listener reads and adds
//! them up when somebody asks. `absent` is what stands here in a gateway without metrics.

mod accept;
mod gather;
mod histogram;
mod json;
mod listener;
mod own;
mod pool;
mod process;
mod samples;
mod tally;
mod text;
mod unread;

pub(crate) use pool::Pool;
pub(crate) use tally::{Request, Tally};
pub(crate) use unread::unread;

use crate::{
    gate::{Part, Start, Variable},
    run::listen_address,
};
use std::sync::OnceLock;

/// Instead of the config's address.
const LISTEN: &str = "GATEWAY_METRICS_LISTEN";

/// The counters of every core, by its number.
static TALLIES: OnceLock<Box<[Tally]>> = OnceLock::new();

/// What is counted, and where it is told. Every setter documents its default.
pub struct Metrics {
    listen: &'static str,
    requests: bool,
    upstreams: bool,
}

impl Metrics {
    /// Everything, on port 8090 of every address.
    pub const fn new() -> Metrics {
        Metrics {
            listen: ":8090",
            requests: true,
            upstreams: true,
        }
    }

    /// `ADDRESS:PORT`, or `:PORT` for every address; port 0 is any free one, which the log names. Default `:8090`;
    /// `GATEWAY_METRICS_LISTEN` overrides it.
    #[must_use]
    pub const fn listen(mut self, address: &'static str) -> Metrics {
        self.listen = address;
        self
    }

    /// Nothing about requests. Default: they are counted by route.
    #[must_use]
    pub const fn no_requests(mut self) -> Metrics {
        self.requests = false;
        self
    }

    /// Nothing about connections to upstreams. Default: they are counted by host.
    #[must_use]
    pub const fn no_upstreams(mut self) -> Metrics {
        self.upstreams = false;
        self
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Part for Metrics {
    fn key(&self) -> &'static str {
        "telemetry/metrics"
    }

    fn start(&'static self, start: &mut Start) {
        let moved = start.env(LISTEN);
        let (name, text) = match &moved {
            Some(text) => (LISTEN, text.as_str()),
            None => ("telemetry/metrics: `listen_address`", self.listen),
        };
        let address = match listen_address(text) {
            Ok(address) => address,
            Err(why) => return start.fail(format!("{name}: {why}")),
        };
        // `check` may run beside a gateway that has the port.
        if !start.serves {
            return;
        }
        let settings = start.settings;
        TALLIES.get_or_init(|| {
            let (routes, gates) = (settings.gateway.routes.len(), settings.gateway.gates.len());
            let tally = |_| Tally::new(routes, gates, self.requests, self.upstreams);
            (0..settings.workers.max(1)).map(tally).collect()
        });
        if let Err(why) = listener::open(address, settings.gateway) {
            start.fail(format!("telemetry/metrics: {why}"));
        }
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable {
            name: LISTEN,
            what: "Where metrics are scraped: PORT, :PORT, IPV4:PORT or [IPV6]:PORT.",
            default: self.listen.to_owned(),
            configured: true,
            secret: false,
        }]
    }
}

/// The counters of the core with this number; none if no part asked for them.
pub(crate) fn tally(core: usize) -> Option<&'static Tally> {
    tallies().get(core)
}

fn tallies() -> &'static [Tally] {
    TALLIES.get().map_or(&[], |tallies| tallies)
}
