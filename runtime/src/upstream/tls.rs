//! TLS to `https://` upstreams: the handshake. What it is made with is in [`crate::tls`].

use super::UpstreamError;
use crate::{settings::Settings, tls};
use std::{
    io,
    sync::{Arc, OnceLock},
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// A handshake as `name`, which is also what the certificate must be for.
pub(crate) async fn secure(
    name: &'static str,
    stream: TcpStream,
    settings: &Settings,
) -> Result<Box<TlsStream<TcpStream>>, UpstreamError> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let server = ServerName::try_from(bare)
        .map_err(|error| UpstreamError::Tls(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    let config = match &settings.upstream_tls {
        Some(live) => live.now(),
        None => system().await.map_err(UpstreamError::Tls)?,
    };
    let secured = TlsConnector::from(config)
        .connect(server, stream)
        .await
        .map_err(UpstreamError::Tls)?;
    Ok(Box::new(secured))
}

/// Where the config says nothing of TLS. One configuration for the process: its roots are read once, and sessions are
/// resumed across cores.
pub(crate) async fn system() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    // Reading the system's roots takes a while, in which the core has other requests.
    let made = tokio::task::spawn_blocking(tls::system_client).await?;
    let config = made.map_err(io::Error::other)?;
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}
