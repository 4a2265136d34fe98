//! ZAP: HTTP over the node protocol of `github.com/luxfi/zap`.
//!
//! | module | what |
//! |---|---|
//! | [`codec`] | frames and messages as bytes |
//! | [`http`] | requests and responses as messages |

mod codec;
mod http;
