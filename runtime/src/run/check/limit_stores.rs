//! The stores of shared limits in `check`: whether each is there and does what is asked of it.

use crate::limit::Store;
use serde_json::{Value, json};

/// What was found out about one.
pub(super) struct Finding {
    store: &'static str,
    error: Option<String>,
}

/// Every one that a limit names, one after the other: a gateway has one.
pub(super) async fn probe_all() -> Vec<Finding> {
    let mut findings = Vec::new();
    for store in Store::all() {
        let probed = store.probe().await;
        findings.push(Finding {
            store: &store.name,
            error: probed.err().map(|why| why.to_string()),
        });
    }
    findings
}

/// Whether it is good, for people, for programs.
pub(super) fn line(finding: &Finding) -> (bool, String, Value) {
    let Finding { store, error } = finding;
    let text = match error {
        None => format!("ok      limits in {store}\n"),
        Some(why) => format!("failed  limits in {store}: {why}\n"),
    };
    let json = json!({ "limit_store": store, "ok": error.is_none(), "error": error });
    (error.is_none(), text, json)
}
