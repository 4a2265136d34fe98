//! Streams stay streams (BUG-3): bodies of any size both ways, events one by one, `WebSocket`s.

use super::{Host, Member, send};
use harness::{End, PATIENCE};
use std::sync::mpsc;

#[test]
fn events_come_one_by_one() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let member = Member::answering("a", &[], move |x| {
        x.begin_stream();
        let wait = wait.lock().expect("a channel");
        for n in 0..5 {
            x.chunk(format!("data: {n}\n\n").as_bytes());
            // Not before the client has this one.
            wait.recv_timeout(PATIENCE).expect("the client's turn");
        }
        x.end_stream();
    });
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-events");
    let mut client = gateway.client();
    client.request("GET /notes/1", &[("X-Tenant", "k")]).head();
    for n in 0..5 {
        let (_, chunk) = client.chunk().expect("an event");
        assert_eq!(chunk, format!("data: {n}\n\n").as_bytes());
        go.send(()).expect("the member's turn");
    }
    assert!(client.chunk().is_none());
}

/// A body far beyond what is held reaches the member while it is still being sent.
#[test]
fn a_long_body_is_streamed() {
    const PIECE: usize = 100_000;
    let (seen, got) = mpsc::channel();
    let member = Member::answering("a", &[], move |x| {
        // A piece may come in several chunks.
        while let Some(piece) = x.wire.chunk().expect("a chunk") {
            seen.send(piece.len()).expect("the test listens");
        }
        x.reply("200 OK", &[], b"a");
    });
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-upload");
    let mut client = gateway.client();
    client.request(
        "POST /notes/1",
        &[("X-Tenant", "k"), ("Transfer-Encoding", "chunked")],
    );
    for _ in 0..20 {
        client.send(format!("{PIECE:x}\r\n"));
        client.send(vec![b'x'; PIECE]).send("\r\n");
        let mut left = PIECE;
        while left > 0 {
            left -= got
                .recv_timeout(PATIENCE)
                .expect("a piece, before the next is sent");
        }
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.response().status, 200);
}

#[test]
fn an_answer_that_breaks_off_is_seen_to() {
    let member = Member::answering("a", &[], |x| {
        x.begin("200 OK", &[("Content-Length", "100")]);
        x.send("some of it");
        x.close();
    });
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-cut");
    let answer = send(&gateway, "GET /notes/1", "k");
    assert_eq!((answer.status, answer.end), (200, End::CutShort));
    assert_eq!(member.count(), 1);
}

#[test]
fn a_websocket_goes_to_its_member() {
    let other = Member::start("a", &["a"]);
    let member = Member::answering("b", &["b"], |x| {
        x.begin(
            "101 Switching Protocols",
            &[
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ],
        );
        let bytes = x.wire.some().expect("bytes of the client");
        x.send(bytes);
        x.close();
    });
    let host = Host::of(&[&other, &member]);
    let gateway = host.gateway("shards-websocket");
    let mut client = gateway.client();
    let head = client
        .request(
            "GET /notes/live",
            &[
                ("X-Tenant", "b1"),
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ],
        )
        .head();
    assert_eq!(head.status(), 101);
    client.send("hello");
    assert_eq!(client.wire.some().expect("an echo"), b"hello");
    assert_eq!(
        member.server().last().headers.get("x-base-shard"),
        Some("b1")
    );
    assert_eq!(other.count(), 0);
}

/// A client that leaves takes its request to the member along.
#[test]
fn a_client_that_leaves_cancels() {
    let (ended, end) = mpsc::channel();
    let member = Member::answering("a", &[], move |x| {
        x.body();
        ended
            .send(x.closed(PATIENCE).is_some())
            .expect("the test listens");
    });
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-leaves");
    let mut client = gateway.client();
    client.post("POST /notes/1", &[("X-Tenant", "k")], b"body");
    member.server().request(0);
    drop(client);
    assert!(
        end.recv_timeout(PATIENCE)
            .expect("the end of the connection")
    );
}
