//! `telemetry/logging`: what the gateway writes to standard output.

use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
    plan::LogLevel,
};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// `None`: the runtime's documented default.
    pub level: Option<LogLevel>,
    /// Before each line of the text format; the JSON format has none.
    pub prefix: Option<String>,
    /// `"format": "logstash"`: one JSON object per line.
    pub json: bool,
}

/// The schema has checked types and values.
pub fn read(node: &Node) -> (Logging, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let text = |key| node.get(key).and_then(Node::as_str);
    let logging = Logging {
        level: text("level").and_then(level),
        prefix: text("prefix").map(str::to_owned),
        json: text("format") == Some("logstash"),
    };
    if let Some(stdout) = node
        .get("stdout")
        .filter(|stdout| stdout.as_bool() == Some(false))
    {
        findings.push(
            Diagnostic::new(
                &codes::STDOUT_ONLY,
                "logs go to standard output all the same",
                stdout.span,
                "does not silence them",
            )
            .note("in the old engine, this without `syslog` meant no log at all")
            .help("remove the key; `\"level\": \"CRITICAL\"` is the quietest"),
        );
    }
    (logging, findings)
}

/// In any case of letters.
fn level(text: &str) -> Option<LogLevel> {
    Some(match text.to_ascii_uppercase().as_str() {
        "DEBUG" => LogLevel::Debug,
        "INFO" => LogLevel::Info,
        "WARNING" => LogLevel::Warning,
        "ERROR" => LogLevel::Error,
        "CRITICAL" => LogLevel::Critical,
        _ => return None,
    })
}
