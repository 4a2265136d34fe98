//! The intermediate representation: what the gateway will do, with every default applied and nothing textual left
//! to interpret.
//!
//! `lower` makes it, `emit` prints it, and (because both read the same plan) what a command explains about a route is
//! what its handler does. This file knows no other pass.

use std::{net::IpAddr, time::Duration};

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
    pub server: Server,
    /// Sorted by name; [`Call::upstream`] is an index into it.
    pub upstreams: Vec<Upstream>,
    /// Sorted by (path, method), so that the order of the config never shows.
    pub endpoints: Vec<Endpoint>,
    /// What the config asks for and this build leaves out because of `--allow`: the binary says so when it starts.
    pub left_out: Vec<String>,
}

/// Listener and process settings. `None` = the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Server {
    pub port: u16,
    pub listen_ip: Option<IpAddr>,
    /// HTTP/2 with prior knowledge on the plain listener.
    pub h2c: Option<bool>,
    pub read_header_timeout: Option<Duration>,
    pub idle_timeout: Option<Duration>,
    pub drain_timeout: Option<Duration>,
    pub max_header_bytes: Option<u64>,
    pub max_headers: Option<u64>,
    pub max_uri_bytes: Option<u64>,
    pub max_connections: Option<u64>,
    pub dial: Dial,
    pub router: Router,
    pub log: Log,
}

/// How connections to upstreams are made and kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dial {
    pub connect_timeout: Option<Duration>,
    pub idle_timeout: Option<Duration>,
    pub max_idle_per_host: Option<u64>,
    pub dns_ttl: Option<Duration>,
    /// One connection per request.
    pub no_keep_alive: bool,
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
    pub no_slash_redirect: bool,
    pub no_method_not_allowed: bool,
    pub auto_options: bool,
    pub merge_slashes: bool,
    pub error_detail: bool,
    pub hide_version: bool,
    pub no_access_log: bool,
    pub access_log_skip: Vec<String>,
    /// `None` = the private ranges; an empty list trusts nobody.
    pub trusted_proxies: Option<Vec<String>>,
    pub client_ip_headers: Option<Vec<String>>,
    pub ignore_forwarded: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log {
    pub level: Option<LogLevel>,
    pub prefix: Option<String>,
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub hosts: Vec<Host>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    pub tls: bool,
    pub name: String,
    pub port: u16,
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (scheme, usual) = if self.tls { ("https", 443) } else { ("http", 80) };
        if self.port == usual {
            write!(f, "{scheme}://{}", self.name)
        } else {
            write!(f, "{scheme}://{}:{}", self.name, self.port)
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub method: Method,
    /// As written in the config: `/v1/auth/*`, `/v1/models/{id}`.
    pub path: String,
    /// The file in `endpoints/` (a valid module name) and the function in it.
    pub module: String,
    pub function: String,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Bytes stream both ways; nothing is decoded.
    Forward(Call),
    /// A guard of this endpoint (or its composing) is not built and the author allowed to go on: it answers 501, saying
    /// what it lacks, for an endpoint is never open because its guard could not be built.
    Refuse { why: String },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub upstream: usize,
    /// The path template: `/api/models/{name}`, `/v1/*`.
    pub template: String,
    /// `None` = as the client's.
    pub method: Option<Method>,
    pub headers: Headers,
    pub query: Query,
    /// To the response head, and every silence after it.
    pub timeout: Duration,
    pub max_body: Option<u64>,
}

/// Which of the client's headers an upstream sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headers {
    All,
    /// Lower-case, sorted.
    Only(Vec<String>),
}

/// Which of the client's query parameters an upstream sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    All,
    /// Sorted. Empty: the query string is dropped.
    Only(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub const ALL: [Method; 7] =
        [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

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
