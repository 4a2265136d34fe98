//! `proxy`: how an endpoint's backends are combined. Of its keys, only the body cap is built.

use crate::{diagnostic::Diagnostic, json::Node};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proxy {
    /// Bytes of a request body; more: 413. `None`: as the `router` namespace says. At an endpoint only: a body is capped
    /// before it is known where it goes.
    pub max_payload: Option<u64>,
}

/// The schema has checked types and values.
pub fn read(node: &Node) -> (Proxy, Vec<Diagnostic>) {
    (
        Proxy {
            max_payload: node.get("max_payload").and_then(Node::as_u64),
        },
        Vec::new(),
    )
}
