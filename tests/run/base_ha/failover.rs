//! A writer that fails: one more attempt at whoever leads then, where that is safe (HA-11, BUG-11).

use super::{A, B, Base, Handler, ok, told};
use harness::{Launch, PATIENCE, gateway::refusing, within};
use serde_json::{Value, json};

/// Fails, and leaves the lead to B.
const STEPS_DOWN: Handler = |x, node| {
    x.body();
    node.says.lead(B);
    x.reply("503 Service Unavailable", &[("X-From", "a")], b"not me");
};

/// Takes the request and dies without a word, and B leads.
const DIES: Handler = |x, node| {
    x.body();
    node.says.lead(B);
    x.close();
};

/// The same, but keeps silent, until the gateway leaves.
const HANGS: Handler = |x, node| {
    x.body();
    node.says.lead(B);
    x.closed(PATIENCE);
};

/// HA-14: one call each, and the client sees nothing of it.
#[test]
fn a_writer_that_steps_down_is_asked_once() {
    let base = Base::start("steps-down", STEPS_DOWN, ok);
    let answer = base.post("POST /rows?x=1", &[("Content-Type", "text/plain")], b"row");
    assert_eq!((answer.status, answer.text().as_str()), (200, "b"));
    assert!(!answer.headers.has("x-from"), "nothing of the first answer");
    assert_eq!(base.counts(), (1, 1));
    let (first, second) = (base.a.request(0), base.b.request(0));
    assert_eq!(
        (&second.method, &second.target, &second.body),
        (&first.method, &first.target, &first.body),
        "the same request"
    );
    assert_eq!(second.headers.get("content-length"), Some("3"));
    assert_eq!(second.headers.get("content-type"), Some("text/plain"));
    let id =
        |request: &harness::origin::Request| request.headers.get("x-request-id").map(str::to_owned);
    assert_eq!(id(&first), id(&second));
    // From now on it is known.
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "b");
    assert_eq!(base.counts(), (1, 2));
}

/// A read that is pinned fails over as a write does; another does not (HA-11).
#[test]
fn pinned_reads_fail_over_too() {
    let base = Base::start(
        "pinned-reads",
        |x, node| match x.method() {
            "GET" => STEPS_DOWN(x, node),
            _ => ok(x, node),
        },
        ok,
    );
    assert_eq!(base.ask("203.0.113.1", "POST /rows", &[]).text(), "a");
    assert_eq!(base.ask("203.0.113.1", "GET /rows", &[]).text(), "b");
    assert_eq!(base.counts(), (2, 1));
}

/// HA-14: two calls, and the second answer as it is. 4xx is an answer.
#[test]
fn a_writer_that_stays_is_asked_twice() {
    let base = Base::start(
        "stays",
        |x, _| {
            x.body();
            let status = match x.method() {
                "POST" => "500 Internal Server Error",
                "PUT" => "507 Insufficient Storage",
                "PATCH" => "409 Conflict",
                _ => "499 Whatever",
            };
            let body = format!("attempt {}", x.index);
            x.reply(status, &[("X-Why", "disk")], body.as_bytes());
        },
        ok,
    );
    let mut calls = 0;
    for (line, status, attempts) in [
        ("POST /rows", 500, 2),
        ("PUT /rows", 507, 2),
        ("PATCH /rows", 409, 1),
        ("DELETE /rows", 499, 1),
    ] {
        let answer = base.ask("203.0.113.1", line, &[]);
        calls += attempts;
        assert_eq!((answer.status, base.a.count()), (status, calls), "{line}");
        assert_eq!(
            answer.text(),
            format!("attempt {}", calls - 1),
            "the last answer"
        );
        assert_eq!(answer.headers.get("x-why"), Some("disk"));
    }
    assert_eq!(base.b.count(), 0);
}

const UNSURE: &str = "the writer gave no answer; the request may have been carried out";

/// BUG-11: what may have been carried out is sent again only if that is declared to be safe.
#[test]
fn nothing_is_carried_out_twice_that_must_not_be() {
    const KEY: (&str, &str) = ("Idempotency-Key", "7");
    for (n, (handler, line, headers, to)) in [
        (DIES, "POST /rows", &[][..], None),
        (DIES, "PATCH /rows", &[], None),
        (DIES, "PUT /rows", &[], Some("b")),
        (DIES, "DELETE /rows", &[], Some("b")),
        (
            DIES,
            "GET /rows",
            &[("X-Base-Writer", "required")],
            Some("b"),
        ),
        (DIES, "POST /keyed", &[KEY], Some("b")),
        (DIES, "POST /keyed", &[], None),
        // The node would not see it.
        (DIES, "POST /rows", &[KEY], None),
        (HANGS, "POST /quick", &[], None),
        (HANGS, "PUT /quick", &[], Some("b")),
    ]
    .into_iter()
    .enumerate()
    {
        let base = Base::start(&format!("twice-{n}"), handler, ok);
        let answer = base.post(line, headers, b"row");
        if let Some(to) = to {
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (200, to),
                "{n}: {line}"
            );
            assert_eq!(base.counts(), (1, 1), "{n}: {line}");
        } else {
            let expected = json!({ "error": "writer_unreachable", "message": UNSURE });
            assert_eq!(told(&answer), (503, expected), "{n}: {line}");
            assert!(
                !answer.headers.has("retry-after"),
                "nobody asks for it again"
            );
            assert_eq!(base.counts(), (1, 0), "{n}: {line}");
        }
    }
}

/// Both attempts fail without an answer.
#[test]
fn two_attempts_are_all() {
    let base = Base::start("all", DIES, |x, _| x.close());
    let answer = base.ask("203.0.113.1", "PUT /rows", &[]);
    let expected = json!({ "error": "writer_unreachable", "message": UNSURE });
    assert_eq!(told(&answer), (503, expected));
    assert_eq!(base.counts(), (1, 1));
    base.gateway.line("both, in the access log", |line| {
        line.contains("PUT") && line.contains("; then 127.0.0.1:")
    });
}

fn leads(at: impl std::fmt::Display) -> Value {
    json!({ "leader_url": format!("http://{at}"), "term": 0 })
}

/// HA-14: no byte has arrived, so that even a POST is sent on, as soon as there is a writer.
#[test]
fn a_writer_that_is_gone_is_waited_out() {
    let dead = leads(refusing());
    let base = Base::with("gone", ok, ok, |says| says.say(dead), |launch| launch);
    let mut client = base.client();
    let before = base.polls();
    client.post("POST /open", &[], b"row");
    // Somebody waits: it is asked more often than once in a second.
    within(PATIENCE, "two more polls", || {
        (base.polls() >= before + 2).then_some(())
    });
    base.says.lead(B);
    let answer = client.response();
    assert_eq!((answer.status, answer.text().as_str()), (200, "b"));
    assert_eq!(base.b.request(0).body, b"row");
}

/// Nor is it anybody's fault when there is none.
#[test]
fn a_writer_that_nobody_follows_is_unreachable() {
    let dead = leads(refusing());
    let base = Base::with(
        "unreachable",
        ok,
        ok,
        |says| says.say(dead),
        |launch| launch,
    );
    let answer = base.post("POST /rows", &[], b"row");
    assert_eq!(
        told(&answer),
        (503, json!({ "error": "writer_unreachable" }))
    );
    assert_eq!(answer.headers.get("retry-after"), Some("1"));
    base.gateway.line("why, in the access log", |line| {
        line.contains("POST") && line.contains("cannot connect") && line.contains("; then")
    });
    assert_eq!(base.counts(), (0, 0));
}

/// HA-11: the wait ends with nobody, for what was known is over.
#[test]
fn a_lease_may_end_while_somebody_waits() {
    let base = Base::start(
        "lease-ends",
        |x, node| {
            x.body();
            node.says.answer("500 Internal Server Error", "");
            x.reply("503 Service Unavailable", &[], b"");
        },
        ok,
    );
    let over = json!({ "leader_url": base.says.url(A), "term": 1, "lease_expires": "2020-01-01T00:00:00Z" });
    base.says.say(over);
    let before = base.polls();
    within(PATIENCE, "two more polls", || {
        (base.polls() >= before + 2).then_some(())
    });
    // The first write fails and finds no other node; sooner or later the leader is forgotten, by this request or the next.
    let answer = within(PATIENCE, "nobody", || {
        let answer = base.ask("203.0.113.1", "POST /rows", &[]);
        (answer.status == 503 && !answer.body.is_empty()).then_some(answer)
    });
    let error = answer.json()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        ["no_writer", "writer_unreachable"].contains(&error.as_str()),
        "{error}"
    );
}

/// A thousand requests that fail together are no thousand polls.
#[test]
fn failures_do_not_flood_the_service() {
    let base = Base::with(
        "flood",
        |x, _| {
            x.body();
            x.reply("503 Service Unavailable", &[], b"");
        },
        ok,
        |says| says.lead(A),
        Launch::one_worker,
    );
    let polls = || {
        let mut polls = base.service.requests();
        polls.retain(|poll| poll.headers.get("host") == Some("open.test:8090"));
        polls.len()
    };
    let before = polls();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                assert_eq!(base.ask("203.0.113.1", "POST /open", &[]).status, 503);
            });
        }
    });
    assert_eq!(base.a.count(), 100);
    let polls = polls() - before;
    assert!(polls < 50, "{polls} polls for 50 failures");
}
