//! What a namespace's value does that its author cannot mean, for namespaces that are built and for those that are not
//! yet: a surprise is one in every gateway that reads the file.
//!
//! Each file judges one namespace by its value alone, and takes values of any shape: nothing may have checked them. What
//! depends on the endpoint around it is in `check`, which also calls these: a namespace that gets built changes nothing
//! here.

mod cel;
mod cors;
mod opentelemetry;
mod ratelimit;
mod router;
mod security;
mod validator;

pub use security::surprises as behind_tls_proxy;

use super::Scope;
use crate::{
    diagnostic::Diagnostic,
    json::{Kind, Node},
};

/// Everything surprising about the value of the namespace `key`.
pub fn surprises(key: &str, node: &Node, scope: Scope) -> Vec<Diagnostic> {
    match key {
        "auth/validator" if scope == Scope::Endpoint => validator::surprises(node),
        "qos/ratelimit/router" => ratelimit::router(node),
        "qos/ratelimit/proxy" => ratelimit::proxy(node),
        "router" => router::surprises(node),
        "security/cors" => cors::surprises(node),
        "telemetry/opentelemetry" => opentelemetry::surprises(node),
        "validation/cel" => cel::surprises(node),
        _ => Vec::new(),
    }
}

/// A number under a key; the language writes rates as `100` and as `0.5`.
fn number(node: &Node, key: &str) -> Option<f64> {
    match &node.get(key)?.kind {
        Kind::Number(text) => text.parse().ok(),
        _ => None,
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

fn is_on(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool) == Some(true)
}
