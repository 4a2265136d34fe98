//! What the schema of `security/http` cannot say about it.

use super::super::{
    regexes,
    words::{flag, header_name, header_names, header_value, inert, items, text},
};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::{Node, is_comment},
};
use http::uri::Authority;

/// W3C Referrer Policy, 3.
const POLICIES: [&str; 8] = [
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];

pub fn all(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    hosts(node, &mut findings);
    header_names(node, "host_proxy_headers", &mut findings);
    proxies(node, &mut findings);
    values(node, &mut findings);
    development(node, &mut findings);
    findings.extend(without_effect(node));
    findings
}

fn hosts(node: &Node, findings: &mut Vec<Diagnostic>) {
    if flag(node, "allowed_hosts_are_regex") {
        findings.extend(regexes::judge(node, "allowed_hosts", regexes::any_host));
    } else {
        let listed = items(node, "allowed_hosts");
        findings.extend(listed.filter_map(|(item, host)| bad_host(item, host)));
    }
    let redirect = node.get("ssl_host").zip(text(node, "ssl_host"));
    findings.extend(redirect.and_then(|(item, host)| bad_host(item, host)));
}

/// What no `Host` header is.
fn bad_host(node: &Node, text: &str) -> Option<Diagnostic> {
    let message = format!("`{text}` is not a host");
    let finding = Diagnostic::new(&codes::BAD_HOST, message, node.span, "");
    if text.contains('*') {
        return Some(finding.help(
            "there is no wildcard: `\"allowed_hosts_are_regex\": true` takes regular expressions",
        ));
    }
    let sound = text.parse::<Authority>().is_ok() && !text.contains('@');
    (!sound).then(|| {
        finding
            .help("a name, and the port if clients say it: \"api.example.com\", \"localhost:8080\"")
    })
}

fn proxies(node: &Node, findings: &mut Vec<Diagnostic>) {
    let pairs = node.get("ssl_proxy_headers").map(Node::members);
    for pair in pairs.unwrap_or_default() {
        if is_comment(&pair.key) {
            continue;
        }
        let mut name = header_name(&pair.value, &pair.key);
        if let Some(finding) = &mut name {
            finding.labels[0].span = pair.key.span;
        }
        findings.extend(name);
        let value = pair.value.as_str().unwrap_or_default();
        findings.extend(header_value(&pair.value, value));
    }
}

fn values(node: &Node, findings: &mut Vec<Diagnostic>) {
    let written = |key| node.get(key).zip(text(node, key));
    for key in [
        "custom_frame_options_value",
        "content_security_policy",
        "referrer_policy",
    ] {
        findings.extend(written(key).and_then(|(node, text)| header_value(node, text)));
    }
    if let Some((policy, text)) = written("content_security_policy")
        && let Some(at) = text.find("$NONCE")
    {
        findings.push(
            Diagnostic::new(
                &codes::UNSUPPORTED_VALUE,
                "`$NONCE` is not supported",
                policy.within(at..at + "$NONCE".len()),
                "no page would learn it",
            )
            .note("the Go gateway makes a fresh one for each answer and tells nobody, so that every inline script is blocked")
            .help("let the backend that makes the page send its own policy: it is kept beside this one"),
        );
    }
    if let Some((policy, text)) = written("referrer_policy") {
        for word in text.split(',').map(str::trim) {
            if POLICIES.contains(&word) {
                continue;
            }
            let message = format!("`{word}` is no referrer policy");
            let finding = Diagnostic::new(&codes::BAD_HEADER_VALUE, message, policy.span, "");
            findings.push(match nearest(word, POLICIES) {
                Some(known) => finding.help(format!("did you mean `{known}`?")),
                None => finding.help(format!("one of {}", POLICIES.join(", "))),
            });
        }
    }
}

fn development(node: &Node, findings: &mut Vec<Diagnostic>) {
    if !flag(node, "is_development") {
        return;
    }
    let Some(switch) = node.member("is_development") else {
        return;
    };
    let finding = Diagnostic::new(
        &codes::DEVELOPMENT_MODE,
        "`security/http` is in development mode",
        switch.key.span,
        "no host check, no redirect to https, no Strict-Transport-Security",
    );
    findings.push(finding.help("remove it from the config that is deployed"));
}

/// Keys that need another one.
fn without_effect(node: &Node) -> Vec<Diagnostic> {
    let has = |key: &str| node.get(key).is_some_and(|list| !list.items().is_empty());
    let ages = node.get("sts_seconds").and_then(Node::as_u64) > Some(0);
    let redirects = flag(node, "ssl_redirect");
    let on = |key| flag(node, key).then_some(key);
    let mut findings = vec![
        text(node, "hpkp_public_key").and_then(|_| {
            inert(
                node,
                "hpkp_public_key",
                "browsers have dropped HPKP, and the Go gateway ignores it",
                "remove it",
            )
        }),
        on("allowed_hosts_are_regex")
            .filter(|_| !has("allowed_hosts"))
            .and_then(|key| {
                inert(
                    node,
                    key,
                    "there are no `allowed_hosts`",
                    "remove it, or list them",
                )
            }),
        (has("host_proxy_headers") && !has("allowed_hosts") && !redirects)
            .then(|| {
                inert(
                    node,
                    "host_proxy_headers",
                    "nothing asks for the host",
                    "it is for `allowed_hosts` and `ssl_redirect`",
                )
            })
            .flatten(),
        (text(node, "ssl_host").is_some() && !redirects)
            .then(|| {
                inert(
                    node,
                    "ssl_host",
                    "nothing is redirected",
                    "add `\"ssl_redirect\": true`, or remove it",
                )
            })
            .flatten(),
        on("frame_deny")
            .filter(|_| text(node, "custom_frame_options_value").is_some())
            .and_then(|key| {
                inert(
                    node,
                    key,
                    "`custom_frame_options_value` counts",
                    "keep one of the two",
                )
            }),
    ];
    for key in ["sts_include_subdomains", "force_sts_header"] {
        let missing = on(key).filter(|_| !ages);
        findings.push(missing.and_then(|key| {
            inert(
                node,
                key,
                "there is no Strict-Transport-Security without `sts_seconds`",
                "add for example `\"sts_seconds\": 31536000`",
            )
        }));
    }
    let asked = redirects || (ages && !flag(node, "force_sts_header"));
    let pairs = node.get("ssl_proxy_headers").map(Node::members);
    let told = pairs
        .unwrap_or_default()
        .iter()
        .any(|pair| !is_comment(&pair.key));
    if told && !asked {
        findings.push(inert(
            node,
            "ssl_proxy_headers",
            "nothing asks whether a request came by https",
            "it is for `ssl_redirect` and `sts_seconds`",
        ));
    }
    findings.into_iter().flatten().collect()
}
