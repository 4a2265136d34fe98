//! Who leads: asked, believed, doubted, forgotten (HA-2 to HA-5).

use super::{A, B, Base, Name, ok, told};
use harness::{Launch, PATIENCE, compiler::compiled, gateway::refusing, within};
use serde_json::json;
use std::process::Command;

/// HA-3: the first poll comes before the first client, and its failure is survived.
#[test]
fn a_gateway_starts_without_a_leader_and_finds_one() {
    let base = Base::with(
        "no-leader",
        ok,
        ok,
        |says| says.answer("503 Service Unavailable", ""),
        |launch| launch,
    );
    let first = base.service.request(0);
    assert_eq!(
        (first.method.as_str(), first.target.as_str()),
        ("GET", super::LEADER)
    );
    assert_eq!(base.ask("203.0.113.1", "POST /rows", &[]).status, 503);
    base.gateway.line("a warning", |line| {
        line.contains("base.test:8090: cannot learn who leads: the answer has status 503")
    });
    base.says.lead(B);
    base.follows(B);
    assert_eq!(base.ask("203.0.113.1", "POST /rows", &[]).text(), "b");
    base.gateway.line("its end", |line| {
        line.contains("base.test:8090: back after")
    });
}

/// HA-3: an answer that says nothing, or nothing that can be read, leaves everything as it is.
#[test]
fn what_cannot_be_read_changes_nothing() {
    let base = Base::start("unreadable", ok, ok);
    let long = format!(
        r#"{{"leader_url":"{}","pad":"{}"}}"#,
        base.says.url(B),
        "x".repeat(8192)
    );
    for (status, answer, warning) in [
        ("200 OK", "{}", None),
        ("200 OK", r#"{"leader_url":"","term":99}"#, None),
        ("200 OK", "[]", Some("the answer is no JSON object")),
        (
            "200 OK",
            r#"{"leader_url":"http://b.test/x"}"#,
            Some("`leader_url`: a host has no path"),
        ),
        (
            "200 OK",
            r#"{"leader_url":"http://b.test","term":-1}"#,
            Some("`term` is no whole number"),
        ),
        (
            "200 OK",
            &long,
            Some("the answer is longer than 8192 bytes"),
        ),
        (
            "301 Moved Permanently",
            "",
            Some("the answer has status 301"),
        ),
    ] {
        base.says.answer(status, answer);
        let before = base.polls();
        within(PATIENCE, "two more polls", || {
            (base.polls() >= before + 2).then_some(())
        });
        if let Some(warning) = warning {
            base.gateway.line(warning, |line| line.contains(warning));
        }
        assert_eq!(
            base.ask("203.0.113.1", "POST /rows", &[]).text(),
            "a",
            "{answer:.40}"
        );
    }
}

/// HA-5: a lease that is over is no reason to forget a leader of whom the service still speaks.
#[test]
fn a_writer_is_forgotten_when_its_lease_is_over_and_the_service_is_silent() {
    let base = Base::start("lease", ok, ok);
    let over = json!({ "leader_url": base.says.url(A), "term": 7, "lease_expires": "2020-01-01T00:00:00Z" });
    base.says.say(over);
    let before = base.polls();
    within(PATIENCE, "five polls", || {
        (base.polls() >= before + 5).then_some(())
    });
    // Not at once, for a machine may stand still for longer than the gateway is patient.
    within(PATIENCE, "the writer", || {
        (base.ask("203.0.113.1", "POST /rows", &[]).text() == "a").then_some(())
    });

    base.says.answer("500 Internal Server Error", "");
    let answer = within(PATIENCE, "no writer", || {
        let answer = base.ask("203.0.113.1", "POST /rows", &[]);
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(told(&answer), (503, json!({ "error": "no_writer" })));
    // Whoever wrote a moment ago is not sent to a reader instead.
    assert_eq!(base.ask("203.0.113.1", "GET /rows", &[]).status, 503);
    assert_eq!(base.ask("203.0.113.2", "GET /rows", &[]).text(), "reader");

    base.says.lead(B);
    let text = within(PATIENCE, "a writer", || {
        let answer = base.ask("203.0.113.1", "POST /rows", &[]);
        (answer.status == 200).then(|| answer.text())
    });
    assert_eq!(text, "b");
}

/// A node that has been cut off goes on believing in its leader.
#[test]
fn an_old_term_does_not_come_back() {
    let base = Base::start("terms", ok, ok);
    let told = |node: Name, term: u64| {
        let url = base.says.url(node);
        json!({ "leader_url": url, "term": term }).to_string()
    };
    *base.says.turns.lock().expect("turns") = (vec![told(B, 9), told(A, 8)], 0);
    let asked = || base.says.turns.lock().expect("turns").1;
    let write = || base.ask("203.0.113.1", "POST /open", &[]).text();
    within(PATIENCE, "the new leader", || {
        (write() == "b").then_some(())
    });
    within(PATIENCE, "more of both", || {
        assert_eq!(write(), "b");
        (asked() >= 5).then_some(())
    });
    // Unless nobody speaks of a higher one any more: then the cluster has been set up anew.
    *base.says.turns.lock().expect("turns") = (vec![told(A, 1)], 0);
    within(PATIENCE, "a new cluster", || (write() == "a").then_some(()));
}

/// HA-2, where slots make two services one.
#[test]
fn one_cluster_is_not_watched_in_two_ways() {
    let (code, said) = Launch::golden("ha").env("OPEN_DNS", "base.test").give_up();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("base.test:8090: two blocks differ in `leader_poll_interval`"),
        "{said}"
    );
}

#[test]
fn check_asks_each_cluster() {
    let base = Base::start("check", ok, ok);
    let resolve = |name: &str, to| ["--resolve".to_owned(), format!("{name}={to}")];
    let mut args = vec!["check".to_owned(), "--json".to_owned()];
    args.extend(resolve("base.test:8090", base.service.address));
    args.extend(resolve("brief.test:8090", base.reader.address));
    args.extend(resolve("open.test:8090", refusing()));
    args.extend(resolve("origin.test:8000", base.reader.address));
    let output = Command::new(compiled("ha"))
        .args(&args)
        .current_dir(harness::compiler::target_dir().join("tests/base-ha-check"))
        .output()
        .expect("run the gateway");
    assert_eq!(output.status.code(), Some(1), "two of them have no leader");
    let lines: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("a list of findings");
    let of = |service: &str| {
        let line = lines.iter().find(|line| line["service"] == service);
        line.unwrap_or_else(|| panic!("{service} in {lines:?}"))
    };
    let good = of("base.test:8090");
    assert_eq!((&good["ok"], &good["term"]), (&json!(true), &json!(1)));
    assert_eq!(good["leader"], base.says.url(A));
    for service in ["brief.test:8090", "open.test:8090"] {
        let bad = of(service);
        assert_eq!(bad["ok"], json!(false));
        assert!(
            bad["error"]
                .as_str()
                .is_some_and(|why| why.contains("cannot learn who leads")),
            "{bad}"
        );
    }
}
