//! Changes for people at a terminal, and for programs.

use super::{Change, Tag, fold};
use serde_json::json;
use std::fmt::Write as _;

/// Routes of one change that are shown at once.
const ROUTES: usize = 8;

/// A paragraph per change, under a headline per tag, and the counts at the end.
pub fn render_human(changes: &[Change]) -> String {
    let mut text = String::new();
    for tag in Tag::ALL {
        for told in fold::fold(changes, tag) {
            let first = told.first;
            let _ = writeln!(
                text,
                "{}: {} {}",
                tag.name(),
                first.field,
                first.kind.name()
            );
            let shown = told.routes.iter().take(ROUTES);
            let mut at: Vec<String> = shown.map(|&route| route.to_owned()).collect();
            if told.routes.len() > ROUTES {
                at.push(format!(
                    "and {} more routes (`--format json` lists them all)",
                    told.routes.len() - ROUTES
                ));
            }
            let _ = writeln!(text, "  {:<4} {}", "at", at.join("\n       "));
            let _ = writeln!(text, "  {:<4} {}", "was", told.old);
            let _ = writeln!(text, "  {:<4} {}", "now", told.new);
            let _ = writeln!(text, "  {:<4} {}\n", "why", first.why);
        }
    }
    let _ = writeln!(text, "{}", fold::counts(changes));
    text
}

/// One JSON object per change and line, and nothing when there is none.
///
/// ```json
/// {"kind":"changed","route":"POST /v1/messages","field":"timeout","backend":null,"old":120,"new":60,
///  "was":"2m","now":"1m","tag":"breaking","why":"slow answers are cut off"}
/// ```
///
/// `route` is null for the gateway as a whole; `old` and `new` are null where there is nothing; times are in seconds,
/// sizes in bytes; secrets are never shown. Fields are only ever added.
pub fn render_json(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let (was, now) = super::words::pair(change.old.as_ref(), change.new.as_ref());
        let object = json!({
            "kind": change.kind.name(),
            "route": change.route,
            "field": change.field.clone().of(None).to_string(),
            "backend": change.field.backend,
            "old": change.old.as_ref().map(super::Value::to_json),
            "new": change.new.as_ref().map(super::Value::to_json),
            "was": was,
            "now": now,
            "tag": change.tag.name(),
            "why": change.why,
        });
        let _ = writeln!(text, "{object}");
    }
    text
}
