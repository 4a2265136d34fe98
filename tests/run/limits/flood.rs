//! Very many clients: a limit stays right for one of them, and costs a bounded amount of memory. `benches/limits.sh` does
//! the same with a million.

use super::start;
use harness::{Client, wire::Response};
use std::{collections::VecDeque, fmt::Write};

/// Requests on the wire at once, on one connection.
const PIPELINED: usize = 64;
const ADDRESSES: u32 = 50_000;

#[test]
fn fifty_thousand_addresses_cost_little_and_free_nobody() {
    let limited = start("rl-flood");
    let victim = "198.51.100.7";
    assert_eq!(
        limited.statuses("GET /flood", victim, &[], 6),
        [200, 200, 200, 200, 200, 429]
    );
    let before = limited.gateway.peak_memory();
    let statuses = flood(limited.gateway.client(), ADDRESSES);
    assert_eq!(
        statuses,
        [ADDRESSES, 0],
        "nobody is refused for lack of room"
    );
    if let (Some(before), Some(after)) = (before, limited.gateway.peak_memory()) {
        println!("resident before: {before} KiB, after {ADDRESSES} addresses: {after} KiB");
        // 4,096 clients are 64 KiB; a bucket for each address would be 10 times that with its key.
        assert!(after - before < 4 * 1024, "{before} KiB became {after} KiB");
    }
    assert_eq!(
        limited.ask("GET /flood", victim, &[]).status,
        429,
        "still held back"
    );
    // Of the last ones nothing is forgotten either.
    let last = limited.statuses("GET /flood", &address(ADDRESSES - 1), &[], 5);
    assert_eq!(last, [200, 200, 200, 200, 429]);
}

/// Asks once from each address; how many were let through, and how many were not.
fn flood(mut client: Client, addresses: u32) -> [u32; 2] {
    let mut counts = [0, 0];
    let mut count = |answer: Response| counts[usize::from(answer.status == 429)] += 1;
    let mut asked = VecDeque::new();
    for n in 0..addresses {
        let mut head = String::new();
        let _ = write!(
            head,
            "GET /flood HTTP/1.1\r\nHost: gateway.test\r\nX-Forwarded-For: {}\r\n\r\n",
            address(n)
        );
        client.send(head);
        asked.push_back(n);
        if asked.len() == PIPELINED {
            for _ in asked.drain(..) {
                count(client.response());
            }
        }
    }
    for _ in asked {
        count(client.response());
    }
    counts
}

fn address(n: u32) -> String {
    let [_, b, c, d] = n.to_be_bytes();
    format!("20.{b}.{c}.{d}")
}
