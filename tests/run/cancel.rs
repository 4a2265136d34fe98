//! A client that leaves takes its upstream request along, within 100 ms, in each of the three phases.

use harness::{Client, Exchange, Gateway, Origin, PATIENCE};
use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_millis(100);
/// A busy machine may be late now and then; a gateway that does not cancel is late every time.
const TRIES: usize = 5;

/// Plays one phase until a cancellation was fast enough: `until` brings the origin to the point where the client leaves.
fn cancels(
    until: impl Fn(&mut Exchange) + Send + Sync + 'static,
    client: impl Fn(&mut Client),
) -> Gateway {
    let (ready, at_point) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        until(x);
        ready.send(()).expect("the test waits");
        ended.send(x.closed(PATIENCE)).expect("the test waits");
    });
    let gateway = Gateway::forward(&origin);
    let mut delays = Vec::new();
    for _ in 0..TRIES {
        let mut leaving = gateway.client();
        client(&mut leaving);
        at_point
            .recv_timeout(PATIENCE)
            .expect("the origin gets there");
        let left = Instant::now();
        drop(leaving);
        let closed = end
            .recv_timeout(2 * PATIENCE)
            .expect("an end")
            .expect("the upstream was never cancelled");
        let delay = closed.saturating_duration_since(left);
        if delay <= SOON {
            return gateway;
        }
        delays.push(delay);
    }
    panic!("cancelled too late, every time: {delays:?}");
}

#[test]
fn while_uploading() {
    cancels(
        |x| {
            let mut got = 0;
            while got < 5 {
                got += x.wire.some().expect("the first piece").len();
            }
        },
        |client| {
            client.send("POST /all/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nfirst");
        },
    );
}

#[test]
fn before_the_first_byte() {
    cancels(
        |x| {
            x.body();
        },
        |client| {
            client.post("POST /all/x", &[], b"{\"stream\": true}");
        },
    );
}

#[test]
fn before_the_first_byte_of_a_get() {
    cancels(|_| {}, |client| _ = client.request("GET /all/x", &[]));
}

#[test]
fn in_the_middle_of_a_stream() {
    let gateway = cancels(
        |x| {
            x.body();
            x.begin_stream();
            x.chunk(b"data: 1\n\n");
        },
        |client| {
            client
                .post("POST /all/x", &[], b"{\"stream\": true}")
                .head();
            client.chunk().expect("a chunk");
        },
    );
    gateway.line("the client's leaving, as a 499", |line| {
        line.contains("499")
    });
}

/// Even when the client does not read what is already on its way.
#[test]
fn with_a_full_pipe() {
    cancels(
        |x| {
            x.begin_stream();
            x.wire
                .writer()
                .set_write_timeout(Some(Duration::from_millis(200)))
                .expect("write timeout");
            // Until the gateway takes no more, because its client does not.
            while x
                .wire
                .send(&[b"ff\r\n", &[b'x'; 255][..], b"\r\n"].concat())
                .is_ok()
            {}
        },
        |client| {
            client.request("GET /all/x", &[]).head();
        },
    );
}
