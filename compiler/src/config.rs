//! The file's words, typed, with their places kept.
//!
//! What is here is syntax that passed the schema: durations, hosts, methods, header names and paths are parsed, defaults
//! are not applied yet (that is `lower`), and nothing is judged (that is `check`).
//!
//! One file per small language: [`duration`], [`host`], [`method`], [`header`], [`path`], [`port`], [`slot`], [`url`]; [`tls`] is an
//! object of its own; `read.rs` walks the objects.

pub mod duration;
pub mod file;
pub mod header;
pub mod host;
pub mod method;
pub mod path;
pub mod port;
mod read;
pub mod slot;
pub mod tls;
pub mod url;

use crate::{
    json::Node,
    namespace::Namespace,
    plan::{Host, Method, Slotted},
    source::{Span, Spanned},
};
use std::{net::IpAddr, ops::Range, time::Duration};

pub use path::{Path, Placeholder, Segment};
pub use read::read;

/// What is wrong with a text, and which bytes of it are to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit<E> {
    /// What is wrong.
    pub error: E,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// The whole file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Default: empty.
    pub name: Option<Spanned<String>>,
    /// TCP; default 8080, which 0 means too.
    pub port: Option<Spanned<Slotted<u16>>>,
    /// Default: all addresses.
    pub listen_ip: Option<Spanned<IpAddr>>,
    /// Of endpoints without one; default 2s, which 0 means too.
    pub timeout: Option<Spanned<Duration>>,
    /// Of endpoints without one; default 0, which is none.
    pub cache_ttl: Option<Spanned<Duration>>,
    /// Of endpoints without one; default `json`.
    pub output_encoding: Option<Spanned<String>>,
    /// Of backends without any.
    pub host: Vec<Spanned<Host>>,
    /// Default false.
    pub use_h2c: Option<Spanned<bool>>,
    /// Default: plain HTTP.
    pub tls: Option<tls::Tls>,
    /// Default: the runtime's.
    pub read_header_timeout: Option<Spanned<Duration>>,
    /// Between requests; default: the runtime's.
    pub idle_timeout: Option<Spanned<Duration>>,
    /// Default: the runtime's.
    pub max_shutdown_wait_time: Option<Spanned<Duration>>,
    /// Default 64 KiB, which 0 means too.
    pub max_header_bytes: Option<Spanned<u64>>,
    /// Default 30s.
    pub dns_cache_ttl: Option<Spanned<Duration>>,
    /// TCP connect; default: the runtime's.
    pub dialer_timeout: Option<Spanned<Duration>>,
    /// Default false: connections to backends are kept.
    pub disable_keep_alives: Option<Spanned<bool>>,
    /// Towards https backends; default: the runtime's.
    pub client_tls: Option<tls::ClientTls>,
    /// The old name of the key in `client_tls`; default false.
    pub allow_insecure_connections: Option<Spanned<bool>>,
    /// Default 250, which 0 means too.
    pub max_idle_connections_per_host: Option<Spanned<u64>>,
    /// Default: the runtime's.
    pub idle_connection_timeout: Option<Spanned<Duration>>,
    /// In the order of the file, without those that have something invalid inside.
    pub endpoints: Vec<Endpoint>,
    /// Service-level namespaces.
    pub extra: Vec<Extra>,
}

/// One route.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The whole object.
    pub span: Span,
    /// What stands elsewhere (`$defaults`, `$define`) and is part of it.
    pub elsewhere: Vec<Span>,
    /// What it matches.
    pub path: Spanned<Path>,
    /// Default GET, at the place of the path.
    pub method: Spanned<Method>,
    /// Default: the root's.
    pub timeout: Option<Spanned<Duration>>,
    /// Default: the root's.
    pub cache_ttl: Option<Spanned<Duration>>,
    /// Default: the root's.
    pub output_encoding: Option<Spanned<String>>,
    /// As written; compare without regard to case.
    pub input_headers: Vec<Spanned<String>>,
    /// Case counts; `*` alone is all.
    pub input_query_strings: Vec<Spanned<String>>,
    /// Whether `input_query_strings` is written at all: an empty list is a decision, its absence often none.
    pub states_query: bool,
    /// One or more.
    pub backends: Vec<Backend>,
    /// Endpoint-level namespaces.
    pub extra: Vec<Extra>,
}

/// What an endpoint calls.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The whole object.
    pub span: Span,
    /// Default: empty, which is `/`.
    pub url_pattern: Option<Spanned<Path>>,
    /// Default: the root's.
    pub host: Vec<Spanned<Host>>,
    /// How what `host` says becomes hosts; default `static`: it names them.
    pub sd: Option<Spanned<String>>,
    /// The scheme of hosts that are looked up; default `http`.
    pub sd_scheme: Option<Spanned<String>>,
    /// Default: the endpoint's.
    pub method: Option<Spanned<Method>>,
    /// Default `json`; not looked at under a no-op endpoint.
    pub encoding: Option<Spanned<String>>,
    /// A second filter behind the endpoint's; empty: none.
    pub input_headers: Vec<Spanned<String>>,
    /// A second filter behind the endpoint's; empty: none.
    pub input_query_strings: Vec<Spanned<String>>,
    /// Backend-level namespaces.
    pub extra: Vec<Extra>,
}

/// One known entry of an `extra_config`, at a level where it is read. All others are findings and do not get here.
#[derive(Debug, Clone)]
pub struct Extra {
    /// Its row; not necessarily a supported one.
    pub namespace: &'static Namespace,
    /// The key as written (an alias or a legacy name, perhaps).
    pub key: Spanned<String>,
    /// As written.
    pub value: Node,
}

impl Config {
    /// The root's own namespace of this key.
    pub fn extra(&self, key: &str) -> Option<&Extra> {
        find(&self.extra, key)
    }
}

impl Endpoint {
    /// The endpoint's own namespace of this key.
    pub fn extra(&self, key: &str) -> Option<&Extra> {
        find(&self.extra, key)
    }

    /// Whether `input_headers` lets this header through, identity and hop-by-hop headers aside; nothing listed lets
    /// `Content-Type` through (reference 3.2.2).
    pub fn lists(&self, header: &str) -> bool {
        if self.input_headers.is_empty() {
            return header.eq_ignore_ascii_case("content-type");
        }
        self.input_headers
            .iter()
            .any(|entry| entry.value == "*" || entry.eq_ignore_ascii_case(header))
    }
}

impl Backend {
    /// Whether what `host` says is a service, whose SRV records name the hosts.
    pub fn is_looked_up(&self) -> bool {
        self.sd.as_ref().is_some_and(|sd| sd.value == "dns")
    }

    /// What is called: the own hosts or the root's, or the service that the first of them names.
    pub fn hosts(&self, config: &Config) -> Vec<Spanned<Host>> {
        let own = if self.host.is_empty() {
            &config.host
        } else {
            &self.host
        };
        if !self.is_looked_up() {
            return own.clone();
        }
        let tls = self
            .sd_scheme
            .as_ref()
            .is_some_and(|scheme| scheme.value == "https");
        let service = own.first().map(|host| {
            let service = Host {
                tls,
                port: if tls { 443 } else { 80 },
                srv: true,
                ..host.value.clone()
            };
            Spanned::new(service, host.span)
        });
        service.into_iter().collect()
    }

    /// The backend's own namespace of this key.
    pub fn extra(&self, key: &str) -> Option<&Extra> {
        find(&self.extra, key)
    }
}

fn find<'a>(extra: &'a [Extra], key: &str) -> Option<&'a Extra> {
    extra.iter().find(|extra| extra.namespace.key == key)
}
