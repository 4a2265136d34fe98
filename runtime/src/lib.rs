//! What a compiled gateway links.
//!
//! gwc turns a config into plain functions over `static` data; this crate runs them. A request takes this way:
//!
//! ```text
//! serve/      socket → connection → service          one thread, one tokio runtime per core
//!   path, route, cx      which endpoint, with which parameters, for which client
//!   (generated handler)  fn(&mut Cx) -> Decision
//! forward     the one future that waits               upstream/: lease a connection, send the head, await the answer
//! body        the response, streamed, and what happens when either side goes away
//! ```
//!
//! What generated code may touch is re-exported here, and nothing else: no generic function and no `async fn`, for
//! both would be compiled again in every gateway.

mod access_log;
mod alarm;
#[cfg(feature = "auth")]
mod asked;
#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "base-ha")]
mod base_ha;
#[cfg(feature = "base-network")]
mod base_network;
mod body;
#[cfg(feature = "bots")]
mod bots;
mod brand;
#[cfg(feature = "breaker")]
mod breaker;
mod call;
mod client_ip;
mod clock;
#[cfg(feature = "cluster")]
#[allow(
    dead_code,
    unused_imports,
    reason = "each kind of cluster takes what it needs of it"
)]
mod cluster;
mod control;
#[cfg(feature = "cors")]
mod cors;
#[cfg(any(feature = "edge", feature = "limit", feature = "widget"))]
#[allow(
    dead_code,
    reason = "the edge, limits and widgets take different parts of it"
)]
mod credential;
mod cx;
#[cfg(feature = "edge")]
mod edge;
mod endpoint;
#[cfg(any(feature = "auth", feature = "cluster", feature = "dns"))]
#[allow(
    dead_code,
    reason = "the features that fetch need it, alone they do nothing"
)]
mod expected;
#[cfg(feature = "fetch")]
#[cfg_attr(
    not(feature = "auth"),
    allow(dead_code, reason = "fetches for other features, and alone nothing")
)]
mod fetch;
mod forward;
#[allow(dead_code, reason = "not every gateway has parts that need all of it")]
mod gate;
mod gateway;
#[allow(dead_code, reason = "without guards nobody asks how a call went")]
mod guard;
mod h1;
mod headers;
mod health;
mod host;
mod identity;
mod incoming;
#[cfg(feature = "auth")]
mod jose;
#[cfg(feature = "auth")]
mod jwks;
#[cfg(feature = "limit")]
mod limit;
mod log;
mod marks;
#[allow(dead_code, reason = "counted by capabilities, asked for by one")]
mod measure;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "metrics/absent.rs"]
mod metrics;
#[cfg(feature = "mock")]
mod mock;
#[cfg(any(feature = "cors", feature = "widget"))]
#[allow(dead_code, reason = "CORS and widget keys take different parts of it")]
mod origin;
mod path;
#[cfg(any(feature = "bots", feature = "secure"))]
#[allow(dead_code, reason = "bots are searched for, hosts are matched whole")]
mod pattern;
mod query;
mod record;
mod redact;
mod reject;
#[allow(dead_code, reason = "each capability asks in its own way")]
mod request;
mod request_id;
mod retry;
#[cfg(feature = "revoker")]
mod revoker;
mod route;
mod run;
#[cfg(feature = "secure")]
mod secure;
mod serve;
mod settings;
#[cfg(feature = "signer")]
mod signer;
mod slot;
mod template;
mod text;
#[cfg(any(feature = "tls", feature = "tls-listener"))]
mod tls;
mod tunnel;
mod upstream;
#[cfg_attr(
    not(feature = "edge"),
    allow(dead_code, reason = "whoever asks little needs little of it")
)]
mod url;
#[cfg(feature = "auth")]
mod validator;
#[cfg(feature = "widget")]
mod widget;
#[cfg(feature = "zap")]
mod zap;

/// Clusters with one writer, and the step that ends the handler of an endpoint before one.
#[cfg(feature = "base-ha")]
pub use base_ha::{BaseHa, forward_by_role};
/// Base networks: what of a request is its key, and the step that ends the handler of an endpoint with one.
#[cfg(feature = "base-network")]
pub use base_network::{BaseNetwork, ShardKey, forward_to_member};
/// Clients that are refused by their `User-Agent`, and the step of a handler that does it.
#[cfg(feature = "bots")]
pub use bots::{Bots, refuse_bots};
/// Backends that keep failing are left alone for a while.
#[cfg(feature = "breaker")]
pub use breaker::Breaker;
/// One call of an upstream.
pub use call::Call;
/// Which pages may call.
#[cfg(feature = "cors")]
pub use cors::{Cors, HanzoCors};
/// A request on its way through an endpoint.
pub use cx::Cx;
/// Who calls, found out once for all backends.
#[cfg(feature = "edge")]
pub use edge::Identity;
/// What a handler and its steps return, and the rows of the route table.
pub use endpoint::{Decision, Next, Passed, Route, delete, get, head, options, patch, post, put};
/// The steps that end a handler.
pub use forward::{forward, refuse};
/// The one static of a generated `main.rs`.
pub use gateway::{Gateway, LogLevel};
/// How tokens are signed, and how they name their key.
#[cfg(feature = "auth")]
pub use jose::{Alg, KeyId};
/// How many requests get through, and the step of a handler that counts them.
#[cfg(feature = "limit")]
pub use limit::{By, RateLimit, limit};
/// `telemetry/metrics`
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
/// The answers that a gateway gives by itself.
pub use reject::Reject;
/// `auth/revoker`
#[cfg(feature = "revoker")]
pub use revoker::Revoker;
/// The whole `main` of a gateway.
pub use run::run;
/// Hosts, https, and what tells browsers to be careful.
#[cfg(feature = "secure")]
pub use secure::Secure;
/// `auth/signer`, and the step that ends the handler of an endpoint with one.
#[cfg(feature = "signer")]
pub use signer::{Signer, sign};
/// A text of the config that may be filled at start.
pub use text::Text;
/// TLS on the listener.
#[cfg(feature = "tls-listener")]
pub use tls::Tls;
/// TLS to upstreams, where it is not as the default is.
#[cfg(feature = "tls")]
pub use tls::UpstreamTls;
/// What both are made of.
#[cfg(any(feature = "tls", feature = "tls-listener"))]
pub use tls::{KeyFiles, TlsGroup, TlsSuite, TlsVersion};
/// Where calls go.
pub use upstream::{Host, Upstream};
/// `auth/validator`
#[cfg(feature = "auth")]
pub use validator::{Claim, Validator};
/// What keys in web pages may do.
#[cfg(feature = "widget")]
pub use widget::Widget;
/// Requests that arrive by ZAP.
#[cfg(feature = "zap-listener")]
pub use zap::ZapListener;
/// A peer that is called by ZAP, and the step that ends the handler of an endpoint with one.
#[cfg(feature = "zap")]
pub use zap::{Zap, by_zap};

pub use http::Method;
pub use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    time::Duration,
};
