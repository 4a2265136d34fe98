//! Streams stay streams: events, uploads, `WebSocket`s, to the writer and to a reader.

use super::{Base, Handler, ok};
use harness::PATIENCE;

/// Answers each chunk of the request with one of its own.
const ECHO: Handler = |x, _| {
    x.begin_stream();
    while let Ok(Some(chunk)) = x.wire.chunk() {
        x.chunk(&chunk);
    }
    x.end_stream();
};

#[test]
fn chunks_pass_both_ways_at_once() {
    let base = Base::of(
        "streams",
        [ECHO, ok, ECHO],
        |says| says.lead(super::A),
        |l| l,
    );
    for line in ["POST /rows", "POST /search"] {
        let mut client = base.client();
        client.request(line, &[("Transfer-Encoding", "chunked")]);
        let mut head = None;
        for word in ["one", "two", "three"] {
            client.send(format!("{:x}\r\n{word}\r\n", word.len()));
            head.get_or_insert_with(|| client.head());
            let (_, chunk) = client.chunk().expect("an answer before the next word");
            assert_eq!(chunk, word.as_bytes(), "{line}");
        }
        client.send("0\r\n\r\n");
        assert!(client.chunk().is_none(), "{line}: a clean end");
        assert_eq!(head.expect("a head").status(), 200);
    }
}

/// A client that leaves takes its request with it, wherever that is.
#[test]
fn a_client_that_leaves_cancels() {
    let base = Base::start(
        "leaves",
        |x, _| {
            x.body();
            x.begin_stream();
            x.chunk(b"first");
            x.closed(PATIENCE);
        },
        ok,
    );
    let mut client = base.client();
    client.post("POST /rows", &[], b"row");
    assert_eq!(client.head().status(), 200);
    drop(client);
    base.gateway
        .line("499", |line| line.contains("POST") && line.contains("499"));
}

#[test]
fn websockets_are_tunnelled() {
    let handler: Handler = |x, _| {
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
            x.send(bytes);
        }
        x.close();
    };
    let base = Base::of(
        "websockets",
        [handler, ok, handler],
        |says| says.lead(super::A),
        |l| l,
    );
    // The first does not write, so that it reads where anybody does.
    for writer in ["no", "required"] {
        let mut client = base.client();
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("X-Base-Writer", writer),
        ];
        assert_eq!(client.request("GET /rows", &headers).head().status(), 101);
        client.send("hello");
        assert_eq!(client.wire.some().expect("an echo"), b"hello");
    }
    assert_eq!((base.a.count(), base.reader.count()), (1, 1));
}
