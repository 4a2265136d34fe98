//! A client: one connection to the gateway, and full control over what goes onto it.

use crate::{
    PATIENCE,
    wire::{Head, Response, Wire},
};
use std::{
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

pub struct Client {
    pub wire: Wire,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        let stream =
            TcpStream::connect_timeout(&address, PATIENCE).expect("connect to the gateway");
        Client {
            wire: Wire::new(stream),
        }
    }

    /// Puts bytes on the wire.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        self.wire.send(bytes.as_ref()).expect("send to the gateway");
        self
    }

    /// A request without a body: `GET /path`, with more header lines.
    pub fn request(&mut self, line: &str, headers: &[(&str, &str)]) -> &mut Client {
        self.send(head(line, headers))
    }

    /// A request with a body of known length.
    pub fn post(&mut self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> &mut Client {
        let length = body.len().to_string();
        let mut all = headers.to_vec();
        all.push(("Content-Length", &length));
        let mut bytes = head(line, &all).into_bytes();
        bytes.extend_from_slice(body);
        self.send(bytes)
    }

    /// The next response head.
    pub fn head(&mut self) -> Head {
        self.wire
            .head()
            .expect("a response head")
            .expect("a response, not a closed connection")
    }

    /// The next response, to a request that is not a HEAD.
    pub fn response(&mut self) -> Response {
        self.response_to("GET")
    }

    pub fn response_to(&mut self, method: &str) -> Response {
        let head = self.head();
        self.rest_of(head, method)
    }

    /// The body that follows `head`.
    pub fn rest_of(&mut self, head: Head, method: &str) -> Response {
        let body = self.wire.body(head.response_framing(method));
        Response {
            status: head.status(),
            headers: head.headers,
            body: body.bytes,
            trailers: body.trailers,
            end: body.end,
        }
    }

    /// The next chunk of a streamed answer and when it came; `None` at the clean end.
    pub fn chunk(&mut self) -> Option<(Instant, Vec<u8>)> {
        let chunk = self.wire.chunk().expect("a chunk");
        chunk.map(|bytes| (Instant::now(), bytes))
    }

    /// Fails unless the gateway closes this connection.
    pub fn expect_closed(&mut self, limit: Duration) {
        assert!(
            self.wire.closed(limit).is_some(),
            "the connection is still open after {limit:?}"
        );
    }
}

/// One request on its own connection.
pub fn get(address: SocketAddr, target: &str) -> Response {
    ask(address, &format!("GET {target}"), &[])
}

/// One request without a body on its own connection.
pub fn ask(address: SocketAddr, line: &str, headers: &[(&str, &str)]) -> Response {
    let method = line.split(' ').next().unwrap_or_default().to_owned();
    Client::connect(address)
        .request(line, headers)
        .response_to(&method)
}

fn head(line: &str, headers: &[(&str, &str)]) -> String {
    let named = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = if named { "" } else { "Host: gateway.test\r\n" };
    let fields: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("{line} HTTP/1.1\r\n{host}{}\r\n", fields.concat())
}
