//! `github.com/hanzoai/gateway/widget`: what keys that stand in web pages may do (WID-1..9).

use super::words::{other, other_than};
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

/// What the runtime's `Widget` does by itself.
const MAX_PER_CLIENT: u64 = 10;
const MAX_TOTAL: u64 = 600;
const WINDOW: Duration = Duration::from_mins(1);

/// The schema has checked types and ranges; texts are looked into here.
pub fn read(node: &Node) -> (Widget, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64);
    let widget = Widget {
        allowed_origins: other_than(
            origin::HOSTS,
            node.get("allowed_origins")
                .map(|list| origins(list, &mut findings)),
        ),
        max_per_client: other(&MAX_PER_CLIENT, number("max_per_client")),
        max_total: other(&MAX_TOTAL, number("max_total")),
        window: other(
            &WINDOW,
            node.get("window")
                .and_then(|node| window(node, &mut findings)),
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_has_the_same() {
        let runtime = include_str!("../../../runtime/src/widget.rs");
        for line in [
            format!("per_client: {MAX_PER_CLIENT},"),
            format!("total: {MAX_TOTAL},"),
            format!("window: Duration::from_mins({}),", WINDOW.as_secs() / 60),
        ] {
            assert!(
                runtime.contains(&line),
                "runtime/src/widget.rs has no `{line}`"
            );
        }
    }
}
