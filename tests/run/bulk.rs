//! Bodies far larger than the gateway's memory may become.

use harness::{Gateway, Origin, skip, wire::Framing};
use std::{io::Write as _, thread};

const GIGABYTE: u64 = 1 << 30;
/// KiB.
const MOST_MEMORY: u64 = 64 * 1024;
static PIECE: [u8; 65_536] = [b'x'; 65_536];

fn check_memory(gateway: &Gateway, name: &str) {
    match gateway.peak_memory() {
        Some(kib) => assert!(kib < MOST_MEMORY, "{name}: {kib} KiB were resident"),
        None => skip(
            name,
            "memory is read from /proc, which this system does not have",
        ),
    }
}

#[test]
fn a_gigabyte_down() {
    for chunked in [false, true] {
        let origin = Origin::start(move |x| {
            if chunked {
                x.begin_stream();
            } else {
                x.begin("200 OK", &[("Content-Length", &GIGABYTE.to_string())]);
            }
            for _ in 0..GIGABYTE / PIECE.len() as u64 {
                if chunked {
                    x.chunk(&PIECE);
                } else {
                    x.send(PIECE);
                }
            }
            if chunked {
                x.end_stream();
            }
        });
        let gateway = Gateway::forward(&origin);
        let mut client = gateway.client();
        let head = client.request("GET /all/x", &[]).head();
        let framing = head.response_framing("GET");
        assert_eq!(
            framing,
            if chunked {
                Framing::Chunked
            } else {
                Framing::Length(GIGABYTE)
            }
        );
        assert_eq!(
            client.wire.count(framing).expect("the whole body"),
            GIGABYTE
        );
        check_memory(&gateway, "a_gigabyte_down");
    }
}

#[test]
fn a_gigabyte_up() {
    let origin = Origin::start(|x| {
        let framing = x.head.request_framing();
        let count = x.wire.count(framing).expect("the whole body").to_string();
        x.reply("200 OK", &[], count.as_bytes());
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.request("POST /all/x", &[("Content-Length", &GIGABYTE.to_string())]);
    for _ in 0..GIGABYTE / PIECE.len() as u64 {
        client.send(PIECE);
    }
    assert_eq!(client.response().text(), GIGABYTE.to_string());
    check_memory(&gateway, "a_gigabyte_up");
}

/// Both ways at once, in step: an echo that never holds the whole.
#[test]
fn a_body_is_echoed_while_it_is_sent() {
    const SIZE: u64 = 64 << 20;
    let origin = Origin::start(|x| {
        x.begin("200 OK", &[("Content-Length", &SIZE.to_string())]);
        let mut left = SIZE;
        while left > 0 {
            let piece = x.wire.some().expect("a piece");
            left -= piece.len() as u64;
            x.send(piece);
        }
    });
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    client.request("POST /all/x", &[("Content-Length", &SIZE.to_string())]);
    let mut up = client.wire.writer();
    let sending = thread::spawn(move || {
        for _ in 0..SIZE / PIECE.len() as u64 {
            up.write_all(&PIECE).expect("send a piece");
        }
    });
    let head = client.head();
    assert_eq!(
        client
            .wire
            .count(head.response_framing("POST"))
            .expect("the echo"),
        SIZE
    );
    sending.join().expect("the sender");
    check_memory(&gateway, "a_body_is_echoed_while_it_is_sent");
}
