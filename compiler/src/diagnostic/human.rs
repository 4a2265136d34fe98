//! Findings for people: rustc's look, through `annotate-snippets` (the only file that knows it).

use super::{Diagnostic, Fix, Label, Level, lines::Lines};
use crate::{
    secret,
    source::{Source, Span},
};
use annotate_snippets::{AnnotationKind, Group, Level as Style, Patch, Renderer, Snippet};
use std::collections::HashMap;

/// How many of the further places of one finding are named.
const PLACES: usize = 3;

/// Renders all findings, a blank line after each.
///
/// The same finding (code, message, advice) in many places is shown once, at the first place, with the number of the
/// others: 193 endpoints with one habit are one thing to read. Secrets are shown as `***`.
pub fn render_human(findings: &[Diagnostic], source: &Source, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let shown = Source::new(&source.path, secret::masked(source));
    let source = &shown;
    let lines = Lines::new(&source.text);
    let mut text = String::new();
    for same in fold(findings) {
        text.push_str(&renderer.render(&report(&same, source, &lines)));
        text.push_str("\n\n");
    }
    text
}

/// Puts equal findings together, in the order of their first places.
fn fold(findings: &[Diagnostic]) -> Vec<Vec<&Diagnostic>> {
    let mut groups: Vec<Vec<&Diagnostic>> = Vec::new();
    let mut index = HashMap::new();
    for finding in findings {
        let key = (
            finding.code.name,
            finding.level(),
            &finding.message,
            &finding.notes,
            &finding.help,
        );
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(finding);
    }
    groups
}

fn report<'a>(same: &[&'a Diagnostic], source: &'a Source, lines: &Lines<'a>) -> Vec<Group<'a>> {
    let finding = same[0];
    let level = match finding.level() {
        Level::Error => Style::ERROR,
        Level::Warning => Style::WARNING,
        Level::Note => Style::NOTE,
    };
    let labels = finding.labels.iter().enumerate().map(|(index, label)| {
        let kind = if index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        (kind, label)
    });
    let mut main = level
        .primary_title(finding.message.as_str())
        .id(finding.code.name)
        .element(snippet(finding, labels, source, lines));
    if let Some(text) = further(&same[1..], source, lines) {
        main = main.element(Style::NOTE.message(text));
    }
    main = main.elements(
        finding
            .notes
            .iter()
            .map(|note| Style::NOTE.message(note.as_str())),
    );
    match (&finding.help, &finding.fix) {
        (Some(help), None) => vec![main.element(Style::HELP.message(help.as_str()))],
        (None, None) => vec![main],
        (help, Some(fix)) => {
            let title = help.as_deref().unwrap_or("write it like this");
            let help = Group::with_title(Style::HELP.secondary_title(title));
            vec![main, help.element(patch(fix, source, lines))]
        }
    }
}

fn snippet<'a>(
    finding: &'a Diagnostic,
    labels: impl Iterator<Item = (AnnotationKind, &'a Label)>,
    source: &'a Source,
    lines: &Lines<'a>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (line, window) = lines.around(finding.labels.iter().map(|label| label.span));
    Snippet::source(&source.text[window.clone()])
        .path(source.path.as_str())
        .line_start(line)
        .annotations(labels.map(|(kind, label)| {
            let annotation = kind.span(shift(label.span, window.start));
            if label.text.is_empty() {
                annotation
            } else {
                annotation.label(label.text.as_str())
            }
        }))
}

fn patch<'a>(fix: &'a Fix, source: &'a Source, lines: &Lines<'a>) -> Snippet<'a, Patch<'a>> {
    let (line, window) = lines.around([fix.span]);
    Snippet::source(&source.text[window.clone()])
        .line_start(line)
        .patch(Patch::new(shift(fix.span, window.start), fix.text.as_str()))
}

fn shift(span: Span, by: usize) -> std::ops::Range<usize> {
    span.start - by..span.end - by
}

/// "the same in 155 more places: gateway.json:41:7, …".
fn further(rest: &[&Diagnostic], source: &Source, lines: &Lines<'_>) -> Option<String> {
    if rest.is_empty() {
        return None;
    }
    let places: Vec<_> = rest
        .iter()
        .take(PLACES)
        .map(|finding| {
            let (line, column) = lines.position(finding.labels[0].span.start);
            format!("{}:{line}:{column}", source.path)
        })
        .collect();
    let more = if rest.len() > PLACES { ", …" } else { "" };
    let count = rest.len();
    let noun = if count == 1 { "place" } else { "places" };
    Some(format!(
        "the same in {count} more {noun}: {}{more}",
        places.join(", ")
    ))
}
