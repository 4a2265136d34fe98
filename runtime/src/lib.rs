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
mod body;
mod brand;
mod call;
mod client_ip;
mod clock;
mod control;
mod cx;
mod endpoint;
mod forward;
mod gateway;
mod headers;
mod health;
mod identity;
mod log;
#[cfg(feature = "mock")]
mod mock;
mod path;
mod query;
mod record;
mod redact;
mod reject;
mod request_id;
mod route;
mod run;
mod serve;
mod settings;
mod template;
#[cfg(any(feature = "tls", feature = "tls-listener"))]
mod tls;
mod tunnel;
mod upstream;

/// One call of an upstream.
pub use call::Call;
/// A request on its way through an endpoint.
pub use cx::Cx;
/// What a handler returns, and the rows of the route table.
pub use endpoint::{Decision, Next, Route, delete, get, head, options, patch, post, put};
/// The steps that end a handler.
pub use forward::{forward, refuse};
/// The one static of a generated `main.rs`.
pub use gateway::{Gateway, LogLevel};
/// The answers that a gateway gives by itself.
pub use reject::Reject;
/// The whole `main` of a gateway.
pub use run::run;
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

pub use http::Method;
pub use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    time::Duration,
};
