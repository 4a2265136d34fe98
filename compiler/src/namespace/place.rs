//! Judges the keys of an `extra_config`: a key that nothing reads is the oldest way to leave a route open.

use super::{Edition, NAMESPACES, Namespace, Scope, Support, find};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::{Member, Node, is_comment},
};

/// Names that the old engine stopped reading in 2.4: such a limit has been off ever since.
const FORGOTTEN: &str = "github.com/devopsfaith/krakend-ratelimit/juju/";

/// Everything there is to say about the keys of one `extra_config`.
pub fn check(extra: &Node, scope: Scope) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen: Vec<(&Namespace, &Member)> = Vec::new();
    for member in extra
        .members()
        .iter()
        .filter(|member| !is_comment(&member.key))
    {
        let Some(row) = find(&member.key) else {
            findings.push(unknown(member, scope));
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(other, _)| std::ptr::eq(*other, row)) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_NAMESPACE,
                    format!("`{}` is given twice, under two of its names", row.key),
                    member.key.span,
                    "again here",
                )
                .label(first.key.span, "first here")
                .help(format!("keep `{}`", row.key)),
            );
            continue;
        }
        seen.push((row, member));
        findings.extend(standing(row, member, scope));
    }
    findings
}

fn unknown(member: &Member, scope: Scope) -> Diagnostic {
    let key = member.key.value.as_str();
    let finding = Diagnostic::new(
        &codes::UNKNOWN_NAMESPACE,
        format!("no namespace is called `{key}`"),
        member.key.span,
        "nothing reads this",
    );
    let names = NAMESPACES
        .iter()
        .flat_map(|row| std::iter::once(row.key).chain(row.aliases.iter().copied()));
    match nearest(key, names) {
        Some(name) => finding
            .help(format!("did you mean `{name}`?"))
            .fix(member.key.span, serde_json::Value::from(name).to_string()),
        None if crate::schema::is_key_of(key, scope) => finding.help(format!(
            "`{key}` is a key of {}: write it beside `extra_config`, not inside",
            scope.name()
        )),
        None => finding.help("a key that starts with `@`, `$`, `_` or `#` is a comment"),
    }
}

/// What there is to say about a namespace that exists.
fn standing(row: &Namespace, member: &Member, scope: Scope) -> Option<Diagnostic> {
    let place = member.key.span;
    if !row.is_read_at(scope) {
        return Some(
            Diagnostic::new(
                &codes::MISPLACED_NAMESPACE,
                format!("`{}` is not read at {}", row.key, scope.name()),
                place,
                row.summary,
            )
            .help(format!(
                "it belongs to the `extra_config` of {}",
                row.homes()
            )),
        );
    }
    let Support::No(instead) = row.support else {
        return member.key.starts_with(FORGOTTEN).then(|| {
            Diagnostic::new(
                &codes::FORGOTTEN_NAME,
                "this limit counts; the Go engine stopped reading its name in 2.4",
                place,
                "off since then in the Go gateway",
            )
            .help(format!("`{}` is read by both", row.key))
        });
    };
    let (code, message) = match row.edition {
        Edition::Enterprise => (
            &codes::ENTERPRISE_NAMESPACE,
            format!(
                "`{}` belongs to the Enterprise edition and is not supported",
                row.key
            ),
        ),
        Edition::Community | Edition::Hanzo => (
            &codes::UNSUPPORTED_NAMESPACE,
            format!("`{}` is not supported yet", row.key),
        ),
    };
    let finding = Diagnostic::new(code, message, place, row.summary).note(instead);
    Some(finding.help(allow(code.name, row.guard)))
}

/// A guard is never left out silently: what it closed stays closed.
fn allow(code: &str, guard: bool) -> String {
    if guard {
        format!(
            "`--allow {code}` builds without it; what it guards then answers 501, it does not stand open"
        )
    } else {
        format!("`--allow {code}` builds without it")
    }
}
