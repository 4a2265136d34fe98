//! `github.com/hanzoai/gateway/server`: bounds of the listener that the `KrakenD` vocabulary has no words for.

use crate::{diagnostic::Diagnostic, json::Node};

/// `None`: the runtime's documented default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Server {
    /// Connections from clients at one time; one more is answered 503 and closed.
    pub max_connections: Option<u64>,
    /// Header fields of one request; more: 431.
    pub max_headers: Option<u64>,
    /// Bytes of path and query; more: 414.
    pub max_uri_bytes: Option<u64>,
}

/// The schema has checked types and ranges: there is nothing to add.
pub fn read(node: &Node) -> (Server, Vec<Diagnostic>) {
    let number = |key| node.get(key).and_then(Node::as_u64);
    let server = Server {
        max_connections: number("max_connections"),
        max_headers: number("max_headers"),
        max_uri_bytes: number("max_uri_bytes"),
    };
    (server, Vec::new())
}
