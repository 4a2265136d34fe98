//! What a WebSocket becomes: after the handshake, bytes both ways until one side ends.
//!
//! Only `Upgrade: websocket` is tunnelled. Others are not passed on: an upstream that took `h2c` would serve requests
//! that this gateway never saw.

use crate::{
    access_log::Outcome,
    cx::Cx,
    headers::has_token,
    record::Record,
    request::Kind,
    serve::Socket,
    upstream::{Connection, Traffic},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use std::{io, rc::Rc, time::Duration};
use tokio::io::{AsyncWriteExt, copy_bidirectional};

/// An upstream that switches to the WebSocket protocol, waiting for its client to do the same.
pub(crate) struct Tunnel {
    connection: Connection,
    /// How long nothing may pass in either direction.
    silence: Duration,
    record: Option<Record>,
}

/// Whether the request asks for a WebSocket (RFC 6455 4.1).
pub(crate) fn is_wanted(cx: &Cx) -> bool {
    let headers = &cx.head.headers;
    let has = |kind, token| headers.of(kind).any(|value| has_token(value, token));
    cx.head.version == Version::HTTP_11
        && has(Kind::Connection, "upgrade")
        && has(Kind::Upgrade, "websocket")
}

/// The client's part of the handshake, which goes along whatever the call lets through: without it there is none.
pub(crate) static HANDSHAKE: [HeaderName; 4] = [
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// Makes an answer one that switches protocols.
pub(crate) fn shake_hands(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

impl Tunnel {
    /// Over a `connection` on which the upstream has switched.
    pub fn new(connection: Connection, silence: Duration) -> Tunnel {
        Tunnel {
            connection,
            silence,
            record: None,
        }
    }

    /// The request is told when the tunnel ends.
    pub fn record(&mut self, record: Option<Record>) {
        self.record = record;
    }

    /// Passes bytes until both sides have ended, one of them failed, or nothing passed for too long. `first` is what
    /// the client sent right after its handshake.
    pub async fn run(mut self, client: Socket, first: Bytes) {
        let traffic = Rc::clone(self.connection.traffic());
        traffic.reset();
        let broken = tokio::select! {
            ended = pass(&mut self.connection, client, first) => {
                ended.err().map(|error| Outcome::UpstreamFailed(error.to_string()))
            }
            () = silent(&traffic, self.silence) => Some(Outcome::TimedOut),
        };
        if let Some(record) = &mut self.record {
            record.bytes_in = traffic.written();
            record.bytes_out = traffic.read();
            match broken {
                Some(why) => record.breaks(why),
                None => record.outcome = Some(Outcome::Complete),
            }
        }
    }
}

/// An error is the upstream's, before the first byte. Later, whoever closes or fails, the other side is told and that
/// is how such a conversation ends.
async fn pass(upstream: &mut Connection, mut client: Socket, first: Bytes) -> io::Result<()> {
    upstream.write_all(&first).await?;
    upstream.flush().await?;
    let _ = copy_bidirectional(&mut client, upstream).await;
    Ok(())
}

async fn silent(traffic: &Traffic, bound: Duration) {
    let mut before = None;
    loop {
        let now = Some((traffic.read(), traffic.written()));
        if before == now {
            return;
        }
        before = now;
        tokio::time::sleep(bound).await;
    }
}
