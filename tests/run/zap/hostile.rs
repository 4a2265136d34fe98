//! A peer that does everything wrong costs the request that it was asked, and nothing else.

use super::{Zap, settles_at};
use harness::zap::{Call, Peer, RESPONSE, answer, call, frame, message};
use serde_json::{Value, json};
use std::{thread, time::Duration};

/// What the peer does, by the last segment of the path.
fn misbehave(asked: Call) {
    let sound = || answer(201, 200, &Value::Null, b"sound");
    match asked.path().rsplit('/').next().unwrap_or_default() {
        "huge" => asked.send(&u32::MAX.to_le_bytes()),
        "beyond" => {
            let mut message = sound();
            message[20..24].copy_from_slice(&0x7fff_0000u32.to_le_bytes());
            asked.answer(&message);
        }
        "negative" => {
            let mut message = sound();
            message[20..24].copy_from_slice(&(-20i32).to_le_bytes());
            asked.answer(&message);
        }
        "endless" => {
            let mut message = sound();
            message[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
            asked.answer(&message);
        }
        "no-message" => asked.answer(b"this is no message of ZAP"),
        "short" => asked.answer(b"ZAP"),
        "no-status" => asked.answer(&answer(201, 99, &Value::Null, b"")),
        "interim" => asked.answer(&answer(201, 101, &Value::Null, b"")),
        "no-headers" => asked.answer(&message(
            201,
            24,
            &[
                harness::zap::Field::Number(0, 200),
                harness::zap::Field::Bytes(12, b"[1,2]"),
            ],
        )),
        "smuggled" => asked.answer(&answer(201, 200, &json!({ "X": ["a\r\nY: b"] }), b"")),
        "unknown" => {
            for _ in 0..16 {
                asked.send(&frame(b"what is this"));
            }
        }
        "hello-again" => asked.send(&harness::zap::hello("cloud-api")[..50]),
        "gone" => asked.hang_up(),
        "half" => {
            let whole = call(asked.id, RESPONSE, &sound());
            asked.send(&whole[..30]);
            asked.hang_up();
        }
        // These cost nothing at all.
        "twice" => {
            asked.answer(&sound());
            asked.answer(&answer(201, 500, &Value::Null, b"again"));
        }
        "wrong-id" => {
            asked.send(&call(
                asked.id.wrapping_add(1000),
                RESPONSE,
                &answer(201, 500, &Value::Null, b""),
            ));
            asked.answer(&sound());
        }
        "request" => {
            asked.send(&call(asked.id, 1, &answer(201, 500, &Value::Null, b"")));
            asked.answer(&sound());
        }
        "noise" => {
            for _ in 0..15 {
                asked.send(&frame(b"what is this"));
            }
            asked.send(&frame(b""));
            asked.answer(&sound());
        }
        "slow" => {
            for byte in call(asked.id, RESPONSE, &sound()) {
                asked.send(&[byte]);
                thread::sleep(Duration::from_millis(1));
            }
        }
        _ => asked.answer(&sound()),
    }
}

#[test]
fn each_fault_costs_one_request() {
    let zap = Zap::start(misbehave);
    assert_eq!(
        zap.gateway
            .client()
            .post("POST /call/sound", &[], b"")
            .response()
            .text(),
        "sound"
    );
    let before = super::files(&zap.gateway);
    for (fault, why) in [
        ("huge", "a frame of 4294967295 bytes"),
        ("beyond", "a field whose data lie where none may"),
        ("negative", "a field whose data lie where none may"),
        ("endless", "a field whose data lie where none may"),
        ("no-message", "does not begin with the magic"),
        ("short", "fewer than 16 bytes"),
        ("no-status", "a response whose status is none"),
        ("interim", "a response whose status is none"),
        ("no-headers", "headers that are no object"),
        ("smuggled", "headers that are no object"),
        ("unknown", "out of step"),
        ("gone", "the peer closed it"),
        ("half", "the peer closed it"),
    ] {
        let answer = zap
            .gateway
            .client()
            .post(&format!("POST /call/{fault}"), &[], b"x")
            .response();
        assert_eq!(answer.status, 502, "{fault}: {}", answer.text());
        assert!(answer.text().contains(why), "{fault}: {}", answer.text());
        let next = zap
            .gateway
            .client()
            .post("POST /call/sound", &[], b"x")
            .response();
        assert_eq!(next.text(), "sound", "after {fault}");
    }
    for harmless in ["twice", "wrong-id", "request", "noise", "slow"] {
        let answer = zap
            .gateway
            .client()
            .post(&format!("POST /call/{harmless}"), &[], b"x")
            .response();
        assert_eq!(answer.text(), "sound", "{harmless}");
    }
    assert_eq!(zap.origin.count(), 0);
    if let Some(before) = before {
        settles_at(&zap.gateway, before);
    }
}

#[test]
fn others_on_the_connection_do_not_notice_one_that_is_never_answered() {
    let zap = Zap::start(|asked| {
        if asked.path() != "/quick" {
            asked.answer(&answer(201, 200, &Value::Null, b"sound"));
        }
    });
    let mut waiting = zap.gateway.client();
    waiting.post("POST /quick", &[], b"x");
    zap.peer.call(0);
    for _ in 0..20 {
        assert_eq!(zap.gateway.get("/call/x").text(), "sound");
    }
    assert_eq!(waiting.response().status, 504);
    assert_eq!(zap.gateway.get("/call/x").text(), "sound");
    assert_eq!(
        zap.peer.dialers().len(),
        1,
        "the connection was alive, and is still used"
    );
}

#[test]
fn a_connection_on_which_nothing_came_is_not_used_again() {
    let zap = Zap::start(|asked| {
        if asked.connection > 0 {
            asked.answer(&answer(201, 200, &Value::Null, b"sound"));
        }
    });
    let post = || {
        zap.gateway
            .client()
            .post("POST /quick", &[], b"x")
            .response()
    };
    assert_eq!(post().status, 504);
    assert_eq!(post().text(), "sound");
    assert_eq!(zap.peer.dialers().len(), 2);
}

#[test]
fn those_that_do_not_shake_hands_are_not_called() {
    let mut no_id = harness::zap::hello("x");
    no_id[80] = 0;
    let mut long_id = harness::zap::hello("x");
    long_id[80] = 61;
    for (bytes, why) in [
        (no_id, "does not shake hands"),
        (long_id, "does not shake hands"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "a frame of"),
        (frame(&[0; 80]), "does not shake hands"),
        (vec![], "ended the connection"),
    ] {
        let hangs_up = bytes.is_empty();
        let peer = if hangs_up {
            // As one that knows a node of our name.
            Peer::of_hang_up()
        } else {
            Peer::of_bytes(bytes)
        };
        let zap = Zap::before(peer);
        assert_eq!(zap.gateway.get("/call/x").text(), "by http");
        zap.gateway.line("why it is not called", |line| {
            line.contains("cannot be reached") && line.contains(why)
        });
    }
}
