//! The vectors of the protocol's reference, bytes that the Go implementation produced among them. They lie beside the
//! checkout, or not at all; what this crate must do without them, the tables around this file show.

use super::{Message, Payload, Request, Response, fields, hex, kind, legacy};
use crate::zap::{
    codec::{Direction, Frames, NodeId, tests::frames},
    http::{
        End, Piece,
        cloud::{self, Cloud},
        stream,
    },
};
use bytes::Bytes;
use serde_json::Value;
use std::{fs, path::Path};

fn vectors() -> Option<Vec<Value>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/zap-vectors.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: the shared vectors of ZAP are not there");
        return None;
    };
    serde_json::from_str(&text).expect("a list of vectors")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u32 {
    value[key]
        .as_u64()
        .and_then(|n| n.try_into().ok())
        .unwrap_or_default()
}

/// Bytes that are written as text, or as `hex:…`.
fn raw(value: &Value, key: &str) -> Vec<u8> {
    let text = text(value, key);
    text.strip_prefix("hex:")
        .map_or_else(|| text.as_bytes().to_vec(), hex)
}

/// What a receiver makes of the payload of one frame.
fn receive(frame: Bytes) -> Result<Payload, String> {
    let payload = Payload::of(frame);
    let (kind, message) = match &payload {
        Payload::Nothing | Payload::Unknown => return Ok(payload),
        Payload::Bare(message) => (None, message),
        Payload::Call {
            direction, message, ..
        } => (Some(*direction), message),
    };
    let told = Message::parse(message).and_then(|message| match (kind, message.kind()) {
        (Some(Direction::Request), _) => read_request(&message),
        (Some(Direction::Response), kind::DATA) => Piece::decode(&message).map(drop),
        (Some(Direction::Response), kind::END) => End::decode(&message).map(drop),
        (Some(Direction::Response), kind::CLOUD) => message.root(20).map(drop),
        (Some(Direction::Response), _) => read_response(&message),
        (None, kind::CANCEL) => stream::cancelled(&message).map(drop),
        (None, _) => Ok(()),
    });
    told.map(|()| payload).map_err(|why| why.to_string())
}

type Read = Result<(), crate::zap::codec::Malformed>;

fn read_request(message: &Message) -> Read {
    match message.kind() {
        kind::LEGACY => legacy::request(message).and_then(|r| fields::decode(r.headers).map(drop)),
        kind::CLOUD => Cloud::decode(message).map(drop),
        _ => Request::decode(message).and_then(|r| fields::decode(r.headers).map(drop)),
    }
}

fn read_response(message: &Message) -> Read {
    Response::decode(message).and_then(|r| fields::decode(r.headers).map(drop))
}

#[test]
fn every_shared_vector() {
    let Some(vectors) = vectors() else { return };
    let mut seen = 0;
    for vector in &vectors {
        let (name, bytes) = (text(vector, "name"), hex(text(vector, "hex")));
        let decoded = &vector["decoded"];
        if text(decoded, "transport").starts_with("zap-http") {
            // Another protocol: its frames must never be taken for ours.
            let mut frames = Frames::default();
            frames.space().extend_from_slice(&bytes);
            let taken = frames.next().is_ok_and(|frame| frame.is_some());
            assert!(!taken, "{name}");
        } else {
            match text(vector, "kind") {
                "message" => sound_message(name, &bytes, decoded),
                "handshake" => handshake(name, &bytes, decoded),
                "invalid" => invalid(name, &bytes, decoded),
                _ => stream_of(name, &bytes, decoded),
            }
        }
        seen += 1;
    }
    assert_eq!(seen, vectors.len());
    assert!(seen > 100, "{seen} are fewer than there were");
}

fn handshake(name: &str, bytes: &[u8], decoded: &Value) {
    let id = NodeId::of_hello(&bytes[4..]).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_eq!(id.as_str(), text(decoded, "node_id"), "{name}");
    if number(decoded, "version") != 2 {
        assert_eq!(id.hello(), bytes, "{name}");
    }
}

fn sound_message(name: &str, bytes: &[u8], decoded: &Value) {
    let message = Message::parse(bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
    if let Some(flags) = decoded["flags"].as_u64() {
        assert_eq!(u64::from(message.flags()), flags, "{name}");
    }
    if let Some(offset) = decoded["root_offset"].as_u64() {
        assert_eq!(message.root_offset() as u64, offset, "{name}");
        assert_eq!(
            message.root(0).is_err(),
            decoded["root_is_null"] == true,
            "{name}"
        );
    }
    if let Some(method) = decoded["method"].as_str() {
        let request = Request::decode(&message).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(
            (request.method, request.path),
            (method, text(decoded, "path")),
            "{name}"
        );
    }
    let Some(fields) = decoded["fields"].as_object() else {
        return;
    };
    for (field, value) in fields {
        fields_of(name, &message, field, value);
    }
}

/// `text@8`: one field of the root, read as its kind says.
fn fields_of(name: &str, message: &Message, field: &str, value: &Value) {
    let (kind, at) = field.split_once('@').expect("kind@offset");
    let at: usize = at
        .split(' ')
        .next()
        .and_then(|at| at.parse().ok())
        .expect("an offset");
    // The vectors do not say how long an object is; up to the end of this field is enough for all but text and bytes.
    let fixed = |bytes: usize| {
        message
            .root(at + bytes)
            .unwrap_or_else(|why| panic!("{name}: {why}"))
    };
    let told = || value.as_str().unwrap_or_default();
    let hexed = |bytes: &[u8]| {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect::<String>()
    };
    let whole = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0u64, |n, byte| n << 8 | u64::from(*byte))
    };
    match kind {
        "text" => assert_eq!(fixed(8).text(at).ok(), Some(told()), "{name} {field}"),
        "bytes" => {
            let bytes = fixed(8)
                .bytes(at)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(hexed(bytes), told(), "{name} {field}");
        }
        "bool" => assert_eq!(
            fixed(1).inline::<1>(at).ok(),
            Some([u8::from(value == true)])
        ),
        "u32" => assert_eq!(
            fixed(4).u32(at).ok(),
            u32::try_from(value.as_u64().unwrap_or(0)).ok()
        ),
        "list_u32" => {
            let list = fixed(8)
                .list(at, 4)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            let list: Vec<u64> = list.chunks(4).map(whole).collect();
            assert_eq!(Value::from(list), *value, "{name} {field}");
        }
        "list_u64" => {
            let list = fixed(8)
                .list(at, 8)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            let list: Vec<String> = list.chunks(8).map(|n| whole(n).to_string()).collect();
            assert_eq!(Value::from(list), *value, "{name} {field}");
        }
        "list_u8" => {
            let list = fixed(8)
                .list(at, 1)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            match value.as_str() {
                Some(text) => assert_eq!(list, text.as_bytes(), "{name} {field}"),
                None => assert_eq!(Value::from(list), *value, "{name} {field}"),
            }
        }
        "list" => assert_eq!(fixed(8).list(at, 1).ok(), Some(&[][..]), "{name} {field}"),
        "object" => {
            let object = fixed(4)
                .object(at, 8)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(object.is_none(), value.is_null(), "{name} {field}");
            if let (Some(object), Some(first)) = (object, value["u32@0"].as_u64()) {
                assert_eq!(object.u32(0).map(u64::from), Ok(first), "{name} {field}");
            }
        }
        "bytes20" => assert_eq!(hexed(&fixed(20).inline::<20>(at).expect("there")), told()),
        "bytes32" => assert_eq!(hexed(&fixed(32).inline::<32>(at).expect("there")), told()),
        "u8" | "i8" | "u16" | "i16" | "i32" | "i64" | "u64" | "f32" | "f64" => {
            let bits = kind[1..].parse::<usize>().expect("bits");
            let bytes = match bits {
                8 => fixed(1).inline::<1>(at).map(Vec::from),
                16 => fixed(2).inline::<2>(at).map(Vec::from),
                32 => fixed(4).inline::<4>(at).map(Vec::from),
                _ => fixed(8).inline::<8>(at).map(Vec::from),
            };
            let bits = whole(&bytes.expect("there"));
            let expected = match kind {
                "u64" if value.is_string() => {
                    u64::from_str_radix(told().trim_start_matches("0x"), 16).expect("hex")
                }
                #[expect(clippy::cast_possible_truncation, reason = "it is one of 32 bits")]
                "f32" => u64::from((value.as_f64().unwrap_or(0.0) as f32).to_bits()),
                "f64" => value.as_f64().unwrap_or(0.0).to_bits(),
                _ => {
                    let n = value.as_i64().unwrap_or_default().cast_unsigned();
                    let width: u32 = kind[1..].parse().expect("bits");
                    n & (u64::MAX >> (64 - width))
                }
            };
            assert_eq!(bits, expected, "{name} {field}");
        }
        other => panic!("{name}: no kind `{other}`"),
    }
}

/// One or more frames, which must come out however they are cut.
fn stream_of(name: &str, bytes: &[u8], decoded: &Value) {
    let all = frames(bytes, bytes.len());
    for step in [1, 3, 7, 64] {
        assert_eq!(frames(bytes, step), all, "{name} in pieces of {step}");
    }
    if let Some(expected) = decoded["frames"].as_array() {
        assert_eq!(all.len(), expected.len(), "{name}");
    }
    for frame in &all {
        // The first of some streams is a handshake, which is a bare message with flags 0.
        receive(frame.clone()).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    let id = number(decoded, "req_id");
    let (headers, body) = (raw(decoded, "headers"), raw(decoded, "body"));
    match name {
        _ if name.starts_with("http200-request") => {
            let request = Request {
                method: text(decoded, "method"),
                path: text(decoded, "path"),
                headers: &headers,
                body: &body,
                query: text(decoded, "query"),
            };
            assert_eq!(request.encode(id), bytes, "{name}");
        }
        "http200-streamed-response" | "http200-cancel" => restream(name, bytes, decoded, id),
        _ if name.starts_with("http200-response") => {
            let response = Response {
                status: status(decoded),
                body: &body,
                headers: &headers,
            };
            assert_eq!(response.encode(id, kind::RESPONSE), bytes, "{name}");
        }
        _ if name.starts_with("legacy-request") => {
            let meant = &decoded["intended"];
            let (headers, body) = (raw(meant, "headers_json"), raw(meant, "body"));
            let request = Request {
                method: text(meant, "method"),
                path: text(meant, "path"),
                headers: &headers,
                body: &body,
                query: text(meant, "query"),
            };
            let message = Message::parse(&all[0][8..]).expect("a message");
            assert_eq!(legacy::request(&message), Ok(request), "{name}");
            assert_eq!(
                legacy::encode_with(&request, &[request.body], id),
                bytes,
                "{name}"
            );
        }
        _ if name.starts_with("legacy-response") => {
            let meant = if decoded["intended"].is_object() {
                &decoded["intended"]
            } else {
                decoded
            };
            let message = Message::parse(&all[0][8..]).expect("a message");
            let response = Response::decode(&message).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(response.status, status(decoded), "{name}");
            // Eight spaces may be shared by both.
            assert_eq!(
                response.body.trim_ascii(),
                raw(meant, "body").trim_ascii(),
                "{name}"
            );
            let headers = raw(meant, "headers_json");
            assert_eq!(
                response.headers.trim_ascii(),
                headers.trim_ascii(),
                "{name}"
            );
            assert!(fields::decode(response.headers).is_ok(), "{name}");
        }
        "cloud-request-type-100" => {
            let message = Message::parse(&all[0][8..]).expect("a message");
            let call = Cloud::decode(&message).expect("a call");
            assert_eq!(call.method, text(decoded, "method"));
            assert_eq!((call.auth, call.body), (text(decoded, "auth"), &body[..]));
        }
        "cloud-response-type-100" => assert_eq!(cloud::answer(id, status(decoded), &body), bytes),
        _ => {}
    }
}

fn status(decoded: &Value) -> ::http::StatusCode {
    let code = number(decoded, "status").try_into().expect("a status");
    ::http::StatusCode::from_u16(code).expect("a status")
}

fn restream(name: &str, bytes: &[u8], decoded: &Value, id: u32) {
    let Some(frames) = decoded["frames"].as_array() else {
        let cancelled = number(&decoded["fields"], "u32@0 request_id");
        assert_eq!(stream::cancel(cancelled), bytes, "{name}");
        return;
    };
    let again: Vec<Bytes> = frames
        .iter()
        .map(|frame| match number(frame, "msg_type") {
            202 => Response {
                status: status(frame),
                body: b"",
                headers: &raw(frame, "headers"),
            }
            .encode(id, kind::HEAD),
            203 => Piece {
                number: number(frame, "seq"),
                bytes: &raw(frame, "data"),
            }
            .encode(id),
            _ => End {
                pieces: number(frame, "count"),
                result: stream::Ending::Complete,
                trailers: b"",
            }
            .encode(id),
        })
        .collect();
    assert_eq!(again.concat(), bytes, "{name}");
}

fn invalid(name: &str, bytes: &[u8], decoded: &Value) {
    match text(decoded, "layer") {
        "handshake" => assert!(NodeId::of_hello(&bytes[4..]).is_err(), "{name}"),
        "message" => {
            let told = Message::parse(bytes).and_then(|message| match message.kind() {
                _ if name.contains("list") => message.root(8)?.list(0, 4).map(drop),
                _ if name.contains("object-offset") => message.root(8)?.object(0, 8).map(drop),
                kind::RESPONSE => read_response(&message),
                _ => read_request(&message),
            });
            assert!(told.is_err(), "{name}");
        }
        _ => {
            let mut frames = Frames::default();
            frames.space().extend_from_slice(bytes);
            match frames.next() {
                // Cut off, or too long.
                Ok(None) => assert!(frames.has_begun(), "{name}"),
                Err(_) => {}
                Ok(Some(frame)) => match receive(frame) {
                    Ok(Payload::Unknown) | Err(_) => {}
                    // An answer to nothing; who waits for what is not the codec's business.
                    Ok(_) => assert_eq!(name, "invalid-response-unknown-request-id"),
                },
            }
        }
    }
}
