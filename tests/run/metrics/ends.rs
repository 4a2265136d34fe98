//! The ways in which a request ends other than by a whole answer, and those that take long to end.

use super::{Counting, ended, of_route};
use harness::{Client, Exchange, Origin, PATIENCE, Scrape, within};
use std::{sync::mpsc, time::Duration};

const WEBSOCKET: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// What an endpoint has counted: how its requests ended, and how many have not.
fn told(scrape: &Scrape, endpoint: &str) -> ([u64; 4], u64) {
    let ends = ["1xx", "2xx", "cancelled", "broken"];
    let in_flight = of_route(scrape, "gateway_requests_in_flight", endpoint);
    (ends.map(|end| ended(scrape, endpoint, end)), in_flight)
}

fn expect(counting: &Counting, endpoint: &str, expected: ([u64; 4], u64)) -> Scrape {
    let scrape = within(PATIENCE, &format!("{endpoint} at {expected:?}"), || {
        let scrape = counting.scrape();
        (told(&scrape, endpoint) == expected).then_some(scrape)
    });
    let [one, two, cancelled, broken] = expected.0;
    let durations = of_route(&scrape, "gateway_request_duration_seconds_count", endpoint);
    assert_eq!(durations, one + two + cancelled + broken);
    scrape
}

/// An origin that does `begin`, says so, and then waits for the end of its connection.
fn waiting(begin: impl Fn(&mut Exchange) + Send + Sync + 'static) -> (Origin, mpsc::Receiver<()>) {
    let (ready, at_point) = mpsc::channel();
    let origin = Origin::start(move |x| {
        begin(x);
        ready.send(()).expect("the test waits");
        x.closed(PATIENCE);
    });
    (origin, at_point)
}

#[test]
fn a_client_that_leaves_is_cancelled() {
    type Phase = fn(&mut Exchange);
    let phases: [(&str, Phase, u64); 3] = [
        ("before the answer", |_| {}, 0),
        ("behind its head", |x| x.begin_stream(), 0),
        (
            "in the middle",
            |x| {
                x.begin_stream();
                x.chunk(b"data: 1\n\n");
            },
            9,
        ),
    ];
    for (phase, begin, bytes) in phases {
        let (origin, at_point) = waiting(begin);
        let counting = Counting::start("metrics-cancelled", &origin);
        let mut client = counting.client();
        client.request("GET /all/stream", &[]);
        at_point
            .recv_timeout(PATIENCE)
            .expect("the origin gets there");
        if bytes > 0 {
            assert_eq!(client.head().status(), 200);
            client.chunk();
        }
        expect(&counting, "GET /all/*", ([0; 4], 1));
        drop(client);
        let scrape = expect(&counting, "GET /all/*", ([0, 0, 1, 0], 0));
        let sent = of_route(&scrape, "gateway_response_bytes_total", "GET /all/*");
        assert_eq!(sent, bytes, "{phase}");
    }
}

/// A request body that never ends, and its client leaves.
#[test]
fn an_upload_that_is_given_up_is_cancelled() {
    let (origin, at_point) = waiting(|x| {
        let mut got = 0;
        while got < 5 {
            got += x.wire.some().expect("the first piece").len();
        }
    });
    let counting = Counting::start("metrics-upload", &origin);
    let mut client = counting.client();
    client.send("POST /users/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nfirst");
    at_point
        .recv_timeout(PATIENCE)
        .expect("the origin gets there");
    drop(client);
    let scrape = expect(&counting, "POST /users/{id}", ([0, 0, 1, 0], 0));
    let taken = of_route(&scrape, "gateway_request_bytes_total", "POST /users/{id}");
    assert_eq!(taken, 5);
}

#[test]
fn what_breaks_off_is_broken() {
    let origin = Origin::start(|x| {
        x.begin("200 OK", &[("Content-Length", "10")]);
        x.send("half");
        match x.target() {
            "/quick" => {
                x.closed(Duration::from_secs(5));
            }
            _ => x.close(),
        }
    });
    let counting = Counting::start("metrics-broken", &origin);
    // The one is closed by its upstream, the other falls silent.
    for (target, endpoint) in [("/all/x", "GET /all/*"), ("/quick", "GET /quick")] {
        let answer = counting.gateway.get(target);
        assert_eq!((answer.status, answer.end), (200, harness::End::CutShort));
        let scrape = expect(&counting, endpoint, ([0, 0, 0, 1], 0));
        let first = of_route(&scrape, "gateway_first_byte_seconds_count", endpoint);
        let bytes = of_route(&scrape, "gateway_response_bytes_total", endpoint);
        assert_eq!((first, bytes), (1, 4), "{target}");
    }
}

#[test]
fn a_stream_is_in_flight_until_it_ends() {
    let (go_on, to_go_on) = mpsc::channel();
    let to_go_on = std::sync::Mutex::new(to_go_on);
    let origin = Origin::start(move |x| {
        x.begin_stream();
        x.chunk(b"data: 1\n\n");
        let go_on = to_go_on.lock().expect("one request at a time");
        go_on.recv_timeout(PATIENCE).expect("the test goes on");
        x.end_stream();
    });
    let counting = Counting::start("metrics-stream", &origin);
    let mut client = counting.client();
    client.request("GET /all/events", &[]);
    assert_eq!(client.head().status(), 200);
    client.chunk();
    let scrape = expect(&counting, "GET /all/*", ([0; 4], 1));
    let busy = [("host", "http://origin.test:8000"), ("state", "busy")];
    assert_eq!(scrape.count("gateway_upstream_connections", &busy), Some(1));
    go_on.send(()).expect("the origin waits");
    assert_eq!(client.chunk(), None);
    expect(&counting, "GET /all/*", ([0, 1, 0, 0], 0));
}

#[test]
fn a_tunnel_is_one_request_with_bytes_both_ways() {
    let origin = Origin::start(|x| {
        x.begin(
            "101 Switching Protocols",
            &[
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ],
        );
        while let Ok(bytes) = x.wire.some()
            && !bytes.is_empty()
        {
            x.send([&*bytes, &*bytes].concat());
        }
        x.close();
    });
    let counting = Counting::start("metrics-tunnel", &origin);
    let mut client = counting.client();
    let head = client.request("GET /all/ws", &WEBSOCKET).head();
    assert_eq!(head.status(), 101);
    client.send("hello");
    read(&mut client, 10);
    expect(&counting, "GET /all/*", ([0; 4], 1));
    client.wire.half_close();
    client.expect_closed(PATIENCE);
    let scrape = expect(&counting, "GET /all/*", ([1, 0, 0, 0], 0));
    for (name, bytes) in [("request", 5), ("response", 10)] {
        let name = format!("gateway_{name}_bytes_total");
        assert_eq!(of_route(&scrape, &name, "GET /all/*"), bytes, "{name}");
    }
}

fn read(client: &mut Client, bytes: usize) {
    let mut got = 0;
    while got < bytes {
        got += client.wire.some().expect("an answer").len();
    }
    assert_eq!(got, bytes);
}

/// What never became a request, by the status that it was answered with.
#[test]
fn what_cannot_be_read_is_counted_apart() {
    let origin = Origin::ok();
    let counting = Counting::start("metrics-unread", &origin);
    let long = format!(
        "GET /all/x HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(80_000)
    );
    for (bytes, status) in [
        ("NOT HTTP\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nbroken header\r\n\r\n", 400),
        (&*long, 431),
    ] {
        let mut client = counting.client();
        client.send(bytes);
        assert_eq!(client.head().status(), status);
    }
    // It is counted when it was said.
    let scrape = within(PATIENCE, "three answers", || {
        let scrape = counting.scrape();
        (scrape.sum("gateway_unread_requests_total", &[]) == 3).then_some(scrape)
    });
    for (status, expected) in [("400", 2), ("408", 0), ("414", 0), ("431", 1), ("503", 0)] {
        let count = scrape.count("gateway_unread_requests_total", &[("status", status)]);
        assert_eq!(count, Some(expected), "{status}");
    }
    assert_eq!(scrape.sum("gateway_requests_total", &[]), 0);
}
