//! ZAP: HTTP over the node protocol of `github.com/luxfi/zap`.
//!
//! | module | what |
//! |---|---|
//! | [`codec`] | frames and messages as bytes |
//! | [`http`] | requests and responses as messages |
//! | [`link`] | one connection to a peer, shared by the calls of one core |
//! | [`peer`] | the connections of one core to one peer: dialed when needed, left alone for a while when it cannot be reached |
//! | `discovery` | peers that the local network tells of, a feature of its own |
//! | [`backend`] | `github.com/hanzoai/gateway/zap`: the static, and the ending of a handler |
//! | `listener` | `github.com/hanzoai/gateway/zap-listener`: requests that arrive by ZAP, a feature of its own |
//! | [`exchange`], [`pieces`] | the future of one call, and a body that comes in pieces |
//! | [`poke`] | the command `zap call` |

mod backend;
#[cfg_attr(
    not(feature = "zap-listener"),
    allow(
        dead_code,
        unused_imports,
        reason = "who only calls reads less than who is called"
    )
)]
mod codec;
mod dial;
#[cfg(feature = "zap-discovery")]
mod discovery;
mod exchange;
#[cfg_attr(
    not(feature = "zap-listener"),
    allow(
        dead_code,
        unused_imports,
        reason = "who only calls reads less than who is called"
    )
)]
mod http;
mod link;
#[cfg(feature = "zap-listener")]
mod listener;
mod peer;
mod pieces;
mod poke;

pub use backend::{Zap, by_zap};
#[cfg(feature = "zap-listener")]
pub use listener::ZapListener;
pub use peer::PeerError;
pub(crate) use poke::Poke;
