//! What the upstream answers, by path. Everybody here knows it: the upstream sends it, whoever asks compares.

use std::fmt::Write as _;

/// Events of a stream, and the time between two of them.
pub const EVENTS: usize = 50;
pub const EVENT: &str = "event: tick\ndata: {\"n\":12345,\"value\":\"abcdefghijklm\"}\n\n";

/// Bytes of a chunk of an answer that comes in chunks.
pub const CHUNK: usize = 16 * 1024;

/// How the upstream answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 1 KB of JSON; what a request sends is read first.
    Json,
    /// 100 KB, 1 MB.
    Large,
    Huge,
    /// 1 MB in chunks.
    Chunked,
    /// Events, one at a time, in chunks.
    Events,
    /// Half an answer; then the connection ends.
    Cut,
    /// Never.
    Silent,
    /// The issuer's keys.
    Keys,
}

impl Kind {
    /// By the first segment of the path after its version: `/v1/json/42`.
    pub fn of(path: &[u8]) -> Kind {
        let path = path.strip_prefix(b"/v1").unwrap_or(path);
        let segment = path.split(|byte| *byte == b'/').nth(1).unwrap_or_default();
        match segment {
            b"k100" => Kind::Large,
            b"m1" => Kind::Huge,
            b"chunked" => Kind::Chunked,
            b"sse" => Kind::Events,
            b"cut" => Kind::Cut,
            b"silent" => Kind::Silent,
            b"jwks" => Kind::Keys,
            _ => Kind::Json,
        }
    }

    /// The whole body, where it is the same for everybody.
    pub fn body(self) -> Vec<u8> {
        match self {
            Kind::Json => json(1024),
            Kind::Large => json(100 * 1024),
            Kind::Huge | Kind::Chunked | Kind::Cut => json(1024 * 1024),
            Kind::Events => EVENT.repeat(EVENTS).into_bytes(),
            Kind::Silent | Kind::Keys => Vec::new(),
        }
    }
}

/// What a POST sends: 1 KB.
pub fn posted() -> Vec<u8> {
    json(1024)
}

/// So many bytes of JSON.
fn json(length: usize) -> Vec<u8> {
    let mut text = String::from(r#"{"items":["#);
    for n in 0.. {
        if text.len() + 60 > length {
            break;
        }
        write!(text, r#"{{"id":{n},"name":"item-{n}","price":9.99}},"#)
            .expect("a string takes all");
    }
    text += r#"{}],"padding":""#;
    let padding = length - text.len() - 2;
    text += &"x".repeat(padding);
    text += r#""}"#;
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn bodies_have_their_lengths() {
        for (path, length) in [
            ("/v1/json/42", 1024),
            ("/v1/k100/1", 102_400),
            ("/v1/m1/1", 1 << 20),
        ] {
            let body = Kind::of(path.as_bytes()).body();
            assert_eq!(body.len(), length, "{path}");
            let json: Result<serde_json::Value, _> = serde_json::from_slice(&body);
            assert!(json.is_ok(), "{path}");
        }
    }
}
