//! From start to the last answer: probes, signals, draining.

use harness::{End, Gateway, Launch, Origin, PATIENCE, gateway::ORIGIN, within};
use std::{
    net::TcpStream,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

/// An origin that streams one chunk at a time, when the test says so.
fn on_command() -> (Origin, mpsc::Sender<&'static str>) {
    let (say, said) = mpsc::channel::<&str>();
    let said = Mutex::new(said);
    let origin = Origin::start(move |x| {
        x.begin_stream();
        let said = said.lock().expect("receiver");
        while let Ok(word) = said.recv_timeout(PATIENCE) {
            if word == "end" {
                return x.end_stream();
            }
            x.chunk(word.as_bytes());
        }
    });
    (origin, say)
}

#[test]
fn probes_answer_without_upstreams() {
    let gateway = Launch::golden("forward").start();
    let health = gateway.get("/__health");
    assert_eq!(health.status, 200);
    assert_eq!(
        health.headers.get("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(health.json()["status"], "ok");
    assert!(health.json()["agents"].is_object() && health.json()["now"].is_string());
    assert_eq!(gateway.get("/healthz").json()["status"], "ok");
    assert_eq!(gateway.get("/readyz").json()["status"], "ready");
    let head = gateway.ask("HEAD /healthz", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = gateway.ask("POST /healthz", &[]);
    assert!(
        post.status == 405 && post.headers.has("allow"),
        "{}",
        post.status
    );

    let moved = Launch::golden("strict").start();
    assert_eq!(moved.get("/up").json()["status"], "ok");
    assert_eq!(moved.get("/__health").status, 404);
}

#[test]
fn sigterm_lets_what_is_in_flight_finish() {
    let (origin, say) = on_command();
    let mut gateway = Gateway::forward(&origin);
    let mut streaming = gateway.client();
    let mut idle = gateway.client();
    assert_eq!(idle.request("GET /healthz", &[]).response().status, 200);
    streaming.request("GET /all/x", &[]).head();
    say.send("one").expect("the origin listens");
    assert_eq!(streaming.chunk().expect("a chunk").1, b"one");

    gateway.signal("TERM");
    idle.expect_closed(PATIENCE);
    within(PATIENCE, "no new connections", || {
        TcpStream::connect(gateway.address).is_err().then_some(())
    });
    assert!(gateway.alive(), "it waits for the stream");
    say.send("two").expect("the origin listens");
    assert_eq!(streaming.chunk().expect("a chunk").1, b"two");
    say.send("end").expect("the origin listens");
    assert!(streaming.chunk().is_none(), "the stream ends cleanly");
    assert_eq!(gateway.exit(PATIENCE).code(), Some(0));
}

/// While the lame duck lasts the balancer is told to go elsewhere, and everything is still served.
#[test]
fn a_lame_duck_serves_but_is_not_ready() {
    let origin = Origin::ok();
    let mut gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .env("GATEWAY_LAME_DUCK", "1h")
        .start();
    assert_eq!(gateway.get("/readyz").status, 200);
    gateway.signal("TERM");
    within(PATIENCE, "/readyz turns 503", || {
        (gateway.get("/readyz").status == 503).then_some(())
    });
    assert_eq!(gateway.get("/all/x").status, 200);
    assert_eq!(gateway.get("/healthz").status, 200);

    // A second signal does not wait for anything, least of all for the hour.
    gateway.signal("TERM");
    assert_eq!(gateway.exit(PATIENCE).code(), Some(1));
}

/// `max_shutdown_wait_time` is 500 ms here: a stream without end is cut, never ended cleanly, and counted.
#[test]
fn the_drain_deadline_cuts_what_is_left() {
    let (origin, say) = on_command();
    let mut gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let mut client = gateway.client();
    let head = client.request("GET /a", &[]).head();
    say.send("one").expect("the origin listens");
    client.chunk().expect("a chunk");
    let start = Instant::now();
    gateway.signal("INT");
    let rest = client.rest_of(head, "GET");
    assert_eq!(rest.end, End::CutShort);
    assert_eq!(gateway.exit(PATIENCE).code(), Some(0));
    let took = start.elapsed();
    // By default requests have 30 s to finish.
    let bounds = Duration::from_millis(450)..Duration::from_secs(20);
    assert!(bounds.contains(&took), "{took:?}");
    gateway.line("the count of what was cut", |line| {
        line.contains("cut") && line.contains('1')
    });
}

#[test]
fn a_request_that_runs_at_sigterm_closes_its_connection_after_the_answer() {
    let (say, said) = mpsc::channel::<()>();
    let said = Mutex::new(said);
    let origin = Origin::start(move |x| {
        said.lock()
            .expect("receiver")
            .recv_timeout(PATIENCE)
            .expect("the test goes on");
        x.reply("200 OK", &[], b"finished");
    });
    let mut gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.request("GET /all/x", &[]);
    origin.request(0);
    gateway.signal("TERM");
    within(PATIENCE, "no new connections", || {
        TcpStream::connect(gateway.address).is_err().then_some(())
    });
    say.send(()).expect("the origin waits");
    assert_eq!(client.response().text(), "finished");
    client.expect_closed(PATIENCE);
    assert_eq!(gateway.exit(PATIENCE).code(), Some(0));
}
