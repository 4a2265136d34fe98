//! Findings for programs.

use super::{Diagnostic, lines::Lines};
use crate::source::{Source, Span};
use serde_json::{Value, json};

/// One JSON object per finding and line, so that the outputs of several files may simply follow one another.
///
/// ```json
/// {"code":"unknown-key","level":"error","class":"invalid","message":"…","file":"gateway.json",
///  "labels":[{"text":"…","start":{"offset":27,"line":2,"column":3},"end":{…}}],
///  "notes":[],"help":null,"fix":{"text":"\"timeout\"","start":{…},"end":{…}}}
/// ```
///
/// Lines and columns count from 1, columns in characters, offsets in bytes from 0; the first label is the primary one.
/// Fields are only ever added.
pub fn render_json(findings: &[Diagnostic], source: &Source) -> String {
    let lines = Lines::new(&source.text);
    let mut text = String::new();
    for finding in findings {
        text.push_str(&object(finding, source, &lines).to_string());
        text.push('\n');
    }
    text
}

fn object(finding: &Diagnostic, source: &Source, lines: &Lines<'_>) -> Value {
    json!({
        "code": finding.code.name,
        "level": finding.level().name(),
        "class": finding.code.class.name(),
        "message": finding.message,
        "file": source.path,
        "labels": finding.labels.iter().map(|label| place(label.span, &label.text, lines)).collect::<Vec<_>>(),
        "notes": finding.notes,
        "help": finding.help,
        "fix": finding.fix.as_ref().map(|fix| place(fix.span, &fix.text, lines)),
    })
}

fn place(span: Span, text: &str, lines: &Lines<'_>) -> Value {
    let end = |offset: usize| {
        let (line, column) = lines.position(offset);
        json!({ "offset": offset, "line": line, "column": column })
    };
    json!({ "text": text, "start": end(span.start), "end": end(span.end) })
}
