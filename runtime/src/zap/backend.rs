//! `github.com/hanzoai/gateway/zap`: a backend that is called by ZAP, and by HTTP where that is not to be.

#[cfg(feature = "zap-discovery")]
use super::discovery::Book;
use super::{exchange, peer::Peer};
use crate::{
    call::Call,
    cx::Cx,
    endpoint::{Answer, Decision, Finish},
    forward::forward,
    gate::{Part, Start},
    host,
    measure::{Counter, Family, Measures},
    text::Text,
    upstream::{Address, Target},
};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Mutex, OnceLock, PoisonError, atomic::AtomicBool},
    time::Duration,
};

/// A peer, and how it is called. Every setter documents its default.
pub struct Zap {
    peer: Text,
    service_type: &'static str,
    peer_id: &'static str,
    node_id: &'static str,
    timeout: Duration,
    connections: usize,
    legacy: bool,
    streams: bool,
    tls: bool,
    shared: OnceLock<(&'static Shared, bool)>,
}

impl Zap {
    /// The peer at `address`, a name or address and a port (9999 where there is none); it may have slots.
    pub const fn at(address: &'static str) -> Zap {
        Zap {
            peer: Text::new(address),
            service_type: "",
            peer_id: "",
            node_id: "gateway",
            timeout: Duration::from_secs(5),
            connections: 1,
            legacy: false,
            streams: false,
            tls: false,
            shared: OnceLock::new(),
        }
    }

    /// A peer that the local network tells of, as a service of this type: `_hanzo._tcp`.
    #[cfg(feature = "zap-discovery")]
    pub const fn discovered(service_type: &'static str) -> Zap {
        let mut zap = Zap::at("");
        zap.service_type = service_type;
        zap
    }

    /// What the peer must say that it is called. Default: whatever it says.
    #[must_use]
    pub const fn peer_id(mut self, id: &'static str) -> Zap {
        self.peer_id = id;
        self
    }

    /// What we are called; what makes it unique is added. Default `gateway`.
    #[must_use]
    pub const fn node_id(mut self, id: &'static str) -> Zap {
        self.node_id = id;
        self
    }

    /// How long an answer may take to begin, from the moment the request is sent; 504 after it. The call's own timeout
    /// ends it sooner. Default 5 s.
    #[must_use]
    pub const fn timeout(mut self, t: Duration) -> Zap {
        self.timeout = t;
        self
    }

    /// Connections of one core: a peer in Go answers the calls of one connection one after the other. Default 1.
    #[must_use]
    pub const fn connections(mut self, n: usize) -> Zap {
        self.connections = n;
        self
    }

    /// Requests are laid out as the Go gateway lays them out, for peers that were made to read that. Default: so that
    /// every peer can read them.
    #[must_use]
    pub const fn legacy(mut self) -> Zap {
        self.legacy = true;
        self
    }

    /// The peer knows how to answer in pieces, and may. Default: an answer is one frame.
    #[must_use]
    pub const fn streams(mut self) -> Zap {
        self.streams = true;
        self
    }

    /// The peer is called over TLS. Default: in the clear, as Go peers are.
    #[must_use]
    pub const fn tls(mut self) -> Zap {
        self.tls = true;
        self
    }

    pub(super) fn timeout_of(&self, call: &Call) -> Duration {
        self.timeout.min(call.timeout)
    }

    pub(super) fn is_legacy(&self) -> bool {
        self.legacy
    }

    pub(super) fn answers_in_pieces(&self) -> bool {
        self.streams && !self.legacy
    }

    /// What all that call this peer share; none before the start.
    pub(super) fn shared(&self) -> Option<&'static Shared> {
        self.shared.get().map(|(shared, _)| *shared)
    }

    #[cfg_attr(
        not(feature = "zap-discovery"),
        expect(
            clippy::unnecessary_wraps,
            unused_variables,
            reason = "all peers have an address"
        )
    )]
    fn place(&self, start: &Start) -> Result<Option<Place>, String> {
        #[cfg(feature = "zap-discovery")]
        if !self.service_type.is_empty() {
            if !start.serves {
                return Ok(None);
            }
            let book = Book::open(self.service_type);
            return book.map(|book| Some(Place::In(book)));
        }
        let (name, port) = address(self.peer.get()).map_err(|why| format!("peer_addr: {why}"))?;
        Ok(Some(Place::At(Target::of(Address {
            name: name.leak(),
            port,
            secure: self.tls,
        }))))
    }

    fn is_like(&self, shared: &Shared) -> bool {
        let Shared {
            peer,
            service_type,
            peer_id,
            node_id,
            connections,
            tls,
            ..
        } = *shared;
        (peer, service_type, peer_id) == (self.peer.get(), self.service_type, self.peer_id)
            && (node_id, connections, tls) == (self.node_id, self.connections, self.tls)
    }
}

/// What the cores, and all backends with the same peer, have in common.
pub(super) struct Shared {
    peer: &'static str,
    service_type: &'static str,
    pub peer_id: &'static str,
    pub node_id: &'static str,
    pub connections: usize,
    pub tls: bool,
    number: usize,
    place: Place,
    /// Whether it could not be reached when it was last tried.
    pub is_down: AtomicBool,
    pub counts: Counts,
}

/// Where a peer is to be found.
#[derive(Clone, Copy)]
enum Place {
    At(&'static Target),
    #[cfg(feature = "zap-discovery")]
    In(&'static Book),
}

/// What happened with a peer.
#[derive(Default)]
pub(super) struct Counts {
    pub calls: Counter,
    pub fallbacks: Counter,
    pub late: Counter,
    pub dialed: Counter,
    pub missed: Counter,
    pub opened: Counter,
    pub closed: Counter,
}

impl Shared {
    /// For logs.
    pub fn name(&self) -> &'static str {
        [self.peer, self.peer_id, self.service_type]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default()
    }

    /// Where it is, as far as is known now.
    pub fn target(&self) -> Option<&'static Target> {
        match self.place {
            Place::At(target) => Some(target),
            #[cfg(feature = "zap-discovery")]
            Place::In(book) => book.find(self.peer_id, self.counts.missed.get()),
        }
    }

    /// This core's connections to it.
    pub fn on_this_core(&'static self) -> Rc<Peer> {
        thread_local! {
            static PEERS: RefCell<Vec<Option<Rc<Peer>>>> = const { RefCell::new(Vec::new()) };
        }
        PEERS.with_borrow_mut(|peers| {
            if peers.len() <= self.number {
                peers.resize(self.number + 1, None);
            }
            Rc::clone(peers[self.number].get_or_insert_with(|| Peer::new(self)))
        })
    }
}

/// Every peer of the process, once.
static ALL: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());

impl Part for Zap {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/zap"
    }

    fn start(&'static self, start: &mut Start) {
        let place = match self.place(start) {
            Ok(Some(place)) => place,
            // Nobody is looked for where nobody will be called.
            Ok(None) => return,
            Err(why) => return start.fail(format!("{}: {why}", self.key())),
        };
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|shared| self.is_like(shared)).copied();
        let shared = known.unwrap_or_else(|| {
            let shared: &'static Shared = Box::leak(Box::new(Shared {
                peer: self.peer.get(),
                service_type: self.service_type,
                peer_id: self.peer_id,
                node_id: self.node_id,
                connections: self.connections,
                tls: self.tls,
                number: all.len(),
                place,
                is_down: AtomicBool::new(false),
                counts: Counts::default(),
            }));
            all.push(shared);
            shared
        });
        // A second start would bring the same.
        let _ = self.shared.set((shared, known.is_none()));
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        // What several share, one of them tells.
        let Some((shared, true)) = self.shared.get() else {
            return;
        };
        let counts = &shared.counts;
        let peer = &[("peer", shared.name())];
        for (family, count) in [
            (&CALLS, &counts.calls),
            (&FALLBACKS, &counts.fallbacks),
            (&LATE, &counts.late),
        ] {
            to.counter(family, peer, count.get());
        }
        for (result, count) in [("reached", &counts.dialed), ("missed", &counts.missed)] {
            let labels = [("peer", shared.name()), ("result", result)];
            to.counter(&DIALS, &labels, count.get());
        }
        let open = counts.opened.get().saturating_sub(counts.closed.get());
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 connections")]
        to.gauge(&CONNECTIONS, peer, open as f64);
    }
}

static CALLS: Family = Family {
    name: "gateway_zap_calls_total",
    help: "Calls that were sent to a ZAP peer",
};
static FALLBACKS: Family = Family {
    name: "gateway_zap_fallbacks_total",
    help: "Calls of a ZAP peer that went by HTTP because it could not be reached",
};
static LATE: Family = Family {
    name: "gateway_zap_late_total",
    help: "Calls that a ZAP peer did not answer in time",
};
static DIALS: Family = Family {
    name: "gateway_zap_dials_total",
    help: "Attempts to connect to a ZAP peer",
};
static CONNECTIONS: Family = Family {
    name: "gateway_zap_connections",
    help: "Connections to a ZAP peer that are open",
};

/// A name or address, and a port.
pub(super) fn address(text: &str) -> Result<(String, u16), String> {
    if text.contains("://") {
        return Err(format!("`{text}` has a scheme; write HOST:PORT"));
    }
    let found = host::parse(text).map_err(|misfit| format!("`{text}`: {}", misfit.error))?;
    let has_port = text.ends_with(&format!(":{}", found.port));
    Ok((found.name, if has_port { found.port } else { PORT }))
}

/// Where nodes listen unless they say otherwise.
const PORT: u16 = 9999;

/// Ends a handler: the request goes to `zap`'s peer by ZAP, and to `call`'s upstream by HTTP where that cannot be.
///
/// # Errors
/// [`crate::Reject::BodyTooLarge`] if the request says that its body is longer than the call takes.
pub fn by_zap(cx: &mut Cx, call: &'static Call, zap: &'static Zap) -> Decision {
    let mut next = forward(cx, call)?;
    next.then = Some(zap);
    Ok(next)
}

impl Finish for Zap {
    fn start(&'static self, cx: Box<Cx>, call: &'static Call) -> Answer {
        exchange::start(cx, call, self)
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_of_peers() {
        for (text, name, port) in [
            ("cloud-api.hanzo.svc:9651", "cloud-api.hanzo.svc", 9651),
            ("cloud-api", "cloud-api", 9999),
            ("127.0.0.1:80", "127.0.0.1", 80),
            ("[::1]:9999", "[::1]", 9999),
            ("[::1]", "[::1]", 9999),
        ] {
            assert_eq!(address(text), Ok((name.to_owned(), port)), "{text}");
        }
        for text in ["", "http://a:1", "a:0", "a b:1", "a:1/x"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
