//! `github.com/hanzoai/gateway/retry`: calls that are made once more, at an endpoint or at one of its backends.

use super::words::{inert, other};
use crate::{
    describe::units::{bytes, listed},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::Arg,
};

/// This namespace.
pub const KEY: &str = "github.com/hanzoai/gateway/retry";

/// What the runtime's `Call` does by itself.
const STATUSES: [u64; 3] = [502, 503, 504];
const BUDGET: u64 = 20;
const BUFFER: u64 = 64 * 1024;
/// Where the block does not say.
const ATTEMPTS: u64 = 2;

/// What was asked for. `None`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The first included; 1 is none but the first.
    pub attempts: u64,
    /// Sorted.
    pub statuses: Option<Vec<u64>>,
    /// In percent of the calls.
    pub budget: Option<u64>,
    /// Bytes of a body.
    pub buffer: Option<u64>,
}

/// The schema has checked types and ranges.
pub fn read(node: &Node) -> (Retry, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64);
    let retry = Retry {
        attempts: number("attempts").unwrap_or(ATTEMPTS),
        statuses: statuses(node, &mut findings).filter(|list| *list != STATUSES),
        budget: other(&BUDGET, number("budget")),
        buffer: other(&BUFFER, number("buffer")),
    };
    if retry.attempts == 1 {
        for key in ["statuses", "budget", "buffer"] {
            findings.extend(inert(
                node,
                key,
                "`attempts` is 1: there is no other",
                "remove it, or raise `attempts`",
            ));
        }
    }
    (retry, findings)
}

fn statuses(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Vec<u64>> {
    let mut statuses = Vec::new();
    for item in node.get("statuses")?.items() {
        let Some(status) = item.as_u64() else {
            continue;
        };
        if statuses.contains(&status) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_ENTRY,
                    format!("`{status}` stands here twice"),
                    item.span,
                    "",
                )
                .help("remove one of the two"),
            );
        } else {
            statuses.push(status);
        }
    }
    statuses.sort_unstable();
    Some(statuses)
}

/// Setters of the backend's call.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let overruled = |endpoint: &crate::config::Endpoint| {
        to.backend.is_none() && endpoint.backends.iter().any(|b| b.extra(KEY).is_some())
    };
    let (retry, _) = read(node);
    if retry.attempts == 1 || to.endpoint.is_none_or(overruled) {
        return;
    }
    to.setter("retry", [Arg::Number(retry.attempts)], says(&retry));
    if let Some(statuses) = retry.statuses {
        to.setter("retry_statuses", [Arg::Numbers(statuses)], "");
    }
    if let Some(percent) = retry.budget {
        to.setter("retry_budget", [Arg::Number(percent)], "");
    }
    if let Some(bytes) = retry.buffer {
        to.setter("retry_body", [Arg::Number(bytes)], "");
    }
}

/// For a person.
fn says(retry: &Retry) -> String {
    let statuses = retry.statuses.as_deref().unwrap_or(&STATUSES);
    let statuses = match statuses {
        [] => String::new(),
        list => {
            let list: Vec<String> = list.iter().map(u64::to_string).collect();
            format!(
                ", or the answer is {}",
                listed(&list).replace(" and ", " or ")
            )
        }
    };
    format!(
        "Up to {} attempts (`{KEY}`): another one is made if no host could be reached; for a GET, HEAD, OPTIONS, PUT or DELETE \
         also if the connection breaks before an answer{statuses}. Never after a timeout. Attempts after the first are {} \
         percent of the calls at most, beyond ten; a body of more than {} is sent once.",
        retry.attempts,
        retry.budget.unwrap_or(BUDGET),
        bytes(retry.buffer.unwrap_or(BUFFER)),
    )
}
