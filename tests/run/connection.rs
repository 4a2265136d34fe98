//! Client connections that do not follow the usual course of one request, one answer.

use harness::{End, Gateway, Launch, Origin, PATIENCE, gateway::ORIGIN, wire::Framing, within};
use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

#[test]
fn pipelined_requests_are_answered_in_order() {
    let origin = Origin::start(|x| {
        x.body();
        let target = x.target().to_owned();
        x.reply("200 OK", &[], target.as_bytes());
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let pair = |n: usize| {
        let get = format!("GET /all/{n} HTTP/1.1\r\nHost: h\r\n\r\n");
        get + &format!("POST /all/{n}/post HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")
    };
    client.send((0..20).map(pair).collect::<Vec<_>>().concat());
    for n in 0..20 {
        assert_eq!(client.response().text(), format!("/all/{n}"));
        assert_eq!(client.response().text(), format!("/all/{n}/post"));
    }
}

/// A head that takes its time costs its own connection only.
#[test]
fn a_slow_head_is_timed_out_while_others_are_served() {
    let origin = Origin::ok();
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let start = Instant::now();
    let mut slow = gateway.client();
    slow.send("GET /a HTTP/1.1\r\nHost: h\r\nX-Slow: ");
    // One byte at a time resets no clock: the whole head has 500 ms.
    let mut drip = slow.wire.writer();
    let dripping = thread::spawn(move || {
        use std::io::Write as _;
        while drip.write_all(b"x").is_ok() && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
        }
    });
    assert_eq!(gateway.get("/a").status, 200, "others are served meanwhile");
    assert_eq!(slow.response().status, 408);
    slow.expect_closed(PATIENCE);
    let took = start.elapsed();
    // By default a head has 10 s.
    let bounds = Duration::from_millis(400)..Duration::from_secs(9);
    assert!(bounds.contains(&took), "{took:?}");
    dripping.join().expect("the dripping thread");
}

/// No request, no answer: nothing is written into a connection that idles out.
#[test]
fn an_idle_connection_is_closed_silently() {
    let origin = Origin::ok();
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let start = Instant::now();
    let mut fresh = gateway.client();
    let mut used = gateway.client();
    assert_eq!(used.request("GET /a", &[]).response().status, 200);
    for client in [&mut fresh, &mut used] {
        let rest = client.wire.some().expect("a clean close");
        assert_eq!(rest, b"", "{:?}", String::from_utf8_lossy(&rest));
    }
    assert!(
        start.elapsed() >= Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
}

/// The idle clock stands still while a request is being answered.
#[test]
fn a_busy_connection_is_not_idle() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        for _ in 0..6 {
            thread::sleep(Duration::from_millis(300));
            x.chunk(b"tick");
        }
        x.end_stream();
    });
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let answer = gateway.get("/a");
    assert_eq!(
        (answer.body.len(), answer.end),
        (24, End::Complete),
        "longer than idle_timeout"
    );
}

/// RFC 9110 10.1.1: this hop answers the expectation; the upstream never sees it.
#[test]
fn expect_100_continue_is_answered_here() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let expecting = [("Expect", "100-continue"), ("Content-Length", "5")];
    client.request("POST /all/x", &expecting);
    assert_eq!(client.head().status(), 100);
    assert_eq!(client.send("hello").response().status, 200);
    let got = origin.last();
    assert_eq!(
        (got.headers.get("expect"), got.body.as_slice()),
        (None, &b"hello"[..])
    );

    // What is refused by its head alone is refused before the client sends the body.
    let mut client = gateway.client();
    let expecting = [("Expect", "100-continue"), ("Content-Length", "5000")];
    assert_eq!(
        client.request("POST /capped", &expecting).head().status(),
        413
    );
}

/// The upstream has its answer before it has the request: the client gets it, and neither connection is confused.
#[test]
fn an_early_answer_reaches_a_client_that_still_sends() {
    let origin = Origin::start(|x| {
        if x.target() == "/all/early" {
            x.reply("403 Forbidden", &[], b"no need to go on");
            // Whatever follows on this connection is the rest of that body, not a request.
            x.closed(PATIENCE);
        } else {
            x.body();
            x.reply("200 OK", &[], b"fine");
        }
    });
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    let mut client = gateway.client();
    client.send(
        "POST /all/early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nthe beginning",
    );
    let answer = client.response();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (403, "no need to go on")
    );
    for _ in 0..3 {
        assert_eq!(gateway.get("/all/x").text(), "fine");
    }
    let strange: Vec<_> = (0..origin.count())
        .map(|n| origin.request(n).method)
        .collect();
    assert_eq!(strange, ["POST", "GET", "GET", "GET"]);
}

/// A client that sends its request and then only listens (RFC 9112 9.6 allows it) is served. On Linux it is first asked,
/// with an interim answer, whether it is still there: one that is gone could not take it.
#[test]
fn a_half_closed_client_gets_its_answer() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let origin = Origin::start(move |x| {
        x.body();
        gone.lock()
            .expect("receiver")
            .recv_timeout(PATIENCE)
            .expect("the test goes on");
        x.reply("200 OK", &[], b"late, but here");
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.post("POST /all/x", &[], b"all of it");
    client.wire.half_close();
    origin.request(0);
    if cfg!(target_os = "linux") {
        assert_eq!(client.head().status(), 100);
    }
    go.send(()).expect("the origin waits");
    let answer = client.response();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "late, but here")
    );
    client.expect_closed(PATIENCE);
}

/// `Connection: close` is obeyed after the answer, not before.
#[test]
fn connection_close_closes_after_the_answer() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let answer = client
        .request("GET /all/x", &[("Connection", "close")])
        .response();
    assert_eq!(
        (answer.text().as_str(), answer.headers.get("connection")),
        ("ok", Some("close"))
    );
    client.expect_closed(PATIENCE);
}

/// A connection that asks a hundred times is one connection, here and (on one core) behind.
#[test]
fn connections_are_used_again() {
    let origin = Origin::ok();
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    let mut client = gateway.client();
    for n in 0..100 {
        assert_eq!(
            client
                .request(&format!("GET /all/{n}"), &[])
                .response()
                .text(),
            "ok"
        );
    }
    assert_eq!(origin.connections(), 1);
}

/// Eight streams at once on one core: none waits for another.
#[test]
fn many_streams_share_a_core() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        x.chunk(b"first");
        x.closed(PATIENCE);
    });
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    let mut clients: Vec<_> = (0..8).map(|_| gateway.client()).collect();
    for client in &mut clients {
        let head = client.request("GET /all/x", &[]).head();
        assert_eq!(head.response_framing("GET"), Framing::Chunked);
        assert_eq!(client.chunk().expect("a chunk").1, b"first");
    }
    within(PATIENCE, "eight upstream connections", || {
        (origin.connections() == 8).then_some(())
    });
}
