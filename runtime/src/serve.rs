//! The server: one thread, one tokio runtime and one listener per core.
//!
//! A request, its upstream connection and its futures never leave their core, so nothing here is `Send` and little is
//! shared: a count of connections per core, and the route table.

mod balance;
mod clock;
mod connection;
mod core;
mod exchange;
mod gather;
mod gone;
#[cfg(feature = "tls-listener")]
mod handshake;
mod http2;
mod lane;
mod link;
pub(crate) mod listen;
mod screen;
#[cfg(feature = "tls-listener")]
mod secured;
mod service;
mod sniff;
mod socket;
mod stream;

pub(crate) use self::core::Core;
pub(crate) use lane::Inflow;
pub(crate) use link::Busy;
#[cfg(feature = "metrics")]
pub(crate) use listen::bind_alone;
pub(crate) use socket::Socket;
/// For requests that come by another way than HTTP.
#[cfg(feature = "zap-listener")]
pub(crate) use {
    connection::Serving,
    link::Link,
    service::{Client, Service},
};

use crate::{control::Phases, route::Table, settings::Settings};
use balance::{Loads, Seat};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// The cores of a serving process.
pub(crate) struct Cores {
    /// Where they really listen: a port 0 is resolved.
    pub addresses: Vec<SocketAddr>,
    threads: Vec<JoinHandle<usize>>,
}

impl Cores {
    /// Waits until every core has drained; how many connections the deadline cut off.
    pub fn join(self) -> usize {
        // A core that panicked cut off nothing that could still be counted.
        self.threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(0))
            .sum()
    }
}

/// Binds every listener, then starts one thread per worker.
pub(crate) fn start(settings: &'static Settings, phases: Phases) -> io::Result<Cores> {
    let table = Arc::new(table(settings)?);
    let workers = settings.workers.max(1);
    let (addresses, listeners) = listen::bind(&settings.listen, workers)?;
    let (loads, seats) = Loads::new(workers);
    let threads = listeners
        .into_iter()
        .zip(seats)
        .enumerate()
        .map(|(n, (listeners, seat))| {
            let core = Start {
                settings,
                phases: phases.clone(),
                table: Arc::clone(&table),
                loads: Arc::clone(&loads),
                seat,
                listeners,
            };
            thread::Builder::new()
                .name(format!("core-{n}"))
                .spawn(move || core::run(core))
        })
        .collect::<io::Result<_>>()?;
    Ok(Cores { addresses, threads })
}

/// What a core's thread is given.
struct Start {
    settings: &'static Settings,
    phases: Phases,
    table: Arc<Table>,
    loads: Arc<Loads>,
    seat: Seat,
    listeners: Vec<TcpListener>,
}

fn table(settings: &Settings) -> io::Result<Table> {
    let mut table = Table::default();
    for (index, route) in (0..).zip(settings.gateway.routes) {
        table
            .insert(route.method.as_str(), route.path, index)
            .map_err(|error| {
                let text = format!("route {} {}: {error:?}", route.method, route.path);
                io::Error::new(io::ErrorKind::InvalidInput, text)
            })?;
    }
    Ok(table)
}
