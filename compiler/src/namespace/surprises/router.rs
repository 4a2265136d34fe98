//! `router`: who may tell a client's address, when nobody is asked (reference 1).

use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};

pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let named = |key: &str| {
        node.member(key)
            .filter(|list| !list.value.items().is_empty())
    };
    let inert = |key: &str, place, because: &str, help: &str| {
        Diagnostic::new(
            &codes::INERT_KEY,
            format!("`{key}` does nothing here"),
            place,
            because,
        )
        .help(help)
    };
    let mut findings = Vec::new();
    let off = node.get("forwarded_by_client_ip").and_then(Node::as_bool) == Some(false);
    for key in ["trusted_proxies", "remote_ip_headers"] {
        if let Some(list) = named(key).filter(|_| off) {
            findings.push(inert(
                key,
                list.key.span,
                "no header is asked for the client's address",
                "remove it, or `forwarded_by_client_ip`",
            ));
        }
    }
    let silent = node
        .get("remote_ip_headers")
        .is_some_and(|list| list.as_str().is_none() && list.items().is_empty());
    if let Some(list) = named("trusted_proxies").filter(|_| silent && !off) {
        findings.push(inert(
            "trusted_proxies",
            list.key.span,
            "`remote_ip_headers` is empty: no header is asked",
            "remove `remote_ip_headers`; X-Forwarded-For and X-Real-IP are then asked",
        ));
    }
    findings
}
