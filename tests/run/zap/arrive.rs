//! Requests that arrive by ZAP: they take the way of every request.

use harness::{
    Gateway, Key, Launch, Origin, PATIENCE,
    compiler::scratch,
    within,
    zap::{Field, ZapClient, call, frame, hello, message, read_frame},
};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// A gateway of `tests/golden/arrive.json` before an origin.
struct Arrive {
    gateway: Gateway,
    origin: Origin,
    key: Key,
}

impl Arrive {
    fn start(name: &str, origin: Origin) -> Arrive {
        let (directory, key) = (scratch(name), Key::new("arrive"));
        key.write(&directory);
        let gateway = Launch::golden("arrive")
            .directory(&directory)
            .args(&["--workers", "2"])
            .resolve("origin.test:8000", origin.address)
            .start();
        Arrive {
            gateway,
            origin,
            key,
        }
    }

    fn client(&self) -> ZapClient {
        ZapClient::connect(self.gateway.zap(), "tests")
    }
}

fn echo() -> Origin {
    Origin::start(|x| {
        let body = x.body();
        let headers = [
            ("Content-Type", "text/plain"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
        ];
        x.reply("201 Created", &headers, &body.bytes);
    })
}

#[test]
fn a_request_takes_the_way_of_every_request() {
    let arrive = Arrive::start("zap-arrive", echo());
    let mut client = arrive.client();
    assert_eq!(client.peer, "arrive");
    let headers = json!({
        "Accept": ["a/b"], "X-List": ["1", "2"], "x-user-id": ["7"], "Connection": ["x-gone"], "X-Gone": ["1"],
        "Content-Length": ["99"], "Host": ["api.test"], "Zap-Stream": ["0"],
    });
    let (status, headers, body) = client.ask("POST /v1/a%2Fb?x=1&y=%20", &headers, b"body");
    assert_eq!((status, &*body), (201, &b"body"[..]));
    assert_eq!(headers["Content-Type"], json!(["text/plain"]));
    assert_eq!(headers["Set-Cookie"], json!(["a=1", "b=2"]));
    assert!(headers["X-Request-Id"].is_array() && headers["X-Powered-By"].is_array());
    assert_eq!(headers["Content-Length"], Value::Null);
    let request = arrive.origin.request(0);
    assert_eq!(
        (&*request.method, &*request.target),
        ("POST", "/v1/a%2Fb?x=1&y=%20")
    );
    assert_eq!(request.headers.all("x-list"), ["1", "2"]);
    assert_eq!(request.headers.get("content-length"), Some("4"));
    assert_eq!(request.headers.get("x-forwarded-host"), Some("api.test"));
    assert_eq!(request.headers.get("x-forwarded-for"), Some("127.0.0.1"));
    for absent in ["x-user-id", "x-gone", "zap-stream"] {
        assert!(!request.headers.has(absent), "{absent}");
    }
    arrive.gateway.line("a line for it", |line| {
        line.contains("/v1/a%2Fb") && line.contains("201")
    });
}

#[test]
fn every_request_gets_one_answer() {
    let arrive = Arrive::start("zap-answers", echo());
    let mut client = arrive.client();
    let large = vec![b'x'; 100_001];
    for (line, body, status) in [
        ("GET /nowhere", &b""[..], 404),
        ("DELETE /v1/x", b"", 405),
        ("GET /closed", b"", 401),
        ("GET /v1/../x", b"", 400),
        ("GET /v1/a b", b"", 400),
        ("GET v1", b"", 400),
        ("GET /healthz", b"", 200),
        ("HEAD /v1/x", b"", 201),
        ("POST /v1/x", &large[1..], 201),
        ("POST /v1/x", &large, 413),
    ] {
        let answer = client.ask(line, &Value::Null, body);
        assert_eq!(
            answer.0,
            status,
            "{line}: {}",
            String::from_utf8_lossy(&answer.2)
        );
        assert_eq!(
            line.starts_with("HEAD"),
            answer.2.is_empty() && status == 201
        );
    }
    // A layout that fits no type 200, and headers that are none.
    for broken in [
        message(200, 8, &[]),
        message(
            200,
            40,
            &[
                Field::Bytes(0, b"GET"),
                Field::Bytes(8, b"/v1/x"),
                Field::Bytes(16, b"[]"),
            ],
        ),
    ] {
        client.call(&broken);
        assert_eq!(client.answer().0, 400);
    }
    // By its token it is let in.
    let token = arrive
        .key
        .token(&json!({ "sub": "ann", "exp": 4_102_444_800_u64 }));
    let auth = json!({ "Authorization": [format!("Bearer {token}")] });
    assert_eq!(client.ask("GET /closed", &auth, b"").0, 201);
}

#[test]
fn what_fits_into_no_frame_is_said_so() {
    let arrive = Arrive::start(
        "zap-unfit",
        Origin::start(|x| {
            x.begin("200 OK", &[("Content-Length", "11000000")]);
            x.send(vec![b'x'; 11_000_000]);
        }),
    );
    let (status, _, body) = arrive.client().ask("GET /v1/large", &Value::Null, b"");
    assert_eq!(status, 502);
    assert!(String::from_utf8_lossy(&body).contains("does not fit into a frame"));
    // In pieces it comes whole.
    let mut client = arrive.client();
    client.request("GET /v1/large", &json!({ "zap-stream": ["1"] }), b"");
    let (_, head) = client.frame().expect("a head");
    assert_eq!((head.kind(), head.number(0)), (202, 200));
    let (mut total, mut number) = (0, 0);
    loop {
        let (_, piece) = client.frame().expect("a piece");
        if piece.kind() == 204 {
            assert_eq!((piece.number(0), piece.number(4)), (number, 0));
            break;
        }
        assert_eq!((piece.kind(), piece.number(0)), (203, number));
        assert!(piece.bytes(8).len() <= 64 * 1024);
        total += piece.bytes(8).len();
        number += 1;
    }
    assert_eq!(total, 11_000_000);
}

#[test]
fn a_stream_comes_piece_by_piece_and_is_cancelled_by_the_client() {
    let (told, next) = mpsc::channel::<()>();
    let (next, closed) = (Mutex::new(next), Arc::new(Mutex::new(false)));
    let seen = closed.clone();
    let arrive = Arrive::start(
        "zap-pieces",
        Origin::start(move |x| {
            x.begin_stream();
            for n in 0..3 {
                x.chunk(format!("data: {n}\n\n").as_bytes());
                next.lock()
                    .expect("next")
                    .recv()
                    .expect("the client has it");
            }
            *seen.lock().expect("closed") = x.closed(PATIENCE).is_some();
        }),
    );
    let mut client = arrive.client();
    let id = client.request("POST /v1/events", &json!({ "Zap-Stream": "1" }), b"{}");
    let (_, head) = client.frame().expect("a head");
    assert_eq!(head.json(12)["Content-Type"], json!(["text/event-stream"]));
    for n in 0..3u32 {
        let (of, piece) = client.frame().expect("a piece");
        assert_eq!((of, piece.number(0)), (id, n));
        assert_eq!(piece.bytes(8), format!("data: {n}\n\n").as_bytes());
        told.send(()).expect("the origin waits");
    }
    client.send(&frame(&message(205, 8, &[Field::Number(0, id)])));
    within(PATIENCE, "the end of the upstream's work", || {
        closed.lock().expect("closed").then_some(())
    });
    // The connection goes on.
    assert_eq!(client.ask("GET /healthz", &Value::Null, b"").0, 200);
}

#[test]
fn a_client_that_leaves_ends_what_is_done_for_it() {
    let closed = Arc::new(Mutex::new(false));
    let seen = closed.clone();
    let arrive = Arrive::start(
        "zap-leaves",
        Origin::start(move |x| {
            *seen.lock().expect("closed") = x.closed(PATIENCE).is_some();
        }),
    );
    let mut client = arrive.client();
    client.request("GET /v1/x", &Value::Null, b"");
    arrive.origin.request(0);
    drop(client);
    within(PATIENCE, "the end of the upstream's work", || {
        closed.lock().expect("closed").then_some(())
    });
}

#[test]
fn requests_overtake_one_another_up_to_a_bound() {
    let open = Arc::new(Mutex::new(false));
    let gate = open.clone();
    let arrive = Arrive::start(
        "zap-overtake",
        Origin::start(move |x| {
            while x.target().ends_with("held") && !*gate.lock().expect("gate") {
                thread::sleep(Duration::from_millis(1));
            }
            let target = x.target().to_owned();
            x.reply("200 OK", &[], target.as_bytes());
        }),
    );
    let mut client = arrive.client();
    let held: Vec<u32> = (0..3)
        .map(|_| client.request("GET /v1/held", &Value::Null, b""))
        .collect();
    let quick = client.request("GET /v1/quick", &Value::Null, b"");
    assert_eq!(
        client.frame().expect("an answer").0,
        quick,
        "the last one first"
    );
    // Four may be under way: of two more, one is not read.
    client.request("GET /v1/held", &Value::Null, b"");
    client.request("GET /v1/held", &Value::Null, b"");
    within(PATIENCE, "four at the origin", || {
        (arrive.origin.count() == 5).then_some(())
    });
    thread::sleep(Duration::from_millis(100));
    assert_eq!(arrive.origin.count(), 5);
    *open.lock().expect("gate") = true;
    let mut answered: Vec<u32> = (0..5)
        .map(|_| client.frame().expect("an answer").0)
        .collect();
    answered.sort_unstable();
    assert_eq!(answered[..3], held[..]);
}

#[test]
fn other_layouts() {
    let arrive = Arrive::start("zap-layouts", echo());
    let mut client = arrive.client();
    // As the Go gateway writes it: type 0, slots that overlap.
    let mut legacy = message(0, 32, &[]);
    let (method, path, headers, body) = ("POST", "/v1/legacy", r#"{"Accept":["a/b"]}"#, "{}");
    let words = [
        32,
        28 + method.len(),
        24 + method.len() + path.len(),
        20 + method.len() + path.len() + headers.len(),
        body.len(),
    ];
    for (n, word) in words.iter().enumerate() {
        let word = u32::try_from(*word).expect("a word");
        legacy[16 + 4 * n..20 + 4 * n].copy_from_slice(&word.to_le_bytes());
    }
    legacy.extend([method, path, headers, body].concat().as_bytes());
    let size = u32::try_from(legacy.len()).expect("a word");
    legacy[12..16].copy_from_slice(&size.to_le_bytes());
    client.call(&legacy);
    let (status, _, answer) = client.answer();
    assert_eq!((status, &*answer), (201, &b"{}"[..]));
    let request = arrive.origin.last();
    assert_eq!(
        (&*request.target, request.headers.get("accept")),
        ("/v1/legacy", Some("a/b"))
    );
    // A call of a cloud service.
    client.call(&message(
        100,
        24,
        &[
            Field::Bytes(0, b"chat.completions"),
            Field::Bytes(8, b"Bearer tok"),
            Field::Bytes(16, br#"{"model":"m"}"#),
        ],
    ));
    let (_, answer) = client.frame().expect("an answer");
    assert_eq!((answer.kind(), answer.number(0)), (100, 201));
    assert_eq!(
        (answer.bytes(4), answer.bytes(12)),
        (&br#"{"model":"m"}"#[..], &b""[..])
    );
    let request = arrive.origin.last();
    assert_eq!(
        (&*request.method, &*request.target),
        ("POST", "/v1/chat/completions")
    );
    assert_eq!(request.headers.get("authorization"), Some("Bearer tok"));
    // A type that nobody knows is met with silence, and the connection goes on.
    client.call(&message(77, 8, &[]));
    client.send(&frame(b""));
    let answered = client.request("GET /healthz", &Value::Null, b"");
    assert_eq!(client.frame().expect("an answer").0, answered);
}

#[test]
fn strangers_are_shown_the_door() {
    let arrive = Arrive::start("zap-strangers", echo());
    let address = arrive.gateway.zap();
    let mut no_id = hello("x");
    no_id[80] = 0;
    for (name, bytes) in [
        ("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("no id", no_id),
        (
            "a call before the handshake",
            call(1, 1, &message(200, 40, &[])),
        ),
        ("a huge frame", vec![0xff; 8]),
        ("a huge frame later", [hello("x"), vec![0xff; 4]].concat()),
        (
            "noise",
            [hello("x"), frame(b"what is this").repeat(16)].concat(),
        ),
    ] {
        let mut stream = TcpStream::connect(address).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(&bytes).expect("send");
        let ended = within(PATIENCE, name, || match read_frame(&mut stream) {
            Ok(Some(_)) => None,
            Ok(None) => Some(true),
            Err(error) => Some(error.kind() == std::io::ErrorKind::ConnectionReset),
        });
        assert!(ended, "{name}");
    }
    // A second of the same name is welcome: responses go where the requests came from.
    let (mut one, mut two) = (arrive.client(), arrive.client());
    assert_eq!(one.ask("GET /healthz", &Value::Null, b"").0, 200);
    assert_eq!(two.ask("GET /healthz", &Value::Null, b"").0, 200);
    // Eight at once; one more is closed.
    let _more: Vec<_> = (0..6).map(|_| arrive.client()).collect();
    let stream = TcpStream::connect(address).expect("connect");
    assert!(ZapClient::over(stream, "one-too-many").is_err());
    drop(one);
    within(PATIENCE, "a free place", || {
        let stream = TcpStream::connect(address).ok()?;
        ZapClient::over(stream, "another").ok()
    });
}

#[test]
fn a_gateway_that_stops_answers_what_is_under_way() {
    let (told, next) = mpsc::channel::<()>();
    let next = Mutex::new(next);
    let mut arrive = Arrive::start(
        "zap-drain",
        Origin::start(move |x| {
            next.lock().expect("next").recv().expect("told");
            x.reply("200 OK", &[], b"late");
        }),
    );
    let mut client = arrive.client();
    client.request("GET /v1/x", &Value::Null, b"");
    arrive.origin.request(0);
    arrive.gateway.signal("TERM");
    arrive
        .gateway
        .line("the drain", |line| line.contains("draining"));
    told.send(()).expect("the origin waits");
    let (status, _, body) = client.answer();
    assert_eq!((status, &*body), (200, &b"late"[..]));
    assert!(client.frame().is_none(), "and then it is closed");
    assert!(arrive.gateway.exit(PATIENCE).success());
}
