//! The black-box tests: compiled gateways between raw sockets, and gwc as a program. One binary, so that it links once.
//!
//! | about | files |
//! |---|---|
//! | what reaches the upstream | [`routing`], [`request`], [`framing`] |
//! | what reaches the client | [`response`], [`upstream`], [`tls`], [`timeout`] |
//! | what stands before the router | [`cors`], [`secure`], [`bots`] |
//! | who gets in | [`validator`], [`urls`] |
//! | by another protocol | [`zap`] |
//! | connections and their ends | [`connection`], [`bounds`], [`cancel`], [`bulk`], [`http2`], [`websocket`], [`tls_listener`], [`tls_files`], [`tls_traffic`] |
//! | who calls, and what they may | [`identity`], [`widget`] |
//! | who may call, and with what | [`revoker`], [`signer`] |
//! | the binary around it | [`lifecycle`], [`logs`], [`binary`], [`slots`], [`mock`] |
//! | the compiler | [`cli`], [`stale`], [`embedded`], [`scale`], [`conformance`] |
//! | real clients | [`sdk`] |

mod binary;
mod bots;
mod bounds;
mod bulk;
mod cancel;
mod cli;
mod conformance;
mod connection;
mod cors;
mod embedded;
mod framing;
mod http2;
mod identity;
mod lifecycle;
mod logs;
mod mock;
mod request;
mod response;
mod revoker;
mod routing;
mod scale;
mod sdk;
mod secure;
mod signer;
mod slots;
mod stale;
mod timeout;
mod tls;
mod tls_files;
mod tls_listener;
mod tls_traffic;
mod upstream;
mod urls;
mod validator;
mod websocket;
mod widget;
mod zap;
