//! Nodes that send a request away: followed once, to known nodes, and never passed on (HA-13, BUG-12, BUG-13).

use super::{B, Base, Handler, Name, Node, ok, told};
use harness::Exchange;
use serde_json::json;

fn redirect(x: &mut Exchange, location: &str) {
    x.body();
    let headers = [("Location", location)];
    let headers = if location.is_empty() {
        &[][..]
    } else {
        &headers
    };
    x.reply("307 Temporary Redirect", headers, b"not me");
}

/// To B by the name that it leads under, path and query as they are here or as the node says.
const TO_B: Handler = |x, node| {
    let to = match x.method() {
        "PUT" => node.says.url(B),
        "PATCH" => format!("{}/", node.says.url(B)),
        "DELETE" => format!("{}/other/row?y=2#part", node.says.url(B)),
        _ => format!("{}{}", node.says.url(B), x.target()),
    };
    redirect(x, &to);
};

#[test]
fn a_redirect_to_a_node_that_has_led_is_followed() {
    let base = Base::both("redirect", TO_B, ok);
    for (n, (line, target)) in [
        ("POST /rows?x=1", "/api/rows?x=1"),
        ("PUT /rows", "/api/rows"),
        ("PATCH /rows", "/api/rows"),
        ("DELETE /rows", "/other/row?y=2"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = base.post(line, &[], b"row");
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "b"),
            "{line}"
        );
        let request = base.b.request(n);
        assert_eq!(
            (request.target.as_str(), request.body.as_slice()),
            (target, &b"row"[..])
        );
        assert_eq!(
            request.headers.get("host"),
            base.says.url(B).strip_prefix("http://")
        );
        assert_eq!(base.counts(), (n + 1, n + 1), "{line}");
    }
}

/// 308 means the same.
#[test]
fn a_permanent_redirect_is_one_too() {
    let base = Base::both(
        "permanent",
        |x, node| {
            x.body();
            let to = node.says.url(B);
            x.reply("308 Permanent Redirect", &[("Location", &to)], b"");
        },
        ok,
    );
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "b");
    assert_eq!(base.counts(), (1, 1));
}

/// What is named below the service is a node of it, and the service itself is one.
#[test]
fn names_below_the_service_are_nodes() {
    let base = Base::start(
        "names",
        |x, _| {
            let to = match x.method() {
                "POST" => "http://b.base.test:8090/x",
                _ => "http://base.test:8090/x",
            };
            redirect(x, to);
        },
        ok,
    );
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "b");
    assert_eq!(base.b.request(0).target, "/x");
    assert_eq!(base.post("PUT /rows", &[], b"row").text(), "service");
    assert_eq!(base.at_service()[0].target, "/x");
}

type Location = fn(&Node) -> String;

/// Where a node may not send anybody: to whom, and what that is.
const STRANGERS: [(Location, &str); 8] = [
    (|node| node.says.url(B), "a node that has never led"),
    (|_| "http://base.test:8091/".to_owned(), "another port"),
    (|_| "https://base.test:8090/".to_owned(), "another scheme"),
    (
        |_| "http://evilbase.test:8090/".to_owned(),
        "a name that ends alike",
    ),
    (
        |_| "http://base.test:8090@127.0.0.1/".to_owned(),
        "a user that is a name",
    ),
    (|_| "base.test".to_owned(), "no URL"),
    (|_| "ftp://base.test:8090/".to_owned(), "another protocol"),
    (|_| String::new(), "nowhere"),
];

/// A request has its caller's credentials. Not even if nobody else leads.
#[test]
fn a_redirect_to_a_stranger_is_not_followed() {
    let base = Base::start(
        "stranger",
        |x, node| {
            let to = STRANGERS[x.index].0(node);
            redirect(x, &to);
        },
        ok,
    );
    for (n, (_, what)) in STRANGERS.iter().enumerate() {
        let answer = base.post("POST /rows", &[], b"row");
        let expected = json!({ "error": "writer_unreachable" });
        assert_eq!(told(&answer), (503, expected), "{what}");
        assert_eq!(answer.headers.get("retry-after"), Some("1"));
        assert_eq!(base.counts(), (n + 1, 0), "{what}");
    }
    base.gateway.line("why, in the access log", |line| {
        line.contains("307") && line.contains("no known member")
    });
}

/// It goes to whoever leads next instead.
#[test]
fn a_redirect_to_a_stranger_waits_for_a_leader() {
    let base = Base::start(
        "next",
        |x, node| {
            node.says.lead(B);
            redirect(x, "http://stranger.test/");
        },
        ok,
    );
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "b");
    assert_eq!(base.counts(), (1, 1));
}

/// A path of the node's own is followed to the same node.
#[test]
fn a_redirect_without_a_host_stays() {
    let base = Base::start(
        "relative",
        |x, node| match x.index {
            0 => redirect(x, "/moved?x=1"),
            _ => ok(x, node),
        },
        ok,
    );
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "a");
    assert_eq!(base.a.request(1).target, "/moved?x=1");
}

/// Two nodes that each think that it is the other: 503, after one call each.
#[test]
fn a_second_redirect_is_the_end() {
    let to_a: Handler = |x, node| {
        let to = node.says.url(Name::A);
        redirect(x, &to);
    };
    let base = Base::both("second", TO_B, to_a);
    let answer = base.post("POST /rows", &[], b"row");
    assert_eq!(
        told(&answer),
        (503, json!({ "error": "writer_unreachable" }))
    );
    assert_eq!(base.counts(), (1, 1));
}

/// A reader may think that a read is for the writer. It is nobody's failure, and a read with a body is sent on whole.
#[test]
fn readers_redirect_too() {
    let reader: Handler = |x, node| match x.target() {
        "/api/search" => redirect(x, &node.says.url(Name::A)),
        "/brief" => redirect(x, "http://stranger.test/"),
        _ => {
            x.body();
            x.reply("302 Found", &[("Location", "/elsewhere")], b"");
        }
    };
    let base = Base::of(
        "readers",
        [ok, ok, reader],
        |says| says.lead(Name::A),
        |l| l,
    );
    let answer = base.post("POST /search", &[], b"question");
    assert_eq!((answer.status, answer.text().as_str()), (200, "a"));
    assert_eq!(base.a.request(0).body, b"question");
    // To a stranger: the writer is asked.
    assert_eq!(base.ask("203.0.113.1", "GET /brief", &[]).text(), "a");
    assert_eq!((base.reader.count(), base.a.count()), (2, 2));
    // Other redirects are for the client.
    let answer = base.ask("203.0.113.1", "GET /rows", &[]);
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers.get("location"), Some("/elsewhere"));
}
