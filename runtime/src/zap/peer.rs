//! What one core has of one peer: connections, or the knowledge that there are none to be had.
//!
//! Only the first call waits for a connection. Once one could not be made, the peer is left alone for a while, and calls
//! go another way at once; the next attempt is made beside them.

use super::{
    backend::Shared,
    codec::{Malformed, NodeId, TooLong},
    dial,
    link::Link,
};
use crate::serve::Core;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// How long a peer is left alone after a first failure, and at most.
const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Why a call by ZAP failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PeerError {
    #[error("no such peer has been discovered")]
    Undiscovered,
    #[error("{0}")]
    Unreachable(String),
    #[error("no connection within {0:?}")]
    Slow(Duration),
    #[error("it ended the connection instead of shaking hands")]
    Refused,
    #[error("it does not shake hands as a node does")]
    NoNode,
    #[error("it says that it is `{found}`, and `{wanted}` is asked for")]
    Stranger { wanted: &'static str, found: String },
    #[error("too many calls wait for it")]
    Full,
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("what it sends is out of step")]
    OutOfStep,
    #[error("its answer cannot be read: {0}")]
    BadAnswer(String),
    #[error("its answer broke off")]
    Aborted,
    #[error("no answer within {0:?}")]
    Late(Duration),
}

impl PeerError {
    /// Whether the client gets a 504 rather than a 502.
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, PeerError::Late(_) | PeerError::Slow(_))
    }
}

impl From<Malformed> for PeerError {
    fn from(why: Malformed) -> PeerError {
        PeerError::BadAnswer(why.to_string())
    }
}

impl From<TooLong> for PeerError {
    fn from(why: TooLong) -> PeerError {
        PeerError::Broken(why.to_string())
    }
}

/// One core's connections to one peer.
pub(super) struct Peer {
    shared: &'static Shared,
    links: RefCell<Vec<Rc<Link>>>,
    dialing: Cell<bool>,
    dialed: Notify,
    /// Why there is no connection, and until when none is tried.
    rest: RefCell<Option<Rest>>,
}

struct Rest {
    why: PeerError,
    length: Duration,
    until: Instant,
}

impl Peer {
    pub fn new(shared: &'static Shared) -> Rc<Peer> {
        Rc::new(Peer {
            shared,
            links: RefCell::default(),
            dialing: Cell::new(false),
            dialed: Notify::new(),
            rest: RefCell::default(),
        })
    }

    /// A connection for one call. Waits until `limit`, and only where it is not known yet that there is none.
    pub async fn link(
        self: &Rc<Peer>,
        core: &Rc<Core>,
        limit: Instant,
    ) -> Result<Rc<Link>, PeerError> {
        let started = Instant::now();
        loop {
            if let Some(link) = self.best(core) {
                return Ok(link);
            }
            if self.links.borrow().iter().any(|link| link.is_open()) {
                return Err(PeerError::Full);
            }
            let resting = self
                .rest
                .borrow()
                .as_ref()
                .map(|rest| (rest.why.clone(), rest.until));
            if let Some((why, until)) = resting {
                if until <= Instant::now() {
                    self.dial(core);
                }
                return Err(why);
            }
            let dialed = self.dialed.notified();
            self.dial(core);
            if timeout_at(limit, dialed).await.is_err() {
                return Err(PeerError::Slow(started.elapsed()));
            }
        }
    }

    /// The connection with the fewest calls. Where all have some and there may be more, one is dialed beside.
    fn best(self: &Rc<Peer>, core: &Rc<Core>) -> Option<Rc<Link>> {
        let mut links = self.links.borrow_mut();
        links.retain(|link| link.is_open());
        let best = links.iter().filter(|link| link.has_room());
        let best = best.min_by_key(|link| link.calls()).cloned();
        let more = links.len() < self.shared.connections && self.rest.borrow().is_none();
        if more && best.as_ref().is_some_and(|best| best.calls() > 0) {
            drop(links);
            self.dial(core);
        }
        best
    }

    /// Dials, unless that is going on already.
    fn dial(self: &Rc<Peer>, core: &Rc<Core>) {
        if self.dialing.replace(true) {
            return;
        }
        let (peer, core) = (Rc::clone(self), Rc::clone(core));
        tokio::task::spawn_local(async move {
            let dialed = dial::dial(&core, peer.shared).await;
            peer.dialing.set(false);
            match dialed {
                Ok(link) => peer.reached(link),
                Err(why) => peer.missed(why),
            }
            peer.dialed.notify_waiters();
        });
    }

    fn reached(&self, link: Rc<Link>) {
        *self.rest.borrow_mut() = None;
        self.shared.counts.dialed.add(1);
        if self.shared.is_down.swap(false, Relaxed) {
            tracing::info!("zap: {} is reached again", self.shared.name());
        }
        self.links.borrow_mut().push(link);
    }

    fn missed(&self, why: PeerError) {
        self.shared.counts.missed.add(1);
        // One line for all cores, and none for each attempt.
        if !self.shared.is_down.swap(true, Relaxed) {
            tracing::warn!(
                "zap: {} cannot be reached, so its calls go by HTTP: {why}",
                self.shared.name()
            );
        }
        let mut rest = self.rest.borrow_mut();
        let length = rest
            .as_ref()
            .map_or(FIRST_REST, |rest| (rest.length * 2).min(LONGEST_REST));
        *rest = Some(Rest {
            why,
            length,
            // Cores do not knock all at once.
            until: Instant::now() + length.mul_f64(0.5 + fastrand::f64() / 2.0),
        });
    }
}

/// A name that no other connection has: peers refuse a second one of a name that they know.
pub(super) fn unique(prefix: &str) -> Option<NodeId> {
    use std::sync::{OnceLock, atomic::AtomicU64};
    static PROCESS: OnceLock<u32> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let process = PROCESS.get_or_init(|| fastrand::u32(..));
    let n = NEXT.fetch_add(1, Relaxed);
    NodeId::new(&format!("{prefix}/{process:08x}/{n}"))
}
