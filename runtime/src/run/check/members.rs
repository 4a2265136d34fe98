//! The Base networks of `check`: each is asked for its members, as the gateway would.

use crate::base_network::Report;
use serde_json::{Value, json};

/// Whether it is good, for people, for programs. A network of nobody answers nothing.
pub(super) fn line(report: &Report) -> (bool, String, Value) {
    let Report { network, members } = report;
    let (good, said) = match members {
        Ok((0, _)) => (false, "there are none".to_owned()),
        Ok((all, callable)) if all == callable => (true, format!("{all}")),
        Ok((all, callable)) => {
            let lost = all - callable;
            (
                false,
                format!("{all}, and {lost} of them have a URL that cannot be called"),
            )
        }
        Err(why) => (false, format!("cannot learn who they are: {why}")),
    };
    let verdict = if good { "ok    " } else { "failed" };
    let json = json!({
        "network": network,
        "ok": good,
        "members": members.as_ref().ok().map(|(all, _)| all),
        "error": (!good).then_some(&said),
    });
    (
        good,
        format!("{verdict}  members of {network}: {said}\n"),
        json,
    )
}
