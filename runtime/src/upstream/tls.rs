//! TLS to `https://` upstreams: rustls, the system's roots, HTTP/1.1 by ALPN.

use super::UpstreamError;
use std::{
    io,
    sync::{Arc, OnceLock},
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};

/// A handshake as `name`, which is also what the certificate must be for.
pub(crate) async fn secure(
    name: &'static str,
    stream: TcpStream,
) -> Result<Box<TlsStream<TcpStream>>, UpstreamError> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let server = ServerName::try_from(bare)
        .map_err(|error| UpstreamError::Tls(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    let secured = TlsConnector::from(trust_of_the_system().await)
        .connect(server, stream)
        .await
        .map_err(UpstreamError::Tls)?;
    Ok(Box::new(secured))
}

/// One configuration for the process: its roots are read once, and sessions are resumed across cores.
static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// Whoever the system's roots vouch for is believed.
pub(crate) async fn trust_of_the_system() -> Arc<ClientConfig> {
    match CONFIG.get() {
        Some(config) => Arc::clone(config),
        // Reading the system's roots takes a while, in which the core has other requests.
        None => match tokio::task::spawn_blocking(config).await {
            Ok(config) => config,
            Err(_) => config(),
        },
    }
}

fn config() -> Arc<ClientConfig> {
    let config = CONFIG.get_or_init(|| {
        let mut config = ClientConfig::builder()
            .with_root_certificates(system_roots())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    });
    Arc::clone(config)
}

/// The certificate authorities of this machine. Reads files: not for a core.
pub(crate) fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("cannot read a system certificate: {error}");
    }
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::error!("no system certificate: every https upstream will be refused");
    }
    roots
}
