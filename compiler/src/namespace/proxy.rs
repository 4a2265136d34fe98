//! `proxy`: how an endpoint's backends are combined. Of its keys, only the body cap is built.

use super::Scope;
use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proxy {
    /// Bytes of a request body; more: 413. `None`: as the `router` namespace says. At an endpoint only.
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

/// The one thing that depends on the level: a body is capped before it is known where it goes.
pub fn judge(node: &Node, scope: Scope) -> Vec<Diagnostic> {
    let cap = node
        .member("max_payload")
        .filter(|_| scope != Scope::Endpoint);
    let misplaced = cap.map(|member| {
        let message = format!(
            "`max_payload` is not read in the `proxy` of {}",
            scope.name()
        );
        Diagnostic::new(
            &codes::MISPLACED_KEY,
            message,
            member.key.span,
            "nothing reads it here",
        )
        .help("it belongs to the `proxy` of the endpoint")
    });
    misplaced.into_iter().collect()
}
