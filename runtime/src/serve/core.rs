//! One core: its listeners, its connections, its upstream pools, and its end.

#[cfg(feature = "tls-listener")]
use super::handshake::Handshakes;
use super::{
    Start,
    balance::{Counted, Loads},
    connection,
};
use crate::{
    alarm, client_ip,
    control::{Phase, Phases},
    cx::Cx,
    gateway::Gateway,
    metrics::{self, Tally},
    route::Table,
    settings::Settings,
    upstream::Pools,
};
use std::{
    cell::{Cell, RefCell},
    io,
    net::{self, IpAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, LocalOptions},
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

/// How often an accept that keeps failing (no file descriptor left) is tried and logged.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(200);
/// How often, at least, kept connections are looked at, so that those which their upstream has closed go soon.
const SWEEP: Duration = Duration::from_secs(1);
/// Clients at once that are told that there are too many; more are closed without a word.
const MAX_TURNED_AWAY: usize = 64;

/// What every connection of a core shares.
pub(crate) struct Core {
    pub settings: &'static Settings,
    pub table: Arc<Table>,
    pub pools: Pools,
    /// What is left of requests that are over.
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    pub spare: RefCell<Vec<Box<Cx>>>,
    /// None: nobody wants to know.
    pub tally: Option<&'static Tally>,
    /// Whether `/readyz` says yes.
    pub ready: Cell<bool>,
    /// Connections that are being served, not counting those that only linger.
    pub serving: Cell<usize>,
    #[cfg(feature = "tls-listener")]
    pub handshakes: Handshakes,
    loads: Arc<Loads>,
    number: usize,
    draining: Cell<bool>,
    changed: Notify,
    turned_away: Cell<usize>,
}

impl Core {
    pub fn gateway(&self) -> &'static Gateway {
        self.settings.gateway
    }

    /// Whether this core takes no more requests.
    pub fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// Waits until this core takes no more requests.
    pub async fn drained(&self) {
        while !self.draining.get() {
            self.changed.notified().await;
        }
    }

    /// Tells whoever waits for the drain to begin, or for the last connection to end.
    pub fn notify(&self) {
        self.changed.notify_waiters();
    }

    fn admit(self: &Rc<Core>, stream: TcpStream, peer: IpAddr) {
        if self.loads.total() >= self.gateway().max_connections {
            self.turn_away(stream);
            return;
        }
        let counted = self.loads.count(self.number);
        if counted.core() == self.number {
            self.serve(stream, peer, counted);
            return;
        }
        match stream.into_std() {
            Ok(stream) => self.loads.hand((stream, peer, counted)),
            Err(error) => tracing::warn!("cannot hand a connection to another core: {error}"),
        }
    }

    fn serve(self: &Rc<Core>, stream: TcpStream, peer: IpAddr, counted: Counted) {
        tokio::task::spawn_local(connection::serve(Rc::clone(self), stream, peer, counted));
    }

    /// Where TLS is spoken nobody is told: the words would cost a handshake, of which there are too many already.
    fn turn_away(self: &Rc<Core>, stream: TcpStream) {
        if let Some(tally) = self.tally {
            tally.turned_away();
        }
        if self.settings.is_secure() || self.turned_away.get() >= MAX_TURNED_AWAY {
            return;
        }
        self.turned_away.set(self.turned_away.get() + 1);
        let core = Rc::clone(self);
        tokio::task::spawn_local(async move {
            connection::turn_away(&core, stream).await;
            core.turned_away.set(core.turned_away.get() - 1);
        });
    }
}

/// The whole life of a core's thread; how many connections the drain deadline cut off.
pub(crate) fn run(start: Start) -> usize {
    let runtime = match Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("a core cannot start: {error}");
            return 0;
        }
    };
    runtime.block_on(live(start))
}

async fn live(start: Start) -> usize {
    let Start {
        settings,
        mut phases,
        table,
        loads,
        mut seat,
        listeners,
    } = start;
    let tally = metrics::tally(seat.number);
    let core = Rc::new(Core {
        settings,
        table,
        pools: Pools::counted_by(tally),
        spare: RefCell::default(),
        tally,
        ready: Cell::new(true),
        serving: Cell::new(0),
        #[cfg(feature = "tls-listener")]
        handshakes: Handshakes::default(),
        loads,
        number: seat.number,
        draining: Cell::new(false),
        changed: Notify::new(),
        turned_away: Cell::new(0),
    });
    for listener in listeners {
        tokio::task::spawn_local(accept(Rc::clone(&core), listener));
    }
    for part in settings.gateway.parts {
        part.serve(&core);
    }
    let to_serve = Rc::clone(&core);
    tokio::task::spawn_local(async move {
        while let Some((stream, peer, counted)) = seat.handed.recv().await {
            match TcpStream::from_std(stream) {
                Ok(stream) => to_serve.serve(stream, peer, counted),
                Err(error) => tracing::warn!("cannot take a connection from another core: {error}"),
            }
        }
    });
    tokio::task::spawn_local(alarm::ring());
    let to_sweep = Rc::clone(&core);
    tokio::task::spawn_local(async move {
        let half = settings.gateway.upstream_idle_timeout / 2;
        let period = half.clamp(Duration::from_millis(100), SWEEP);
        loop {
            sleep(period).await;
            to_sweep.pools.sweep();
        }
    });
    let deadline = draining(&core, &mut phases).await;
    tokio::select! {
        () = last_connection(&core) => {}
        () = sleep_until(deadline) => {}
    }
    // They hold the core that holds them.
    core.spare.take();
    core.serving.get()
}

/// Follows the phases until it is time to drain; until when that may take.
async fn draining(core: &Core, phases: &mut Phases) -> Instant {
    let mut phase = phases.now();
    loop {
        match phase {
            Phase::Serving => {}
            Phase::LameDuck => core.ready.set(false),
            Phase::Draining { deadline } => {
                core.ready.set(false);
                core.draining.set(true);
                core.notify();
                return deadline.into();
            }
        }
        phase = phases.changed().await;
    }
}

async fn last_connection(core: &Core) {
    while core.serving.get() > 0 {
        core.changed.notified().await;
    }
}

async fn accept(core: Rc<Core>, listener: net::TcpListener) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("a core cannot listen: {error}");
            return;
        }
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = core.drained() => return,
        };
        match accepted {
            Ok((stream, peer)) => core.admit(stream, client_ip::unmapped(peer.ip())),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::error!("cannot accept connections: {error}");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

/// Whether only the one connection that was to be accepted is concerned.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}
