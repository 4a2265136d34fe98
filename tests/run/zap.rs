//! ZAP: backends that are called by it, and requests that arrive by it.

mod arrive;
mod backend;
mod hostile;
mod interop;
mod lost;
mod secure;
mod stream;
mod tunnel;

use harness::{
    Gateway, Launch, Origin, PATIENCE,
    zap::{Call, Peer},
};

/// A gateway of `tests/golden/zap.json` between a peer and the origin that its backends also have.
struct Zap {
    gateway: Gateway,
    peer: Peer,
    origin: Origin,
}

impl Zap {
    /// Whose peer, `cloud-api`, answers with `handler`.
    fn start(handler: impl Fn(Call) + Send + Sync + 'static) -> Zap {
        Zap::before(Peer::start("cloud-api", handler))
    }

    fn before(peer: Peer) -> Zap {
        let origin = Origin::start(|x| {
            x.body();
            x.reply("200 OK", &[("X-By", "http")], b"by http");
        });
        let gateway = launch(&origin)
            .resolve("peer.test:9651", peer.address)
            .start();
        Zap {
            gateway,
            peer,
            origin,
        }
    }
}

/// On one core, so that a test knows how many connections there are.
fn launch(origin: &Origin) -> Launch {
    Launch::golden("zap")
        .one_worker()
        .resolve("origin.test:8000", origin.address)
}

/// Open files of the gateway.
fn files(gateway: &Gateway) -> Option<usize> {
    Some(
        std::fs::read_dir(format!("/proc/{}/fd", gateway.pid()))
            .ok()?
            .count(),
    )
}

/// Waits until the gateway has no more open files than that.
fn settles_at(gateway: &Gateway, most: usize) {
    harness::within(PATIENCE, "connections that are given back", || {
        files(gateway)
            .is_none_or(|files| files <= most)
            .then_some(())
    });
}
