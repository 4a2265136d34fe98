//! `qos/ratelimit/router` and `qos/ratelimit/proxy`: how many requests get through (RL-1..8).
//!
//! `ratelimit/lower.rs` makes statics and steps of them, `ratelimit/says.rs` words. What is surprising about a value is in
//! `surprises`, what depends on the endpoint around it in `check/limits.rs`.

mod lower;
mod says;

pub use lower::{lower, lower_calls};

use super::words::{inert, text};
use crate::{
    config::{duration, slot},
    diagnostic::{Diagnostic, codes},
    json::{Kind, Node},
    plan::Text,
};
use std::time::Duration;

/// As it stands in a config.
pub const KEY: &str = "qos/ratelimit/router";

/// The window of a limit that says none (RL-2).
const EVERY: Duration = Duration::from_secs(1);
/// What the runtime remembers by itself.
const MAX_CLIENTS: u64 = 262_144;
/// An empty bucket that takes longer than that to fill cannot be counted.
const LONGEST: f64 = 100.0 * 365.0 * 24.0 * 3600.0;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limit {
    /// Of all clients together.
    pub all: Option<Rate>,
    /// Of one client. Only where `by` says what that is.
    pub each: Option<Rate>,
    /// What a client is.
    pub by: Option<By>,
    /// `None`: the runtime's documented default.
    pub max_clients: Option<u64>,
    /// `None`: not shared.
    pub store: Option<Text>,
}

/// So many requests in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In each window.
    pub count: u64,
    /// The window.
    pub window: Duration,
    /// At once.
    pub burst: u64,
}

/// What clients are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Their address.
    Address,
    /// The address that this header says.
    AddressIn(String),
    /// A header.
    Header(String),
    /// A placeholder of the path.
    Param(String),
    /// A claim of a token that was checked.
    Claim(String),
    /// The key or token itself.
    Credential,
}

impl By {
    /// `None`: nothing says it, or the schema has said what is wrong.
    pub fn of(node: &Node) -> Option<By> {
        let key = text(node, "key").map(str::to_owned);
        Some(match node.get("strategy")?.as_str()? {
            "ip" => key.map_or(By::Address, |name| By::AddressIn(name.to_ascii_lowercase())),
            "header" => By::Header(key?.to_ascii_lowercase()),
            "param" => match key?.strip_prefix("JWT.") {
                Some(claim) => By::Claim(claim.to_owned()),
                None => By::Param(text(node, "key")?.to_owned()),
            },
            "jwt.sub" => By::Claim("sub".to_owned()),
            "jwt.owner" => By::Claim("owner".to_owned()),
            "api_key" => By::Credential,
            _ => return None,
        })
    }
}

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Limit, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let every = every(node, &mut findings);
    let mut rate = |rate, capacity| self::rate(node, rate, capacity, every, &mut findings);
    let (all, each) = (
        rate("max_rate", "capacity"),
        rate("client_max_rate", "client_capacity"),
    );
    let by = By::of(node);
    let limit = Limit {
        all,
        each: each.filter(|_| by.is_some()),
        by,
        max_clients: (node.get("max_clients").and_then(Node::as_u64)).filter(|n| *n != MAX_CLIENTS),
        store: node
            .get("store")
            .and_then(|store| self::store(store, &mut findings)),
    };
    findings.extend(idle(node, every == EVERY));
    (limit, findings)
}

/// What does nothing beside what else there is.
fn idle(node: &Node, usual_window: bool) -> Vec<Diagnostic> {
    const NO_ALL: &str = "there is no `max_rate`";
    const NO_EACH: &str = "there is no `client_max_rate`";
    const NO_CLIENT: &str = "without `strategy` no client is limited";
    let mut findings = Vec::new();
    let mut without = |key: &str, is_idle: bool, why: &str| {
        let default = ["capacity", "client_capacity"].contains(&key).then_some(0);
        let default = default.or((key == "max_clients").then_some(MAX_CLIENTS));
        let says = node.get(key).and_then(Node::as_u64);
        if is_idle && (says.is_none() || says != default) {
            findings.extend(inert(node, key, why, "remove the key"));
        }
    };
    let above_zero = |key| number(node, key).is_some_and(|rate| rate > 0.0);
    let (all, each) = (above_zero("max_rate"), above_zero("client_max_rate"));
    let strategy = node.get("strategy").and_then(Node::as_str);
    let counted = each && strategy.is_some();
    let why = if each { NO_CLIENT } else { NO_EACH };
    without("capacity", !all, NO_ALL);
    without("client_capacity", !counted, why);
    without("max_clients", !counted, why);
    without("strategy", !each, NO_EACH);
    match strategy {
        Some("jwt.sub" | "jwt.owner" | "api_key") => {
            without("key", true, "this strategy needs none");
        }
        _ => without("key", !counted, why),
    }
    without(
        "every",
        !all && !counted && !usual_window,
        "nothing is limited",
    );
    without("store", !all && !counted, "nothing is limited");
    findings
}

fn every(node: &Node, findings: &mut Vec<Diagnostic>) -> Duration {
    let Some(member) = node.get("every") else {
        return EVERY;
    };
    let Some(every) = duration::read(member, findings) else {
        return EVERY;
    };
    if every.is_zero() {
        findings.push(
            Diagnostic::new(&codes::BAD_DURATION, "a window of no time", member.span, "")
                .help("for example \"1m\""),
        );
        return EVERY;
    }
    every
}

/// A rate that is there and above zero. One that is no whole number is a whole one in another window.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the schema keeps rates within 32 bits, and windows are below ten years"
)]
fn rate(
    node: &Node,
    key: &str,
    capacity: &str,
    every: Duration,
    findings: &mut Vec<Diagnostic>,
) -> Option<Rate> {
    let rate = number(node, key).filter(|rate| *rate > 0.0)?;
    let place = node.get(key)?.span;
    let mut nothing = |why: &str, place| {
        let message = format!("this rate limit limits nothing: {why}");
        findings.push(
            Diagnostic::new(&codes::NO_LIMIT, message, place, "")
                .help("write how many requests are let through, or remove the limit"),
        );
    };
    let interval = every.as_secs_f64() / rate;
    if interval < 1e-9 {
        nothing("more than one request in a nanosecond", place);
        return None;
    }
    let given = node.get(capacity).and_then(Node::as_u64).filter(|n| *n > 0);
    // RL-6: as many as the window has.
    let burst = given.unwrap_or((rate as u64).max(1));
    if interval * burst as f64 > LONGEST {
        let place = node.get(capacity).map_or(place, |capacity| capacity.span);
        nothing(
            "so many at once that it takes more than a century to fill up again",
            place,
        );
        return None;
    }
    Some(if rate.fract() == 0.0 {
        Rate {
            count: rate as u64,
            window: every,
            burst,
        }
    } else {
        Rate {
            count: 1,
            window: Duration::from_nanos((interval * 1e9).round() as u64),
            burst,
        }
    })
}

/// `redis://user:password@host:6379/0`, in which anything may be a slot.
fn store(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Text> {
    let text = slot::something(node, findings)?;
    let likely = slot::likely(text.written());
    let wrong = match likely.split_once("://") {
        // All of it may be a slot.
        None if slot::find(text.written()).is_some_and(|range| range.start == 0) => None,
        Some(("redis" | "rediss" | "valkey" | "valkeys", rest)) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            (host.is_empty() || host.starts_with(':')).then_some("it names no host")
        }
        Some((scheme, _)) if slot::find(text.written()).is_some_and(|range| range.start == 0) => {
            // A default that says the scheme.
            (!scheme.starts_with("redis") && !scheme.starts_with("valkey"))
                .then_some("its scheme is no Redis server's")
        }
        _ => Some("its scheme is no Redis server's"),
    };
    if let Some(why) = wrong {
        let message = format!("this is not the URL of a store: {why}");
        findings.push(
            Diagnostic::new(&codes::BAD_URL, message, node.span, "")
                .help("`redis://host:6379`, or `rediss://` with TLS; Valkey speaks the same"),
        );
    }
    Some(text.of(crate::plan::Kind::Secret))
}

/// Rates may be fractions.
fn number(node: &Node, key: &str) -> Option<f64> {
    match &node.get(key)?.kind {
        Kind::Number(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    #[test]
    fn rates() {
        let of = |text: &str| {
            let (root, _) = json::parse(&Source::new("gateway.json", text));
            let (limit, findings) = read(&root.expect("JSON"));
            let rate = limit.all.map(|r| (r.count, r.window.as_millis(), r.burst));
            (rate, findings.len())
        };
        for (text, rate, findings) in [
            (
                r#"{"max_rate":100,"every":"1m"}"#,
                Some((100, 60_000, 100)),
                0,
            ),
            (r#"{"max_rate":100}"#, Some((100, 1_000, 100)), 0),
            (r#"{"max_rate":100,"capacity":7}"#, Some((100, 1_000, 7)), 0),
            (
                r#"{"max_rate":100,"capacity":0}"#,
                Some((100, 1_000, 100)),
                0,
            ),
            (r#"{"max_rate":0.5}"#, Some((1, 2_000, 1)), 0),
            (r#"{"max_rate":2.5,"every":"1s"}"#, Some((1, 400, 2)), 0),
            (r#"{"max_rate":5,"every":"100ms"}"#, Some((5, 100, 5)), 0),
            (r#"{"max_rate":0}"#, None, 0),
            (r#"{"max_rate":-1}"#, None, 0),
            (r#"{"max_rate":2000000000}"#, None, 1),
            (r#"{"max_rate":1,"every":"0s"}"#, Some((1, 1_000, 1)), 1),
            (
                r#"{"max_rate":1,"every":"10h","capacity":4294967295}"#,
                None,
                1,
            ),
            (r#"{"every":"1m"}"#, None, 1),
            (
                r#"{"max_rate":1,"client_capacity":3}"#,
                Some((1, 1_000, 1)),
                1,
            ),
        ] {
            assert_eq!(of(text), (rate, findings), "{text}");
        }
    }

    #[test]
    fn stores() {
        for (text, sound) in [
            ("redis://redis:6379", true),
            ("rediss://:secret@redis/3", true),
            ("valkey://valkey", true),
            ("${env:STORE}", true),
            ("redis://${env:HOST}:${env:PORT:-6379}", true),
            ("http://redis:6379", false),
            ("redis:6379", false),
            ("redis://", false),
            ("redis://:6379", false),
        ] {
            let text = format!(r#"{{"max_rate":1,"store":"{text}"}}"#);
            let (root, _) = json::parse(&Source::new("gateway.json", text.as_str()));
            let (_, findings) = read(&root.expect("JSON"));
            assert_eq!(findings.is_empty(), sound, "{text}: {findings:?}");
        }
    }

    #[test]
    fn the_runtime_has_the_same() {
        let runtime = include_str!("../../../runtime/src/limit.rs");
        let line = format!("max_clients: 1 << {},", MAX_CLIENTS.trailing_zeros());
        assert!(
            runtime.contains(&line),
            "runtime/src/limit.rs has no `{line}`"
        );
    }
}
