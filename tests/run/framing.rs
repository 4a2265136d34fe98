//! Where a request's body begins and ends, on both sides, and what is refused because nobody could be sure.

use harness::{Gateway, Origin, PATIENCE};

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

const SMUGGLED: &str = "GET /all/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// Asks the same of both lanes, with a request behind it that must not be seen: the statuses.
fn refused(gateways: &[Gateway], request: &str) -> Vec<u16> {
    let statuses = gateways.iter().map(|gateway| {
        let mut client = gateway.client();
        client.send(format!("{request}{SMUGGLED}"));
        let status = client.response().status;
        client.expect_closed(PATIENCE);
        status
    });
    statuses.collect()
}

/// RFC 9112 sections 2.2, 3, 5.1, 6.3: what two parsers could read differently is refused, and nothing that follows it on
/// the connection is read as a request.
#[test]
fn ambiguous_heads_are_refused() {
    let origin = Origin::ok();
    let gateways = Gateway::lanes(&origin);
    let post = |fields: &str| format!("POST /all/x HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
    let requests = [
        // Lengths.
        post("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello",
        post("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello",
        post("Content-Length: 5, 5\r\n") + "hello",
        post("Content-Length: 5,\r\n") + "hello",
        post("Content-Length: +5\r\n") + "hello",
        post("Content-Length: -5\r\n") + "hello",
        post("Content-Length: 5 5\r\n") + "hello",
        post("Content-Length: 0x5\r\n") + "hello",
        post("Content-Length: 5.0\r\n") + "hello",
        post("Content-Length: \"5\"\r\n") + "hello",
        post("Content-Length:\r\n") + "hello",
        post("Content-Length: 18446744073709551616\r\n") + "hello",
        post("Content-Length: 99999999999999999999999999\r\n") + "hello",
        // Codings.
        post("Transfer-Encoding: cow\r\n"),
        post("Transfer-Encoding: identity\r\n"),
        post("Transfer-Encoding:\r\n"),
        post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked, gzip\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked,\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked;x=y\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunke\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: \u{b}chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n",
        // Both.
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n") + "hello",
        "POST /all/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        // Names that others take for those two.
        post("Content-Length : 5\r\n") + "hello",
        post("Content Length: 5\r\n") + "hello",
        post("Content_Length: 5\r\n") + "hello",
        post("CONTENT_LENGTH: 5\r\n") + "hello",
        post("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n",
        post("Transfer_Encoding: chunked\r\n") + "0\r\n\r\n",
        post(" Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("\u{b}Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        // Names and values that are none.
        post("X-A : b\r\n"),
        post("X-A\t: b\r\n"),
        post(": b\r\n"),
        post("X-A\r\n"),
        post("X(A): b\r\n"),
        post("X-A\0: b\r\n"),
        post("X-A: a\0b\r\n"),
        post("X-A: a\u{7f}b\r\n"),
        // Lines.
        post("X-A: b\r\n c\r\n"),
        post("X-A: b\r\n\tc\r\n"),
        post("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n",
        post("X-A: b\nContent-Length: 5\r\n"),
        post("X-A: b\rContent-Length: 5\r\n"),
        post("X-A: b\r\r\n"),
        post("X-A: b\n"),
        "GET /all/x HTTP/1.1\nHost: h\r\n\r\n".to_owned(),
        "GET /all/x HTTP/1.1\nHost: h\n\n".to_owned(),
        "\nGET /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "\rGET /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        // Request lines.
        "GET /all/x\r\n\r\n".to_owned(),
        "GET /all/x HTTP/1.2\r\nHost: h\r\n\r\n".to_owned(),
        "GET /all/x HTTP/2.0\r\nHost: h\r\n\r\n".to_owned(),
        "GET /all/x http/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "GET /all/x HTTP/1.1 \r\nHost: h\r\n\r\n".to_owned(),
        "GET  /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "GET\t/all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        " GET /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "G(T /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        get("/all/x y"),
        // Targets.
        get("all/x"),
        get("h:80"),
        get("*"),
        get("/all/x#y"),
        get("ftp://h/all/x"),
        get("http:///all/x"),
        "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n".to_owned(),
        "CONNECT /all/x HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "PRI * HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        // Hosts.
        get("http://g/all/x"),
        get("http://user@h/all/x"),
        get("http://h:80/all/x"),
        "GET http://h/all/x HTTP/1.1\r\n\r\n".to_owned(),
    ];
    for request in &requests {
        assert_eq!(refused(&gateways, request), [400, 400], "{request:?}");
    }
    assert_eq!(origin.count(), 0, "a refused request reached the origin");
}

/// What is written unusually, and means one thing.
#[test]
fn unusual_heads_are_understood() {
    let origin = Origin::ok();
    for gateway in Gateway::lanes(&origin) {
        for (request, target, body) in [
            ("GET /all/x HTTP/1.1\r\nHost:h\r\n\r\n", "/x", ""),
            (
                "\r\n\r\nGET /all/x HTTP/1.1\r\nHost: \t h \t\r\n\r\n",
                "/x",
                "",
            ),
            (
                "GET http://h/all/x?y HTTP/1.1\r\nHost: h\r\n\r\n",
                "/x?y",
                "",
            ),
            ("GET HTTP://H/all/x HTTP/1.1\r\nHost: h\r\n\r\n", "/x", ""),
            (
                "POST /all/x HTTP/1.1\r\nHost: h\r\nCONTENT-LENGTH:005\r\n\r\nhello",
                "/x",
                "hello",
            ),
            (
                "POST /all/x HTTP/1.1\r\nHost: h\r\ntransfer-encoding:\tCHUNKED\t\r\n\r\n0000005;x=\"y\"\r\nhello\r\n000\r\n\r\n",
                "/x",
                "hello",
            ),
        ] {
            let answer = gateway.client().send(request).response();
            assert_eq!(answer.status, 200, "{request:?}");
            let got = origin.last();
            assert_eq!(got.target, format!("/all{target}"), "{request:?}");
            assert_eq!(got.body, body.as_bytes(), "{request:?}");
        }
    }
}

/// RFC 9112 7.1. The head of such a request is on its way already; what follows is not.
#[test]
fn ambiguous_chunks_are_refused() {
    let origin = Origin::ok();
    let gateways = Gateway::lanes(&origin);
    let long = "x".repeat(9000);
    for chunks in [
        "g\r\n".to_owned(),
        "\r\n".to_owned(),
        "-1\r\nx\r\n".to_owned(),
        "+1\r\nx\r\n".to_owned(),
        " 1\r\nx\r\n".to_owned(),
        "1 \r\nx\r\n".to_owned(),
        "1\t;y\r\nx\r\n".to_owned(),
        "0x1\r\nx\r\n".to_owned(),
        "1_0\r\n".to_owned(),
        "10000000000000001\r\nx\r\n".to_owned(),
        "00000000000000001\r\nx\r\n".to_owned(),
        "1\nx\r\n".to_owned(),
        "1\rx\r\n".to_owned(),
        "1;y\nx\r\n".to_owned(),
        "1;y\0\r\nx\r\n".to_owned(),
        format!("1;{long}\r\nx\r\n"),
        "1\r\nxy\r\n".to_owned(),
        "1\r\nx\n".to_owned(),
        "1\r\nx0\r\n\r\n".to_owned(),
        "0\r\n\n".to_owned(),
        "0\r\nX-A: b\n\r\n".to_owned(),
        "0\r\nX-A : b\r\n\r\n".to_owned(),
        "0\r\nX-A: b\r\n c\r\n\r\n".to_owned(),
        "0\r\nX-A\r\n\r\n".to_owned(),
        format!("0\r\nX-A: {long}\r\n\r\n"),
    ] {
        let head = "POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        let request = format!("{head}{chunks}");
        assert_eq!(refused(&gateways, &request), [400, 400], "{chunks:.40?}");
    }
    let targets = (0..origin.count()).map(|n| origin.request(n).target);
    assert!(targets.into_iter().all(|target| target == "/all/x"));
}

/// RFC 9110 6.5.1: what a trailer must not say is not passed on.
#[test]
fn trailers_that_would_frame_stay_here() {
    let origin = Origin::ok();
    for gateway in Gateway::lanes(&origin) {
        let answer = gateway
            .client()
            .send("POST /all/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n")
            .send("Trailer: X-Sum, Content-Length, Host, X-User-Id\r\n\r\n")
            .send("5\r\nhello\r\n0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n")
            .send("Host: g\r\nX-User-Id: root\r\nX-Sum: 42\r\n\r\n")
            .response();
        assert_eq!(answer.status, 200);
        let trailers = origin.last().trailers.0;
        assert_eq!(trailers, [("x-sum".to_owned(), "42".to_owned())]);
    }
}
