//! What the process runs with: the compiled [`Gateway`], with flags and the environment on top. Made once at start.

#[cfg(any(feature = "tls", feature = "tls-listener"))]
use crate::tls::Live;
use crate::{
    client_ip::{BadRange, Trusted},
    gateway::{Gateway, LogLevel},
    log,
};
#[cfg(any(feature = "tls", feature = "tls-listener"))]
use std::sync::Arc;
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    thread,
    time::Duration,
};
#[cfg(feature = "tls")]
use tokio_rustls::rustls::ClientConfig;
#[cfg(feature = "tls-listener")]
use tokio_rustls::rustls::ServerConfig;

/// The effective settings of this process; leaked once, so that every core holds a plain reference.
pub(crate) struct Settings {
    pub gateway: &'static Gateway,
    /// Where to listen. More than one with `--listen` given twice.
    pub listen: Vec<SocketAddr>,
    /// Cores to serve with, each with its own runtime.
    pub workers: usize,
    /// `--resolve HOST:PORT=ADDR`: the name is never looked up.
    pub resolve: Vec<Resolve>,
    /// Whether HTTP/1.1 takes the fast lane, or hyper's.
    pub fast_lane: bool,
    /// Where services are looked up; none: at the servers of `/etc/resolv.conf`.
    #[cfg(feature = "dns")]
    pub dns_servers: Vec<SocketAddr>,
    /// `--mock`: every upstream, whatever its name and scheme, is this plain-HTTP address.
    pub mock: Option<SocketAddr>,
    pub trusted_proxies: Trusted,
    /// What the listener's handshakes are made with; `None`: plain HTTP.
    #[cfg(feature = "tls-listener")]
    pub tls: Option<Arc<Live<ServerConfig>>>,
    /// `None`: the system's roots, read when they are needed.
    #[cfg(feature = "tls")]
    pub upstream_tls: Option<Arc<Live<ClientConfig>>>,
    pub log: log::Config,
    /// From SIGTERM to the close of the listeners, with `/readyz` at 503. Default 0, so that Ctrl-C on a laptop is
    /// immediate; behind a balancer give it the time of a few probes.
    pub lame_duck: Duration,
}

/// One `--resolve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolve {
    /// Lower case; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    pub to: SocketAddr,
}

/// What flags or the environment may say instead of the config; `None` where they say nothing.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub listen: Option<Vec<SocketAddr>>,
    /// At the address of the config.
    pub port: Option<u16>,
    pub workers: Option<usize>,
    pub fast_lane: Option<bool>,
    pub trusted_proxies: Option<Trusted>,
    pub log_level: Option<LogLevel>,
    pub log_json: Option<bool>,
    pub lame_duck: Option<Duration>,
    pub no_colour: Option<bool>,
    #[cfg(feature = "dns")]
    pub dns_servers: Option<Vec<SocketAddr>>,
}

impl Overrides {
    /// These, and `below` where these say nothing.
    ///
    /// Where to listen is one question with two spellings: an answer in either of them hides both below.
    pub fn or(self, below: Overrides) -> Overrides {
        let (listen, port) = match (self.listen, self.port) {
            (None, None) => (below.listen, below.port),
            here => here,
        };
        Overrides {
            listen,
            port,
            workers: self.workers.or(below.workers),
            fast_lane: self.fast_lane.or(below.fast_lane),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            log_level: self.log_level.or(below.log_level),
            log_json: self.log_json.or(below.log_json),
            lame_duck: self.lame_duck.or(below.lame_duck),
            no_colour: self.no_colour.or(below.no_colour),
            #[cfg(feature = "dns")]
            dns_servers: self.dns_servers.or(below.dns_servers),
        }
    }
}

impl Settings {
    /// Whether clients must speak TLS.
    #[cfg_attr(
        not(feature = "tls-listener"),
        expect(
            clippy::unused_self,
            reason = "a gateway without TLS has nothing to look at"
        )
    )]
    pub fn is_secure(&self) -> bool {
        #[cfg(feature = "tls-listener")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls-listener"))]
        false
    }

    /// The settings of `gateway` under `overrides`. The error is a range of the config's own trusted proxies.
    pub fn new(gateway: &'static Gateway, overrides: Overrides) -> Result<Settings, BadRange> {
        let ip = gateway.listen_ip.unwrap_or(ANY);
        let trusted_proxies = match (overrides.trusted_proxies, gateway.trusted_proxies) {
            (Some(trusted), _) => trusted,
            (None, Some(ranges)) => Trusted::parse(ranges.iter().copied())?,
            (None, None) => Trusted::default(),
        };
        Ok(Settings {
            gateway,
            listen: overrides.listen.unwrap_or_else(|| {
                vec![SocketAddr::new(ip, overrides.port.unwrap_or(gateway.port))]
            }),
            workers: overrides.workers.unwrap_or_else(default_workers),
            fast_lane: overrides.fast_lane.unwrap_or(true),
            resolve: Vec::new(),
            #[cfg(feature = "dns")]
            dns_servers: overrides.dns_servers.unwrap_or_default(),
            mock: None,
            trusted_proxies,
            #[cfg(feature = "tls-listener")]
            tls: None,
            #[cfg(feature = "tls")]
            upstream_tls: None,
            log: log::Config {
                level: overrides.log_level.unwrap_or(gateway.log_level),
                prefix: gateway.log_prefix,
                json: overrides.log_json.unwrap_or(gateway.log_json),
                colour: !overrides.no_colour.unwrap_or(false),
            },
            lame_duck: overrides.lame_duck.unwrap_or(Duration::ZERO),
        })
    }
}

/// Every address; the listener takes IPv4 with it, where the system has IPv6 at all.
pub(crate) const ANY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// The cores that this process may use: its affinity and its cgroup's quota count.
pub(crate) fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_before_the_environment_before_the_config() {
        static GATEWAY: Gateway = Gateway::new("test", "{}").port(9000);
        let listen = |text: &str| Some(vec![text.parse().expect("an address")]);
        let port = |port| Overrides {
            port: Some(port),
            ..Overrides::default()
        };
        let at = |text| Overrides {
            listen: listen(text),
            ..Overrides::default()
        };
        for (flags, environment, expected) in [
            (Overrides::default(), Overrides::default(), "[::]:9000"),
            (Overrides::default(), port(1), "[::]:1"),
            (Overrides::default(), at("127.0.0.1:2"), "127.0.0.1:2"),
            (port(3), port(1), "[::]:3"),
            (port(3), at("127.0.0.1:2"), "[::]:3"),
            (at("127.0.0.1:4"), port(1), "127.0.0.1:4"),
            (
                Overrides::default(),
                Overrides {
                    port: Some(1),
                    ..at("127.0.0.1:2")
                },
                "127.0.0.1:2",
            ),
        ] {
            let settings = Settings::new(&GATEWAY, flags.or(environment));
            assert_eq!(
                settings.ok().map(|settings| settings.listen),
                listen(expected)
            );
        }
    }
}
