//! The harness of the black-box tests: it compiles configs with the real gwc, runs the binaries, and speaks to them
//! over raw sockets, from both sides.
//!
//! | file | plays |
//! |---|---|
//! | [`compiler`] | gwc: builds it once, and each golden config once |
//! | [`gateway`] | a running gateway: its address, log, memory, signals |
//! | [`key`] | a key pair, and the tokens that it signs |
//! | [`issuer`] | who signs tokens, in good health and in bad |
//! | [`client`] | whoever sends requests, well-behaved or not |
//! | [`origin`] | the upstream: records what it gets, answers what the test says |
//! | [`dns`] | the DNS server that knows where services are |
//! | [`store`] | a Redis or Valkey server |
//! | [`tls`] | the other end of TLS: authorities, certificates, offers |
//! | [`scrape`] | Prometheus: reads metrics, and believes nothing |
//! | [`wire`] | HTTP/1.1 as bytes, shared by client and origin; deliberately not the parser under test |
//! | [`zap`] | both ends of ZAP, as bytes |
//! | [`deadline`] | waiting without sleeping blindly |

#![expect(
    missing_docs,
    reason = "what a name says in a harness is not said again"
)]

pub mod client;
pub mod compiler;
pub mod deadline;
pub mod dns;
pub mod gateway;
pub mod issuer;
pub mod key;
pub mod origin;
pub mod scrape;
pub mod store;
pub mod tls;
pub mod wire;
pub mod zap;

pub use client::Client;
pub use compiler::{Gwc, gwc, workspace};
pub use deadline::{PATIENCE, within};
pub use dns::Dns;
pub use gateway::{Gateway, Launch};
pub use issuer::Issuer;
pub use key::Key;
pub use origin::{Exchange, Origin};
pub use scrape::Scrape;
pub use wire::{Body, End, Head, Headers, Response};

use std::io::Write;

/// Says that a test did not run, and why. Written past the test runner's capture, so that `.ci/run` can count it.
pub fn skip(name: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {reason}");
}
