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
#[cfg(feature = "auth")]
pub mod auth;
mod body;
mod brand;
mod call;
mod client_ip;
mod clock;
mod control;
mod cx;
mod endpoint;
#[cfg(feature = "fetch")]
mod fetch;
mod forward;
mod gate;
mod gateway;
mod headers;
mod health;
mod host;
mod identity;
#[cfg(feature = "auth")]
mod jose;
#[cfg(feature = "auth")]
mod jwks;
mod log;
mod marks;
#[cfg(feature = "mock")]
mod mock;
mod path;
mod query;
mod record;
mod redact;
mod reject;
mod request_id;
#[cfg(feature = "revoker")]
mod revoker;
mod route;
mod run;
mod serve;
mod settings;
#[cfg(feature = "signer")]
mod signer;
mod slot;
mod template;
mod text;
mod tunnel;
mod upstream;
#[cfg(feature = "auth")]
mod validator;

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
/// How tokens are signed, and how they name their key.
#[cfg(feature = "auth")]
pub use jose::{Alg, KeyId};
/// The answers that a gateway gives by itself.
pub use reject::Reject;
/// `auth/revoker`
#[cfg(feature = "revoker")]
pub use revoker::Revoker;
/// The whole `main` of a gateway.
pub use run::run;
/// `auth/signer`, and the step that ends the handler of an endpoint with one.
#[cfg(feature = "signer")]
pub use signer::{Signer, sign};
/// A text of the config that may be filled at start.
pub use text::Text;
/// Where calls go.
pub use upstream::{Host, Upstream};
/// `auth/validator`
#[cfg(feature = "auth")]
pub use validator::{Claim, Validator};

pub use http::Method;
pub use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    time::Duration,
};
