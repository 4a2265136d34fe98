//! What a gateway does not do, said so that nobody takes it for done.

use crate::plan::{Action, Call, Endpoint, Plan, Stage};

/// A thing that readers may expect, and the stages of which each one does it. No stage: nothing does it.
const KINDS: [(&str, &[Stage]); 4] = [
    (
        AUTHENTICATION,
        &[Stage::Identity, Stage::Known, Stage::Token],
    ),
    (RATE_LIMIT, &[Stage::Limit]),
    ("CORS", &[Stage::Cors]),
    ("cache", &[]),
];
const AUTHENTICATION: &str = "authentication";
const RATE_LIMIT: &str = "rate limit";

/// `No authentication, no cache`; which of them no stage does, and whether authentication is one.
fn lacking(stages: &[Stage], kinds: &[&str]) -> (Option<String>, bool) {
    let is_there = |stage: &Stage| stages.contains(stage);
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

/// The stages of an endpoint and of its call.
fn stages(endpoint: &Endpoint) -> impl Iterator<Item = Stage> {
    let guards = match &endpoint.action {
        Action::Forward(Call { guards, .. }) => guards.as_slice(),
        Action::Refuse { .. } => &[],
    };
    let steps = endpoint.steps.iter().map(|step| step.stage);
    steps.chain(guards.iter().map(|guard| guard.stage))
}

/// Of one route.
pub fn of_route(plan: &Plan, endpoint: &Endpoint) -> Option<String> {
    let gates = plan.gates.iter().map(|gate| gate.stage);
    let gates = gates.filter(|stage| stage.is_for_routes());
    let stages: Vec<Stage> = gates.chain(stages(endpoint)).collect();
    let (list, open) = lacking(&stages, &[AUTHENTICATION, RATE_LIMIT]);
    let so = if open {
        "whoever reaches the gateway is forwarded, and the backend must check for itself"
    } else {
        "whoever gets this far is forwarded, as often as it asks"
    };
    Some(format!("{}: {so}.", list?))
}

/// Of the whole gateway.
pub fn of_gateway(plan: &Plan) -> String {
    let gates = plan.gates.iter().map(|gate| gate.stage);
    let stages: Vec<Stage> = gates
        .chain(plan.endpoints.iter().flat_map(stages))
        .collect();
    let kinds: Vec<&str> = KINDS.iter().map(|&(kind, _)| kind).collect();
    let (list, open) = lacking(&stages, &kinds);
    let so = if open {
        ": whoever reaches an open route is forwarded, and each backend must guard itself"
    } else {
        ""
    };
    let list = list.map_or(String::new(), |list| format!("{list}{so}. "));
    format!("{list}No TLS on the listener: that is for whatever stands before it.")
}
