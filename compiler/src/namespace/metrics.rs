//! `telemetry/metrics`: what is counted, and where it is told.

use super::{
    listen::Listen,
    words::{flag, other},
};
use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Static},
};

/// The port of the Go gateway, and of the runtime.
const PORT: u16 = 8090;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// `listen_address`
    pub listen: Listen,
    /// Whether requests are counted by route.
    pub requests: bool,
    /// Whether connections to upstreams are.
    pub upstreams: bool,
}

/// The schema has checked types.
pub fn read(node: &Node) -> (Metrics, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let default = Listen {
        ip: None,
        port: PORT,
    };
    let metrics = Metrics {
        listen: listen(node, &mut findings).unwrap_or(default),
        requests: !flag(node, "router_disabled"),
        upstreams: !flag(node, "backend_disabled"),
    };
    (metrics, findings)
}

fn listen(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Listen> {
    let address = node.get("listen_address")?;
    let text = address.as_str()?;
    let listen = Listen::parse(text);
    if listen.is_none() {
        let message = format!("`{text}` is not an address and a port");
        findings.push(
            Diagnostic::new(&codes::BAD_ADDRESS, message, address.span, "")
                .help("for example \":8090\" or \"127.0.0.1:9000\"; names are not resolved here"),
        );
    }
    listen
}

/// One static, which is started and listens.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    // Let pass by its author: what is not to be told is not told.
    if flag(node, "endpoint_disabled") {
        return;
    }
    let (metrics, _) = read(node);
    let listen = other(&format!(":{PORT}"), Some(metrics.listen.text()));
    let value = Chain::new("Metrics::new", [])
        .maybe("listen", listen.map(Arg::Text))
        .flag("no_requests", !metrics.requests)
        .flag("no_upstreams", !metrics.upstreams);
    let place = to.add(Static {
        file: "telemetry",
        name: "METRICS".to_owned(),
        kind: "Metrics",
        doc: "`telemetry/metrics`: what is counted, and where it is scraped.".to_owned(),
        value,
    });
    to.part_that(place, says(&metrics));
    to.feature("metrics");
}

/// For a person.
fn says(metrics: &Metrics) -> String {
    let Listen { ip, port } = metrics.listen;
    let port = match port {
        0 => "any free port".to_owned(),
        port => format!("port {port}"),
    };
    let place = match ip {
        None => format!("{port} of every address"),
        Some(ip) => format!("{port} of {ip}"),
    };
    let what = match (metrics.requests, metrics.upstreams) {
        (true, true) => "requests by route, connections to upstreams by host",
        (true, false) => "requests by route, nothing about connections to upstreams",
        (false, true) => "connections to upstreams by host, nothing about requests",
        (false, false) => "nothing about requests and upstreams",
    };
    format!(
        "Metrics are told at /metrics on {place}, to whoever reaches it: {what}, and what the parts of the gateway \
         count. They are text for Prometheus, and JSON at /__stats. GATEWAY_METRICS_LISTEN moves them."
    )
}
