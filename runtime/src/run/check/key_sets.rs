//! The key sets of `check`: fetched as the gateway would.

use crate::{
    jwks::{self, Report},
    settings::Settings,
};
use serde_json::{Value, json};

/// Every one that a gate or part has opened, one after the other: a gateway has one, or a few.
pub(super) async fn probe_all(settings: &'static Settings) -> Vec<Report> {
    let mut reports = Vec::new();
    for store in jwks::all() {
        reports.push(store.probe(&settings.resolve).await);
    }
    reports
}

/// Whether it is good, for people, for programs.
pub(super) fn line(report: &Report) -> (bool, String, Value) {
    let Report {
        source,
        keys,
        skipped,
        error,
        ..
    } = report;
    let text = match error {
        None => format!("ok      keys of {source}: {keys} to check signatures, {skipped} others\n"),
        Some(why) => format!("failed  keys of {source}: {why}\n"),
    };
    let json = json!({
        "key_set": source,
        "ok": error.is_none(),
        "keys": keys,
        "skipped": skipped,
        "error": error,
    });
    (error.is_none(), text, json)
}
