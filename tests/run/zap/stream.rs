//! Answers in pieces: each reaches the client as it comes, and a client that leaves stops them.

use super::Zap;
use harness::{Client, End, PATIENCE, within, zap::Call};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

const EVENTS: &str = r#"{"Content-Type":["text/event-stream"]}"#;

fn events() -> Value {
    serde_json::from_str(EVENTS).expect("JSON")
}

fn post(zap: &Zap, path: &str) -> Client {
    let mut client = zap.gateway.client();
    client.post(&format!("POST {path}"), &[], b"{}");
    client
}

#[test]
fn every_piece_is_a_chunk() {
    // Each piece is sent only when the client has the one before.
    let (told, next) = mpsc::channel::<()>();
    let next = Mutex::new(next);
    let zap = Zap::start(move |call| {
        let next = next.lock().expect("next");
        call.head(200, &events());
        for n in 0..5u32 {
            call.piece(n, format!("data: {n}\n\n").as_bytes());
            next.recv().expect("the client has it");
        }
        call.end(5, 0, br#"{"X-Tokens":["5"],"X-User-Id":["7"]}"#);
    });
    let mut client = post(&zap, "/stream");
    let head = client.head();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers.get("content-type"), Some("text/event-stream"));
    for n in 0..5 {
        let (_, chunk) = client.chunk().expect("a chunk");
        assert_eq!(chunk, format!("data: {n}\n\n").as_bytes());
        told.send(()).expect("the peer waits");
    }
    assert!(client.chunk().is_none(), "a clean end");
    assert_eq!(zap.peer.call(0).headers()["Zap-Stream"], json!(["1"]));
}

#[test]
fn an_answer_in_one_piece_is_one_too() {
    let zap = Zap::start(|call| call.reply(200, &Value::Null, b"whole"));
    let answer = post(&zap, "/stream").response();
    assert_eq!((answer.status, &*answer.text()), (200, "whole"));
}

#[test]
fn what_breaks_off_is_cut() {
    for (name, rest) in [
        ("aborted", (|call: &Call| call.end(1, 1, b"")) as fn(&Call)),
        ("limited", |call| call.end(1, 2, b"")),
        ("a gap", |call| call.piece(2, b"data: 2\n\n")),
        ("a piece too few", |call| call.end(2, 0, b"")),
        ("no piece", |call| call.reply(200, &Value::Null, b"whole")),
        ("hang-up", Call::hang_up),
    ] {
        let zap = Zap::start(move |call| {
            call.head(200, &events());
            call.piece(0, b"data: 0\n\n");
            rest(&call);
        });
        let answer = post(&zap, "/stream").response();
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.body, b"data: 0\n\n", "{name}");
        assert_ne!(answer.end, End::Complete, "{name}");
    }
}

#[test]
fn a_silence_that_is_too_long_cuts_it() {
    let zap = Zap::start(|call| {
        call.head(200, &events());
        call.piece(0, b"data: 0\n\n");
    });
    let answer = post(&zap, "/silent").response();
    assert_eq!((answer.status, &*answer.text()), (200, "data: 0\n\n"));
    assert_ne!(answer.end, End::Complete);
    zap.gateway
        .line("a silence in the log", |line| line.contains("timed_out"));
}

#[test]
fn a_client_that_leaves_cancels() {
    let zap = Zap::start(|call| {
        call.head(200, &events());
        call.piece(0, b"data: 0\n\n");
    });
    let mut client = post(&zap, "/stream");
    client.head();
    client.chunk();
    let id = zap.peer.call(0).id;
    drop(client);
    let cancel = zap.peer.bare(0);
    assert_eq!((cancel.kind(), cancel.number(0)), (205, id));
    // And one that has no answer yet.
    let zap = Zap::start(|_| {});
    let client = post(&zap, "/stream");
    let id = zap.peer.call(0).id;
    drop(client);
    assert_eq!(zap.peer.bare(0).number(0), id);
}

/// A client that reads nothing must not fill the gateway's memory, nor stop those that come later.
#[test]
fn a_slow_client_slows_the_peer() {
    const PIECES: u32 = 2000;
    let sent = Arc::new(Mutex::new(0));
    let count = sent.clone();
    let zap = Zap::start(move |call| {
        if call.body() == b"small" {
            return call.reply(200, &Value::Null, b"ok");
        }
        let count = count.clone();
        thread::spawn(move || {
            call.head(200, &Value::Null);
            let piece = vec![b'x'; 60_000];
            for n in 0..PIECES {
                call.piece(n, &piece);
                *count.lock().expect("count") = n + 1;
            }
            call.end(PIECES, 0, b"");
        });
    });
    let mut client = post(&zap, "/stream");
    client.head();
    // It stops when every buffer on the way is full.
    let mut before = 0;
    let stuck = within(PATIENCE, "a peer that cannot send more", || {
        thread::sleep(Duration::from_millis(300));
        let now = *sent.lock().expect("count");
        let is_stuck = now == before && now > 0;
        before = now;
        is_stuck.then_some(now)
    });
    assert!(stuck < PIECES, "all of it was taken in");
    let mut other = zap.gateway.client();
    other.post("POST /stream", &[], b"small");
    assert_eq!(other.response().text(), "ok", "on another connection");
    let mut total = 0;
    while let Some((_, chunk)) = client.chunk() {
        total += chunk.len();
    }
    assert_eq!(total, 60_000 * PIECES as usize, "nothing is lost");
    if let Some(peak) = zap.gateway.peak_memory() {
        assert!(peak < 100 * 1024, "{peak} KiB");
    }
}
