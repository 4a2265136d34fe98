//! `telemetry/opentelemetry`: numbers that mean the opposite (reference 33).

use super::number;
use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};

pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if let Some(rate) = node
        .get("trace_sample_rate")
        .filter(|_| number(node, "trace_sample_rate").is_some_and(|rate| rate <= 0.0 || rate > 1.0))
    {
        findings.push(
            Diagnostic::new(&codes::SAMPLE_RATE, "every request is traced", rate.span, "only a rate between 0 and 1 samples")
                .help("`\"disable_traces\": true` in the exporter switches traces off; 1 says that all are meant"),
        );
    }
    let exporters = node
        .get("exporters")
        .and_then(|exporters| exporters.get("prometheus"));
    for exporter in exporters.map(Node::items).unwrap_or_default() {
        if let Some(address) = exporter.member("listen_ip") {
            findings.push(
                Diagnostic::new(
                    &codes::INERT_KEY,
                    "`listen_ip` of an exporter is never read",
                    address.key.span,
                    "metrics are there on every address",
                )
                .help("the engine reads `host`; keep the port inside by other means too"),
            );
        }
    }
    findings
}
