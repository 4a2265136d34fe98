//! `router`: routing, error bodies, the health route, whose word counts for the client's address.

use crate::{
    config::{header, path},
    diagnostic::{Diagnostic, codes},
    json::Node,
};
use std::{collections::HashMap, net::IpAddr};

/// `None` and `false`: the documented default.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the namespace is a set of switches"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Router {
    /// Error answers say what went wrong.
    pub return_error_msg: bool,
    /// JSON text of the answer to a request that no route takes.
    pub not_found: Option<String>,
    /// JSON text of the answer when a path exists, but not with this method.
    pub method_not_allowed: Option<String>,
    /// OPTIONS of any path answers with its methods.
    pub auto_options: bool,
    /// Takes the health route away; the probes stay.
    pub disable_health: bool,
    /// Default `/__health`.
    pub health_path: Option<String>,
    /// No redirect between `/a` and `/a/`.
    pub disable_redirect_trailing_slash: bool,
    /// 404 in place of 405.
    pub disable_handle_method_not_allowed: bool,
    /// `//` counts as `/`.
    pub remove_extra_slash: bool,
    /// Default true: headers of trusted proxies name the client.
    pub forwarded_by_client_ip: Option<bool>,
    /// Default `X-Forwarded-For`, `X-Real-IP`.
    pub remote_ip_headers: Option<Vec<String>>,
    /// Addresses and networks.
    pub trusted_proxies: Option<Vec<String>>,
    /// Exact paths without a line in the access log.
    pub logger_skip_paths: Vec<String>,
    /// No access log at all.
    pub disable_access_log: bool,
    /// Answers do not tell the version.
    pub hide_version_header: bool,
    /// Bytes of a request body; more: 413. Default: no cap.
    pub max_payload: Option<u64>,
}

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Router, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let flag = |key| node.get(key).and_then(Node::as_bool);
    let mut body = |status| {
        let body = node
            .get("error_body")
            .and_then(|bodies| bodies.get(status))?;
        twice(body, &mut findings);
        Some(body.to_value().to_string())
    };
    let (not_found, method_not_allowed) = (body("404"), body("405"));
    let health = node.get("health_path");
    let router = Router {
        return_error_msg: flag("return_error_msg").unwrap_or_default(),
        not_found,
        method_not_allowed,
        auto_options: flag("auto_options").unwrap_or_default(),
        disable_health: flag("disable_health").unwrap_or_default(),
        health_path: health.and_then(|health| health_path(health, &mut findings)),
        disable_redirect_trailing_slash: flag("disable_redirect_trailing_slash")
            .unwrap_or_default(),
        disable_handle_method_not_allowed: flag("disable_handle_method_not_allowed")
            .unwrap_or_default(),
        remove_extra_slash: flag("remove_extra_slash").unwrap_or_default(),
        forwarded_by_client_ip: flag("forwarded_by_client_ip"),
        remote_ip_headers: node
            .get("remote_ip_headers")
            .map(|list| names(list, &mut findings)),
        trusted_proxies: node
            .get("trusted_proxies")
            .map(|list| networks(list, &mut findings)),
        logger_skip_paths: texts(node.get("logger_skip_paths")),
        disable_access_log: flag("disable_access_log").unwrap_or_default(),
        hide_version_header: flag("hide_version_header").unwrap_or_default(),
        max_payload: node
            .get("max_payload")
            .and_then(Node::as_u64)
            .filter(|&bytes| bytes > 0),
    };
    if let Some(health) = health.filter(|_| router.disable_health) {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "`health_path` does nothing here",
                health.span,
                "no such route",
            )
            .help("`disable_health` takes the health route away; remove one of the two"),
        );
    }
    (router, findings)
}

/// In an answer nothing is a comment: a key like one may not be there twice either, or one of the two would be lost.
fn twice(body: &Node, findings: &mut Vec<Diagnostic>) {
    let mut first = HashMap::new();
    for member in body.members() {
        let key = &member.key;
        if let Some(place) = first.insert(key.as_str(), key.span) {
            let message = format!("`{}` is given twice", key.value);
            findings.push(
                Diagnostic::new(&codes::DUPLICATE_KEY, message, key.span, "again here")
                    .label(place, "before")
                    .help("in the body of an answer nothing is a comment; keep one"),
            );
        }
        twice(&member.value, findings);
    }
    body.items().iter().for_each(|item| twice(item, findings));
}

fn texts(list: Option<&Node>) -> Vec<String> {
    let items = list.map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(Node::as_str)
        .map(str::to_owned)
        .collect()
}

/// A plain path, without placeholders.
fn health_path(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let text = node.as_str()?;
    let mut wrong = |message: String, range| {
        findings.push(
            Diagnostic::new(&codes::BAD_PATH, message, node.within(range), "")
                .help("a plain path, for example \"/health\""),
        );
        None
    };
    match path::endpoint(text) {
        Ok(path) if path.placeholders.is_empty() && !path.has_rest() => Some(path.text),
        Ok(_) => wrong(
            "the health path has no placeholders".to_owned(),
            0..text.len(),
        ),
        Err(misfit) => wrong(misfit.error.to_string(), misfit.range),
    }
}

fn names(list: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    for node in list.items() {
        if let Some(text) = node.as_str().filter(|text| !header::is_token(text)) {
            findings.push(
                Diagnostic::new(
                    &codes::BAD_HEADER,
                    format!("`{text}` is not a header name"),
                    node.span,
                    "",
                )
                .help("for example \"X-Forwarded-For\""),
            );
        }
    }
    texts(Some(list))
}

/// The old engine took any text and trusted everybody when it could not read one.
fn networks(list: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    for node in list.items() {
        let Some(text) = node.as_str() else { continue };
        match prefix(text) {
            None => findings.push(
                Diagnostic::new(&codes::BAD_ADDRESS, format!("`{text}` is not an address or network"), node.span, "")
                    .help("for example \"10.0.0.0/8\", \"192.0.2.7\" or \"fd00::/8\""),
            ),
            Some(0) => findings.push(
                Diagnostic::new(&codes::TRUST_EVERYONE, "every client is a trusted proxy", node.span, "everybody")
                    .note("whoever is trusted names the client's address, so any client could choose its own")
                    .help("name the networks of the proxies in front of this gateway"),
            ),
            Some(_) => {}
        }
    }
    texts(Some(list))
}

/// The length of the network's prefix.
fn prefix(text: &str) -> Option<u8> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let bits = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let length = length.map_or(Some(bits), |length| length.parse().ok())?;
    (length <= bits).then_some(length)
}
