//! A finding as lines of plain text, for those who show the place themselves: GitHub and SARIF viewers.

use super::Diagnostic;

/// Everything a person is told except the place: message, label, notes, help, a line each.
pub fn words(finding: &Diagnostic) -> String {
    let mut lines = vec![finding.message.clone()];
    let label = finding.labels[0].text.as_str();
    if !label.is_empty() {
        lines.push(label.to_owned());
    }
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}
