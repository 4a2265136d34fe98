//! From a peer's address to a connection on which both have said what they are called.

use super::{
    backend::Shared,
    codec::{Frames, NodeId, hello::HELLO},
    link::{Io, Link},
    peer::{PeerError, unique},
};
use crate::{
    serve::Core,
    upstream::{UpstreamError, dial as connect},
};
use std::{io, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

/// From the first byte of the handshake to its last.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the peer, driven by a task of its own.
pub(super) async fn dial(core: &Rc<Core>, shared: &'static Shared) -> Result<Rc<Link>, PeerError> {
    let limit = core.gateway().connect_timeout;
    let connected = timeout(limit, socket(core, shared, Instant::now() + limit)).await;
    let stream = connected.map_err(|_| PeerError::Slow(limit))??;
    let id = unique(shared.node_id).ok_or(PeerError::NoNode)?;
    let shaken = timeout(PATIENCE, shake_hands(stream, &id)).await;
    let (io, frames, found) = shaken.map_err(|_| PeerError::Slow(PATIENCE))??;
    if !shared.peer_id.is_empty() && shared.peer_id != found.as_str() {
        return Err(PeerError::Stranger {
            wanted: shared.peer_id,
            found: found.to_string(),
        });
    }
    tracing::debug!(
        "zap: connected to {} as `{id}`; it is `{found}`",
        shared.name()
    );
    Ok(Link::start(io, frames, shared))
}

async fn socket(
    core: &Rc<Core>,
    shared: &'static Shared,
    deadline: Instant,
) -> Result<Box<dyn Io>, PeerError> {
    let target = shared.target().ok_or(PeerError::Undiscovered)?;
    let slot = core.pools.slot(target, core.gateway());
    let stream = connect(&slot, core.settings, deadline)
        .await
        .map_err(|why| unreachable(&why))?;
    // A frame must not wait for the acknowledgement of the one before: Go peers lose what comes slowly.
    stream.set_nodelay(true).map_err(broken)?;
    secure(core, shared, target.host.name, stream).await
}

#[cfg(feature = "tls")]
async fn secure(
    core: &Rc<Core>,
    shared: &'static Shared,
    name: &'static str,
    stream: TcpStream,
) -> Result<Box<dyn Io>, PeerError> {
    if !shared.tls {
        return Ok(Box::new(stream));
    }
    let secured = crate::upstream::tls::secure(name, stream, core.settings).await;
    Ok(secured.map_err(|why| unreachable(&why))?)
}

#[cfg(not(feature = "tls"))]
#[expect(
    clippy::unused_async,
    reason = "with TLS there is something to wait for"
)]
async fn secure(
    _: &Rc<Core>,
    shared: &'static Shared,
    _: &'static str,
    stream: TcpStream,
) -> Result<Box<dyn Io>, PeerError> {
    if shared.tls {
        return Err(unreachable(&UpstreamError::NoTls));
    }
    Ok(Box::new(stream))
}

/// The dialer speaks first. What came behind the answer is in the frames.
pub(super) async fn shake_hands(
    mut io: Box<dyn Io>,
    id: &NodeId,
) -> Result<(Box<dyn Io>, Frames, NodeId), PeerError> {
    io.write_all(&id.hello()).await.map_err(broken)?;
    io.flush().await.map_err(broken)?;
    let mut frames = Frames::default();
    loop {
        if let Some(hello) = frames.next()? {
            let found = NodeId::of_hello(&hello).map_err(|_| PeerError::NoNode)?;
            return Ok((io, frames, found));
        }
        // Whoever promises more is no node.
        if frames.wanted().is_some_and(|bytes| bytes > 2 * HELLO) {
            return Err(PeerError::NoNode);
        }
        if io.read_buf(frames.space()).await.map_err(broken)? == 0 {
            return Err(PeerError::Refused);
        }
    }
}

fn unreachable(why: &UpstreamError) -> PeerError {
    PeerError::Unreachable(why.to_string())
}

pub(super) fn broken(why: io::Error) -> PeerError {
    PeerError::Broken(why.to_string())
}
