//! Paths that are a WebSocket by their name: `/bot/ws`.

use super::{NO_OP, encoding};
use crate::{
    config::{Config, Endpoint, Segment},
    diagnostic::{Diagnostic, codes},
    plan::Method,
};

/// What the last segment of a WebSocket's path is called.
const NAMES: [&str; 4] = ["ws", "wss", "websocket", "websockets"];

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    let Some(Segment::Literal(last)) = endpoint.path.segments.last() else {
        return;
    };
    if !NAMES.contains(&last.as_str()) {
        return;
    }
    let blocked = |why: &str, help: &str| {
        Diagnostic::new(
            &codes::WEBSOCKET_BLOCKED,
            format!("no WebSocket gets through here: {why}"),
            endpoint.path.span,
            "a WebSocket by its name",
        )
        .help(help)
    };
    findings.push(if *endpoint.method != Method::Get {
        blocked("a handshake is a GET", "write `\"method\": \"GET\"`, or give the path another name")
    } else if encoding(endpoint, config) != NO_OP {
        blocked("the answer is composed", "write `\"output_encoding\": \"no-op\"`, or give the path another name")
    } else {
        Diagnostic::new(
            &codes::WEBSOCKET_TUNNELLED,
            "the Go engine cannot upgrade a connection; this gateway tunnels WebSockets",
            endpoint.path.span,
            "a WebSocket by its name",
        )
        .note("a handshake passes the endpoint's guards and limits, then bytes go both ways until a side closes")
    });
}
