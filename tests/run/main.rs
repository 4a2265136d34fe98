//! The black-box tests: compiled gateways between raw sockets, and gwc as a program. One binary, so that it links once.
//!
//! | about | files |
//! |---|---|
//! | what reaches the upstream | [`routing`], [`request`], [`framing`] |
//! | which node of a cluster it reaches | [`base_ha`], [`base_network`] |
//! | what reaches the client | [`response`], [`answers`], [`upstream`], [`tls`], [`timeout`], [`hosts`], [`services`], [`retry`], [`breaker`] |
//! | what stands before the router | [`cors`], [`secure`], [`bots`] |
//! | who gets in | [`validator`], [`urls`] |
//! | by another protocol | [`zap`] |
//! | connections and their ends | [`connection`], [`lanes`], [`balance`], [`bounds`], [`cancel`], [`bulk`], [`http2`], [`websocket`], [`tls_listener`], [`tls_files`], [`tls_traffic`] |
//! | who calls, and what they may | [`identity`], [`widget`] |
//! | who may call, and with what | [`revoker`], [`signer`] |
//! | how often | [`limits`] |
//! | the binary around it | [`lifecycle`], [`logs`], [`metrics`], [`binary`], [`slots`], [`mock`] |
//! | the compiler | [`cli`], [`stale`], [`embedded`], [`scale`], [`conformance`] |
//! | real clients | [`sdk`] |

mod answers;
mod balance;
mod base_ha;
mod base_network;
mod binary;
mod bots;
mod bounds;
mod breaker;
mod bulk;
mod cancel;
mod cli;
mod conformance;
mod connection;
mod cors;
mod embedded;
mod framing;
mod hosts;
mod http2;
mod identity;
mod lanes;
mod lifecycle;
mod limits;
mod logs;
mod metrics;
mod mock;
mod request;
mod response;
mod retry;
mod revoker;
mod routing;
mod scale;
mod sdk;
mod secure;
mod services;
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
