//! Tokens that are taken back: the edge asks `auth/revoker` too, also about those that it remembers.

use super::{Edge, REVOKER_TOKEN, somebody};
use harness::Client;
use serde_json::json;
use std::net::SocketAddr;

#[test]
fn a_revoked_token_says_who_nobody_is() {
    let edge = Edge::start("hardened");
    let (taken, kept) = (
        edge.token(somebody()),
        edge.token(json!({ "sub": "u2", "owner": "hanzo" })),
    );
    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        edge.get("/free", &[("Authorization", &bearer)]).status
    };
    assert_eq!((status(&taken), status(&kept)), (200, 200));
    revoke(&edge, "u1");
    let before = edge.origin.count();
    assert_eq!(status(&taken), 401, "it was remembered");
    assert_eq!(edge.get_as("/free", somebody()).status, 401, "a fresh one");
    assert_eq!(edge.origin.count(), before, "refused and yet forwarded");
    assert_eq!(status(&kept), 200);
}

fn revoke(edge: &Edge, sub: &str) {
    let line = edge.gateway.line("the API's address", |line| {
        line.contains("the API listens on")
    });
    let (_, rest) = line.split_once("the API listens on ").expect("an address");
    let (address, _) = rest.split_once(';').expect("an end");
    let address: SocketAddr = address.parse().expect("an address");
    let bearer = format!("Bearer {REVOKER_TOKEN}");
    let body = json!({ "claim": "sub", "value": sub }).to_string();
    let headers = [("Authorization", bearer.as_str())];
    let mut client = Client::connect(address);
    client.post("POST /revoked", &headers, body.as_bytes());
    assert_eq!(client.response().status, 200);
}
