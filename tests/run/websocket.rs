//! `WebSocket` connections through a no-op endpoint: the handshake decides, then bytes pass both ways (RFC 6455, RFC 9110 7.8).

use harness::{Client, Gateway, Origin, PATIENCE};
use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

const HANDSHAKE: [(&str, &str); 5] = [
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Protocol", "chat"),
];

/// Switches protocols, then sends back what it gets; says when the other side is gone.
fn echo() -> (Origin, mpsc::Receiver<Instant>) {
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        x.begin(
            "101 Switching Protocols",
            &[
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                ("Sec-WebSocket-Protocol", "chat"),
            ],
        );
        while let Ok(bytes) = x.wire.some()
            && !bytes.is_empty()
        {
            if bytes == b"bye" {
                return x.close();
            }
            x.send(bytes);
        }
        x.close();
        // A test that does not ask has gone on.
        let _ = ended.send(Instant::now());
    });
    (origin, end)
}

fn exchange(client: &mut Client, bytes: &[u8]) {
    client.send(bytes);
    let mut got = Vec::new();
    while got.len() < bytes.len() {
        got.extend(client.wire.some().expect("an echo"));
    }
    assert_eq!(got, bytes);
}

/// On a route that forwards all headers and on one that forwards none: the handshake is not the client's own business.
#[test]
fn a_websocket_is_tunnelled() {
    let (origin, _) = echo();
    let gateway = Gateway::forward(&origin);
    for target in ["/all/ws", "/bare"] {
        let mut client = gateway.client();
        let head = client.request(&format!("GET {target}"), &HANDSHAKE).head();
        assert_eq!(head.status(), 101, "{target}");
        for (name, value) in [
            ("upgrade", "websocket"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("sec-websocket-protocol", "chat"),
        ] {
            assert_eq!(head.headers.get(name), Some(value), "{target}");
        }
        // BR-5: an upgraded answer is not signed.
        assert!(!head.headers.has("x-powered-by"), "{:?}", head.headers);
        let got = origin.last();
        for (name, value) in &HANDSHAKE[1..] {
            assert_eq!(got.headers.get(name), Some(*value), "{target}");
        }
        exchange(&mut client, b"hello");
        exchange(&mut client, &vec![0x81; 200_000]);
        client.send("bye");
        client.expect_closed(PATIENCE);
    }
}

/// What the client sends right behind its handshake is not lost.
#[test]
fn early_bytes_are_part_of_the_conversation() {
    let (origin, _) = echo();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let fields: Vec<_> = HANDSHAKE
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    client.send(format!(
        "GET /all/ws HTTP/1.1\r\nHost: h\r\n{}\r\nearly",
        fields.concat()
    ));
    assert_eq!(client.head().status(), 101);
    let mut got = Vec::new();
    while got.len() < 5 {
        got.extend(client.wire.some().expect("an echo"));
    }
    assert_eq!(got, b"early");
}

#[test]
fn a_client_that_leaves_ends_the_conversation() {
    let (origin, end) = echo();
    let gateway = Gateway::forward(&origin);
    let mut delays = Vec::new();
    for _ in 0..5 {
        let mut client = gateway.client();
        assert_eq!(
            client.request("GET /all/ws", &HANDSHAKE).head().status(),
            101
        );
        exchange(&mut client, b"hello");
        let left = Instant::now();
        drop(client);
        delays.push(
            end.recv_timeout(PATIENCE)
                .expect("the upstream's end")
                .saturating_duration_since(left),
        );
    }
    assert!(
        delays.iter().any(|d| *d <= Duration::from_millis(100)),
        "too late: {delays:?}"
    );
}

/// `/quick` has a timeout of a second: a conversation may be silent for so long, and no longer.
#[test]
fn a_silent_conversation_is_ended() {
    let (origin, end) = echo();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    assert_eq!(
        client.request("GET /quick", &HANDSHAKE).head().status(),
        101
    );
    for _ in 0..15 {
        std::thread::sleep(Duration::from_millis(100));
        exchange(&mut client, b"still here");
    }
    client.expect_closed(PATIENCE);
    end.recv_timeout(PATIENCE).expect("the upstream's end");
}

#[test]
fn a_refused_handshake_is_an_ordinary_answer() {
    let origin = Origin::start(|x| x.reply("403 Forbidden", &[], b"not you"));
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    for _ in 0..2 {
        let answer = client.request("GET /all/ws", &HANDSHAKE).response();
        assert_eq!((answer.status, answer.text().as_str()), (403, "not you"));
        assert!(answer.headers.has("x-powered-by"));
    }
}

/// A tunnel for any other protocol would carry requests that the gateway never sees.
#[test]
fn other_protocols_are_not_tunnelled() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for protocol in ["h2c", "TLS/1.0", "h2c, foo"] {
        let asking = [
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", protocol),
            ("HTTP2-Settings", "AAMAAABk"),
        ];
        let answer = gateway.ask("GET /all/x", &asking);
        assert_eq!(answer.status, 200, "{protocol}");
        let got = origin.last().headers;
        assert!(
            !got.has("upgrade") && !got.has("http2-settings"),
            "{protocol}: {got:?}"
        );
    }
    // An upstream that switches unasked is not believed.
    let switching = Origin::start(|x| {
        x.begin(
            "101 Switching Protocols",
            &[("Connection", "Upgrade"), ("Upgrade", "h2c")],
        );
        x.closed(PATIENCE);
    });
    let gateway = Gateway::forward(&switching);
    assert_eq!(gateway.get("/all/x").status, 502);
}
