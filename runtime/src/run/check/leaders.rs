//! The clusters of `check`: each is asked who leads, as the gateway would.

use crate::base_ha::Report;
use serde_json::{Value, json};

/// Whether it is good, for people, for programs. A cluster without a leader takes no writes.
pub(super) fn line(report: &Report) -> (bool, String, Value) {
    let Report { service, leader } = report;
    let said = match leader {
        Ok(Some((url, term))) => format!("{url} leads in term {term}"),
        Ok(None) => "the node that answered knows of no leader".to_owned(),
        Err(why) => format!("cannot learn who leads: {why}"),
    };
    let found = leader.as_ref().ok().and_then(Option::as_ref);
    let verdict = if found.is_some() { "ok    " } else { "failed" };
    let json = json!({
        "service": service,
        "ok": found.is_some(),
        "leader": found.map(|(url, _)| url),
        "term": found.map(|(_, term)| term),
        "error": found.is_none().then_some(&said),
    });
    let text = format!("{verdict}  leader of {service}: {said}\n");
    (found.is_some(), text, json)
}
