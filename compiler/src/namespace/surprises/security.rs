//! `security/http`: redirects that never end, and headers that are never sent (reference 4).

use super::{is_on, number};
use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Kind, Node},
};

/// Of a gateway whose own listener speaks plain HTTP: where it has `tls`, requests count as https by themselves.
pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if !matches!(node.kind, Kind::Object(_)) || is_on(node, "is_development") {
        return findings;
    }
    let told = node
        .get("ssl_proxy_headers")
        .is_some_and(|pairs| !pairs.members().is_empty());
    if told {
        return findings;
    }
    if let Some(redirect) = node
        .get("ssl_redirect")
        .filter(|redirect| redirect.as_bool() == Some(true))
    {
        findings.push(
            Diagnostic::new(
                &codes::REDIRECT_LOOP,
                "behind a proxy that ends TLS, every request is redirected to itself",
                redirect.span,
                "to https, which arrives here as http",
            )
            .note("nothing says how the proxy marks what came by https")
            .help("add `\"ssl_proxy_headers\": { \"X-Forwarded-Proto\": \"https\" }`"),
        );
    }
    if let Some(age) = node.member("sts_seconds").filter(|_| {
        number(node, "sts_seconds").is_some_and(|age| age > 0.0) && !is_on(node, "force_sts_header")
    }) {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "`sts_seconds` does nothing where no request counts as https",
                age.key.span,
                "no Strict-Transport-Security is sent",
            )
            .help("add `ssl_proxy_headers`, or `\"force_sts_header\": true`"),
        );
    }
    findings
}
