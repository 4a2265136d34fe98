//! Hostile bytes: no input panics, and nothing is read that is not there (slices are checked, and nothing here is unsafe).
//!
//! `FUZZ_INPUTS=1000000 cargo test --release -p runtime --all-features zap` puts in as many; `FUZZ_SEED` makes others.

use super::{Message, Payload, Request, Response, fields, kind, legacy, post};
use crate::zap::{
    codec::{Frames, NodeId},
    http::{
        End, Piece,
        cloud::{self, Cloud},
        stream,
    },
};
use ::http::StatusCode;
use bytes::Bytes;
use std::env;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}

/// Sound frames of every kind.
fn corpus() -> Vec<Bytes> {
    let response = Response {
        status: StatusCode::OK,
        body: b"ok",
        headers: br#"{"Set-Cookie":["a=1","b=2"]}"#,
    };
    vec![
        NodeId::new("gateway/7f3a/1").expect("an id").hello(),
        post().encode(1),
        legacy::encode_with(&post(), &[post().body], 2),
        legacy::encode_with(
            &Request {
                headers: b"",
                ..post()
            },
            &[b""],
            3,
        ),
        response.encode(4, kind::RESPONSE),
        response.encode(5, kind::LEGACY),
        response.encode(6, kind::HEAD),
        Piece {
            number: 1,
            bytes: b"data: 1\n\n",
        }
        .encode(7),
        End {
            pieces: 2,
            result: stream::Ending::Complete,
            trailers: b"{}",
        }
        .encode(8),
        stream::cancel(9),
        cloud::answer(10, StatusCode::BAD_REQUEST, b"{}"),
        Bytes::from_static(crate::zap::codec::KEEPALIVE),
    ]
}

/// Reads everything out of a message that anybody ever would.
fn read(message: &[u8]) {
    let Ok(message) = Message::parse(message) else {
        return;
    };
    let _ = Request::decode(&message).map(|request| {
        let again = request.encode(1);
        let message = Message::parse(&again[12..]).expect("what was read can be written");
        assert_eq!(Request::decode(&message), Ok(request));
        fields::decode(request.headers)
    });
    let _ = legacy::request(&message).map(|request| {
        let again = legacy::encode_with(&request, &[request.body], 1);
        let again = Message::parse(&again[12..]).expect("what was read can be written");
        assert_eq!(
            again.bytes()[16..],
            message.bytes()[16..],
            "exactly as it was"
        );
    });
    let _ = Response::decode(&message).map(|response| fields::decode(response.headers));
    let _ = legacy::response(&message);
    let _ = (Piece::decode(&message), End::decode(&message));
    let _ = (
        stream::cancelled(&message),
        Cloud::decode(&message).map(|call| call.path()),
    );
    let Ok(root) = message.root(16) else { return };
    let _ = (root.list(0, 8), root.list(8, 1), root.text(0));
    let mut object = root.object(0, 8);
    while let Ok(Some(inner)) = object {
        object = inner.object(4, 8);
    }
}

#[test]
fn no_input_is_too_hostile() {
    let (inputs, seed) = (setting("FUZZ_INPUTS", 20_000), setting("FUZZ_SEED", 1));
    let mut random = fastrand::Rng::with_seed(seed);
    let corpus = corpus();
    for _ in 0..inputs {
        let mut stream = Vec::new();
        for _ in 0..random.usize(1..4) {
            stream.extend_from_slice(&corpus[random.usize(..corpus.len())]);
        }
        damage(&mut stream, &mut random);
        let mut frames = Frames::default();
        let mut at = 0;
        while at < stream.len() {
            let step = random.usize(1..=stream.len() - at);
            frames.space().extend_from_slice(&stream[at..at + step]);
            at += step;
            while let Ok(Some(frame)) = frames.next() {
                let _ = NodeId::of_hello(&frame);
                match Payload::of(frame) {
                    Payload::Bare(message) | Payload::Call { message, .. } => read(&message),
                    Payload::Nothing | Payload::Unknown => {}
                }
            }
        }
        // Without a frame around them, so that the damage is not stopped by a length.
        read(&stream[random.usize(..=stream.len().min(12))..]);
    }
    println!("{inputs} inputs");
}

/// A few changes of the kinds that break parsers.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    const WORDS: [u32; 9] = [
        0,
        1,
        7,
        15,
        16,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff0,
        u32::MAX,
    ];
    for _ in 0..random.usize(..6) {
        if bytes.len() < 5 {
            return;
        }
        let at = random.usize(..bytes.len() - 4);
        match random.u8(..6) {
            0 => bytes[at] = random.u8(..),
            1 => bytes[at] ^= 1 << random.u8(..8),
            2 => {
                bytes[at..at + 4]
                    .copy_from_slice(&WORDS[random.usize(..WORDS.len())].to_le_bytes());
            }
            3 => bytes.truncate(at),
            4 => bytes[at..at + 4].copy_from_slice(&random.u32(..100).to_le_bytes()),
            _ => bytes.insert(at, random.u8(..)),
        }
    }
}
