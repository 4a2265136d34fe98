//! Redirects to an https that nobody speaks, and doors for developers: keys of the root that open something, whether
//! they are built or not.
//!
//! They are judged by the tree: a [`Config`] has only what is built.

use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
    json::Node,
    namespace::behind_tls_proxy,
};

pub fn check(root: &Node, config: &Config, findings: &mut Vec<Diagnostic>) {
    let plain = root
        .get("tls")
        .is_none_or(|tls| on(tls, "disabled").is_some());
    if let Some(security) = config.extra("security/http").filter(|_| plain) {
        findings.extend(behind_tls_proxy(&security.value));
    }
    for key in ["debug_endpoint", "echo_endpoint"] {
        if let Some(switch) = on(root, key) {
            findings.push(
                Diagnostic::new(
                    &codes::DEBUG_ENDPOINT,
                    format!("`{key}` shows requests to whoever asks"),
                    switch.span,
                    "open to everybody",
                )
                .help("remove it: what it is for is done on a laptop"),
            );
        }
    }
}

fn on<'a>(owner: &'a Node, key: &str) -> Option<&'a Node> {
    owner
        .get(key)
        .filter(|switch| switch.as_bool() == Some(true))
}
