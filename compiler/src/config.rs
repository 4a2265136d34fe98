//! The file's words, typed, with their places kept.
//!
//! What is here is syntax that passed the schema: durations, hosts, methods, header names and paths are parsed, defaults
//! are not applied yet (that is `lower`), and nothing is judged (that is `check`).
//!
//! One file per small language: [`duration`], [`host`], [`method`], [`header`], [`path`]; `read.rs` walks the objects.

pub mod duration;
pub mod header;
pub mod host;
pub mod method;
pub mod path;
mod read;

use crate::{
    json::Node,
    namespace::Namespace,
    plan::{Host, Method},
    source::{Span, Spanned},
};
use std::{net::IpAddr, ops::Range, time::Duration};

pub use path::{Path, Placeholder, Segment};
pub use read::read;

/// What is wrong with a text, and which bytes of it are to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit<E> {
    pub error: E,
    pub range: Range<usize>,
}

/// The whole file.
#[derive(Debug, Clone)]
pub struct Config {
    pub name: Option<Spanned<String>>,
    pub port: Option<Spanned<u16>>,
    pub listen_ip: Option<Spanned<IpAddr>>,
    pub timeout: Option<Spanned<Duration>>,
    pub cache_ttl: Option<Spanned<Duration>>,
    pub output_encoding: Option<Spanned<String>>,
    pub host: Vec<Spanned<Host>>,
    pub use_h2c: Option<Spanned<bool>>,
    pub read_header_timeout: Option<Spanned<Duration>>,
    pub idle_timeout: Option<Spanned<Duration>>,
    pub max_shutdown_wait_time: Option<Spanned<Duration>>,
    pub max_header_bytes: Option<Spanned<u64>>,
    pub dns_cache_ttl: Option<Spanned<Duration>>,
    pub dialer_timeout: Option<Spanned<Duration>>,
    pub disable_keep_alives: Option<Spanned<bool>>,
    pub max_idle_connections_per_host: Option<Spanned<u64>>,
    pub idle_connection_timeout: Option<Spanned<Duration>>,
    pub endpoints: Vec<Endpoint>,
    pub extra: Vec<Extra>,
}

#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The whole object.
    pub span: Span,
    pub path: Spanned<Path>,
    /// Default GET, at the place of the path.
    pub method: Spanned<Method>,
    pub timeout: Option<Spanned<Duration>>,
    pub cache_ttl: Option<Spanned<Duration>>,
    pub output_encoding: Option<Spanned<String>>,
    /// As written; compare without regard to case.
    pub input_headers: Vec<Spanned<String>>,
    pub input_query_strings: Vec<Spanned<String>>,
    /// Whether `input_query_strings` is written at all: an empty list is a decision, its absence often none.
    pub states_query: bool,
    pub backends: Vec<Backend>,
    pub extra: Vec<Extra>,
}

#[derive(Debug, Clone)]
pub struct Backend {
    pub span: Span,
    /// Default: empty, which is `/`.
    pub url_pattern: Option<Spanned<Path>>,
    pub host: Vec<Spanned<Host>>,
    pub method: Option<Spanned<Method>>,
    pub encoding: Option<Spanned<String>>,
    pub input_headers: Vec<Spanned<String>>,
    pub input_query_strings: Vec<Spanned<String>>,
    pub extra: Vec<Extra>,
}

/// One known entry of an `extra_config`, at a level where it is read. All others are findings and do not get here.
#[derive(Debug, Clone)]
pub struct Extra {
    pub namespace: &'static Namespace,
    /// The key as written (an alias or a legacy name, perhaps).
    pub key: Spanned<String>,
    pub value: Node,
}
