//! `github.com/hanzoai/gateway/widget`: what keys that stand in web pages may do (WID-1..9).

use crate::{
    config::duration,
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    matching::origin,
    plan::{Arg, Chain, Stage, Static},
};
use std::time::Duration;

/// What was asked for. `None`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Widget {
    /// Host names, lower case.
    pub allowed_origins: Option<Vec<String>>,
    /// Requests of one client.
    pub max_per_client: Option<u64>,
    /// Requests of all.
    pub max_total: Option<u64>,
    /// In this time.
    pub window: Option<Duration>,
}

/// The schema has checked types and ranges; texts are looked into here.
pub fn read(node: &Node) -> (Widget, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64);
    let widget = Widget {
        allowed_origins: node
            .get("allowed_origins")
            .map(|list| origins(list, &mut findings)),
        max_per_client: number("max_per_client"),
        max_total: number("max_total"),
        window: node
            .get("window")
            .and_then(|node| window(node, &mut findings)),
    };
    (widget, findings)
}

fn origins(list: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut hosts = Vec::new();
    for node in list.items() {
        let Some(text) = node.as_str() else { continue };
        match origin::entry(text) {
            Ok(host) => hosts.push(host),
            Err(why) => findings.push(
                Diagnostic::new(&codes::BAD_HOST, why, node.span, "")
                    .help("a bare host name such as \"example.com\"; what is below it counts too"),
            ),
        }
    }
    hosts
}

fn window(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    let window = duration::read(node, findings)?;
    if window < Duration::from_secs(1) {
        findings.push(
            Diagnostic::new(
                &codes::BAD_DURATION,
                "a window is at least a second long",
                node.span,
                "",
            )
            .help("for example \"1m\""),
        );
    }
    Some(window)
}

/// The gate.
pub fn lower(node: &Node, lowering: &mut Lowering<'_>) {
    let (widget, _) = read(node);
    lowering.feature("widget");
    let number = |n: Option<u64>| n.map(Arg::Number);
    let value = Chain::new("Widget::new", [])
        .maybe("allowed_origins", widget.allowed_origins.map(Arg::Texts))
        .maybe("max_per_client", number(widget.max_per_client))
        .maybe("max_total", number(widget.max_total))
        .maybe("window", widget.window.map(Arg::Duration));
    let place = lowering.add(Static {
        file: "edge",
        name: "WIDGET".to_owned(),
        kind: "Widget",
        doc: "What keys that stand in web pages may do.".to_owned(),
        value,
    });
    lowering.gate(
        Stage::Widget,
        place,
        "A key of a web page (hz_…) is good only from the pages that are allowed (403) and only so often (429).",
    );
}
