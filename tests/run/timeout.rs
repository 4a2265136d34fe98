//! The one time bound of a no-op route: to the head, and every silence after it. `/quick` has a second.

use harness::{End, Gateway, Origin, PATIENCE};
use std::{
    ops::Range,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// A tenth of that second, so that a busy machine may be late; and steps enough to outlast it.
const PACE: Duration = Duration::from_millis(100);
const STEPS: usize = 15;
/// Less than a second for the clock's sake, and far less than what the other routes of this gateway have (10 s).
const A_SECOND: Range<Duration> = Duration::from_millis(950)..Duration::from_secs(8);

#[test]
fn no_head_in_time_is_a_504_and_cancels_the_upstream() {
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        x.body();
        ended
            .send(x.closed(PATIENCE).is_some())
            .expect("the test waits");
    });
    let gateway = Gateway::forward(&origin);
    for line in ["GET /quick", "POST /quick"] {
        let start = Instant::now();
        let answer = gateway.ask(line, &[]);
        let took = start.elapsed();
        assert_eq!(answer.status, 504, "{line}");
        assert!(answer.json()["message"].is_string());
        assert!(A_SECOND.contains(&took), "{line}: {took:?}");
        assert!(
            end.recv_timeout(PATIENCE).expect("an end"),
            "{line}: the upstream still works on it"
        );
    }
}

#[test]
fn silence_inside_a_stream_cuts_it() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        x.chunk(b"data: 1\n\n");
        x.closed(PATIENCE);
    });
    let gateway = Gateway::forward(&origin);
    let start = Instant::now();
    let answer = gateway.get("/quick");
    assert_eq!(
        (answer.status, answer.text().as_str(), answer.end),
        (200, "data: 1\n\n", End::CutShort)
    );
    let took = start.elapsed();
    assert!(A_SECOND.contains(&took), "{took:?}");
}

#[test]
fn a_slow_but_steady_stream_outlives_the_timeout() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        for _ in 0..STEPS {
            thread::sleep(PACE);
            x.chunk(b"tick");
        }
        x.end_stream();
    });
    let gateway = Gateway::forward(&origin);
    let answer = gateway.get("/quick");
    assert_eq!((answer.body.len(), answer.end), (4 * STEPS, End::Complete));
}

#[test]
fn a_slow_but_steady_upload_outlives_the_timeout() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.send("POST /quick HTTP/1.1\r\nHost: h\r\nContent-Length: 60\r\n\r\n");
    for _ in 0..STEPS {
        thread::sleep(PACE);
        client.send("tick");
    }
    assert_eq!(client.response().status, 200);
    assert_eq!(origin.last().body.len(), 4 * STEPS);
}

/// A client that stops in the middle of its upload holds an upstream no longer than the timeout.
#[test]
fn a_stalled_upload_is_given_up() {
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        ended
            .send(x.closed(PATIENCE).is_some())
            .expect("the test waits");
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.send("POST /quick HTTP/1.1\r\nHost: h\r\nContent-Length: 40\r\n\r\nsome");
    let status = client.response().status;
    assert!([408, 504].contains(&status), "{status}");
    assert!(
        end.recv_timeout(PATIENCE).expect("an end"),
        "the upstream still waits"
    );
}

/// A body that its client does not read is not the upstream's silence, and stays bounded by the client's own pace.
#[test]
fn a_slow_reader_is_served() {
    const SIZE: usize = 32 << 20;
    let origin = Origin::start(|x| {
        x.begin("200 OK", &[("Content-Length", &SIZE.to_string())]);
        x.send(vec![b'x'; SIZE]);
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let head = client.request("GET /quick", &[]).head();
    let mut got = 0;
    for _ in 0..STEPS {
        thread::sleep(PACE);
        got += client.wire.some().expect("bytes").len();
    }
    assert_eq!(head.status(), 200);
    assert!(got > 0, "bytes arrive at the reader's pace");
    let rest = client
        .wire
        .count(harness::wire::Framing::Length((SIZE - got) as u64));
    assert_eq!(rest.expect("the rest"), (SIZE - got) as u64);
}
