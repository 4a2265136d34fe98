//! What the config says of the listener, and what the environment says instead.

use super::Desk;
use crate::{
    gate::Variable,
    tls::KeyFiles,
    zap::{codec::NodeId, http::MAX_BODY},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::OnceLock,
    time::Duration,
};

/// Where ZAP is listened for, and how. Every setter documents its default.
pub struct ZapListener {
    enabled: bool,
    ip: Option<&'static str>,
    port: u16,
    tls: bool,
    certificate: &'static str,
    key: &'static str,
    hybrid_only: bool,
    tunnel: bool,
    inner: &'static str,
    node_id: &'static str,
    max_connections: u64,
    max_requests: usize,
    max_body: u64,
    idle_timeout: Duration,
    cloud_calls: bool,
    pub(super) desk: OnceLock<Desk>,
}

/// What is in effect.
#[derive(Debug)]
pub(super) struct Effective {
    pub address: SocketAddr,
    /// None: in the clear.
    pub keys: Option<KeyFiles>,
    pub hybrid_only: bool,
    /// Where bytes are passed on to, unless requests are answered here.
    pub tunnel: Option<SocketAddr>,
    pub node_id: NodeId,
    pub max_connections: u64,
    pub max_requests: usize,
    pub max_body: usize,
    pub idle_timeout: Duration,
    pub cloud_calls: bool,
}

impl ZapListener {
    /// A listener as its defaults are.
    #[expect(clippy::new_without_default, reason = "a Default is not const")]
    pub const fn new() -> ZapListener {
        ZapListener {
            enabled: true,
            ip: None,
            port: 9651,
            tls: true,
            certificate: "/etc/tls/tls.crt",
            key: "/etc/tls/tls.key",
            hybrid_only: false,
            tunnel: false,
            inner: "127.0.0.1:9652",
            node_id: "gateway",
            max_connections: 1024,
            max_requests: 64,
            max_body: MAX_BODY as u64,
            idle_timeout: Duration::from_mins(5),
            cloud_calls: false,
            desk: OnceLock::new(),
        }
    }

    /// It does not listen, unless `ZAP_LISTENER_ENABLED` is `true`. Default: it does.
    #[must_use]
    pub const fn disabled(mut self) -> ZapListener {
        self.enabled = false;
        self
    }

    /// The address that it listens on. Default: every address; without TLS, 127.0.0.1.
    #[must_use]
    pub const fn listen_ip(mut self, ip: &'static str) -> ZapListener {
        self.ip = Some(ip);
        self
    }

    /// The port; `ZAP_LISTENER_PORT` overrides it, and 0 is any free one, which the log names. Default 9651.
    #[must_use]
    pub const fn port(mut self, port: u16) -> ZapListener {
        self.port = port;
        self
    }

    /// In the clear, on this machine only. Default: TLS 1.3.
    #[must_use]
    pub const fn plain(mut self) -> ZapListener {
        self.tls = false;
        self
    }

    /// PEM files of the certificate chain and of its key; `ZAP_TLS_CERT` and `ZAP_TLS_KEY` override them. Default
    /// `/etc/tls/tls.crt` and `/etc/tls/tls.key`.
    #[must_use]
    pub const fn keys(mut self, certificate: &'static str, key: &'static str) -> ZapListener {
        self.certificate = certificate;
        self.key = key;
        self
    }

    /// Only key exchanges that a quantum computer cannot undo later. Default: X25519 will do.
    #[must_use]
    pub const fn hybrid_only(mut self) -> ZapListener {
        self.hybrid_only = true;
        self
    }

    /// Bytes are passed on to a node at `inner`, on this machine, and nothing of them is looked at;
    /// `ZAP_INTERNAL_ADDR` overrides it. Default: requests are answered here.
    #[must_use]
    pub const fn tunnel(mut self, inner: &'static str) -> ZapListener {
        self.tunnel = true;
        self.inner = inner;
        self
    }

    /// What we say that we are called. Default `gateway`.
    #[must_use]
    pub const fn node_id(mut self, id: &'static str) -> ZapListener {
        self.node_id = id;
        self
    }

    /// Connections at once, in this process; one more is closed. Default 1,024.
    #[must_use]
    pub const fn max_connections(mut self, n: u64) -> ZapListener {
        self.max_connections = n;
        self
    }

    /// Requests under way at once on one connection; another is not read until one is over. Default 64.
    #[must_use]
    pub const fn max_requests(mut self, n: usize) -> ZapListener {
        self.max_requests = n;
        self
    }

    /// Bytes of a request body; 413 over it. Default and most: what a frame has room for, 10,420,224.
    #[must_use]
    pub const fn max_body(mut self, bytes: u64) -> ZapListener {
        self.max_body = bytes;
        self
    }

    /// How long nothing may come on a connection that waits for nothing. Default 5 min.
    #[must_use]
    pub const fn idle_timeout(mut self, t: Duration) -> ZapListener {
        self.idle_timeout = t;
        self
    }

    /// Calls of cloud services (`chat.completions`) become POST requests (`/v1/chat/completions`). Default: they are
    /// ignored, as unknown ones are.
    #[must_use]
    pub const fn cloud_calls(mut self) -> ZapListener {
        self.cloud_calls = true;
        self
    }

    /// What is in effect with these variables; none: it does not listen.
    pub(super) fn effective(
        &self,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Effective>, String> {
        let said = env(ENABLED).map(|text| text.to_ascii_lowercase());
        let enabled = match said.as_deref() {
            None => self.enabled,
            Some("true" | "1" | "on") => true,
            Some("false" | "0" | "off") => false,
            Some(other) => return Err(format!("{ENABLED}: `{other}` is neither true nor false")),
        };
        if !enabled {
            return Ok(None);
        }
        let port = match env(PORT) {
            None => self.port,
            Some(text) => text
                .parse()
                .map_err(|_| format!("{PORT}: `{text}` is no port"))?,
        };
        let ip = match self.ip {
            Some(text) => text
                .parse()
                .map_err(|_| format!("`{text}` is not an address"))?,
            None if self.tls => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        if !self.tls && !ip.is_loopback() {
            return Err(format!(
                "without TLS it listens on this machine only, not on {ip}"
            ));
        }
        let address = SocketAddr::new(ip, port);
        let file = |name, written: &'static str| match env(name) {
            // For the life of the process; read once.
            Some(path) => &*path.leak(),
            None => written,
        };
        let keys = self
            .tls
            .then(|| KeyFiles::new(file(CERTIFICATE, self.certificate), file(KEY, self.key)));
        let tunnel = self.tunnel.then(|| {
            let said = env(INNER);
            inner(said.as_deref().unwrap_or(self.inner), address)
        });
        let tunnel = tunnel.transpose()?;
        Ok(Some(Effective {
            address,
            keys,
            hybrid_only: self.hybrid_only,
            tunnel,
            node_id: NodeId::new(self.node_id).ok_or("the node id is none")?,
            max_connections: self.max_connections,
            max_requests: self.max_requests.max(1),
            max_body: usize::try_from(self.max_body).map_or(MAX_BODY, |n| n.min(MAX_BODY)),
            idle_timeout: self.idle_timeout,
            cloud_calls: self.cloud_calls,
        }))
    }

    pub(super) fn variables(&self) -> Vec<Variable> {
        let row = |name, what, default: String| Variable {
            name,
            what,
            default,
            configured: true,
            secret: false,
        };
        let mut rows = vec![
            row(
                ENABLED,
                "Whether ZAP is listened for: true or false.",
                self.enabled.to_string(),
            ),
            row(
                PORT,
                "The port on which ZAP is listened for.",
                self.port.to_string(),
            ),
        ];
        if self.tls {
            let certificate = "PEM file with the certificate chain of the ZAP listener.";
            let key = "PEM file with the private key of the ZAP listener.";
            rows.push(row(CERTIFICATE, certificate, self.certificate.to_owned()));
            rows.push(row(KEY, key, self.key.to_owned()));
        }
        if self.tunnel {
            let what = "The node on this machine to which the ZAP listener passes bytes on.";
            rows.push(row(INNER, what, self.inner.to_owned()));
        }
        rows
    }
}

const ENABLED: &str = "ZAP_LISTENER_ENABLED";
const PORT: &str = "ZAP_LISTENER_PORT";
const CERTIFICATE: &str = "ZAP_TLS_CERT";
const KEY: &str = "ZAP_TLS_KEY";
const INNER: &str = "ZAP_INTERNAL_ADDR";

/// What is behind TLS must not be reachable beside it (ZAP-10), and must not be ourselves.
fn inner(text: &str, own: SocketAddr) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("`{text}` is no address of a node, such as 127.0.0.1:9652"))?;
    if !address.ip().is_loopback() {
        return Err(format!(
            "the node at {address} is not on this machine: its bytes would go in the clear"
        ));
    }
    if address.port() == own.port() {
        return Err(format!("{address} is where this listener is"));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::ZapListener;

    fn told(listener: &ZapListener, set: &[(&str, &str)]) -> String {
        let env = |name: &str| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        match listener.effective(env) {
            Ok(None) => "off".to_owned(),
            Err(why) => why,
            Ok(Some(on)) => {
                let keys = on.keys.map_or("plain", |keys| keys.certificate);
                let tunnel = on
                    .tunnel
                    .map_or(String::new(), |inner| format!(" to {inner}"));
                format!("{} {keys}{tunnel}", on.address)
            }
        }
    }

    #[test]
    fn the_environment_goes_before_the_config() {
        let on = ZapListener::new();
        let off = ZapListener::new().disabled();
        let plain = ZapListener::new().plain();
        let tunnel = ZapListener::new().tunnel("127.0.0.1:9652");
        for (listener, set, expected) in [
            (&on, &[][..], "[::]:9651 /etc/tls/tls.crt"),
            (&off, &[], "off"),
            (
                &off,
                &[("ZAP_LISTENER_ENABLED", "true")],
                "[::]:9651 /etc/tls/tls.crt",
            ),
            (&on, &[("ZAP_LISTENER_ENABLED", "false")], "off"),
            (
                &on,
                &[("ZAP_LISTENER_ENABLED", "yes")],
                "ZAP_LISTENER_ENABLED: `yes` is neither true nor false",
            ),
            (
                &on,
                &[("ZAP_LISTENER_PORT", "1"), ("ZAP_TLS_CERT", "a.pem")],
                "[::]:1 a.pem",
            ),
            (
                &on,
                &[("ZAP_LISTENER_PORT", "x")],
                "ZAP_LISTENER_PORT: `x` is no port",
            ),
            (&plain, &[], "127.0.0.1:9651 plain"),
            (
                &ZapListener::new().plain().listen_ip("::1"),
                &[],
                "[::1]:9651 plain",
            ),
            (
                &ZapListener::new().plain().listen_ip("0.0.0.0"),
                &[],
                "without TLS it listens on this machine only, not on 0.0.0.0",
            ),
            (&tunnel, &[], "[::]:9651 /etc/tls/tls.crt to 127.0.0.1:9652"),
            (
                &tunnel,
                &[("ZAP_INTERNAL_ADDR", "127.0.0.1:1")],
                "[::]:9651 /etc/tls/tls.crt to 127.0.0.1:1",
            ),
            (
                &tunnel,
                &[("ZAP_INTERNAL_ADDR", "10.0.0.1:1")],
                "the node at 10.0.0.1:1 is not on this machine: its bytes would go in the clear",
            ),
            (
                &tunnel,
                &[("ZAP_INTERNAL_ADDR", "127.0.0.1:9651")],
                "127.0.0.1:9651 is where this listener is",
            ),
        ] {
            assert_eq!(told(listener, set), expected, "{set:?}");
        }
    }
}
