//! The intermediate representation: what the gateway will do, with every default applied and nothing textual left
//! to interpret.
//!
//! `lower` makes it, `emit` prints it, and (because both read the same plan) what a command explains about a route is
//! what its handler does. This file knows no other pass.

mod piece;
mod text;
mod tls;

pub use piece::{
    Arg, Chain, Does, Ending, Gate, Guard, Part, Place, Setter, Stage, Static, Step, Way,
};
pub use text::{Kind, Text};
pub use tls::{Authorities, ClientTls, Crypto, KeyFiles, Tls, TlsGroup, TlsSuite, TlsVersion};

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// A whole gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name of the generated crate, its directory and its package: `hanzo`.
    pub crate_name: String,
    /// The config's path as generated files print it: relative, `/`-separated, never absolute.
    pub origin: String,
    /// The config's exact text, for `config` and `version` of the binary.
    pub text: String,
    /// Root `name`.
    pub name: String,
    /// The process as a whole.
    pub server: Server,
    /// Sorted by name; [`Call::upstream`] is an index into it.
    pub upstreams: Vec<Upstream>,
    /// Sorted by (path, method), so that the order of the config never shows.
    pub endpoints: Vec<Endpoint>,
    /// What namespaces add to the crate, sorted by file and name.
    pub statics: Vec<Static>,
    /// What every request passes before it is routed, in this order.
    pub gates: Vec<Gate>,
    /// What is started with the gateway and is no gate, sorted by place.
    pub parts: Vec<Part>,
    /// The runtime's cargo features that namespaces need.
    pub features: BTreeSet<&'static str>,
    /// Every text with slots that is no host, nor the port or the log level: the binary fills them before it listens.
    /// Sorted.
    pub texts: Vec<Text>,
    /// What the config asks for and this build leaves out because of `--allow`: the binary says so when it starts.
    pub left_out: Vec<String>,
}

/// A value that the config says, or that its slots come to when the gateway starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slotted<T> {
    /// Known when the gateway is built.
    Fixed(T),
    /// The text as written: `${env:PORT:-8080}`.
    Slots(String),
}

impl<T: Default> Default for Slotted<T> {
    fn default() -> Slotted<T> {
        Slotted::Fixed(T::default())
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Slotted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Slotted::Fixed(value) => value.fmt(f),
            Slotted::Slots(text) => text.fmt(f),
        }
    }
}

/// Listener and process settings. `None` = the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Server {
    /// Where to listen.
    pub port: Slotted<u16>,
    /// `None`: every address.
    pub listen_ip: Option<IpAddr>,
    /// HTTP/2 with prior knowledge on the plain listener.
    pub h2c: Option<bool>,
    /// `None`: plain HTTP.
    pub tls: Option<Tls>,
    /// From the first byte of a request head to its last.
    pub read_header_timeout: Option<Duration>,
    /// Of a client connection between requests.
    pub idle_timeout: Option<Duration>,
    /// After SIGTERM.
    pub drain_timeout: Option<Duration>,
    /// Of one request head.
    pub max_header_bytes: Option<u64>,
    /// Of one request head.
    pub max_headers: Option<u64>,
    /// Path and query.
    pub max_uri_bytes: Option<u64>,
    /// Of clients, in the whole process.
    pub max_connections: Option<u64>,
    /// Towards upstreams.
    pub dial: Dial,
    /// Routing, errors, health, the client's address.
    pub router: Router,
    /// What is said on standard output.
    pub log: Log,
}

/// How connections to upstreams are made and kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dial {
    /// To an established connection.
    pub connect_timeout: Option<Duration>,
    /// How long an unused connection is kept.
    pub idle_timeout: Option<Duration>,
    /// Unused connections kept, per core.
    pub max_idle_per_host: Option<u64>,
    /// How long a resolved name is believed.
    pub dns_ttl: Option<Duration>,
    /// One connection per request.
    pub no_keep_alive: bool,
    /// `None`: TLS 1.2 and 1.3, and the system's authorities.
    pub tls: Option<ClientTls>,
}

/// The `router` namespace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Router {
    /// `Some(None)` = no health route.
    pub health_path: Option<Option<String>>,
    /// JSON text of `error_body.404`.
    pub not_found: Option<String>,
    /// JSON text of `error_body.405`.
    pub method_not_allowed: Option<String>,
    /// `/a` is not redirected to `/a/`, nor back.
    pub no_slash_redirect: bool,
    /// A wrong method is a 404.
    pub no_method_not_allowed: bool,
    /// OPTIONS of a route lists its methods.
    pub auto_options: bool,
    /// `//` in a request counts as `/`.
    pub merge_slashes: bool,
    /// Error bodies name the upstream and the cause.
    pub error_detail: bool,
    /// `X-Powered-By` without the version.
    pub hide_version: bool,
    /// No line per request.
    pub no_access_log: bool,
    /// Exact paths without such a line.
    pub access_log_skip: Vec<String>,
    /// `None` = the private ranges; an empty list trusts nobody.
    pub trusted_proxies: Option<Vec<String>>,
    /// Lower-case, in the order in which they are asked.
    pub client_ip_headers: Option<Vec<String>>,
    /// The client is the peer.
    pub ignore_forwarded: bool,
}

/// The `telemetry/logging` namespace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log {
    /// The least that is logged.
    pub level: Option<Slotted<LogLevel>>,
    /// Before each line.
    pub prefix: Option<String>,
    /// One object per line.
    pub json: bool,
}

/// Names of the runtime's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// A set of hosts that share the load; its name is the `static` in the generated `upstreams.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `CLOUD_API`
    pub constant: String,
    /// `cloud-api`: what logs and doc comments say.
    pub label: String,
    /// Sorted; a host that stands twice gets two turns.
    pub hosts: Vec<Host>,
}

/// One place to call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// `https`
    pub tls: bool,
    /// A name or an address, an IPv6 one in brackets.
    pub name: String,
    /// Always said, also where the scheme implies it.
    pub port: u16,
    /// The text, where it has slots. What is above is then only what it comes to by its defaults (and the names of its
    /// variables): enough to call it by a name. `tls` means that it may.
    pub slots: Option<String>,
    /// The name is a service's: whatever hosts its SRV records name are called.
    pub srv: bool,
}

impl Host {
    /// What the upstream sees as `Host`: without the scheme's usual port.
    pub fn authority(&self) -> String {
        if self.srv {
            return format!("the host that {self} came to");
        }
        let text = self.to_string();
        match text.split_once("://") {
            Some((scheme, authority)) if !scheme.contains('$') => authority.to_owned(),
            // The scheme, if any, is in a slot.
            _ => format!("the host of {text}"),
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.srv {
            let scheme = if self.tls { "https" } else { "http" };
            let name = self.slots.as_ref().unwrap_or(&self.name);
            return write!(f, "srv+{scheme}://{name}");
        }
        if let Some(text) = &self.slots {
            return f.write_str(text);
        }
        let (scheme, usual) = if self.tls {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.port == usual {
            write!(f, "{scheme}://{}", self.name)
        } else {
            write!(f, "{scheme}://{}:{}", self.name, self.port)
        }
    }
}

/// One route and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// A GET endpoint answers HEAD too where no other does.
    pub method: Method,
    /// As written in the config: `/v1/auth/*`, `/v1/models/{id}`.
    pub path: String,
    /// The file in `endpoints/`, a valid module name.
    pub module: String,
    /// The function in it.
    pub function: String,
    /// What may refuse a request before that, in this order. Empty where everybody is refused.
    pub steps: Vec<Step>,
    /// What it does.
    pub action: Action,
    /// What a forwarded answer goes through. `None`: nothing, it is streamed as it comes.
    pub ending: Option<Ending>,
}

impl Endpoint {
    /// Where its ending sends a request, if it decides that.
    pub fn way(&self) -> Option<&Way> {
        match &self.ending.as_ref()?.does {
            Does::Sends(way) => Some(way),
            Does::Answers(_) => None,
        }
    }

    /// Every static that its handler names.
    pub fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        let guards = match &mut self.action {
            Action::Forward(call) => call.guards.as_mut_slice(),
            Action::Refuse { .. } => &mut [],
        };
        let steps = self.steps.iter_mut().filter_map(|step| step.place.as_mut());
        let ending = self.ending.iter_mut().map(|ending| &mut ending.place);
        let guards = guards.iter_mut().map(|guard| &mut guard.place);
        steps.chain(ending).chain(guards)
    }
}

/// What an endpoint does with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Bytes stream both ways; nothing is decoded.
    Forward(Call),
    /// A guard of this endpoint (or its composing) is not built and the author allowed to go on: it answers 501, saying
    /// what it lacks, for an endpoint is never open because its guard could not be built.
    Refuse {
        /// What is lacking, as the end of "built without …".
        why: String,
    },
}

/// One call of one upstream.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Index into [`Plan::upstreams`].
    pub upstream: usize,
    /// The path template: `/api/models/{name}`, `/v1/*`.
    pub template: String,
    /// `None` = as the client's.
    pub method: Option<Method>,
    /// Of the client's.
    pub headers: Headers,
    /// Of the client's.
    pub query: Query,
    /// To the response head, and every silence after it.
    pub timeout: Duration,
    /// Bytes; `None`: no cap.
    pub max_body: Option<u64>,
    /// What it passes before it is made, in this order.
    pub guards: Vec<Guard>,
    /// What else is set on it, in this order.
    pub setters: Vec<Setter>,
}

/// Which of the client's headers an upstream sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headers {
    /// But hop-by-hop and identity headers.
    All,
    /// Lower-case, sorted.
    Only(Vec<String>),
}

/// Which of the client's query parameters an upstream sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// As the client wrote it.
    All,
    /// Sorted. Empty: the query string is dropped.
    Only(Vec<String>),
}

/// What a route can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// In the order in which tables list them.
    pub const ALL: [Method; 7] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
        Method::Options,
    ];

    /// As on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}
