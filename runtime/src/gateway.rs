//! The one `static` of a generated `main.rs`: everything that the config says about the process as a whole.
//!
//! All of it is const-constructible; what flags and the environment change on top is in [`crate::settings`].

#[cfg(feature = "tls-listener")]
use crate::tls::Tls;
#[cfg(feature = "tls")]
use crate::tls::UpstreamTls;
use crate::{
    endpoint::Route,
    gate::{Gate, Part},
    text::Text,
    upstream::Upstream,
};
use std::{net::IpAddr, time::Duration};

/// A compiled gateway. Every setter documents its default.
pub struct Gateway {
    pub(crate) name: &'static str,
    pub(crate) config: &'static str,
    pub(crate) routes: &'static [Route],
    pub(crate) upstreams: &'static [&'static Upstream],
    pub(crate) gates: &'static [&'static dyn Gate],
    pub(crate) parts: &'static [&'static dyn Part],
    pub(crate) left_out: &'static [&'static str],
    pub(crate) texts: &'static [Text],
    pub(crate) port: u16,
    pub(crate) port_slots: Option<Text>,
    pub(crate) listen_ip: Option<IpAddr>,
    pub(crate) h2c: bool,
    #[cfg(feature = "tls-listener")]
    pub(crate) tls: Option<&'static Tls>,
    pub(crate) read_header_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) drain_timeout: Duration,
    pub(crate) max_header_bytes: usize,
    pub(crate) max_headers: usize,
    pub(crate) max_uri_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) upstream_idle_timeout: Duration,
    pub(crate) max_idle_per_host: usize,
    pub(crate) dns_ttl: Duration,
    pub(crate) upstream_keep_alive: bool,
    #[cfg(feature = "tls")]
    pub(crate) upstream_tls: Option<&'static UpstreamTls>,
    pub(crate) health_path: Option<&'static str>,
    pub(crate) not_found: Option<&'static str>,
    pub(crate) method_not_allowed: Option<&'static str>,
    pub(crate) slash_redirect: bool,
    pub(crate) answer_405: bool,
    pub(crate) auto_options: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) error_detail: bool,
    pub(crate) hide_version: bool,
    pub(crate) access_log: bool,
    pub(crate) access_log_skip: &'static [&'static str],
    pub(crate) trusted_proxies: Option<&'static [&'static str]>,
    pub(crate) client_ip_headers: &'static [&'static str],
    pub(crate) trust_forwarded: bool,
    pub(crate) log_level: LogLevel,
    pub(crate) log_level_slots: Option<Text>,
    pub(crate) log_prefix: &'static str,
    pub(crate) log_json: bool,
}

/// Levels of `telemetry/logging`. Default: [`LogLevel::Info`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// DEBUG
    Debug,
    /// INFO
    Info,
    /// WARNING
    Warning,
    /// ERROR
    Error,
    /// CRITICAL: only what ends the process.
    Critical,
}

impl Gateway {
    /// A gateway called `name`, compiled from the config text `config`.
    pub const fn new(name: &'static str, config: &'static str) -> Gateway {
        Gateway {
            name,
            config,
            routes: &[],
            upstreams: &[],
            gates: &[],
            parts: &[],
            left_out: &[],
            texts: &[],
            port: 8080,
            port_slots: None,
            listen_ip: None,
            h2c: true,
            #[cfg(feature = "tls-listener")]
            tls: None,
            read_header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(10),
            drain_timeout: Duration::from_secs(30),
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            max_uri_bytes: 16 * 1024,
            max_connections: 65_536,
            connect_timeout: Duration::from_secs(5),
            upstream_idle_timeout: Duration::from_mins(1),
            max_idle_per_host: 250,
            dns_ttl: Duration::from_secs(30),
            upstream_keep_alive: true,
            #[cfg(feature = "tls")]
            upstream_tls: None,
            health_path: Some("/__health"),
            not_found: None,
            method_not_allowed: None,
            slash_redirect: true,
            answer_405: true,
            auto_options: false,
            merge_slashes: false,
            error_detail: false,
            hide_version: false,
            access_log: true,
            access_log_skip: &[],
            trusted_proxies: None,
            client_ip_headers: &["x-forwarded-for", "x-real-ip"],
            trust_forwarded: true,
            log_level: LogLevel::Info,
            log_level_slots: None,
            log_prefix: "",
            log_json: false,
        }
    }

    /// The route table.
    #[must_use]
    pub const fn routes(mut self, routes: &'static [Route]) -> Gateway {
        self.routes = routes;
        self
    }

    /// Every upstream that some route calls, for `check`.
    #[must_use]
    pub const fn upstreams(mut self, upstreams: &'static [&'static Upstream]) -> Gateway {
        self.upstreams = upstreams;
        self
    }

    /// The stages that every request passes before it is routed, in this order (PIPE-1). Default: none.
    #[must_use]
    pub const fn gates(mut self, gates: &'static [&'static dyn Gate]) -> Gateway {
        self.gates = gates;
        self
    }

    /// What is started with the gateway and is no gate. Default: nothing.
    #[must_use]
    pub const fn parts(mut self, parts: &'static [&'static dyn Part]) -> Gateway {
        self.parts = parts;
        self
    }

    /// What the config asks for and this build does not do; each is a warning when the gateway starts.
    #[must_use]
    pub const fn left_out(mut self, what: &'static [&'static str]) -> Gateway {
        self.left_out = what;
        self
    }

    /// Every text with slots that is no host of an upstream, nor the port or the level: they are resolved before
    /// anything listens, and one that cannot be stops the start.
    #[must_use]
    pub const fn texts(mut self, texts: &'static [Text]) -> Gateway {
        self.texts = texts;
        self
    }

    /// Listening port. Default 8080; `GATEWAY_PORT` and `--listen` override it.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Gateway {
        self.port = port;
        self
    }

    /// A text with slots that comes to the port (1 to 65535) when the gateway starts, instead of [`Gateway::port`].
    #[must_use]
    pub const fn port_slots(mut self, text: &'static str) -> Gateway {
        self.port_slots = Some(Text::new(text));
        self
    }

    /// Listening address. Default: every address, IPv6 and IPv4.
    #[must_use]
    pub const fn listen_ip(mut self, ip: IpAddr) -> Gateway {
        self.listen_ip = Some(ip);
        self
    }

    /// Whether HTTP/2 with prior knowledge is taken on the plain listener. Default: yes.
    #[must_use]
    pub const fn h2c(mut self, on: bool) -> Gateway {
        self.h2c = on;
        self
    }

    /// The listener speaks TLS, and nothing else. Default: plain HTTP.
    #[cfg(feature = "tls-listener")]
    #[must_use]
    pub const fn tls(mut self, tls: &'static Tls) -> Gateway {
        self.tls = Some(tls);
        self
    }

    /// How `https://` upstreams are authenticated. Default: by the system's roots, with TLS 1.2 and 1.3.
    #[cfg(feature = "tls")]
    #[must_use]
    pub const fn upstream_tls(mut self, tls: &'static UpstreamTls) -> Gateway {
        self.upstream_tls = Some(tls);
        self
    }

    /// From the first byte of a request head to its last; 408 after it. Default 10 s.
    #[must_use]
    pub const fn read_header_timeout(mut self, t: Duration) -> Gateway {
        self.read_header_timeout = t;
        self
    }

    /// How long a client connection may idle between requests; it is closed silently. Default 10 min.
    #[must_use]
    pub const fn idle_timeout(mut self, t: Duration) -> Gateway {
        self.idle_timeout = t;
        self
    }

    /// How long requests in flight may go on after SIGTERM. Default 30 s.
    #[must_use]
    pub const fn drain_timeout(mut self, t: Duration) -> Gateway {
        self.drain_timeout = t;
        self
    }

    /// Bytes of a request head; 431 over it. Default 64 KiB.
    #[must_use]
    pub const fn max_header_bytes(mut self, n: usize) -> Gateway {
        self.max_header_bytes = n;
        self
    }

    /// Count of request headers, 24,576 at most; 431 over it. Default 100.
    #[must_use]
    pub const fn max_headers(mut self, n: usize) -> Gateway {
        self.max_headers = n;
        self
    }

    /// Bytes of path and query; 414 over it. Default 16 KiB.
    #[must_use]
    pub const fn max_uri_bytes(mut self, n: usize) -> Gateway {
        self.max_uri_bytes = n;
        self
    }

    /// Client connections at once in this process; one more gets a 503 and is closed (over TLS, without the 503).
    /// Default 65,536.
    #[must_use]
    pub const fn max_connections(mut self, n: usize) -> Gateway {
        self.max_connections = n;
        self
    }

    /// To an established (and, for https, secured) upstream connection; 504 after it. Default 5 s.
    #[must_use]
    pub const fn connect_timeout(mut self, t: Duration) -> Gateway {
        self.connect_timeout = t;
        self
    }

    /// How long an unused upstream connection is kept. Default 60 s.
    #[must_use]
    pub const fn upstream_idle_timeout(mut self, t: Duration) -> Gateway {
        self.upstream_idle_timeout = t;
        self
    }

    /// Unused upstream connections kept, per host and core. Default 250.
    #[must_use]
    pub const fn max_idle_per_host(mut self, n: usize) -> Gateway {
        self.max_idle_per_host = n;
        self
    }

    /// How long a resolved name is believed; after it, it is served stale while it is resolved again. Default 30 s.
    #[must_use]
    pub const fn dns_ttl(mut self, t: Duration) -> Gateway {
        self.dns_ttl = t;
        self
    }

    /// One upstream connection per request. Default: connections are kept and used again.
    #[must_use]
    pub const fn no_upstream_keep_alive(mut self) -> Gateway {
        self.upstream_keep_alive = false;
        self
    }

    /// Where the JSON health answer is. Default `/__health`; `/healthz` and `/readyz` are always there.
    #[must_use]
    pub const fn health_path(mut self, path: &'static str) -> Gateway {
        self.health_path = Some(path);
        self
    }

    /// No JSON health route (`/healthz` and `/readyz` stay).
    #[must_use]
    pub const fn no_health_path(mut self) -> Gateway {
        self.health_path = None;
        self
    }

    /// JSON body of a 404. Default: the text `404 page not found` (PIPE-3).
    #[must_use]
    pub const fn not_found(mut self, json: &'static str) -> Gateway {
        self.not_found = Some(json);
        self
    }

    /// JSON body of a 405. Default: the text `405 method not allowed` (PIPE-3).
    #[must_use]
    pub const fn method_not_allowed(mut self, json: &'static str) -> Gateway {
        self.method_not_allowed = Some(json);
        self
    }

    /// No redirect from `/a` to `/a/` or back where only the other is a route. Default: 301 for GET, 307 else (PIPE-4).
    #[must_use]
    pub const fn no_slash_redirect(mut self) -> Gateway {
        self.slash_redirect = false;
        self
    }

    /// A wrong method is a 404. Default: 405 with `Allow`.
    #[must_use]
    pub const fn no_method_not_allowed(mut self) -> Gateway {
        self.answer_405 = false;
        self
    }

    /// OPTIONS of a route is answered with 200 and `Allow`. Default: it is a method like any other.
    #[must_use]
    pub const fn auto_options(mut self) -> Gateway {
        self.auto_options = true;
        self
    }

    /// `//` in a request path counts as `/`. Default: an empty segment is a 400.
    #[must_use]
    pub const fn merge_slashes(mut self) -> Gateway {
        self.merge_slashes = true;
        self
    }

    /// Error bodies say which upstream failed and how. Default: only what kind of failure it was.
    #[must_use]
    pub const fn error_detail(mut self) -> Gateway {
        self.error_detail = true;
        self
    }

    /// `X-Powered-By` without the version. Default: with it (BR-2).
    #[must_use]
    pub const fn hide_version(mut self) -> Gateway {
        self.hide_version = true;
        self
    }

    /// No line per request. Default: one, at level INFO.
    #[must_use]
    pub const fn no_access_log(mut self) -> Gateway {
        self.access_log = false;
        self
    }

    /// Exact request paths without an access log line.
    #[must_use]
    pub const fn access_log_skip(mut self, paths: &'static [&'static str]) -> Gateway {
        self.access_log_skip = paths;
        self
    }

    /// Peers whose forwarding headers are believed, as addresses or CIDR ranges. Default: loopback, private, link-local
    /// and carrier-grade NAT ranges (WID-10). `GATEWAY_TRUSTED_PROXIES` overrides it.
    #[must_use]
    pub const fn trusted_proxies(mut self, ranges: &'static [&'static str]) -> Gateway {
        self.trusted_proxies = Some(ranges);
        self
    }

    /// Headers that may carry the client's address, in order. Default `x-forwarded-for`, `x-real-ip`.
    #[must_use]
    pub const fn client_ip_headers(mut self, names: &'static [&'static str]) -> Gateway {
        self.client_ip_headers = names;
        self
    }

    /// The client is the peer, whatever headers say. Default: trusted proxies are believed.
    #[must_use]
    pub const fn ignore_forwarded(mut self) -> Gateway {
        self.trust_forwarded = false;
        self
    }

    /// Least level that is logged, and the prefix of each line. Default INFO and none.
    #[must_use]
    pub const fn log(mut self, level: LogLevel, prefix: &'static str) -> Gateway {
        self.log_level = level;
        self.log_prefix = prefix;
        self
    }

    /// As [`Gateway::log`], with a text with slots that comes to the level when the gateway starts.
    #[must_use]
    pub const fn log_slots(mut self, level: &'static str, prefix: &'static str) -> Gateway {
        self.log_level_slots = Some(Text::new(level));
        self.log_prefix = prefix;
        self
    }

    /// One JSON object per line. Default: text.
    #[must_use]
    pub const fn log_json(mut self) -> Gateway {
        self.log_json = true;
        self
    }
}
