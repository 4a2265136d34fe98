//! What stands around a cluster's calls as around any other's: limits count requests, and everything is counted (BUG-19,
//! MET-1).

use super::{B, Base, Handler, ok};
use harness::{PATIENCE, client::get, within};
use std::net::SocketAddr;

const FAILS: Handler = |x, _| {
    x.body();
    x.reply("503 Service Unavailable", &[], b"");
};

#[test]
fn a_limit_counts_requests_and_not_attempts() {
    let base = Base::start("limited", FAILS, ok);
    let statuses = [0; 3].map(|_| base.post("POST /limited", &[], b"row").status);
    assert_eq!(statuses, [503, 503, 429]);
    assert_eq!(base.a.count(), 4);
}

/// The samples of `base.test` and of `open.test`.
struct Scrape(SocketAddr);

impl Scrape {
    fn of(base: &Base) -> Scrape {
        let line = base
            .gateway
            .line("where metrics are", |line| line.contains("/metrics"));
        let (_, rest) = line.split_once("http://").expect("a URL");
        let (address, _) = rest.split_once('/').expect("a path");
        Scrape(address.parse().expect("an address"))
    }

    fn get(&self, name: &str, service: &str) -> u64 {
        let text = get(self.0, "/metrics").text();
        let sample = format!("gateway_base_ha_{name}{{service=\"{service}\"}} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&sample));
        let value = value.unwrap_or_else(|| panic!("no {sample} in\n{text}"));
        value.parse().unwrap_or_else(|_| panic!("{sample}{value}"))
    }
}

#[test]
fn everything_is_counted() {
    const BASE: &str = "base.test:8090";
    let base = Base::start(
        "counts",
        |x, node| {
            x.body();
            match x.method() {
                // B takes it.
                "POST" => {
                    let to = node.says.url(B);
                    x.reply("307 Temporary Redirect", &[("Location", &to)], b"");
                }
                "PUT" => x.reply("500 Internal Server Error", &[], b""),
                _ => x.reply("200 OK", &[], b"a"),
            }
        },
        ok,
    );
    let scrape = Scrape::of(&base);
    let failures = || {
        let get = |name| scrape.get(name, BASE);
        (
            get("writer_failures_total"),
            get("writer_failures_fatal_total"),
            get("no_writer_total"),
        )
    };
    assert_eq!(scrape.get("leader_changes_total", BASE), 1, "the first one");
    assert_eq!(scrape.get("writer_known", BASE), 1);
    for (line, status, counted) in [
        ("DELETE /rows", 200, (0, 0, 0)),
        ("GET /rows", 200, (0, 0, 0)),
        // Twice.
        ("PUT /rows", 500, (1, 1, 0)),
        // To a node that has not led: not taken.
        ("POST /rows", 503, (2, 2, 0)),
    ] {
        assert_eq!(base.ask("203.0.113.1", line, &[]).status, status, "{line}");
        assert_eq!(failures(), counted, "{line}");
    }
    base.says.lead(B);
    base.follows(B);
    assert_eq!(scrape.get("leader_changes_total", BASE), 2);
    base.says.lead(super::A);
    base.follows(super::A);
    assert_eq!(scrape.get("leader_changes_total", BASE), 3);
    // B has led now.
    assert_eq!(base.ask("203.0.113.1", "POST /rows", &[]).status, 200);
    assert_eq!(failures(), (3, 2, 0));

    let errors = scrape.get("leader_poll_errors_total", BASE);
    base.says.answer("500 Internal Server Error", "");
    within(PATIENCE, "errors of polls", || {
        (scrape.get("leader_poll_errors_total", BASE) > errors).then_some(())
    });
    let polls = scrape.get("leader_polls_total", BASE);
    assert!(
        polls > scrape.get("leader_changes_total", BASE) + errors,
        "{polls}"
    );
    assert_eq!(scrape.get("clients_forgotten_total", BASE), 0);

    let nobody = Base::with(
        "counts-nobody",
        ok,
        ok,
        |says| says.say("{}"),
        |launch| launch,
    );
    let scrape = Scrape::of(&nobody);
    assert_eq!(nobody.ask("203.0.113.1", "POST /rows", &[]).status, 503);
    assert_eq!(scrape.get("no_writer_total", BASE), 1);
    assert_eq!(scrape.get("writer_known", BASE), 0);
    assert_eq!(
        scrape.get("leader_poll_errors_total", BASE),
        0,
        "HA-3: no error"
    );
    assert_eq!(scrape.get("no_writer_total", "open.test:8090"), 0);
}
