//! Findings for GitHub Actions: an annotation each, and a table for the summary of the job.

use super::{Diagnostic, Level, Summary, lines::Lines, words::words};
use crate::source::Source;
use std::{collections::HashMap, fmt::Write as _};

/// Workflow commands, one per finding and line: `::error file=gateway.json,line=3,endLine=3,col=5,title=…::…`.
///
/// GitHub shows ten errors and ten warnings of a step: the worst come first, and the [`summary`](render_github_summary)
/// has them all.
pub fn render_github(findings: &[Diagnostic], source: &Source) -> String {
    let lines = Lines::new(&source.text);
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.level()));
    sorted
        .into_iter()
        .map(|finding| annotation(finding, source, &lines))
        .collect()
}

fn annotation(finding: &Diagnostic, source: &Source, lines: &Lines<'_>) -> String {
    let span = finding.labels[0].span;
    let (line, column) = lines.position(span.start);
    let (end_line, _) = lines.position(span.end);
    // GitHub takes a column only of a place within one line.
    let column = if line == end_line {
        format!(",col={column}")
    } else {
        String::new()
    };
    format!(
        "::{} file={},line={line},endLine={end_line}{column},title={}::{}\n",
        command(finding.level()),
        property(&source.path),
        property(&format!("gwc: {}", finding.code.name)),
        data(&words(finding)),
    )
}

fn command(level: Level) -> &'static str {
    match level {
        Level::Note => "notice",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// The message part of a command, escaped as the runner unescapes it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value before the `::`, where `:` and `,` separate.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// GitHub Markdown for `$GITHUB_STEP_SUMMARY`: a table per file; the same finding in many places is one row.
pub fn render_github_summary(findings: &[Diagnostic], source: &Source) -> String {
    let mut text = format!("### {}: {}\n\n", cell(&source.path), Summary::of(findings));
    if findings.is_empty() {
        return text;
    }
    text.push_str("| | finding | where | what to do |\n|---|---|---|---|\n");
    let lines = Lines::new(&source.text);
    for (finding, count) in fold(findings) {
        let (line, _) = lines.position(finding.labels[0].span.start);
        let more = match count {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let advice = finding.help.as_deref().unwrap_or(&finding.labels[0].text);
        let _ = writeln!(
            text,
            "| {} | `{}`: {} | line {line}{more} | {} |",
            finding.level().name(),
            finding.code.name,
            cell(&finding.message),
            cell(advice)
        );
    }
    text.push('\n');
    text
}

/// Each distinct row once, with the number of its places; errors first.
fn fold(findings: &[Diagnostic]) -> Vec<(&Diagnostic, usize)> {
    let mut rows: Vec<(&Diagnostic, usize)> = Vec::new();
    let mut index = HashMap::new();
    for finding in findings {
        let key = (
            finding.code.name,
            finding.level(),
            &finding.message,
            &finding.help,
        );
        let row = *index.entry(key).or_insert_with(|| {
            rows.push((finding, 0));
            rows.len() - 1
        });
        rows[row].1 += 1;
    }
    rows.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.level()));
    rows
}

/// Text that stays in its cell and is no HTML. What stands in backticks is shown as it is, but for `|`.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        match c {
            '|' => cell.push_str("\\|"),
            '\n' | '\r' => cell.push(' '),
            '<' if !code => cell.push_str("&lt;"),
            '*' | '_' if !code => cell.extend(['\\', c]),
            _ => cell.push(c),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::codes, source::Span};

    #[test]
    fn what_separates_is_escaped() {
        let table = [
            ("plain", "plain", "plain"),
            ("100%\r\nb", "100%25%0D%0Ab", "100%25%0D%0Ab"),
            ("a:b,c::d", "a:b,c::d", "a%3Ab%2Cc%3A%3Ad"),
            ("%0A", "%250A", "%250A"),
        ];
        for (text, as_data, as_property) in table {
            assert_eq!(data(text), as_data, "{text:?} as data");
            assert_eq!(property(text), as_property, "{text:?} as a property");
        }
    }

    #[test]
    fn a_cell_stays_a_cell() {
        let table = [
            ("a | b", "a \\| b"),
            ("<b> and `<b>`", "&lt;b> and `<b>`"),
            ("two\nlines", "two lines"),
            ("`/x/*` not /x/*", "`/x/*` not /x/\\*"),
        ];
        for (text, expected) in table {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn errors_come_first_and_columns_only_within_a_line() {
        let source = Source::new("a,b.json", "{\n  \"x\":\n1}");
        let findings = [
            Diagnostic::new(&codes::INERT_KEY, "mild", Span::new(4, 7), ""),
            Diagnostic::new(&codes::UNKNOWN_KEY, "bad", Span::new(4, 10), "here").help("go"),
        ];
        assert_eq!(
            render_github(&findings, &source),
            "::error file=a%2Cb.json,line=2,endLine=3,title=gwc%3A unknown-key::bad%0Ahere%0Ahelp: go\n\
             ::warning file=a%2Cb.json,line=2,endLine=2,col=3,title=gwc%3A inert-key::mild\n"
        );
    }
}
