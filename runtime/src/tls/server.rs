//! The listener's TLS.

use super::{
    config::Tls,
    files::{self, Fault},
    names::{Certificate, Certificates},
};
use std::sync::Arc;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs::Ticketer},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};

/// In the order in which we like them.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The configuration of every handshake from now on, or everything that is wrong with its files.
pub(super) fn build(tls: &Tls) -> Result<ServerConfig, Vec<Fault>> {
    let provider = tls.crypto.provider();
    let pairs = files::pairs(tls.keys, &provider);
    let verifier = verifier(tls, &provider);
    let (pairs, verifier) = match (pairs, verifier) {
        (Ok(pairs), Ok(verifier)) => (pairs, verifier),
        (pairs, verifier) => {
            let faults = [pairs.err(), verifier.err()];
            return Err(faults.into_iter().flatten().flatten().collect());
        }
    };
    let certificates: Vec<_> = pairs.into_iter().map(Certificate::new).collect();
    for (certificate, files) in certificates.iter().zip(tls.keys) {
        certificate.announce(files.certificate);
    }
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&tls.crypto.versions())
        .map_err(|error| vec![Fault::Refused(error)])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(Certificates(certificates)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    // Fresh keys for each configuration: a session that was opened under authorities or certificates of yesterday is not
    // resumed past those of today. No early data (0-RTT): it can be replayed, and rustls takes none unless it is told to.
    config.ticketer = Ticketer::new().map_err(|error| vec![Fault::Refused(error)])?;
    Ok(config)
}

/// Who looks at the certificate of a client.
fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Vec<Fault>> {
    let Some(clients) = &tls.clients else {
        return Ok(Arc::new(NoClientAuth));
    };
    let roots = Arc::new(files::roots(clients)?);
    let mut builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
    if clients.system {
        // The names of all the system's authorities would make each handshake some 20 KB longer.
        builder = builder.clear_root_hint_subjects();
    }
    builder.build().map_err(|_| vec![Fault::NoAuthority])
}
