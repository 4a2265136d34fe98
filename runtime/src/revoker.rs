//! `auth/revoker`: tokens that are refused before they expire, because somebody said so.
//!
//! The tokens themselves are not kept, nor what names them: three Bloom filters of a fixed size say whether the value of
//! a claim was revoked ([`rotation`]). [`crate::jose`] asks them about every token that is believed, whoever checks it.
//! [`api`] is how they are fed, on a listener of its own.
//!
//! What was revoked is in this process only, and forgotten when it ends: every gateway of a cluster must be told, and
//! told again after it was started.

mod api;
mod filter;
mod gob;
mod rotation;

use crate::{
    gate::{Part, Start},
    jose::{self, Claims, Mark, Revoked},
    measure::{Family, Measures},
    text::Text,
};
use api::Api;
use rotation::Rotation;
use std::{
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// What can be revoked, and for how long. Every setter documents its default.
pub struct Revoker {
    claims: &'static [&'static str],
    elements: u64,
    bits: u64,
    hashes: u32,
    ttl: Duration,
    ip: &'static str,
    port: u16,
    token: Text,
    started: OnceLock<Started>,
}

struct Started {
    rotation: Rotation,
    since: Instant,
    /// Elements are hashed with keys of this process: nobody can look for two that are taken for one another.
    hashers: [RandomState; 2],
    /// Tokens that were refused.
    refused: AtomicU64,
}

impl Revoker {
    /// Tokens are revoked by the values of these top-level claims, each by itself.
    pub const fn new(claims: &'static [&'static str]) -> Revoker {
        Revoker {
            claims,
            elements: 1_000_000,
            bits: 28_755_176,
            hashes: 20,
            ttl: Duration::from_hours(1),
            ip: "127.0.0.1",
            port: 1234,
            token: Text::literal(""),
            started: OnceLock::new(),
        }
    }

    /// Each of the three filters is of `bits` and looks at `hashes` of them, which suits so many `elements`. Default: a
    /// million elements, one in a million others taken for one of them.
    #[must_use]
    pub const fn filter(mut self, elements: u64, bits: u64, hashes: u32) -> Revoker {
        self.elements = elements;
        self.bits = bits;
        self.hashes = hashes;
        self
    }

    /// What is revoked is known for two to three times as long: no token may live longer than twice this. Default 1 h.
    #[must_use]
    pub const fn ttl(mut self, t: Duration) -> Revoker {
        self.ttl = t;
        self
    }

    /// The port of the API; 0 is any free one, which the log names. Default 1234.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Revoker {
        self.port = port;
        self
    }

    /// The address of the API. Default 127.0.0.1.
    #[must_use]
    pub const fn listen_ip(mut self, ip: &'static str) -> Revoker {
        self.ip = ip;
        self
    }

    /// The bearer token that the API asks for, which may have slots. Default: none, and a gateway without one does not
    /// start.
    #[must_use]
    pub const fn api_token(mut self, token: &'static str) -> Revoker {
        self.token = Text::secret(token);
        self
    }

    /// Whether `claim` is one that revokes.
    fn knows(&self, claim: &str) -> bool {
        self.claims.contains(&claim)
    }
}

impl Started {
    /// How many elements are in the current filter then.
    fn revoke(&self, claim: &str, value: &str) -> u64 {
        self.rotation.add(self.mark(claim, value))
    }

    /// A claim and a value of it are one element: the same value of another claim is another.
    fn mark(&self, claim: &str, value: &str) -> Mark {
        let [first, second] = &self.hashers;
        Mark(
            first.hash_one((claim, value)),
            second.hash_one((claim, value)),
        )
    }
}

impl Revoked for Revoker {
    fn marks(&self, claims: &Claims) -> Box<[Mark]> {
        let Some(started) = self.started.get() else {
            return Box::default();
        };
        let values = self
            .claims
            .iter()
            .filter_map(|claim| Some((claim, claims.text(claim)?)));
        values
            .map(|(claim, value)| started.mark(claim, value))
            .collect()
    }

    fn has(&self, mark: Mark) -> bool {
        let Some(started) = self.started.get() else {
            return false;
        };
        let has = started.rotation.has(mark);
        if has {
            started.refused.fetch_add(1, Relaxed);
        }
        has
    }
}

static REFUSED: Family = Family {
    name: "gateway_revoker_refused_total",
    help: "Tokens that were refused because they were revoked",
};
static ELEMENTS: Family = Family {
    name: "gateway_revoker_elements",
    help: "Values in the current filter; N is how many it was made for",
};

impl Part for Revoker {
    fn key(&self) -> &'static str {
        "auth/revoker"
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        if let Some(started) = self.started.get() {
            to.counter(&REFUSED, &[], started.refused.load(Relaxed));
            let [_, current, _] = started.rotation.report(Instant::now()).counts;
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
            to.gauge(&ELEMENTS, &[], current.added as f64);
        }
    }

    fn start(&'static self, start: &mut Start) {
        let token = match api::check(self.token.get()) {
            Ok(token) => token,
            Err(why) => return start.fail(format!("auth/revoker: {why}")),
        };
        // `check` may run beside a gateway that has the port.
        if !start.serves {
            return;
        }
        let Ok(ip) = self.ip.parse() else {
            return start.fail(format!("auth/revoker: `{}` is not an address", self.ip));
        };
        let api = match Api::open(SocketAddr::new(ip, self.port), token) {
            Ok(api) => api,
            Err(why) => return start.fail(format!("auth/revoker: {why}")),
        };
        let now = Instant::now();
        let started = self.started.get_or_init(|| Started {
            rotation: Rotation::new(self.bits, self.hashes, self.ttl, now),
            since: now,
            hashers: [RandomState::new(), RandomState::new()],
            refused: AtomicU64::new(0),
        });
        jose::revoke_by(self);
        start.spawn(async move {
            tracing::info!(
                "auth/revoker: the API listens on {}; nothing is revoked yet, whatever was revoked before this start",
                api.address()
            );
            tokio::join!(turn(started), api.serve(self, started));
        });
    }
}

/// Changes the filters' places whenever that is due.
async fn turn(started: &'static Started) {
    loop {
        let (turned, due) = started.rotation.turn(Instant::now());
        if turned > 0 {
            tracing::debug!("auth/revoker: what was revoked two lifetimes ago is forgotten");
        }
        tokio::time::sleep_until(due.into()).await;
    }
}
