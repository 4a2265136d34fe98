//! What becomes of each header of a client on its way to the upstream, as `runtime/src/upstream/head.rs` decides it.

use super::{headers, identity};
use crate::{
    defaults,
    plan::{Call, Headers},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What becomes of one header of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It reaches the upstream as it is.
    Forwarded,
    /// It reaches the upstream, though not listed: part of a WebSocket handshake, of a trace, or the request id.
    Always,
    /// The gateway says it itself.
    Replaced,
    /// Only the gateway may say who the caller is (AUTH-13).
    Identity,
    /// It concerns the client's connection only (RFC 9110 7.6.1).
    HopByHop,
    /// The client's `Connection` header names it.
    NamedByConnection,
    /// The whole request is refused: an upstream might take it for what says where the body ends.
    Refused,
    /// Not among `input_headers`.
    NotListed,
}

/// What becomes of the header `name` of a request with the headers `given`.
pub fn fate(call: &Call, name: &HeaderName, given: &HeaderMap) -> Fate {
    let listed = match &call.headers {
        Headers::All => true,
        Headers::Only(names) => names.iter().any(|listed| listed == name.as_str()),
    };
    let named = is_named(name, given);
    let says = |token| {
        given
            .get_all(name)
            .iter()
            .any(|v| headers::has_token(v.as_bytes(), token))
    };
    match name.as_str() {
        _ if headers::is_framing_twin(name) => Fate::Refused,
        _ if identity::is_identity(name) => Fate::Identity,
        "x-request-id" if is_request_id(given) => Fate::Always,
        "host" | "content-length" | "expect" | "x-forwarded-for" | "x-forwarded-host"
        | "x-forwarded-proto" | "x-request-id" => Fate::Replaced,
        _ if headers::is_twin_of_ours(name) => Fate::Replaced,
        "traceparent" | "tracestate" if named => Fate::NamedByConnection,
        "traceparent" | "tracestate" => Fate::Always,
        "te" if says("trailers") => Fate::Always,
        "connection" | "upgrade" if is_websocket(given) => Fate::Always,
        "sec-websocket-key"
        | "sec-websocket-version"
        | "sec-websocket-protocol"
        | "sec-websocket-extensions"
            if is_websocket(given) =>
        {
            Fate::Always
        }
        _ if headers::is_hop_by_hop(name) => Fate::HopByHop,
        "x-forwarded-via" if keeps_agent(call) && given.contains_key(header::USER_AGENT) => {
            Fate::Replaced
        }
        _ if listed && named => Fate::NamedByConnection,
        "user-agent" if !listed => Fate::Replaced,
        _ if listed => Fate::Forwarded,
        _ => Fate::NotListed,
    }
}

/// Whether `Connection` takes the header away with it.
fn is_named(name: &HeaderName, given: &HeaderMap) -> bool {
    let mut left = given.clone();
    left.insert(name, HeaderValue::from_static(""));
    headers::strip_named(&mut left);
    !left.contains_key(name)
}

fn keeps_agent(call: &Call) -> bool {
    match &call.headers {
        Headers::All => true,
        Headers::Only(names) => names.iter().any(|name| name == "user-agent"),
    }
}

/// RFC 6455 4.1.
pub(super) fn is_websocket(given: &HeaderMap) -> bool {
    let has = |name, token| {
        given
            .get_all(name)
            .iter()
            .any(|v| headers::has_token(v.as_bytes(), token))
    };
    has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket")
}

/// As `runtime/src/request_id.rs` accepts one.
pub(super) fn is_request_id(given: &HeaderMap) -> bool {
    given.get("x-request-id").is_some_and(|id| {
        (1..=defaults::MAX_REQUEST_ID).contains(&id.len())
            && id.as_bytes().iter().all(u8::is_ascii_graphic)
    })
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate};
    use crate::plan::{Call, Headers, Query};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use std::time::Duration;

    fn call(headers: Headers) -> Call {
        Call {
            upstream: 0,
            template: "/".to_owned(),
            method: None,
            headers,
            query: Query::All,
            timeout: Duration::from_secs(2),
            max_body: None,
            guards: Vec::new(),
            setters: Vec::new(),
        }
    }

    #[test]
    fn each_header_has_its_fate() {
        let names = ["accept", "x-private"].map(str::to_owned).to_vec();
        let (all, only) = (call(Headers::All), call(Headers::Only(names)));
        let given: HeaderMap = [
            ("connection", "close, X-Private"),
            ("x-request-id", "two words"),
            ("te", "trailers"),
        ]
        .into_iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
        for (name, with_all, with_list) in [
            ("accept", Fate::Forwarded, Fate::Forwarded),
            ("cookie", Fate::Forwarded, Fate::NotListed),
            ("x_user_id", Fate::Identity, Fate::Identity),
            ("content_length", Fate::Refused, Fate::Refused),
            ("connection", Fate::HopByHop, Fate::HopByHop),
            ("upgrade", Fate::HopByHop, Fate::HopByHop),
            (
                "x-private",
                Fate::NamedByConnection,
                Fate::NamedByConnection,
            ),
            ("te", Fate::Always, Fate::Always),
            ("host", Fate::Replaced, Fate::Replaced),
            ("x-forwarded-for", Fate::Replaced, Fate::Replaced),
            ("x_forwarded-for", Fate::Replaced, Fate::Replaced),
            ("x-request-id", Fate::Replaced, Fate::Replaced),
            ("traceparent", Fate::Always, Fate::Always),
            ("user-agent", Fate::Forwarded, Fate::Replaced),
        ] {
            let name = HeaderName::from_static(name);
            assert_eq!(fate(&all, &name, &given), with_all, "{name} of all");
            assert_eq!(fate(&only, &name, &given), with_list, "{name} of a list");
        }
    }
}
