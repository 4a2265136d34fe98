//! What writes, what reads, and who reads where it wrote (HA-6 to HA-10).

use super::{Base, ok, told};
use harness::PATIENCE;
use harness::within;
use serde_json::json;

const FORCED: (&str, &str) = ("X-Base-Writer", "required");

/// Each row is a client of its own, so that none has written before.
#[test]
fn writes_go_to_the_writer_and_reads_to_the_host() {
    let base = Base::start("roles", ok, ok);
    for (n, (line, headers, to)) in [
        ("POST /rows?x=1&y=%2F", &[][..], "a"),
        ("PUT /rows", &[], "a"),
        ("PATCH /rows", &[], "a"),
        ("DELETE /rows", &[], "a"),
        ("GET /rows?x=1", &[], "reader"),
        ("HEAD /rows", &[], ""),
        // HA-6: whatever its method, if the header is let through.
        ("GET /rows", &[FORCED], "a"),
        ("GET /rows", &[("x-base-writer", " REQUIRED ")], "a"),
        ("GET /rows", &[("X-Base-Writer", "preferred")], "reader"),
        ("GET /rows", &[("X-Base-Writer", "")], "reader"),
        ("GET /everything", &[FORCED], "a"),
        ("GET /deaf", &[FORCED], "reader"),
        // What the node sees decides.
        ("GET /touch", &[], "a"),
        // `write_methods` replaces the set.
        ("POST /search", &[], "reader"),
        ("POST /open", &[], "a"),
        // Without a host, the service.
        ("GET /open", &[], "service"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = base.ask(&format!("203.0.113.{n}"), line, headers);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, to),
            "{line} {headers:?}"
        );
    }
    let first = base.a.request(0);
    assert_eq!(first.target, "/api/rows?x=1&y=%2F");
    let authority = base.says.url(super::A);
    assert_eq!(
        first.headers.get("host"),
        authority.strip_prefix("http://"),
        "the node's own name"
    );
    let methods: Vec<String> = base.a.requests().into_iter().map(|r| r.method).collect();
    assert_eq!(
        methods,
        [
            "POST", "PUT", "PATCH", "DELETE", "GET", "GET", "GET", "PUT", "POST"
        ]
    );
    assert_eq!(base.b.count(), 0);
}

/// HA-7, HA-8.
#[test]
fn a_client_reads_where_it_wrote() {
    let base = Base::start("own-writes", ok, ok);
    let read = |from: &str| base.ask(from, "GET /rows", &[]).text();
    assert_eq!(read("203.0.113.1"), "reader");
    assert_eq!(base.ask("203.0.113.1", "POST /rows", &[]).text(), "a");
    assert_eq!(read("203.0.113.1"), "a", "it wrote within the hour");
    assert_eq!(read("203.0.113.1"), "a", "reading changes nothing");
    assert_eq!(read("203.0.113.2"), "reader", "somebody else");
    // The client is who the trusted hops say it is, and not the first one written there.
    assert_eq!(read("203.0.113.1, 203.0.113.2"), "reader");
    assert_eq!(read("203.0.113.2, 203.0.113.1"), "a");
    // Through another endpoint before the same cluster.
    assert_eq!(base.ask("203.0.113.1", "GET /deaf", &[]).text(), "a");
    // A read that its client calls a write.
    assert_eq!(base.ask("203.0.113.3", "GET /rows", &[FORCED]).text(), "a");
    assert_eq!(read("203.0.113.3"), "a");
}

/// HA-7: nobody reads at the writer because somebody else behind the same address wrote.
#[test]
fn organizations_and_users_behind_one_address_are_told_apart() {
    let base = Base::start("organizations", ok, ok);
    let token = |owner: &str, sub: &str| {
        let claims = json!({ "owner": owner, "sub": sub, "exp": 4_102_444_800u64 });
        format!("Bearer {}", base.key.token(&claims))
    };
    let ask = |method: &str, token: &str| {
        base.ask(
            "203.0.113.9",
            &format!("{method} /mine"),
            &[("Authorization", token)],
        )
    };
    let (ann, bob, eve) = (
        token("acme", "ann"),
        token("acme", "bob"),
        token("other", "ann"),
    );
    assert_eq!(ask("POST", &ann).text(), "a");
    for (who, token, to) in [
        ("ann", &ann, "a"),
        ("bob", &bob, "reader"),
        ("eve", &eve, "reader"),
    ] {
        assert_eq!(ask("GET", token).text(), to, "{who}");
    }
    // HA-14: the writer learns who calls; a client's own word for it counts for nothing.
    let said = base.a.request(0).headers;
    assert_eq!(
        (said.get("x-org-id"), said.get("x-user-id")),
        (Some("acme"), Some("ann"))
    );
    let forged = [("X-Org-Id", "acme"), ("X-User-Id", "ann")];
    let answer = base.ask("203.0.113.9", "GET /rows", &forged);
    assert_eq!(answer.text(), "reader");
}

#[test]
fn a_write_is_forgotten_in_time() {
    let base = Base::start("forgotten", ok, ok);
    assert_eq!(base.ask("203.0.113.1", "POST /brief", &[]).text(), "a");
    within(PATIENCE, "a read at the host", || {
        (base.ask("203.0.113.1", "GET /brief", &[]).text() == "reader").then_some(())
    });
    // `0s`: it is never known.
    assert_eq!(base.ask("203.0.113.1", "POST /open", &[]).text(), "a");
    assert_eq!(base.ask("203.0.113.1", "GET /open", &[]).text(), "service");
}

/// HA-8: what was answered < 500 counts.
#[test]
fn what_was_not_written_is_not_read() {
    let base = Base::start(
        "not-written",
        |x, _| {
            x.body();
            let status = match x.method() {
                "POST" => "404 Not Found",
                "PUT" => "500 Internal Server Error",
                _ => "200 OK",
            };
            x.reply(status, &[], b"a");
        },
        ok,
    );
    for (from, line, status, to) in [
        ("203.0.113.1", "POST /rows", 404, "a"),
        ("203.0.113.2", "PUT /rows", 500, "reader"),
    ] {
        assert_eq!(base.ask(from, line, &[]).status, status);
        assert_eq!(base.ask(from, "GET /rows", &[]).text(), to, "after {line}");
    }
}

/// HA-12.
#[test]
fn answers_pass_as_they_are() {
    let base = Base::start(
        "answers",
        |x, _| {
            x.body();
            let headers = [
                ("X-Base-TxSeq", "42"),
                ("Set-Cookie", "a=1"),
                ("Set-Cookie", "b=2"),
                ("ETag", "\"7\""),
            ];
            x.reply("201 Created", &headers, b"{}");
        },
        ok,
    );
    let answer = base.post("POST /rows", &[("Content-Type", "text/plain")], b"row");
    assert_eq!((answer.status, answer.text().as_str()), (201, "{}"));
    assert_eq!(answer.headers.get("x-base-txseq"), Some("42"));
    assert_eq!(answer.headers.all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(answer.headers.get("etag"), Some("\"7\""));
    let request = base.a.request(0);
    assert_eq!(request.body, b"row");
    assert_eq!(request.headers.get("content-type"), Some("text/plain"));
}

/// HA-9, of a write, of a read that is called one, and not of a read.
#[test]
fn without_a_writer_there_is_no_write() {
    let base = Base::with("nobody", ok, ok, |says| says.say("{}"), |launch| launch);
    for (line, headers) in [("POST /rows", &[][..]), ("GET /rows", &[FORCED])] {
        let answer = base.ask("203.0.113.1", line, headers);
        assert_eq!(
            told(&answer),
            (503, json!({ "error": "no_writer" })),
            "{line}"
        );
        assert_eq!(answer.headers.get("retry-after"), Some("1"));
    }
    assert_eq!(base.ask("203.0.113.1", "GET /rows", &[]).text(), "reader");
    assert_eq!(base.counts(), (0, 0));
    base.gateway.line("why, in the access log", |line| {
        line.contains("POST") && line.contains("no writer is known")
    });
}

/// As of any other upstream: a host that cannot be reached has seen nothing.
#[test]
fn a_reader_that_is_away_is_nobodys_503() {
    let base = Base::start("away", ok, ok);
    for n in 0..6 {
        let answer = base.ask("203.0.113.1", "GET /both", &[]);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "reader"),
            "{n}"
        );
    }
    assert_eq!(base.counts(), (0, 0));
}

/// A mock is every node.
#[test]
fn a_mock_leads_itself() {
    let base = Base::with(
        "mock",
        ok,
        ok,
        |says| says.say("{}"),
        |l| l.args(&["--mock"]),
    );
    for line in ["POST /rows", "GET /rows", "GET /open"] {
        let answer = base.ask("203.0.113.1", line, &[]);
        let body = answer.json();
        assert_eq!(answer.status, 200, "{line}: {body}");
    }
    assert_eq!(base.service.count(), 0, "nobody is asked");
}
