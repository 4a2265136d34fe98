//! `security/http`: which hosts are served, what must come by https, what browsers are told to be careful about.

mod judge;

use super::words::{flag, text, texts};
use crate::{
    describe::units::listed,
    diagnostic::Diagnostic,
    json::{Node, is_comment},
    lower::Lowering,
    plan::{Arg, Chain, Stage, Static},
};

/// What the keys come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secure {
    /// None: every host.
    pub hosts: Vec<String>,
    /// Whether [`Secure::hosts`] are regular expressions.
    pub patterns: bool,
    /// Where a trusted proxy names the host; lower case.
    pub host_headers: Vec<String>,
    /// What did not come by https is sent there.
    pub redirect: bool,
    /// None: the one that was asked for.
    pub redirect_host: Option<String>,
    /// `name: value`, sorted: what a trusted proxy says of a request that came by https.
    pub https_if: Vec<String>,
    /// `max-age=…`, on answers to what came by https.
    pub strict_transport: Option<String>,
    /// On all answers.
    pub always_strict: bool,
    /// `name: value`, of every answer.
    pub headers: Vec<String>,
    /// Hosts are not checked, nothing is redirected, there is no Strict-Transport-Security.
    pub development: bool,
}

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Secure, Vec<Diagnostic>) {
    let findings = judge::all(node);
    let list = |key| texts(node, key).unwrap_or_default();
    let age = node.get("sts_seconds").and_then(Node::as_u64);
    let age = age.filter(|seconds| *seconds > 0);
    let below = if flag(node, "sts_include_subdomains") {
        "; includeSubDomains"
    } else {
        ""
    };
    let host_headers = list("host_proxy_headers").into_iter();
    let host_headers = host_headers.map(|name| name.to_ascii_lowercase()).collect();
    let redirect = flag(node, "ssl_redirect");
    let secure = Secure {
        hosts: list("allowed_hosts"),
        patterns: flag(node, "allowed_hosts_are_regex"),
        host_headers,
        redirect,
        redirect_host: text(node, "ssl_host")
            .filter(|_| redirect)
            .map(str::to_owned),
        https_if: https_if(node),
        strict_transport: age.map(|seconds| format!("max-age={seconds}{below}")),
        always_strict: age.is_some() && flag(node, "force_sts_header"),
        headers: headers(node),
        development: flag(node, "is_development"),
    };
    (secure, findings)
}

fn https_if(node: &Node) -> Vec<String> {
    let pairs = node.get("ssl_proxy_headers").map(Node::members);
    let pairs = pairs.unwrap_or_default();
    let mut lines: Vec<String> = pairs
        .iter()
        .filter(|pair| !is_comment(&pair.key))
        .filter_map(|pair| {
            let name = pair.key.to_ascii_lowercase();
            Some(format!("{name}: {}", pair.value.as_str()?))
        })
        .collect();
    lines.sort();
    lines
}

/// In the order in which they are sent.
fn headers(node: &Node) -> Vec<String> {
    let frames =
        text(node, "custom_frame_options_value").or(flag(node, "frame_deny").then_some("DENY"));
    let on = |key, value| flag(node, key).then_some(value);
    [
        ("x-frame-options", frames),
        (
            "x-content-type-options",
            on("content_type_nosniff", "nosniff"),
        ),
        (
            "x-xss-protection",
            on("browser_xss_filter", "1; mode=block"),
        ),
        (
            "content-security-policy",
            text(node, "content_security_policy"),
        ),
        ("referrer-policy", text(node, "referrer_policy")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name}: {}", value?)))
    .collect()
}

/// The first gate.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (secure, _) = read(node);
    let some = |list: &[String]| (!list.is_empty()).then(|| Arg::Texts(list.to_vec()));
    let hosts = if secure.patterns {
        "allowed_host_patterns"
    } else {
        "allowed_hosts"
    };
    let text = |text: &Option<String>| text.clone().map(Arg::Text);
    let value = Chain::new("Secure::new", [])
        .maybe(hosts, some(&secure.hosts))
        .maybe("host_proxy_headers", some(&secure.host_headers))
        .flag("redirect_to_https", secure.redirect)
        .maybe("redirect_host", text(&secure.redirect_host))
        .maybe("https_if", some(&secure.https_if))
        .maybe("strict_transport", text(&secure.strict_transport))
        .flag("always_strict", secure.always_strict)
        .maybe("headers", some(&secure.headers))
        .flag("development", secure.development);
    let place = to.add(Static {
        file: "edge",
        name: "SECURE".to_owned(),
        kind: "Secure",
        doc: "`security/http`: hosts, https, and what browsers are told.".to_owned(),
        value,
    });
    to.gate(Stage::Transport, place, says(&secure));
    to.feature("secure");
}

fn says(secure: &Secure) -> String {
    let mut said = Vec::new();
    if secure.development {
        said.push(
            "In development: of what follows, hosts, redirects and strict-transport-security do not count."
                .to_owned(),
        );
    }
    if !secure.hosts.is_empty() {
        let how = if secure.patterns {
            "hosts that match"
        } else {
            "the hosts"
        };
        said.push(format!(
            "Only {how} {} are served (else 421).",
            listed(&secure.hosts)
        ));
    }
    if secure.redirect {
        let to = secure.redirect_host.as_deref().unwrap_or("the same host");
        said.push(format!(
            "What did not come by https is redirected to {to} (301 for GET and HEAD, else 308)."
        ));
    }
    if !secure.https_if.is_empty() {
        said.push(format!(
            "A request came by https if a trusted proxy says `{}`.",
            listed(&secure.https_if).replace(" and ", "` or `")
        ));
    }
    let strict = secure
        .strict_transport
        .iter()
        .map(|value| format!("strict-transport-security: {value}"));
    let always = strict.clone().filter(|_| secure.always_strict);
    let lines: Vec<String> = secure.headers.iter().cloned().chain(always).collect();
    for (when, lines) in [
        ("", lines),
        (
            " to what came by https",
            strict.filter(|_| !secure.always_strict).collect(),
        ),
    ] {
        let lines: Vec<String> = lines.iter().map(|line| format!("`{line}`")).collect();
        if !lines.is_empty() {
            said.push(format!("On every answer{when}: {}.", listed(&lines)));
        }
    }
    if said.is_empty() {
        said.push("`security/http` asks for nothing.".to_owned());
    }
    said.join(" ")
}
