//! Upstreams whose answers nobody could be sure of, and what of a sure one reaches the client.

use harness::{End, Gateway, Origin};
use std::sync::{Arc, Mutex};

/// Answers every request with what it is told, and closes.
fn told() -> (Origin, Arc<Mutex<Vec<u8>>>) {
    let answer = Arc::new(Mutex::new(Vec::new()));
    let to_give = Arc::clone(&answer);
    let origin = Origin::start(move |x| {
        x.body();
        let answer = to_give.lock().expect("the answer").clone();
        x.send(answer);
        x.close();
    });
    (origin, answer)
}

/// RFC 9112 6.3: a client would find its end elsewhere, or take a part of it for the answer to another request.
#[test]
fn ambiguous_answers_are_a_502() {
    let (origin, answer) = told();
    let gateways = Gateway::lanes(&origin);
    let ok = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\nhello");
    let long = "x".repeat(300_000);
    let many = "X-A: b\r\n".repeat(101);
    let interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(100);
    for text in [
        ok("Content-Length: 5\r\nContent-Length: 5\r\n"),
        ok("Content-Length: 5\r\nContent-Length: 6\r\n"),
        ok("Content-Length: 5, 5\r\n"),
        ok("Content-Length: +5\r\n"),
        ok("Content-Length: 0x5\r\n"),
        ok("Content-Length:\r\n"),
        ok("Content-Length: 18446744073709551616\r\n"),
        ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ok("Transfer-Encoding: identity\r\n"),
        ok("Transfer-Encoding: gzip, chunked\r\n"),
        ok("Transfer-Encoding: chunked, gzip\r\n"),
        ok("Transfer-Encoding: xchunked\r\n"),
        ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ok("Transfer-Encoding:\r\n chunked\r\n"),
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        ok("Content-Length : 5\r\n"),
        ok(" Content-Length: 5\r\n"),
        ok("X-A: b\r\n c\r\n"),
        ok("X-A: b\nX-C: d\r\n"),
        ok("X-A: b\rX-C: d\r\n"),
        ok("X-A: \0\r\n"),
        ok("X A: b\r\n"),
        ok(": b\r\n"),
        ok("X-A\r\n"),
        ok(&many),
        ok(&format!("X-A: {long}\r\n")),
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello".to_owned(),
        "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 OK\r\n\r\n".to_owned(),
        "hello".to_owned(),
        "<html>\r\n\r\n".to_owned(),
        "SSH-2.0-OpenSSH_9.9\r\n".to_owned(),
        "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        interim + &ok("Content-Length: 5\r\n"),
    ] {
        answer
            .lock()
            .expect("the answer")
            .clone_from(&text.clone().into_bytes());
        for gateway in &gateways {
            let got = gateway.get("/all/x");
            assert_eq!(got.status, 502, "{text:.60?}: {}", got.text());
        }
    }
}

/// The head is with the client already: what is wrong with the body can only be told by cutting it.
#[test]
fn ambiguous_chunks_cut_the_answer() {
    let (origin, answer) = told();
    let gateways = Gateway::lanes(&origin);
    for chunks in [
        "5\r\nhello\r\n",
        "5\r\nhello\r\n0\r\n",
        "5\r\nhello\r\n-1\r\n",
        "5\r\nhello\r\n0 \r\n\r\n",
        "5\r\nhello\r\n0\n\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\r\n10000000000000000\r\n",
        "5\r\nhello\r\n0\r\nX-A : b\r\n\r\n",
    ] {
        let text = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        *answer.lock().expect("the answer") = text.into_bytes();
        for gateway in &gateways {
            let got = gateway.get("/all/x");
            assert_eq!((got.status, got.end), (200, End::CutShort), "{chunks:?}");
            assert!(
                "hello".starts_with(&got.text()),
                "{chunks:?}: {}",
                got.text()
            );
        }
    }
}

/// What an upstream sends behind its answer is not the answer to the next request (response splitting, 9112 11.1).
#[test]
fn what_follows_an_answer_answers_nobody() {
    for stray in [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "x",
        "\r\n",
    ] {
        for framing in [
            "Content-Length: 2\r\n\r\nok",
            "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{framing}{stray}");
            let origin = Origin::start(move |x| x.send(&text));
            for gateway in Gateway::lanes(&origin) {
                let mut client = gateway.client();
                for _ in 0..3 {
                    let got = client.request("GET /all/x", &[]).response();
                    assert_eq!((got.status, got.text().as_str()), (200, "ok"), "{stray:?}");
                }
            }
            assert_eq!(
                origin.connections(),
                6,
                "a connection with {stray:?} on it was kept"
            );
        }
    }
}

/// On one lane the head is read, on the other it is passed on: the client cannot tell.
#[test]
fn both_lanes_answer_alike() {
    let (origin, answer) = told();
    let gateways = Gateway::lanes(&origin);
    for (method, text) in [
        (
            "GET",
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2\r\nContent-Length: 5\r\n\r\nhello",
        ),
        (
            "GET",
            "HTTP/1.1 299 In Its Own Words\r\nX-A: \t b \t\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "GET",
            "HTTP/1.1 404\r\nX-Bytes: \u{80}\u{fe}\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n",
        ),
        (
            "GET",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        ),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            "GET",
            "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: x\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nConnection: X-Named, close\r\nX-Named: 1\r\nX-Stays: 1\r\nContent-Length: 2\r\n\r\nok",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nX-KrakenD: v2\r\nx-krakend-completed: true\r\nX-Powered-By: php\r\nX-Gateway-Completed: true\r\nX-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok",
        ),
        (
            "GET",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 15:50:39 GMT\r\nContent-Length: 2\r\n\r\nok",
        ),
    ] {
        *answer.lock().expect("the answer") = text.chars().map(|c| c as u8).collect();
        let both = gateways.each_ref().map(|gateway| {
            let mut client = gateway.client();
            client.request(&format!("{method} /all/x"), &[("X-Request-Id", "mine")]);
            let head = client.head();
            let line = head.line.trim_end().to_owned();
            let got = client.rest_of(head, method);
            let fields = got.headers.0.into_iter().map(|(name, value)| {
                // Of a head without one, which day it was does not matter.
                let value = if name == "date" && !text.contains("Date") {
                    String::new()
                } else {
                    value
                };
                (name.to_lowercase(), value)
            });
            let mut fields: Vec<_> = fields.collect();
            fields.sort();
            (line, fields, got.body, got.end)
        });
        assert_eq!(both[0], both[1], "{text:?}");
        assert_eq!(both[0].3, End::Complete, "{text:?}");
    }
}

/// A status without a length is as long as its connection, and the next request does not wait for it.
#[test]
fn an_upstream_that_closes_is_not_asked_on_the_same_connection() {
    let (origin, answer) = told();
    *answer.lock().expect("the answer") =
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".to_vec();
    for gateway in Gateway::lanes(&origin) {
        let mut client = gateway.client();
        for n in 0..20 {
            let got = client.post(&format!("POST /all/{n}"), &[], b"x").response();
            assert_eq!((got.status, got.text().as_str()), (200, "ok"), "{n}");
        }
        drop(client);
    }
    assert_eq!(origin.connections(), 40);
}
