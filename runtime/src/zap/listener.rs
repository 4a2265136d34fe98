//! `github.com/hanzoai/gateway/zap-listener`: requests that arrive by ZAP (ZAP-6 to ZAP-8).
//!
//! They take the way of every request: identity headers off, gates, routes, limits. Or, where the config says so, bytes
//! are passed on to a node on this machine, of which nothing is known ([`tunnel`]).

mod accept;
mod answer;
mod budget;
mod config;
mod connection;
mod request;
mod tunnel;

pub use config::ZapListener;

use crate::{
    gate::{Part, Start, Variable},
    measure::{Counter, Family, Measures},
    serve::{Core, listen},
    tls::{self, KeyFiles, Tls, TlsGroup},
};
use budget::Budget;
use config::Effective;
use std::{
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

/// What all cores share.
pub(in crate::zap) struct Desk {
    config: Effective,
    /// None: in the clear. Otherwise with the hybrid key exchange first, then as its other clients need it.
    tls: Option<Arc<tls::Handshakes>>,
    /// One for each core, until it takes it.
    listeners: Mutex<Vec<TcpListener>>,
    budget: Budget,
    opened: Counter,
    closed: Counter,
    refused: Counter,
}

impl Desk {
    /// Connections that are open.
    fn open(&self) -> u64 {
        self.opened.get().saturating_sub(self.closed.get())
    }
}

impl Part for ZapListener {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/zap-listener"
    }

    fn start(&'static self, start: &mut Start) {
        let config = match self.effective(|name| start.env(name)) {
            Ok(Some(config)) => config,
            Ok(None) => return,
            Err(why) => return start.fail(format!("zap-listener: {why}")),
        };
        let tls = match config.keys.map(|keys| security(&config, keys)) {
            None => None,
            Some(Ok(live)) => Some(live),
            Some(Err(faults)) => {
                for fault in faults {
                    start.fail(format!("zap-listener: {fault}"));
                }
                return;
            }
        };
        // `check` may run beside a gateway that has the port.
        if !start.serves {
            return;
        }
        let workers = start.settings.workers.max(1);
        let (address, listeners) = match listen::bind(&[config.address], workers) {
            Ok((addresses, listeners)) => (addresses, listeners),
            Err(why) => return start.fail(format!("zap-listener: {why}")),
        };
        announce(&config, address.first());
        let desk = Desk {
            config,
            tls,
            listeners: Mutex::new(listeners.into_iter().flatten().collect()),
            budget: Budget::default(),
            opened: Counter::new(),
            closed: Counter::new(),
            refused: Counter::new(),
        };
        // A second start would have failed to bind.
        let _ = self.desk.set(desk);
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn serve(&'static self, core: &Rc<Core>) {
        let Some(desk) = self.desk.get() else { return };
        let mut listeners = desk
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listeners.pop() {
            tokio::task::spawn_local(accept::accept(Rc::clone(core), desk, listener));
        }
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        let Some(desk) = self.desk.get() else { return };
        to.counter(&OPENED, &[], desk.opened.get());
        to.counter(&REFUSED, &[], desk.refused.get());
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 connections")]
        to.gauge(&OPEN, &[], desk.open() as f64);
    }

    fn variables(&self) -> Vec<Variable> {
        self.variables()
    }
}

/// TLS 1.3 and, of the key exchanges, the two that the Go listener takes (ZAP-6). Of a client that knows both, rustls would
/// take the one that it named first; so the hybrid one is all that such a client is offered.
fn security(config: &Effective, keys: KeyFiles) -> Result<Arc<tls::Handshakes>, Vec<tls::Fault>> {
    // For the life of the process, as everything that its cores refer to.
    let keys: &'static [KeyFiles] = Box::leak(Box::new([keys]));
    let mut all = vec![Tls::new(keys).groups(&[TlsGroup::X25519MlKem768])];
    if !config.hybrid_only {
        all.push(Tls::new(keys).groups(&[TlsGroup::X25519]));
    }
    tls::listener("the ZAP listener's TLS", all.leak(), b"zap/1")
}

fn announce(config: &Effective, address: Option<&SocketAddr>) {
    let address = address.copied().unwrap_or(config.address);
    let how = if config.keys.is_some() {
        "with TLS"
    } else {
        "in the clear"
    };
    match config.tunnel {
        None => tracing::info!("zap-listener: ZAP at {address} {how}"),
        Some(inner) => tracing::info!(
            "zap-listener: ZAP at {address} {how}, passed on to {inner} byte by byte: nothing is checked here"
        ),
    }
}

static OPENED: Family = Family {
    name: "gateway_zap_listener_connections_total",
    help: "Connections of ZAP clients that were accepted",
};
static OPEN: Family = Family {
    name: "gateway_zap_listener_connections_open",
    help: "Connections of ZAP clients that are open",
};
static REFUSED: Family = Family {
    name: "gateway_zap_listener_connections_refused_total",
    help: "Connections of ZAP clients that were closed because there were too many",
};
