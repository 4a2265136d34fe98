//! Upstreams that fail, lie, or vanish: what the client sees, and what is never sent twice.

use harness::{
    End, Gateway, Launch, Origin,
    gateway::{ORIGIN, REFUSING, SECOND, refusing},
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The client must be able to tell a cut answer from a whole one.
#[test]
fn an_upstream_that_dies_mid_body_is_never_a_clean_end() {
    let origin = Origin::start(|x| {
        match x.target() {
            "/all/length" => {
                x.begin("200 OK", &[("Content-Length", "1000")]);
                x.send("the beginning");
            }
            "/all/chunked" => {
                x.begin_stream();
                x.chunk(b"the beginning");
            }
            // Inside a chunk.
            _ => {
                x.begin_stream();
                x.send("ff\r\nthe beginning");
            }
        }
        x.close();
    });
    let gateway = Gateway::forward(&origin);
    for kind in ["length", "chunked", "inside"] {
        let answer = gateway.get(&format!("/all/{kind}"));
        assert_eq!((answer.status, answer.end), (200, End::CutShort), "{kind}");
        assert!(
            "the beginning".starts_with(&answer.text()),
            "{kind}: {}",
            answer.text()
        );
    }
}

/// Before the head everything that goes wrong upstream is one 502 with a reason for the log, not for the world.
#[test]
fn an_upstream_without_an_answer_is_a_502() {
    let origin = Origin::start(|x| {
        match x.target() {
            "/all/nothing" => {}
            "/all/half" => x.send("HTTP/1.1 200 OK\r\nContent-Le"),
            "/all/garbage" => x.send("220 mail.test ESMTP\r\n\r\n"),
            "/all/lengths" => {
                x.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
            }
            other => panic!("{other}"),
        }
        x.close();
    });
    let gateway = Gateway::forward(&origin);
    for target in [
        "/refusing",
        "/all/nothing",
        "/all/half",
        "/all/garbage",
        "/all/lengths",
    ] {
        let answer = gateway.get(target);
        assert_eq!(answer.status, 502, "{target}: {}", answer.text());
        let message = answer.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            !message.is_empty() && !message.contains(".test"),
            "{target}: {message}"
        );
    }
    assert_eq!(
        origin.count(),
        4,
        "a fresh connection that fails is not tried again"
    );
}

/// A name that does not exist; where the machine's resolver does not even answer, that is a timeout.
#[test]
fn an_upstream_without_an_address_is_not_waited_for() {
    let gateway = Launch::golden("forward").start();
    let status = gateway.get("/nowhere").status;
    assert!([502, 504].contains(&status), "{status}");
}

/// `router.return_error_msg`: the body says which upstream, and what was wrong with it.
#[test]
fn error_detail_names_the_upstream() {
    let gateway = Launch::golden("strict")
        .resolve(REFUSING, refusing())
        .start();
    let answer = gateway.get("/refusing");
    assert_eq!(answer.status, 502);
    let message = answer.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(message.contains("refusing"), "{message}");
}

#[test]
fn hosts_take_turns() {
    let (one, two) = (Origin::ok(), Origin::ok());
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, one.address)
        .resolve(SECOND, two.address)
        .one_worker()
        .start();
    for n in 1..=10 {
        assert_eq!(gateway.get("/both").status, 200);
        assert!(
            one.count().abs_diff(two.count()) <= 1,
            "{n}: {} and {}",
            one.count(),
            two.count()
        );
    }
    for (origin, host) in [(&one, ORIGIN), (&two, SECOND)] {
        assert_eq!(origin.last().headers.get("host"), Some(host));
    }
}

/// An origin that answers the first request of each connection and closes on the second, without a byte.
fn closes_on_reuse() -> Origin {
    let used: std::sync::Mutex<HashMap<usize, usize>> = std::sync::Mutex::default();
    let connections = AtomicUsize::new(0);
    Origin::start(move |x| {
        x.body();
        let marker = x.wire.writer().peer_addr().expect("peer").port() as usize;
        let mut used = used.lock().expect("counts");
        let count = used.entry(marker).or_insert_with(|| {
            connections.fetch_add(1, Ordering::SeqCst);
            0
        });
        *count += 1;
        if *count == 1 {
            x.reply("200 OK", &[], b"ok");
        } else {
            x.close();
        }
    })
}

/// A kept connection that turns out dead is replaced, once, for a request that may be repeated (RFC 9110 9.2.2).
#[test]
fn a_stale_connection_is_replaced_for_a_get() {
    let origin = closes_on_reuse();
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    for _ in 0..5 {
        assert_eq!(gateway.get("/all/x").status, 200);
    }
    // The first came once; each of the others was tried on the kept connection, then on a fresh one.
    assert_eq!(origin.count(), 9);
    assert_eq!(origin.connections(), 5);
}

/// A chat completion must never be billed twice: once written, a POST is not repeated.
#[test]
fn a_post_is_never_sent_twice() {
    let origin = closes_on_reuse();
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    for n in 0..20 {
        let answer = gateway
            .client()
            .post(&format!("POST /all/{n}"), &[], b"{\"model\": \"zen4\"}")
            .response();
        assert!([200, 502].contains(&answer.status), "{}", answer.status);
        let arrived =
            (0..origin.count()).filter(|&i| origin.request(i).target == format!("/all/{n}"));
        assert_eq!(arrived.count(), 1, "request {n} answered {}", answer.status);
    }
}

/// The upstream closes each kept connection right away; whatever the race, no POST arrives twice.
#[test]
fn a_post_that_races_with_a_close_arrives_at_most_once() {
    let origin = Origin::start(|x| {
        x.body();
        x.reply("200 OK", &[], b"ok");
        x.close();
    });
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    let mut client = gateway.client();
    let mut served = 0;
    for n in 0..200 {
        let answer = client
            .post(&format!("POST /all/{n}"), &[], b"body")
            .response();
        served += usize::from(answer.status == 200);
        let arrived = (0..origin.count())
            .filter(|&i| origin.request(i).target == format!("/all/{n}"))
            .count();
        assert_eq!(
            answer.status,
            if arrived == 1 { 200 } else { 502 },
            "{n}: {arrived} arrived"
        );
    }
    assert!(served >= 100, "most are served: {served} of 200");
}

/// `idle_connection_timeout` (500 ms here) lets go of kept connections even when nothing else happens.
#[test]
fn kept_connections_are_let_go() {
    let (ended, end) = std::sync::mpsc::channel();
    let origin = Origin::start(move |x| {
        x.reply("200 OK", &[], b"ok");
        ended
            .send(x.closed(harness::PATIENCE).is_some())
            .expect("the test waits");
    });
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    assert_eq!(gateway.get("/a").status, 200);
    assert!(
        end.recv_timeout(harness::PATIENCE).expect("an end"),
        "the kept connection is still open"
    );
}
