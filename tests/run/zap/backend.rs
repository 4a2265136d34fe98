//! A backend that is called by ZAP: what the peer gets, and what the client gets of it.

use super::{Zap, launch};
use harness::{
    Launch, Origin,
    gateway::refusing,
    zap::{Message, Peer},
};
use serde_json::{Value, json};

fn ok(call: harness::zap::Call) {
    call.reply(
        200,
        &json!({ "Content-Type": ["text/plain"], "X-By": ["zap"] }),
        b"by zap",
    );
}

#[test]
fn a_request_reaches_the_peer_as_it_is() {
    let zap = Zap::start(ok);
    let answer = zap
        .gateway
        .client()
        .post(
            "POST /call/a%2Fb/c?x=1&y=%20&x=2",
            &[
                ("Content-Type", "application/json"),
                ("X-List", "1"),
                ("X-List", "2"),
                ("X-User-Id", "somebody-else"),
                ("Connection", "x-private"),
                ("X-Private", "1"),
                ("Zap-Stream", "1"),
            ],
            b"{\"a\":1}",
        )
        .response();
    assert_eq!((answer.status, &*answer.text()), (200, "by zap"));
    assert_eq!(answer.headers.get("x-by"), Some("zap"));
    assert_eq!(answer.headers.get("content-length"), Some("6"));
    assert!(answer.headers.has("x-request-id") && answer.headers.has("x-powered-by"));
    let call = zap.peer.call(0);
    assert_eq!((call.message.kind(), &*call.method()), (200, "POST"));
    assert_eq!(
        (&*call.path(), &*call.query()),
        ("/api/a%2Fb/c", "x=1&y=%20&x=2")
    );
    assert_eq!(call.body(), b"{\"a\":1}");
    let headers = call.headers();
    let value = |name: &str| headers[name].clone();
    assert_eq!(value("Content-Type"), json!(["application/json"]));
    assert_eq!(value("X-List"), json!(["1", "2"]));
    assert_eq!(value("Host"), json!(["origin.test:8000"]));
    assert_eq!(value("X-Forwarded-For"), json!(["127.0.0.1"]));
    for absent in [
        "X-User-Id",
        "X-Private",
        "Connection",
        "Content-Length",
        "Zap-Stream",
    ] {
        assert_eq!(value(absent), Value::Null, "{absent}");
    }
    assert_eq!(zap.origin.count(), 0, "nothing went by HTTP");
}

#[test]
fn methods_parameters_and_queries_are_those_of_the_backend() {
    let zap = Zap::start(ok);
    zap.gateway.get("/users/a%20b/posts?y=1");
    let call = zap.peer.call(0);
    assert_eq!(
        (&*call.path(), &*call.query()),
        ("/v2/posts/a%20b", "of=a%20b&y=1")
    );
    zap.gateway
        .client()
        .post("POST /changed", &[("Accept", "*/*")], b"x")
        .response();
    let call = zap.peer.call(1);
    assert_eq!((&*call.method(), call.body()), ("PUT", &b"x"[..]));
    assert_eq!(call.headers()["Accept"], Value::Null, "it is not listed");
    zap.gateway.get("/call/none");
    let call = zap.peer.call(2);
    assert_eq!((call.body(), &*call.query()), (&b""[..], ""));
}

#[test]
fn an_answer_reaches_the_client_as_it_is() {
    let binary: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let expected = binary.clone();
    let zap = Zap::start(move |call| {
        match &*call.path() {
        "/api/binary" => call.reply(200, &json!({ "Content-Type": ["application/octet-stream"] }), &binary),
        "/api/cookies" => call.reply(404, &json!({ "set-cookie": ["a=1", "b=2"], "Connection": ["close"], "Transfer-Encoding": ["chunked"], "Content-Length": ["99"] }), b"[1,2]"),
        "/api/nothing" => call.reply(204, &Value::Null, b""),
        "/api/typeless" => call.answer(&harness::zap::answer(0, 203, &json!({ "X": "text" }), b"typeless")),
        _ => call.reply(200, &json!({ "Content-Length": ["12"] }), b""),
    }
    });
    let answer = zap.gateway.get("/call/binary");
    assert_eq!((answer.status, answer.body), (200, expected));
    let answer = zap.gateway.get("/call/cookies");
    assert_eq!((answer.status, &*answer.text()), (404, "[1,2]"));
    assert_eq!(answer.headers.all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(answer.headers.get("content-length"), Some("5"));
    let answer = zap.gateway.get("/call/nothing");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let answer = zap.gateway.get("/call/typeless");
    assert_eq!((answer.status, &*answer.text()), (203, "typeless"));
    assert_eq!(answer.headers.get("x"), Some("text"));
    let answer = zap.gateway.ask("HEAD /call/head", &[]);
    assert_eq!(answer.headers.get("content-length"), Some("12"));
}

#[test]
fn bodies_have_a_bound() {
    let zap = Zap::start(|call| {
        let length = call.body().len().to_string();
        call.reply(200, &Value::Null, length.as_bytes());
    });
    let post = |path: &str, bytes: usize| {
        zap.gateway
            .client()
            .post(path, &[], &vec![b'x'; bytes])
            .response()
    };
    assert_eq!(post("POST /small", 1000).text(), "1000");
    let answer = post("POST /small", 1001);
    assert_eq!(answer.status, 413);
    assert!(
        answer.text().contains("longer than 1000 bytes"),
        "{}",
        answer.text()
    );
    // Of unknown length it is found out on the way.
    let mut client = zap.gateway.client();
    client.request("POST /small", &[("Transfer-Encoding", "chunked")]);
    client.send(format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001)));
    assert_eq!(client.response().status, 413);
    // What a frame has room for.
    assert_eq!(post("POST /call/x", 10_420_224).text(), "10420224");
    assert_eq!(post("POST /call/x", 10_420_225).status, 413);
    assert_eq!(zap.peer.count(), 2);
}

#[test]
fn what_takes_too_long_is_a_504() {
    let zap = Zap::start(|call| {
        if call.path() != "/quick" {
            ok(call);
        }
    });
    let answer = zap
        .gateway
        .client()
        .post("POST /quick", &[], b"x")
        .response();
    assert_eq!(answer.status, 504);
    assert!(
        answer.text().contains("no answer within 300ms"),
        "{}",
        answer.text()
    );
    assert_eq!(zap.gateway.get("/call/x").text(), "by zap");
    assert_eq!(zap.origin.count(), 0, "a POST is not sent again");
}

#[test]
fn calls_share_a_connection_and_overtake_one_another() {
    let held = std::sync::Mutex::new(Vec::new());
    let zap = Zap::start(move |call| {
        let mut held = held.lock().expect("held");
        held.push(call);
        if held.len() == 5 {
            // The last one first.
            for call in held.drain(..).rev() {
                call.reply(200, &Value::Null, call.path().as_bytes());
            }
        }
    });
    let mut clients: Vec<_> = (0..5).map(|_| zap.gateway.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.request(&format!("GET /call/{n}"), &[]);
    }
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.response().text(), format!("/api/{n}"));
    }
    assert_eq!(zap.peer.dialers().len(), 1, "one connection for one core");
}

#[test]
fn several_connections_where_the_config_says_so() {
    let held = std::sync::Mutex::new(Vec::new());
    let zap = Zap::start(move |call| {
        let mut held = held.lock().expect("held");
        held.push(call);
        if held.len() == 8 {
            held.drain(..).for_each(ok);
        }
    });
    // Under way together, they make the gateway dial beside the first one.
    harness::within(harness::PATIENCE, "four connections", || {
        let mut clients: Vec<_> = (0..8).map(|_| zap.gateway.client()).collect();
        for client in &mut clients {
            client.request("GET /several", &[]);
        }
        for client in &mut clients {
            assert_eq!(client.response().text(), "by zap");
        }
        (zap.peer.dialers().len() == 4).then_some(())
    });
    let mut names = zap.peer.dialers();
    names.dedup();
    assert_eq!(names.len(), 4, "no two have the same name: {names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("several/")),
        "{names:?}"
    );
}

#[test]
fn every_core_and_replica_has_a_name_of_its_own() {
    let peer = Peer::start("cloud-api", ok);
    let origin = Origin::ok();
    let replicas: Vec<_> = (0..2)
        .map(|_| {
            Launch::golden("zap")
                .args(&["--workers", "2"])
                .resolve("origin.test:8000", origin.address)
                .resolve("peer.test:9651", peer.address)
                .start()
        })
        .collect();
    harness::within(harness::PATIENCE, "a connection of each core", || {
        for replica in &replicas {
            assert_eq!(replica.get("/call/x").text(), "by zap");
        }
        (peer.dialers().len() >= 4).then_some(())
    });
    let mut names = peer.dialers();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "a name twice: {names:?}");
}

#[test]
fn legacy_requests_are_those_of_the_go_gateway() {
    let zap = Zap::start(|call| {
        // Body and headers in slots that overlap, as a Go peer answers.
        let mut message = harness::zap::message(0, 16, &[harness::zap::Field::Number(0, 201)]);
        let (body, headers) = (br#"{"ok":true}"#, br#"{"X-By":["legacy"]}"#);
        message[20..32].copy_from_slice(&[12, 0, 0, 0, 19, 0, 0, 0, 19, 0, 0, 0]);
        message.extend_from_slice(body);
        message.extend_from_slice(headers);
        let size = u32::try_from(message.len()).expect("short");
        message[12..16].copy_from_slice(&size.to_le_bytes());
        call.answer(&message);
    });
    let answer = zap
        .gateway
        .client()
        .post("POST /legacy?q=1", &[("Accept", "a/b")], b"{}")
        .response();
    assert_eq!((answer.status, &*answer.text()), (201, "{\"ok\":true}"));
    assert_eq!(answer.headers.get("x-by"), Some("legacy"));
    let Message(message) = zap.peer.call(0).message;
    assert_eq!(message[6..8], [0, 0], "no type");
    let data = String::from_utf8_lossy(&message[48..]).into_owned();
    assert!(
        data.starts_with("POST/legacyq=1{\"") && data.ends_with("}{}"),
        "{data}"
    );
}

#[test]
fn a_peer_must_be_who_it_should_be() {
    for (id, by) in [("cloud-api", "by zap"), ("impostor", "by http")] {
        let origin = Origin::start(|x| x.reply("200 OK", &[], b"by http"));
        let peer = Peer::start(id, ok);
        let gateway = launch(&origin)
            .env("ZAP_PEER", &peer.address.to_string())
            .resolve("peer.test:9651", refusing())
            .start();
        assert_eq!(gateway.get("/known").text(), by, "{id}");
    }
    let origin = Origin::ok();
    let (code, said) = launch(&origin).env("ZAP_PEER", "http://peer:1").give_up();
    assert_eq!(code, Some(1));
    assert!(
        said.contains("peer_addr") && said.contains("HOST:PORT"),
        "{said}"
    );
}

#[test]
fn a_websocket_goes_by_http() {
    let zap = Zap::start(ok);
    let answer = zap.gateway.ask(
        "GET /call/ws",
        &[
            ("Connection", "upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "x"),
        ],
    );
    assert_eq!(answer.text(), "by http");
    assert_eq!(zap.peer.count(), 0);
}

#[test]
fn a_mocked_gateway_calls_nobody() {
    let origin = Origin::ok();
    let peer = Peer::start("cloud-api", ok);
    let gateway = launch(&origin)
        .resolve("peer.test:9651", peer.address)
        .args(&["--mock"])
        .start();
    assert_eq!(gateway.get("/call/x").status, 200);
    assert_eq!((peer.dialers().len(), origin.count()), (0, 0));
}
