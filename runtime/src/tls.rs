//! TLS, on the listener and towards upstreams: what a config says of it, and the rustls configurations made of that.
//!
//! | file | what |
//! |---|---|
//! | `config` | the statics of generated code |
//! | `crypto` | versions, groups and suites → a rustls provider |
//! | `files` | certificates, keys and authorities, read from PEM files; everything that can be wrong with them |
//! | `live` | a configuration that follows its files |
//! | `expiry` | when certificates end, for metrics |
//! | `server`, `names` | the listener's: certificates by name, client certificates |
//! | `client` | the upstreams': whom to believe, and what to show them |
//!
//! Private keys are read and forgotten; nothing here formats their text or an error that could hold a part of it.

#[cfg(feature = "tls")]
mod client;
mod config;
mod crypto;
#[cfg(feature = "tls-listener")]
mod expiry;
mod files;
mod live;
#[cfg(feature = "tls-listener")]
mod names;
#[cfg(feature = "tls-listener")]
mod server;

/// TLS to upstreams where the config says nothing of it.
#[cfg(feature = "tls")]
pub(crate) use client::system as system_client;
#[cfg(feature = "tls-listener")]
pub use config::Tls;
#[cfg(feature = "tls")]
pub use config::UpstreamTls;
pub use config::{KeyFiles, TlsGroup, TlsSuite, TlsVersion};
/// When the listener's certificates end.
#[cfg(all(feature = "metrics", feature = "tls-listener"))]
pub(crate) use expiry::measure;
pub(crate) use files::Fault;
#[cfg(feature = "auth")]
pub(crate) use files::add_system;
pub(crate) use live::Live;

use crate::{gateway::Gateway, settings::Settings};
#[cfg(feature = "zap-listener")]
use std::sync::Arc;
#[cfg(feature = "zap-listener")]
use tokio_rustls::rustls::ServerConfig;

/// How handshakes are made, of each of several kinds of clients: without ALPN, and with it.
#[cfg(feature = "zap-listener")]
pub(crate) type Handshakes = Live<Vec<[Arc<ServerConfig>; 2]>>;

/// The configurations of a listener that is not HTTP's: each of `tls` without and with this protocol in its ALPN, for a
/// client that offers none must not be refused for it.
#[cfg(feature = "zap-listener")]
pub(crate) fn listener(
    what: &'static str,
    tls: &'static [Tls],
    protocol: &'static [u8],
) -> Result<Arc<Handshakes>, Vec<Fault>> {
    let files = tls.iter().flat_map(Tls::files).collect();
    Live::start(what, files, move || {
        let build = |tls| {
            let mut config = server::build(tls)?;
            config.alpn_protocols = Vec::new();
            let silent = Arc::new(config.clone());
            config.alpn_protocols = vec![protocol.to_vec()];
            Ok([silent, Arc::new(config)])
        };
        tls.iter().map(build).collect()
    })
}

/// Everything that is wrong with the files of the config's TLS, and would keep the gateway from starting.
pub(crate) fn check(gateway: &Gateway) -> Vec<Fault> {
    let mut faults = Vec::new();
    #[cfg(feature = "tls-listener")]
    if let Some(Err(more)) = gateway.tls.map(server::build) {
        faults.extend(more);
    }
    #[cfg(feature = "tls")]
    if let Some(Err(more)) = gateway.upstream_tls.map(client::build) {
        faults.extend(more);
    }
    faults
}

/// Reads every file that the config's TLS names, and follows them from here on. All that is wrong is told at once: a
/// gateway without one of them does not start. `is_mocked`: no upstream is called, so what they need is not read.
#[cfg_attr(not(feature = "tls"), expect(unused_variables))]
pub(crate) fn start(settings: &mut Settings, is_mocked: bool) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    #[cfg(feature = "tls-listener")]
    if let Some(tls) = settings.gateway.tls {
        match Live::start("the listener's TLS", tls.files(), move || {
            server::build(tls)
        }) {
            Ok(live) => settings.tls = Some(live),
            Err(more) => faults.extend(more),
        }
    }
    #[cfg(feature = "tls")]
    if let Some(tls) = settings.gateway.upstream_tls.filter(|_| !is_mocked) {
        match Live::start("TLS to upstreams", tls.files(), move || client::build(tls)) {
            Ok(live) => settings.upstream_tls = Some(live),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}
