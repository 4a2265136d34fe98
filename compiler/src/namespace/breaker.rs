//! `qos/circuit-breaker`: a backend that keeps failing is left alone for a while.

use super::words::text;
use crate::{
    describe::units::{counted, duration},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Stage, Static},
};
use std::time::Duration;

/// This namespace.
pub const KEY: &str = "qos/circuit-breaker";

/// How long it stays open where the config says 0.
const OPEN_FOR: Duration = Duration::from_mins(1);

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// For logs and metrics; `None`: called after what it stands before.
    pub name: Option<String>,
    /// Failures in a row that are borne.
    pub max_errors: u64,
    /// How long they count, from the first on; zero: for ever.
    pub interval: Duration,
    /// From its opening to the first try.
    pub open_for: Duration,
    /// Changes are not logged.
    pub quiet: bool,
}

/// The schema has checked types and ranges. `None`: all zeros, by which the Go engine means that there is none.
pub fn read(node: &Node) -> (Option<Breaker>, Vec<Diagnostic>) {
    let number = |key| node.get(key).and_then(Node::as_u64).unwrap_or_default();
    let breaker = Breaker {
        name: text(node, "name").map(str::to_owned),
        max_errors: number("max_errors"),
        interval: Duration::from_secs(number("interval")),
        open_for: Some(Duration::from_secs(number("timeout")))
            .filter(|time| !time.is_zero())
            .unwrap_or(OPEN_FOR),
        quiet: node.get("log_status_change").and_then(Node::as_bool) == Some(false),
    };
    let zeros = ["interval", "timeout", "max_errors"].map(number) == [0; 3];
    if zeros && breaker.name.is_none() && !breaker.quiet {
        let finding = Diagnostic::new(
            &codes::INERT_NAMESPACE,
            "a circuit breaker of zeros is none, in the old engine too",
            node.start(),
            "does nothing",
        )
        .help("write how many failures are borne, or remove it");
        return (None, vec![finding]);
    }
    let zero = node.get("timeout").filter(|node| node.as_u64() == Some(0));
    let finding = zero.map(|zero| {
        Diagnostic::new(
            &codes::ZERO_DEFAULT,
            "`timeout` of zero counts as none given",
            zero.span,
            "60 seconds are used",
        )
        .help("write for how long the backend is to be left alone")
    });
    (Some(breaker), finding.into_iter().collect())
}

/// A guard of the backend's calls, with a state of its own.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (Some(breaker), Some(endpoint), Some(backend)) = (read(node).0, to.endpoint, to.backend)
    else {
        return;
    };
    let path = backend.is.url_pattern.as_ref();
    let path = path.map_or("/", |path| &path.text);
    let name = breaker
        .name
        .clone()
        .unwrap_or_else(|| format!("{} {path}", backend.upstream));
    let route = format!("{} {}", endpoint.method.as_str(), endpoint.path.text);
    let start = [
        name.as_str().into(),
        route.as_str().into(),
        Arg::Number(breaker.max_errors),
    ];
    let counts = Some(breaker.interval).filter(|time| !time.is_zero());
    let open_for = Some(breaker.open_for).filter(|time| *time != OPEN_FOR);
    let value = Chain::new("Breaker::new", start)
        .maybe("interval", counts.map(Arg::Duration))
        .maybe("open_for", open_for.map(Arg::Duration))
        .flag("quiet", breaker.quiet);
    let place = to.add(Static {
        file: "breakers",
        name: to.constant(),
        kind: "Breaker",
        doc: format!("`{route}`: {name}"),
        value,
    });
    to.guard(Stage::Breaker, place, says(&breaker));
    to.feature("breaker");
}

/// For a person.
fn says(breaker: &Breaker) -> String {
    let row = match breaker.max_errors {
        0 => "a failure".to_owned(),
        n => format!("{} in a row", counted(n + 1, "failure")),
    };
    let within = match breaker.interval {
        time if time.is_zero() || breaker.max_errors == 0 => String::new(),
        time => format!(" within {}", duration(time)),
    };
    let log = if breaker.quiet { " Not logged." } else { "" };
    format!(
        "A circuit breaker of this backend alone: after {row}{within} (an answer of 500 or above, or none) everyone gets a \
         503 with Retry-After for {}, and the backend is not called. Then one request at a time tries it: a success closes \
         the breaker, a failure opens it again.{log}",
        duration(breaker.open_for)
    )
}
