//! What a gateway does not do, said so that nobody takes it for done.

use crate::plan::{Plan, Stage, Step};

/// A thing that readers may expect, and the stages of which each one does it. No stage: nothing does it.
const KINDS: [(&str, &[Stage]); 4] = [
    (
        AUTHENTICATION,
        &[Stage::Identity, Stage::Known, Stage::Token],
    ),
    (RATE_LIMIT, &[]),
    ("CORS", &[Stage::Cors]),
    ("cache", &[]),
];
const AUTHENTICATION: &str = "authentication";
const RATE_LIMIT: &str = "rate limit";

/// `No authentication, no cache`; which of them, and whether authentication is one.
fn lacking(plan: &Plan, steps: &[&Step], kinds: &[&str]) -> (Option<String>, bool) {
    let is_there = |stage: &Stage| {
        plan.gates.iter().any(|gate| gate.stage == *stage)
            || steps.iter().any(|step| step.stage == *stage)
    };
    let lacking: Vec<&str> = KINDS
        .iter()
        .filter(|(kind, stages)| kinds.contains(kind) && !stages.iter().any(is_there))
        .map(|&(kind, _)| kind)
        .collect();
    let open = lacking.contains(&AUTHENTICATION);
    let list = match lacking.as_slice() {
        [] => None,
        [one] => Some(format!("No {one}")),
        [one, other] => Some(format!("No {one} and no {other}")),
        many => Some(format!("No {}", many.join(", no "))),
    };
    (list, open)
}

/// Of one route.
pub fn of_route(plan: &Plan, steps: &[Step]) -> Option<String> {
    let steps: Vec<&Step> = steps.iter().collect();
    let (list, open) = lacking(plan, &steps, &[AUTHENTICATION, RATE_LIMIT]);
    let so = if open {
        "whoever reaches the gateway is forwarded, and the backend must check for itself"
    } else {
        "whoever gets this far is forwarded, as often as it asks"
    };
    Some(format!("{}: {so}.", list?))
}

/// Of the whole gateway.
pub fn of_gateway(plan: &Plan) -> String {
    let steps: Vec<&Step> = plan.endpoints.iter().flat_map(|e| &e.steps).collect();
    let kinds: Vec<&str> = KINDS.iter().map(|&(kind, _)| kind).collect();
    let (list, open) = lacking(plan, &steps, &kinds);
    let so = if open {
        ": whoever reaches an open route is forwarded, and each backend must guard itself"
    } else {
        ""
    };
    let list = list.map_or(String::new(), |list| format!("{list}{so}. "));
    format!("{list}No TLS on the listener: that is for whatever stands before it.")
}
