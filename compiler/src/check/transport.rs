//! TLS that is switched off in part, and doors for developers: keys of the root that open something, whether they are
//! built or not.
//!
//! They are judged by the tree: a [`Config`] has only what is built.

use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
    json::Node,
    namespace::behind_tls_proxy,
};

/// Broken for years (RFC 8996; RFC 7568).
const OLD: [&str; 3] = ["SSL3.0", "TLS10", "TLS11"];

pub fn check(root: &Node, config: &Config, findings: &mut Vec<Diagnostic>) {
    let plain = root
        .get("tls")
        .is_none_or(|tls| on(tls, "disabled").is_some());
    if let Some(security) = config.extra("security/http").filter(|_| plain) {
        findings.extend(behind_tls_proxy(&security.value));
    }
    for key in ["tls", "client_tls"] {
        let version = root.get(key).and_then(|tls| tls.get("min_version"));
        if let Some(version) =
            version.filter(|version| version.as_str().is_some_and(|text| OLD.contains(&text)))
        {
            findings.push(
                Diagnostic::new(
                    &codes::WEAK_TLS,
                    "versions of TLS are allowed that are broken",
                    version.span,
                    "deprecated by RFC 8996",
                )
                .help("write \"TLS12\" or \"TLS13\"; without the key it is TLS13"),
            );
        }
    }
    let trusting = [Some(root), root.get("client_tls")];
    for switch in trusting
        .into_iter()
        .flatten()
        .filter_map(|owner| on(owner, "allow_insecure_connections"))
    {
        findings.push(
            Diagnostic::new(
                &codes::UNCHECKED_CERTIFICATE,
                "backends are believed whatever certificate they show",
                switch.span,
                "https without knowing whom",
            )
            .note("who stands between reads every request, tokens included, and answers it")
            .help("remove it, and trust the private root that signed them instead"),
        );
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
