//! What of an upstream's answer reaches the client.

use harness::{End, Gateway, Origin, PATIENCE};
use std::sync::mpsc;

/// A no-op route is a pipe: status, headers and body are the upstream's.
#[test]
fn status_headers_and_body_pass_as_they_are() {
    let origin = Origin::start(|x| {
        x.body();
        let status = x.target().rsplit('/').next().unwrap_or_default().to_owned();
        let headers = [
            ("Content-Type", "application/problem+json; x=y"),
            ("Set-Cookie", "a=1; Path=/"),
            ("Location", "http://origin.test:8000/elsewhere?x=1"),
            ("Retry-After", "7"),
            ("Cache-Control", "no-store"),
            ("Set-Cookie", "b=2"),
            ("ETag", "\"abc\""),
        ];
        x.reply(
            &format!("{status} Whatever"),
            &headers,
            b"{\"the\": \"body\"}",
        );
    });
    let gateway = Gateway::forward(&origin);
    for status in [
        200, 201, 206, 301, 302, 307, 400, 401, 404, 418, 429, 500, 502, 503,
    ] {
        let answer = gateway.get(&format!("/all/{status}"));
        assert_eq!(answer.status, status);
        assert_eq!(answer.text(), "{\"the\": \"body\"}", "{status}");
        assert_eq!(
            answer.headers.all("set-cookie"),
            ["a=1; Path=/", "b=2"],
            "{status}"
        );
        for (name, value) in [
            ("content-type", "application/problem+json; x=y"),
            ("location", "http://origin.test:8000/elsewhere?x=1"),
            ("retry-after", "7"),
            ("cache-control", "no-store"),
            ("etag", "\"abc\""),
            ("content-length", "15"),
        ] {
            assert_eq!(answer.headers.all(name), [value], "{status}");
        }
    }
}

/// BR-1, BR-2, BR-3; RFC 9110 7.6.1.
#[test]
fn the_gateway_signs_and_connection_headers_stop_here() {
    let origin = Origin::start(|x| {
        let headers = [
            ("Connection", "X-Named, keep-alive"),
            ("X-Named", "1"),
            ("Keep-Alive", "timeout=5"),
            ("X-KRAKEND", "Version 2"),
            ("X-Krakend-Completed", "true"),
            ("X-Request-Id", "upstream's own"),
            ("X-Stays", "1"),
        ];
        x.reply("200 OK", &headers, b"ok");
    });
    let gateway = Gateway::forward(&origin);
    let answer = gateway.ask("GET /all/x", &[("X-Request-Id", "mine")]);
    for gone in ["x-named", "keep-alive", "x-krakend", "x-krakend-completed"] {
        assert!(!answer.headers.has(gone), "{gone}: {:?}", answer.headers);
    }
    let brand = answer.headers.get("x-powered-by").unwrap_or_default();
    assert!(brand.starts_with("hanzoai/gateway Version "), "{brand}");
    for (name, value) in [
        ("x-gateway-completed", "false"),
        ("x-stays", "1"),
        ("x-request-id", "mine"),
    ] {
        assert_eq!(answer.headers.all(name), [value]);
    }
}

/// Answers without a body leave the connection in step: the next request on it is answered properly.
#[test]
fn answers_without_a_body_keep_the_connection_in_step() {
    let origin = Origin::start(|x| {
        x.body();
        match x.target().to_owned().as_str() {
            "/all/204" => x.begin("204 No Content", &[("X-A", "1")]),
            "/all/304" => x.begin(
                "304 Not Modified",
                &[("ETag", "\"e\""), ("Content-Length", "99")],
            ),
            "/all/empty" => x.reply("200 OK", &[], b""),
            _ if x.method() == "HEAD" => x.begin("200 OK", &[("Content-Length", "1234")]),
            _ => x.reply("200 OK", &[], b"after"),
        }
    });
    let gateway = Gateway::forward(&origin);
    for (line, status, length) in [
        ("GET /all/204", 204, None),
        ("GET /all/304", 304, Some("99")),
        ("HEAD /all/x", 200, Some("1234")),
        ("GET /all/empty", 200, Some("0")),
        ("HEAD /all/304", 304, Some("99")),
    ] {
        let mut client = gateway.client();
        let method = line.split(' ').next().unwrap_or_default();
        let answer = client.request(line, &[]).response_to(method);
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{line}");
        assert!(!answer.headers.has("transfer-encoding"), "{line}");
        let got = answer.headers.get("content-length");
        // A 304 may leave its length out (RFC 9110 8.6); it must not lie.
        assert!(
            got == length || (status == 304 && got.is_none()),
            "{line}: {got:?}"
        );
        assert_eq!(
            client.request("GET /all/x", &[]).response().text(),
            "after",
            "{line}"
        );
    }
}

#[test]
fn trailers_arrive() {
    let origin = Origin::start(|x| {
        x.begin(
            "200 OK",
            &[("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")],
        );
        x.chunk(b"hello");
        x.send("0\r\nX-Sum: 42\r\n\r\n");
    });
    let gateway = Gateway::forward(&origin);
    let answer = gateway.ask("GET /all/x", &[("TE", "trailers")]);
    assert_eq!(
        (answer.text().as_str(), answer.end),
        ("hello", End::Complete)
    );
    assert_eq!(answer.trailers.get("x-sum"), Some("42"));
}

#[test]
fn interim_answers_of_the_upstream_are_not_the_answer() {
    let origin = Origin::start(|x| {
        x.send("HTTP/1.1 100 Continue\r\n\r\n");
        x.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
        x.reply("200 OK", &[], b"final");
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    for _ in 0..2 {
        let answer = client.request("GET /all/x", &[]).response();
        assert_eq!((answer.status, answer.text().as_str()), (200, "final"));
    }
}

/// The upstream sends the next chunk only when the client has the one before: whoever buffers never gets past the first.
#[test]
fn every_chunk_is_passed_on_at_once() {
    let (got, next) = mpsc::channel::<()>();
    let next = std::sync::Mutex::new(next);
    let origin = Origin::start(move |x| {
        x.begin_stream();
        for n in 0..50 {
            x.chunk(format!("data: {n}\n\n").as_bytes());
            next.lock()
                .expect("receiver")
                .recv_timeout(PATIENCE)
                .expect("the client got the chunk");
        }
        x.end_stream();
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let head = client
        .request("GET /all/x", &[("Accept", "text/event-stream")])
        .head();
    assert_eq!(head.headers.get("content-type"), Some("text/event-stream"));
    assert!(!head.headers.has("content-length") && !head.headers.has("content-encoding"));
    for n in 0..50 {
        let (_, chunk) = client.chunk().expect("a chunk");
        assert_eq!(
            chunk,
            format!("data: {n}\n\n").as_bytes(),
            "chunk in = chunk out"
        );
        got.send(()).expect("the origin waits");
    }
    assert!(client.chunk().is_none());
}

/// The same upload, the other way: the client goes on only when the upstream has what was sent.
#[test]
fn every_piece_of_an_upload_is_passed_on_at_once() {
    let (got, next) = mpsc::channel::<()>();
    let origin = Origin::start(move |x| {
        while x.wire.chunk().expect("a chunk").is_some() {
            got.send(()).expect("the client waits");
        }
        x.reply("200 OK", &[], b"all");
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.send("POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..20 {
        client.send("4\r\nmore\r\n");
        next.recv_timeout(PATIENCE)
            .expect("the origin got the piece");
    }
    assert_eq!(client.send("0\r\n\r\n").response().text(), "all");
}

#[test]
fn an_answer_that_ends_with_its_connection_is_complete() {
    let origin = Origin::start(|x| {
        x.begin("200 OK", &[("Content-Type", "text/plain")]);
        x.send("until the end");
        x.close();
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    for _ in 0..2 {
        let answer = client.request("GET /all/x", &[]).response();
        assert_eq!(
            (answer.text().as_str(), answer.end),
            ("until the end", End::Complete)
        );
    }
}

#[test]
fn an_http_1_0_client_gets_no_chunks() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        x.chunk(b"one ");
        x.chunk(b"two");
        x.end_stream();
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    let answer = client
        .send("GET /all/x HTTP/1.0\r\nHost: h\r\n\r\n")
        .response();
    assert!(
        !answer.headers.has("transfer-encoding"),
        "{:?}",
        answer.headers
    );
    assert_eq!(answer.text(), "one two");
}

/// Brand and request id are on answers of our own too; the health probes carry none (PIPE-2).
#[test]
fn our_own_errors_are_json_with_a_message_and_the_request_id() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let answer = gateway.ask("GET /refusing", &[("X-Request-Id", "find-me")]);
    assert_eq!(answer.status, 502);
    let kind = answer.headers.get("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{kind}");
    assert_eq!(answer.json()["request_id"], "find-me");
    assert!(answer.json()["message"].is_string());
    assert_eq!(answer.headers.get("x-request-id"), Some("find-me"));
    assert!(answer.headers.has("x-powered-by"));
    assert_eq!(answer.headers.get("x-gateway-completed"), Some("false"));
    assert!(!gateway.get("/healthz").headers.has("x-powered-by"));
}
