//! `telemetry/logging`: what the gateway writes to standard output.

use crate::{
    config::slot::{self, Part},
    diagnostic::{Diagnostic, codes},
    json::Node,
    plan::{LogLevel, Slotted},
};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// `None`: the runtime's documented default.
    pub level: Option<Slotted<LogLevel>>,
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
        level: node
            .get("level")
            .and_then(|node| stated_level(node, &mut findings)),
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

/// A level, or one slot whose default is one.
fn stated_level(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Slotted<LogLevel>> {
    let text = node.as_str()?;
    let pieces = slot::parse(text).ok()?;
    if !slot::has_slots(&pieces) {
        return level(text).map(Slotted::Fixed);
    }
    let [piece] = pieces.as_slice() else {
        let message = "a log level is one word, or one slot";
        findings.push(
            Diagnostic::new(&codes::BAD_SLOT, message, node.span, "")
                .help("for example \"INFO\" or \"${env:LOG_LEVEL:-INFO}\""),
        );
        return None;
    };
    if let (Part::Slot(slot), Some(range)) = (piece.part, piece.default_range())
        && let Some(default) = slot.default.filter(|default| level(default).is_none())
    {
        let message = format!("`{default}` is not a log level");
        findings.push(
            Diagnostic::new(&codes::BAD_SLOT, message, node.within(range), "").help(format!(
                "one of {}",
                LEVELS.map(|(name, _)| name).join(", ")
            )),
        );
        return None;
    }
    Some(Slotted::Slots(text.to_owned()))
}

const LEVELS: [(&str, LogLevel); 5] = [
    ("DEBUG", LogLevel::Debug),
    ("INFO", LogLevel::Info),
    ("WARNING", LogLevel::Warning),
    ("ERROR", LogLevel::Error),
    ("CRITICAL", LogLevel::Critical),
];

/// In any case of letters.
fn level(text: &str) -> Option<LogLevel> {
    let known = LEVELS
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, level)| level)
}
