//! `qos/ratelimit/router` and `qos/ratelimit/proxy`: limits that limit nothing, or something else (reference 10, 11).

use super::{number, text};
use crate::{
    config::duration,
    diagnostic::{Diagnostic, codes},
    json::{Kind, Node},
    source::Span,
};
use std::time::Duration;

/// No shorter window counts in the Go engine (reference 10).
const SHORTEST: Duration = Duration::from_secs(1);

/// Towards the clients.
pub fn router(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if !matches!(node.kind, Kind::Object(_)) {
        return findings;
    }
    for key in ["max_rate", "client_max_rate"] {
        zero(node, key, &mut findings);
    }
    if node.get("max_rate").is_none() && node.get("client_max_rate").is_none() {
        findings.push(nothing(
            node.start(),
            "neither `max_rate` nor `client_max_rate`",
        ));
        return findings;
    }
    strategy(node, &mut findings);
    unreachable(node, &mut findings);
    burst(node, &mut findings);
    short(node, &mut findings);
    findings
}

/// Towards a backend.
pub fn proxy(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    zero(node, "max_rate", &mut findings);
    if matches!(node.kind, Kind::Object(_)) && node.get("max_rate").is_none() {
        findings.push(nothing(node.start(), "no `max_rate`"));
    }
    findings
}

fn nothing(place: Span, why: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::NO_LIMIT,
        "this rate limit limits nothing",
        place,
        why,
    )
    .help("write how many requests are let through, or remove the limit")
}

fn zero(node: &Node, key: &str, findings: &mut Vec<Diagnostic>) {
    if let Some(member) = node
        .member(key)
        .filter(|_| number(node, key).is_some_and(|rate| rate <= 0.0))
    {
        let written = match &member.value.kind {
            Kind::Number(text) => text.as_str(),
            _ => "0",
        };
        let label = if written.starts_with('-') {
            "less than 0 means no limit"
        } else {
            "0 means no limit, not no requests"
        };
        findings.push(nothing(member.value.span, label));
    }
}

fn strategy(node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(client) = node
        .member("client_max_rate")
        .filter(|_| number(node, "client_max_rate").is_some_and(|rate| rate > 0.0))
    else {
        return;
    };
    let Some(strategy) = node.get("strategy") else {
        findings.push(
            Diagnostic::new(&codes::NO_LIMIT, "no client is limited: nothing says what a client is", client.key.span, "counts nobody without `strategy`")
                .note("the old engine warns in its log, and lets everybody through")
                .help("`\"strategy\": \"ip\"` counts by address, `jwt.sub` by the user of a token, `header` and `param` by what `key` names"),
        );
        return;
    };
    // Others need no key, and what is no strategy is the schema's to say.
    let Some(name @ ("header" | "param")) = strategy.as_str() else {
        return;
    };
    if text(node, "key").is_none_or(str::is_empty) {
        findings.push(
            Diagnostic::new(
                &codes::LIMIT_KEY,
                format!("a limit by {name} counts by no {name}"),
                strategy.span,
                "which one?",
            )
            .help(format!("name the {name} in `key`")),
        );
    }
}

/// A window below a second is one here, and the rate of it is what is written.
fn short(node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(every) = node.get("every") else {
        return;
    };
    let window = every.as_str().and_then(|text| duration::parse(text).ok());
    if window.is_some_and(|window| !window.is_zero() && window < SHORTEST) {
        findings.push(
            Diagnostic::new(
                &codes::SHORT_WINDOW,
                "a window shorter than a second is taken at its word; the Go engine makes it a second",
                every.span,
                "as written",
            )
            .help("a second and a rate of so many more say it to both"),
        );
    }
}

/// All clients together get less than one may have.
fn unreachable(node: &Node, findings: &mut Vec<Diagnostic>) {
    let (Some(all), Some(client)) = (number(node, "max_rate"), number(node, "client_max_rate"))
    else {
        return;
    };
    if all > 0.0 && client > all {
        let (Some(one), Some(both)) = (node.get("client_max_rate"), node.get("max_rate")) else {
            return;
        };
        findings.push(
            Diagnostic::new(
                &codes::UNREACHABLE_LIMIT,
                "no client gets to its own limit: the limit of all comes first",
                one.span,
                "of each client",
            )
            .label(both.span, "of all together")
            .help("the two are the wrong way round, or `client_max_rate` can go"),
        );
    }
}

/// The Go engine rescales both rates to a second, and takes the whole number of that as the burst (RL-6): of "100 per
/// minute" one is left. For clients it even looks at the rate of all (reference 10).
fn burst(node: &Node, findings: &mut Vec<Diagnostic>) {
    let window = text(node, "every")
        .and_then(|every| duration::parse(every).ok())
        .unwrap_or(SHORTEST)
        .max(SHORTEST);
    let scaled = |key| number(node, key).unwrap_or(0.0) / window.as_secs_f64();
    let given = |key| number(node, key).is_some_and(|size| size > 0.0);
    let capacity = |rate: f64| {
        if scaled("max_rate") < 1.0 {
            1.0
        } else {
            rate.trunc().max(1.0)
        }
    };
    for (key, size) in [
        ("client_max_rate", "client_capacity"),
        ("max_rate", "capacity"),
    ] {
        if key == "client_max_rate" && node.get("strategy").is_none() {
            continue;
        }
        let rate = number(node, key).unwrap_or(0.0);
        let Some(place) = node.get(key).filter(|_| rate > 1.0 && !given(size)) else {
            continue;
        };
        // Exactly 1.0, by construction.
        if capacity(scaled(key)) < 1.5 {
            let every = text(node, "every").unwrap_or("1s");
            findings.push(
                Diagnostic::new(
                    &codes::BURST_ONE,
                    "as many requests as are written may come at once; the Go engine lets one through at a time",
                    place.span,
                    format!("{rate} per {every}"),
                )
                .note("it turns the rate into one per second, and takes the whole number of that as the burst: a second call right after the first is refused")
                .help(format!("`{size}` says the burst, to both")),
            );
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    /// The codes that a block gets.
    fn codes(text: &str) -> Vec<&'static str> {
        let (root, _) = json::parse(&Source::new("gateway.json", text));
        let findings = router(&root.expect("JSON"));
        findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn bursts_of_one() {
        for (text, expected) in [
            // RL-6: 1.67 a second, of which the whole number is 1.
            (
                r#"{"max_rate":5000,"client_max_rate":100,"strategy":"ip","every":"1m"}"#,
                true,
            ),
            (
                r#"{"max_rate":1000,"client_max_rate":50,"strategy":"ip","every":"1m"}"#,
                true,
            ),
            (
                r#"{"max_rate":5000,"client_max_rate":120,"strategy":"ip","every":"1m"}"#,
                false,
            ),
            (
                r#"{"max_rate":5000,"client_max_rate":100,"strategy":"ip"}"#,
                false,
            ),
            (
                r#"{"max_rate":5000,"client_max_rate":100,"client_capacity":100,"strategy":"ip","every":"1m"}"#,
                false,
            ),
            // One was asked for.
            (
                r#"{"max_rate":5000,"client_max_rate":1,"strategy":"ip"}"#,
                false,
            ),
            // Of clients, the rate of all decides, which is not there (reference 10).
            (r#"{"client_max_rate":10,"strategy":"ip"}"#, true),
            (r#"{"max_rate":5,"every":"10m"}"#, true),
            (r#"{"max_rate":5}"#, false),
            // No shorter window than a second counts.
            (r#"{"max_rate":5,"every":"1ms"}"#, false),
            (r#"{"max_rate":"5","every":"10m"}"#, false),
        ] {
            assert_eq!(codes(text).contains(&"burst-one"), expected, "{text}");
        }
    }

    #[test]
    fn limits_of_nothing() {
        for (text, expected) in [
            ("{}", true),
            (r#"{"max_rate":0}"#, true),
            (r#"{"max_rate":-1}"#, true),
            (r#"{"max_rate":0.5}"#, false),
            (r#"{"client_max_rate":5}"#, true),
            (r#"{"client_max_rate":5,"strategy":"ip"}"#, false),
            ("[]", false),
            ("null", false),
        ] {
            assert_eq!(codes(text).contains(&"no-limit"), expected, "{text}");
        }
    }
}
