//! From a host to an established connection.

use super::{Connection, Target, UpstreamError, health::Change, pool::Slot, wire::Transport};
use crate::settings::Settings;
use std::{io, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

/// A fresh connection to the slot's host, within `limit`, TLS included. The host's health learns how that went.
pub(crate) async fn connect(
    slot: Rc<Slot>,
    settings: &'static Settings,
    limit: Duration,
) -> Result<Connection, UpstreamError> {
    let deadline = Instant::now() + limit;
    let connected = timeout_at(deadline, establish(&slot, settings, deadline)).await;
    let connected = connected.unwrap_or_else(|_| {
        slot.addresses.doubt();
        Err(UpstreamError::ConnectTimeout(limit))
    });
    note(slot.target(), connected.as_ref().err());
    connected
}

fn note(target: &Target, error: Option<&UpstreamError>) {
    let change = match error {
        None => target.health.connected(),
        Some(_) => target
            .health
            .failed(Instant::now().into_std(), fastrand::f64()),
    };
    let host = target.host;
    match (change, error) {
        (Change::Out(time, 1), Some(error)) => {
            tracing::warn!("{host} is left out for {time:.1?}: {error}");
        }
        (Change::Out(time, times), Some(error)) => {
            tracing::debug!("{host} is left out for {time:.1?}, the {times}. time: {error}");
        }
        (Change::Back, _) => tracing::info!("{host} is back"),
        (Change::None | Change::Out(..), _) => {}
    }
}

async fn establish(
    slot: &Rc<Slot>,
    settings: &'static Settings,
    deadline: Instant,
) -> Result<Connection, UpstreamError> {
    let host = slot.target().host;
    let stream = dial(slot, settings, deadline).await?;
    // Chunks must not wait for the acknowledgement of the chunk before.
    stream.set_nodelay(true).map_err(UpstreamError::Connect)?;
    let transport = match host.secure && settings.mock.is_none() {
        false => Transport::Plain(stream),
        #[cfg(feature = "tls")]
        true => Transport::Tls(super::tls::secure(host.name, stream, settings).await?),
        #[cfg(not(feature = "tls"))]
        true => return Err(UpstreamError::NoTls),
    };
    Ok(Connection::over(transport))
}

/// A socket to the slot's host, by one of its addresses.
pub(crate) async fn dial(
    slot: &Rc<Slot>,
    settings: &'static Settings,
    deadline: Instant,
) -> Result<TcpStream, UpstreamError> {
    let host = slot.target().host;
    let pinned = settings.mock.or_else(|| {
        let to = |r: &&crate::settings::Resolve| r.port == host.port && r.host == host.name;
        settings.resolve.iter().find(to).map(|r| r.to)
    });
    let known = pinned.map(|address| vec![address]);
    let addresses = match known.or_else(|| slot.target().known()) {
        Some(addresses) => addresses,
        None => slot
            .addresses
            .get(slot, settings.gateway.dns_ttl)
            .await
            .map_err(|error| UpstreamError::Resolve(host.name, error))?,
    };
    dial_any(&addresses, deadline).await.map_err(|error| {
        slot.addresses.doubt();
        UpstreamError::Connect(error)
    })
}

/// The first address that answers. None may take more than its share of the time, so that one dead address does not
/// hide the others.
pub(crate) async fn dial_any(addresses: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut left = addresses.iter();
    while let Some(address) = left.next() {
        let share = match u32::try_from(left.len()) {
            // The last one has all the time there is; the caller's timeout ends it.
            Ok(0) | Err(_) => Duration::MAX,
            Ok(others) => deadline.saturating_duration_since(Instant::now()) / (others + 1),
        };
        last = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error,
            Err(_) => io::ErrorKind::TimedOut.into(),
        };
    }
    Err(last)
}
