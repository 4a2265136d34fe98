//! A limit as a static of the generated `limits.rs`, and where it stands: after who may call (RL-8).

use super::{By, KEY, Limit, Rate, read, says};
use crate::{
    config::slot,
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Place, Stage, Static},
};

const STEP: &str = "limit";

/// Of the gateway: a step of every endpoint without a limit of its own, and a gate for what has no endpoint. Of an
/// endpoint: its step.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (limit, _) = read(node);
    if limit.all.is_none() && limit.each.is_none() {
        return;
    }
    let rates = says::rates(&limit);
    let shared = says::shared(&limit);
    let Some(endpoint) = to.endpoint else {
        let place = add(
            &limit,
            "RateLimit::new",
            "the gateway",
            "GATEWAY".to_owned(),
            format!("Of the gateway, where an endpoint has no limit of its own: {rates}."),
            to,
        );
        to.gate(
            Stage::Limit,
            place,
            format!(
                "A request that has no route counts in the limit of the gateway, as do routes without one of their own: {rates}; 429 over it.{shared}"
            ),
        );
        to.step_elsewhere(
            KEY,
            Stage::Limit,
            STEP,
            place,
            format!(
                "It counts in the limit of the gateway, which routes without one of their own share: {rates}; 429 over it.{shared}"
            ),
        );
        return;
    };
    let route = format!("{} {}", endpoint.method.as_str(), endpoint.path.text);
    let place = add(
        &limit,
        "RateLimit::new",
        &route,
        to.constant(),
        format!("`{route}`: {rates}."),
        to,
    );
    to.part(place);
    let instead = if to.config.extra(KEY).is_some() {
        ", in the place of the gateway's"
    } else {
        ""
    };
    to.step(
        Stage::Limit,
        STEP,
        Some(place),
        format!("It counts in this route's own limit{instead}: {rates}; 429 over it.{shared}"),
    );
}

/// Of the calls of a backend.
pub fn lower_calls(node: &Node, to: &mut Lowering<'_>) {
    let (limit, _) = read(node);
    let (Some(_), Some(endpoint)) = (limit.all, to.endpoint) else {
        return;
    };
    let route = format!("{} {}", endpoint.method.as_str(), endpoint.path.text);
    let rates = says::rates(&limit);
    let place = add(
        &limit,
        "RateLimit::of_calls",
        &format!("the calls of {route}"),
        format!("CALLS_OF_{}", to.constant()),
        format!("Calls of the backend of `{route}`: {rates}."),
        to,
    );
    to.guard(
        Stage::Limit,
        place,
        format!(
            "Its backend is called {rates}; 429 over it.{}",
            says::shared(&limit)
        ),
    );
}

fn add(
    limit: &Limit,
    constructor: &'static str,
    name: &str,
    constant: String,
    doc: String,
    to: &mut Lowering<'_>,
) -> Place {
    let number = |n: Option<u64>| n.map(Arg::Number);
    let burst = |rate: Rate| number((rate.burst != rate.count).then_some(rate.burst));
    let mut value = Chain::new(constructor, [name.into()]);
    if let Some(rate) = limit.all {
        value = value
            .set("all", [Arg::Number(rate.count), Arg::Duration(rate.window)])
            .maybe("all_burst", burst(rate));
    }
    if let (Some(rate), Some(by)) = (limit.each, &limit.by) {
        let window = Arg::Duration(rate.window);
        value = value
            .set("each", [self::by(by), Arg::Number(rate.count), window])
            .maybe("each_burst", burst(rate))
            .maybe("max_clients", number(limit.max_clients));
    }
    value = value.maybe("store", limit.store.as_ref().map(Arg::from));
    to.texts(&limit.store);
    to.feature("limit");
    if let Some(store) = &limit.store {
        to.feature("limit-shared");
        let scheme = slot::likely(store.written());
        // Where the scheme is a slot's to say, it may be the one with TLS.
        let slotted = slot::find(store.written()).is_some_and(|range| range.start == 0);
        if slotted || scheme.starts_with("rediss:") || scheme.starts_with("valkeys:") {
            to.feature("limit-shared-tls");
        }
    }
    to.add(Static {
        file: "limits",
        name: constant,
        kind: "RateLimit",
        doc,
        value,
    })
}

fn by(by: &By) -> Arg {
    let named = |variant, name: &String| Arg::Call(variant, vec![name.as_str().into()]);
    match by {
        By::Address => Arg::Name("By::Address"),
        By::AddressIn(name) => named("By::AddressIn", name),
        By::Header(name) => named("By::Header", name),
        By::Param(name) => named("By::Param", name),
        By::Claim(name) => named("By::Claim", name),
        By::Credential => Arg::Name("By::Credential"),
    }
}
