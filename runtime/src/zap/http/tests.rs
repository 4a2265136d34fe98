//! Requests and responses as bytes, from the protocol's own examples; what must be refused; and hostile input.

mod fuzz;
mod shared;

use super::{
    End, Piece, Request, Response, cloud,
    cloud::Cloud,
    fields, kind, legacy,
    stream::{self, Ending},
};
use crate::zap::codec::{Malformed, Message, Payload, tests::hex};
use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The message of a frame that holds half of a call, or a bare one.
fn message(frame: &[u8]) -> Vec<u8> {
    let payload = bytes::Bytes::copy_from_slice(&frame[4..]);
    match Payload::of(payload) {
        Payload::Call { message, .. } | Payload::Bare(message) => message.to_vec(),
        other => panic!("no message: {other:?}"),
    }
}

const JSON: &[u8] = br#"{"Content-Type":["application/json"]}"#;

fn post() -> Request<'static> {
    Request {
        method: "POST",
        path: "/v1/chat",
        headers: JSON,
        body: br#"{"a":1}"#,
        query: "x=1&y=2",
    }
}

#[test]
fn a_request_is_what_go_writes() {
    let expected = hex("7f000000 0b000000 01000000
        5a415000 0100 00c8 10000000 77000000
        28000000 04000000 24000000 08000000 24000000 25000000 41000000 07000000 40000000 07000000
        504f5354 2f76312f63686174
        7b22436f6e74656e742d54797065223a5b226170706c69636174696f6e2f6a736f6e225d7d
        7b2261223a317d 783d3126793d32");
    assert_eq!(post().encode(11), expected);
    let message = message(&expected);
    let message = Message::parse(&message).expect("a message");
    assert_eq!(message.kind(), kind::REQUEST);
    assert_eq!(Request::decode(&message), Ok(post()));
}

#[test]
fn a_response_is_what_go_writes() {
    let expected = hex("7b000000 0c000000 02000000
        5a415000 0100 00c9 10000000 73000000
        c8000000 14000000 0b000000 17000000 40000000 00000000
        7b226f6b223a747275657d
        7b22436f6e74656e742d54797065223a5b226170706c69636174696f6e2f6a736f6e225d2c
        225365742d436f6f6b6965223a5b22613d31222c22623d32225d7d");
    let response = Response {
        status: StatusCode::OK,
        body: br#"{"ok":true}"#,
        headers: br#"{"Content-Type":["application/json"],"Set-Cookie":["a=1","b=2"]}"#,
    };
    assert_eq!(response.encode(12, kind::RESPONSE), expected);
    let message = message(&expected);
    let message = Message::parse(&message).expect("a message");
    assert_eq!(Response::decode(&message), Ok(response));
}

#[test]
fn requests_that_are_none() {
    let long = format!("/{}", "x".repeat(super::MAX_PATH));
    for (method, path, query) in [
        ("", "/", ""),
        ("GE T", "/", ""),
        ("GET\r\n", "/", ""),
        ("METHODMETHODMETHODMETHODMETHODMET", "/", ""),
        ("GET", "", ""),
        ("GET", "v1", ""),
        ("GET", "*", ""),
        ("GET", "/a b", ""),
        ("GET", "/a?b", ""),
        ("GET", "/a#b", ""),
        ("GET", "/a\r\nX: y", ""),
        ("GET", "/\u{fc}", ""),
        ("GET", &long, ""),
        ("GET", "/", "a b"),
        ("GET", "/", "a#b"),
        ("GET", "/", "a\n"),
    ] {
        let request = Request {
            method,
            path,
            query,
            headers: b"",
            body: b"",
        };
        let message = message(&request.encode(1));
        let decoded = Message::parse(&message).and_then(|message| {
            Request::decode(&message)?;
            Ok(())
        });
        assert!(
            matches!(decoded, Err(Malformed::Content(_))),
            "{method:?} {path:?} {query:?}: {decoded:?}"
        );
    }
    let options = Request {
        method: "OPTIONS",
        path: "*",
        query: "",
        headers: b"",
        body: b"",
    };
    assert!(options.checked().is_ok());
}

#[test]
fn statuses_that_are_none() {
    for (status, sound) in [
        (0, false),
        (99, false),
        (100, false),
        (199, false),
        (200, true),
        (599, true),
        (600, false),
        (u32::MAX, false),
    ] {
        let frame = crate::zap::codec::Writer::call(
            1,
            crate::zap::codec::Direction::Response,
            kind::RESPONSE,
            24,
            0,
        )
        .u32(0, status)
        .finish();
        let message = message(&frame);
        let decoded =
            Message::parse(&message).and_then(|message| Response::decode(&message).map(drop));
        assert_eq!(decoded.is_ok(), sound, "{status}");
    }
}

fn map(pairs: &[(&str, &[u8])]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_bytes(value).expect("a value"))
    });
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(name, value);
    }
    map
}

#[test]
fn headers_as_json() {
    for (headers, json) in [
        (map(&[]), ""),
        (
            map(&[("content-type", b"text/plain")]),
            r#"{"Content-Type":["text/plain"]}"#,
        ),
        (
            map(&[
                ("set-cookie", b"a=1"),
                ("x-a-b", b"\"\\\t"),
                ("set-cookie", b"b=2"),
            ]),
            r#"{"Set-Cookie":["a=1","b=2"],"X-A-B":["\"\\\t"]}"#,
        ),
        (
            map(&[("x-latin", b"\xff"), ("x-utf", "ü".as_bytes())]),
            r#"{"X-Utf":["ü"]}"#,
        ),
        (
            map(&[
                ("connection", b"close"),
                ("te", b"trailers"),
                ("content-length", b"3"),
                ("upgrade", b"h2c"),
            ]),
            "",
        ),
    ] {
        let encoded = fields::encode(&headers);
        assert_eq!(String::from_utf8_lossy(&encoded), json);
    }
    for (json, headers) in [
        ("", map(&[])),
        ("{}", map(&[])),
        (
            r#" {"a": "1", "A": ["2", "3"], "a":[]} "#,
            map(&[("a", b"1"), ("a", b"2"), ("a", b"3")]),
        ),
        (r#"{"X":["\u00fc<"]}"#, map(&[("x", "ü<".as_bytes())])),
        (
            r#"{"Connection":["x-b"],"X-B":["1"],"X-C":["2"],"Upgrade":["a"]}"#,
            map(&[("x-c", b"2")]),
        ),
        (
            r#"{"Content-Length":["12"]}"#,
            map(&[("content-length", b"12")]),
        ),
    ] {
        assert_eq!(fields::decode(json.as_bytes()), Ok(headers), "{json}");
    }
    let many: Vec<String> = (0..257).map(|n| format!("\"x-{n}\":\"\"")).collect();
    let deep = "[".repeat(10_000);
    for json in [
        "[]",
        "null",
        "1",
        "{",
        r#"{"a":1}"#,
        r#"{"a":[1]}"#,
        r#"{"a":[["b"]]}"#,
        r#"{"a":{}}"#,
        r#"{"a":"\r\n"}"#,
        r#"{"a":"\u0000"}"#,
        r#"{"a b":"1"}"#,
        r#"{"":"1"}"#,
        r#"{"a":"1"} x"#,
        &format!("{{\"a\":{deep}"),
        &format!("{{{}}}", many.join(",")),
        &format!("{{\"a\":\"{}\"}}", "x".repeat(super::MAX_HEADERS)),
    ] {
        assert!(fields::decode(json.as_bytes()).is_err(), "{json:.60}");
    }
}

#[test]
fn a_response_in_pieces() {
    let head = Response {
        status: StatusCode::OK,
        body: b"",
        headers: br#"{"Content-Type":["text/event-stream"]}"#,
    };
    let message_of = |frame: bytes::Bytes| message(&frame);
    let bytes = message_of(head.encode(18, kind::HEAD));
    let decoded = Message::parse(&bytes).expect("a message");
    assert_eq!(
        (decoded.kind(), Response::decode(&decoded)),
        (kind::HEAD, Ok(head))
    );
    for piece in [
        Piece {
            number: 0,
            bytes: b"data: 1\n\n",
        },
        Piece {
            number: u32::MAX,
            bytes: b"",
        },
    ] {
        let bytes = message_of(piece.encode(18));
        let decoded = Message::parse(&bytes).expect("a message");
        assert_eq!(
            (decoded.kind(), Piece::decode(&decoded)),
            (kind::DATA, Ok(piece))
        );
    }
    for result in [Ending::Complete, Ending::Aborted, Ending::Limited] {
        let end = End {
            pieces: 1,
            result,
            trailers: b"{}",
        };
        let bytes = message_of(end.encode(18));
        let decoded = Message::parse(&bytes).expect("a message");
        assert_eq!(
            (decoded.kind(), End::decode(&decoded)),
            (kind::END, Ok(end))
        );
    }
    let bytes = message_of(stream::cancel(18));
    let decoded = Message::parse(&bytes).expect("a message");
    assert_eq!(
        (decoded.kind(), stream::cancelled(&decoded)),
        (kind::CANCEL, Ok(18))
    );
}

#[test]
fn cloud_calls() {
    let frame = hex(
        "57000000 10000000 01000000 5a415000 01000064 10000000 4f000000
        18000000 10000000 20000000 0a000000 22000000 0d000000
        636861742e636f6d706c6574696f6e73 42656172657220746f6b 7b226d6f64656c223a226d227d",
    );
    let bytes = message(&frame);
    let decoded = Message::parse(&bytes).expect("a message");
    let call = Cloud::decode(&decoded).expect("a call");
    assert_eq!(
        (call.method, call.auth, call.body),
        ("chat.completions", "Bearer tok", &br#"{"model":"m"}"#[..])
    );
    assert_eq!(call.path(), "/v1/chat/completions");
    for method in ["", "a..b", "a/b", ".a", "a.", "a b", "../x"] {
        let frame =
            crate::zap::codec::Writer::call(1, crate::zap::codec::Direction::Request, 100, 24, 0)
                .data(0, method.as_bytes())
                .finish();
        let bytes = message(&frame);
        let decoded = Message::parse(&bytes).expect("a message");
        assert!(Cloud::decode(&decoded).is_err(), "{method:?}");
    }
    let answer = cloud::answer(16, StatusCode::NOT_FOUND, b"{}");
    assert!(answer.ends_with(b"{}Not Found"));
}

#[test]
fn legacy_requests_are_recovered_whatever_is_in_them() {
    let one = |text: &'static [u8], there: bool| if there { text } else { b"" };
    for n in 0..8u8 {
        let there = |bit: u8| n & bit != 0;
        let request = Request {
            method: if there(4) { "DELETE" } else { "GET" },
            path: "/v1/models",
            headers: one(JSON, there(1)),
            body: one(b"\x00\xffraw", there(2)),
            query: if there(4) { "limit=5" } else { "" },
        };
        let frame = legacy::encode_with(&request, &[request.body], 7);
        let bytes = message(&frame);
        let decoded = Message::parse(&bytes).expect("a message");
        assert_eq!(legacy::request(&decoded), Ok(request));
    }
    // Captured from the Go gateway.
    let frame = hex(
        "70000000 04000000 01000000 5a415000 01000000 10000000 68000000
        20000000 20000000 24000000 45000000 07000000 00000000 00000000 00000000
        504f5354 2f76312f63686174
        7b22436f6e74656e742d54797065223a5b226170706c69636174696f6e2f6a736f6e225d7d 7b2261223a317d",
    );
    let request = Request {
        query: "",
        ..post()
    };
    assert_eq!(legacy::encode_with(&request, &[request.body], 4), frame);
    let placeholder = Request {
        path: "/users/{{.Id}}",
        ..request
    };
    let bytes = message(&legacy::encode_with(&placeholder, &[placeholder.body], 4));
    let decoded = Message::parse(&bytes).expect("a message");
    assert!(legacy::request(&decoded).is_err());
}

#[test]
fn legacy_responses_are_recovered() {
    let ok = br#"{"ok":true}"#;
    for (frame, body, headers) in [
        // Body and headers, whose slots overlap.
        (
            "5c000000 07000000 02000000 5a415000 01000000 10000000 50000000
          c8000000 0c000000 13000000 25000000 7b226f6b223a747275657d
          7b22436f6e74656e742d54797065223a5b226170706c69636174696f6e2f6a736f6e225d7d",
            &ok[..],
            JSON,
        ),
        // Twelve bytes of fixed section, a body alone.
        (
            "33000000 07000000 02000000 5a415000 01000000 10000000 27000000
          c8000000 08000000 0b000000 7b226f6b223a747275657d",
            ok,
            b"",
        ),
        // A status alone, in four bytes.
        (
            "1c000000 07000000 02000000 5a415000 01000000 10000000 14000000 c8000000",
            b"",
            b"",
        ),
    ] {
        let mut frame = hex(frame);
        let length = u32::try_from(frame.len() - 4).expect("short");
        frame[..4].copy_from_slice(&length.to_le_bytes());
        let bytes = message(&frame);
        let decoded = Message::parse(&bytes).expect("a message");
        let response = Response {
            status: StatusCode::OK,
            body,
            headers,
        };
        assert_eq!(Response::decode(&decoded), Ok(response));
    }
}
