//! Traffic of every kind, and the sums that it makes.

use super::{Counting, ended, of_route};
use harness::{Client, Origin, Scrape, gateway::ORIGIN};
use std::time::Duration;

/// Answers with the status that the path asks for: `/users/404`.
fn obedient() -> Origin {
    Origin::start(|x| {
        x.body();
        let (_, last) = x.target().rsplit_once('/').expect("a path");
        match last {
            // Never in time.
            "quick" => {
                x.closed(Duration::from_secs(5));
            }
            "304" => x.begin("304 Not Modified", &[]),
            "early" => {
                x.begin("103 Early Hints", &[("Link", "</a>")]);
                x.reply("200 OK", &[], b"late");
            }
            status if status.parse::<u16>().is_ok() => {
                let line = format!("{status} Status");
                let body: &[u8] = if x.method() == "HEAD" { b"" } else { b"four" };
                x.begin(&line, &[("Content-Length", "4")]);
                x.send(body);
            }
            _ => x.reply("200 OK", &[], b"ok"),
        }
    })
}

/// What is asked for, how often, the status that comes, and what it is counted as.
const TRAFFIC: &[(&str, u64, u16, &str, &str)] = &[
    ("GET /users/200", 3, 200, "GET /users/{id}", "2xx"),
    ("HEAD /users/200", 2, 200, "GET /users/{id}", "2xx"),
    ("GET /users/304", 1, 304, "GET /users/{id}", "3xx"),
    ("GET /users/404", 2, 404, "GET /users/{id}", "4xx"),
    ("GET /users/503", 1, 503, "GET /users/{id}", "5xx"),
    ("POST /users/201", 2, 201, "POST /users/{id}", "2xx"),
    ("GET /all/a/b/early", 1, 200, "GET /all/*", "2xx"),
    ("GET /quick", 1, 504, "GET /quick", "5xx"),
    ("GET /refusing", 2, 502, "GET /refusing", "5xx"),
    ("POST /small", 1, 413, "POST /small", "4xx"),
    ("GET /guarded", 2, 401, "GET /guarded", "4xx"),
    // No route, whatever a stranger invents.
    ("GET /nothing/a", 1, 404, "none none", "4xx"),
    ("GET /nothing/b", 1, 404, "none none", "4xx"),
    ("PURGE /nothing/c", 1, 404, "none none", "4xx"),
    ("DELETE /users/1", 1, 405, "none none", "4xx"),
    ("GET /users/1/", 1, 301, "none none", "3xx"),
    ("GET /users/%2e%2e/1", 1, 400, "none none", "4xx"),
    ("OPTIONS *", 1, 200, "none none", "2xx"),
];

fn send(client: &mut Client, line: &str) -> u16 {
    let method = line.split(' ').next().unwrap_or_default().to_owned();
    if method == "POST" {
        client.post(line, &[], b"twelve bytes");
    } else {
        client.request(line, &[]);
    }
    client.response_to(&method).status
}

fn cores(workers: &str) {
    let origin = obedient();
    let launch = super::launch(&format!("metrics-traffic-{workers}"))
        .args(&["--workers", workers])
        .resolve(ORIGIN, origin.address);
    let counting = Counting::launch(launch);
    for (line, times, status, ..) in TRAFFIC {
        for _ in 0..*times {
            // Each on a connection of its own: they are spread over the cores.
            let mut client = counting.client();
            assert_eq!(send(&mut client, line), *status, "{line}");
        }
    }
    let mut bot = counting.client();
    bot.request("GET /users/200", &[("User-Agent", "bad-bot")]);
    assert_eq!(bot.response().status, 403);
    // What comes before routes, and before gates, is no request of theirs.
    for probe in ["/healthz", "/readyz", "/__health"] {
        assert_eq!(counting.gateway.get(probe).status, 200);
    }
    let scrape = counting.settled();
    adds_up(&scrape);
    let elsewhere = 1;
    assert_eq!(
        ended(&scrape, "none none", "4xx"),
        5 + elsewhere,
        "with the bot"
    );
}

/// Bytes of an answer of the gateway's own.
const OWN: u64 = u64::MAX;

fn adds_up(scrape: &Scrape) {
    let mut expected = std::collections::BTreeMap::new();
    for (_, times, _, endpoint, status) in TRAFFIC {
        *expected.entry((*endpoint, *status)).or_insert(0) += times;
    }
    *expected.get_mut(&("none none", "4xx")).expect("some") += 1;
    for ((endpoint, status), count) in &expected {
        assert_eq!(
            ended(scrape, endpoint, status),
            *count,
            "{endpoint} {status}"
        );
    }
    let all: u64 = expected.values().sum();
    assert_eq!(
        scrape.sum("gateway_requests_total", &[]),
        all,
        "nothing else"
    );
    assert_eq!(
        scrape.sum("gateway_request_duration_seconds_count", &[]),
        all,
        "each has a duration"
    );
    let routes: Vec<_> = scrape
        .values_of("gateway_requests_total", "route")
        .into_iter()
        .collect();
    assert_eq!(
        routes,
        [
            "/all/*",
            "/guarded",
            "/quick",
            "/refusing",
            "/small",
            "/users/{id}",
            "none"
        ],
        "one of each, and none of those that nobody asked for"
    );
    for (endpoint, first_bytes, bytes_in, bytes_out) in [
        // HEAD and 304 have no body.
        ("GET /users/{id}", 9, 0, 4 * 6),
        ("POST /users/{id}", 2, 24, 8),
        ("GET /all/*", 1, 0, 4),
        // Nobody answered.
        ("GET /quick", 0, 0, OWN),
        ("GET /refusing", 0, 0, OWN),
        ("POST /small", 0, 0, OWN),
    ] {
        let of = |name| of_route(scrape, name, endpoint);
        assert_eq!(
            of("gateway_first_byte_seconds_count"),
            first_bytes,
            "{endpoint}"
        );
        assert_eq!(of("gateway_request_bytes_total"), bytes_in, "{endpoint}");
        let sent = of("gateway_response_bytes_total");
        let own_answer = bytes_out == OWN && sent > 0;
        assert!(own_answer || sent == bytes_out, "{endpoint}: {sent}");
    }
    let quick = [("method", "GET"), ("route", "/quick")];
    let quick = scrape.value("gateway_request_duration_seconds_sum", &quick);
    assert!(quick >= Some(0.4), "it waited for its timeout: {quick:?}");
}

#[test]
fn known_traffic_adds_up_on_one_core() {
    cores("1");
}

#[test]
fn known_traffic_adds_up_over_several_cores() {
    cores("3");
}

/// Two clients at once are on two cores, each with connections of its own to the origin.
#[test]
fn cores_are_merged() {
    let origin = Origin::ok();
    let launch = super::launch("metrics-merged")
        .args(&["--workers", "2"])
        .resolve(ORIGIN, origin.address);
    let counting = Counting::launch(launch);
    let mut clients = [counting.client(), counting.client()];
    for _ in 0..5 {
        for client in &mut clients {
            assert_eq!(send(client, "GET /users/1"), 200);
        }
    }
    let scrape = counting.settled();
    assert_eq!(origin.connections(), 2, "one from each core");
    assert_eq!(ended(&scrape, "GET /users/{id}", "2xx"), 10);
    let host = [("host", "http://origin.test:8000")];
    let of = |name| scrape.count(name, &host);
    assert_eq!(of("gateway_upstream_connections_opened_total"), Some(2));
    assert_eq!(of("gateway_upstream_connections_reused_total"), Some(8));
    assert_eq!(scrape.count("gateway_connections_open", &[]), Some(2));
    assert_eq!(scrape.count("gateway_connections_total", &[]), Some(2));
}

#[test]
fn pools_are_told() {
    let origin = Origin::ok();
    let launch = super::launch("metrics-pools")
        .one_worker()
        .resolve(ORIGIN, origin.address);
    let counting = Counting::launch(launch);
    let mut client = counting.client();
    for _ in 0..3 {
        assert_eq!(send(&mut client, "GET /users/1"), 200);
    }
    assert_eq!(send(&mut client, "GET /refusing"), 502);
    let scrape = counting.settled();
    for (name, host, label, expected) in [
        ("connections_opened_total", "origin", None, 1),
        ("connections_reused_total", "origin", None, 2),
        ("connections", "origin", Some(("state", "idle")), 1),
        ("connections", "origin", Some(("state", "busy")), 0),
        ("responses_total", "origin", Some(("status", "2xx")), 3),
        ("failures_total", "origin", Some(("reason", "connect")), 0),
        ("connections_opened_total", "refusing", None, 0),
        ("connections", "refusing", Some(("state", "idle")), 0),
        ("responses_total", "refusing", Some(("status", "2xx")), 0),
        ("failures_total", "refusing", Some(("reason", "connect")), 1),
    ] {
        let host = format!("http://{host}.test:8000");
        let mut labels = vec![("host", host.as_str())];
        labels.extend(label);
        let value = scrape.count(&format!("gateway_upstream_{name}"), &labels);
        assert_eq!(value, Some(expected), "{name} {labels:?}");
    }
}

/// What a host did, whatever became of the request: it broke off, fell silent, or was no HTTP.
#[test]
fn failures_have_reasons() {
    let origin = Origin::start(|x| match x.target() {
        "/closes" => x.close(),
        "/lies" => x.send("SMTP ready\r\n\r\n"),
        _ => {
            x.closed(Duration::from_secs(5));
        }
    });
    let counting = Counting::start("metrics-reasons", &origin);
    for (target, status) in [("/all/closes", 502), ("/all/lies", 502), ("/quick", 504)] {
        assert_eq!(counting.gateway.get(target).status, status, "{target}");
    }
    let scrape = counting.settled();
    for (reason, expected) in [("connect", 0), ("exchange", 2), ("silent", 1)] {
        let labels = [("host", "http://origin.test:8000"), ("reason", reason)];
        let count = scrape.count("gateway_upstream_failures_total", &labels);
        assert_eq!(count, Some(expected), "{reason}");
    }
}
