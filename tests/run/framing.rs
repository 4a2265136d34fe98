//! Where a request's body begins and ends, on both sides, and what is refused because nobody could be sure.

use harness::{Client, End, Gateway, Origin};

/// (client's framing) → (framing at the origin).
#[test]
fn body_lengths_are_kept_and_unknown_ones_chunked() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let check = |request: &str, length: Option<&str>, chunked: bool, body: &[u8]| {
        let answer = gateway.client().send(request).response();
        assert_eq!(answer.status, 200, "{request:?}");
        let got = origin.last();
        assert_eq!(got.headers.get("content-length"), length, "{request:?}");
        assert_eq!(got.headers.has("transfer-encoding"), chunked, "{request:?}");
        assert_eq!(got.body, body, "{request:?}");
    };
    for target in ["/bare", "/all/x"] {
        let head = |method: &str, more: &str| {
            format!("{method} {target} HTTP/1.1\r\nHost: h\r\n{more}\r\n")
        };
        check(
            &(head("POST", "Content-Length: 5\r\n") + "hello"),
            Some("5"),
            false,
            b"hello",
        );
        let chunked = "Transfer-Encoding: chunked\r\n";
        check(
            &(head("POST", chunked) + "5\r\nhello\r\n0\r\n\r\n"),
            None,
            true,
            b"hello",
        );
        check(&head("POST", ""), Some("0"), false, b"");
        check(
            &head("POST", "Content-Length: 0\r\n"),
            Some("0"),
            false,
            b"",
        );
        check(&head("GET", ""), None, false, b"");
        check(
            &(head("GET", "Content-Length: 2\r\n") + "hi"),
            Some("2"),
            false,
            b"hi",
        );
    }
}

#[test]
fn trailers_of_a_request_arrive() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let answer = gateway
        .client()
        .send("POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
        .send("5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n")
        .response();
    assert_eq!(answer.status, 200);
    assert_eq!(origin.last().trailers.get("x-sum"), Some("42"));
}

/// RFC 9112 section 3.2. Where the request ends is clear, so the connection may go on.
#[test]
fn a_request_names_one_host() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (hosts, status) in [
        ("", 400),
        ("Host: a\r\nHost: b\r\n", 400),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: user@a\r\n", 400),
        ("Host: a/b\r\n", 400),
        ("Host: http://a\r\n", 400),
        ("Host: a:b:c\r\n", 400),
        ("Host: a\r\n", 200),
        ("Host: a:8080\r\n", 200),
        ("Host: [::1]:8080\r\n", 200),
        ("Host: under_score.test\r\n", 200),
    ] {
        let request = format!("GET /all/x HTTP/1.1\r\n{hosts}\r\n");
        assert_eq!(
            gateway.client().send(request).response().status,
            status,
            "{hosts:?}"
        );
    }
    // HTTP/1.0 knew no Host.
    let old = gateway
        .client()
        .send("GET /all/x HTTP/1.0\r\n\r\n")
        .response();
    assert_eq!((old.status, origin.count()), (200, 5));
}

/// RFC 9112 sections 5.1, 6.3: what two parsers could frame differently is refused, and nothing that follows it
/// on the connection is read as a request.
#[test]
fn ambiguous_requests_are_refused() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let smuggled = "GET /all/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    for (what, request) in [
        (
            "two lengths",
            "POST /all/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        ),
        (
            "a signed length",
            "POST /all/x HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello",
        ),
        (
            "an unknown coding",
            "POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: cow\r\n\r\n",
        ),
        (
            "chunked not last",
            "POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        ),
        (
            "a space before the colon",
            "GET /all/x HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n",
        ),
        (
            "a folded line",
            "GET /all/x HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n",
        ),
        ("no version", "GET /all/x\r\n\r\n"),
    ] {
        let mut client = gateway.client();
        client.send(format!("{request}{smuggled}"));
        let status = client.response().status;
        assert!(status == 400 || status == 501, "{what}: {status}");
        client.expect_closed(harness::PATIENCE);
    }
    assert_eq!(origin.count(), 0, "a refused request reached the origin");
}

/// Both framings at once: chunked counts, the length is not passed on (RFC 9112 6.3), and the connection is not used again.
#[test]
fn a_length_beside_chunks_is_not_forwarded() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let mut client = Client::connect(gateway.address);
    client.send("POST /all/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("5\r\nhello\r\n0\r\n\r\n");
    let answer = client.response();
    assert_eq!(answer.end, End::Complete);
    if answer.status == 200 {
        let got = origin.last();
        assert_eq!(
            (got.headers.get("content-length"), got.body.as_slice()),
            (None, &b"hello"[..])
        );
    } else {
        assert_eq!((answer.status, origin.count()), (400, 0));
    }
}
