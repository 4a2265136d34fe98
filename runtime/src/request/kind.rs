//! What a header of a request is to a gateway. Its name decides, so this is found out once for each name that a core sees.

use crate::{
    headers::{is_framing_twin, is_hop_by_hop, is_twin_of_ours},
    identity::is_identity,
    tunnel,
};
use http::{HeaderName, header};

/// What a header of a request is to a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it goes on as it is, if the call lets it.
    Plain,
    /// A word about the caller, which is the gateway's (AUTH-13).
    Identity,
    Host,
    Connection,
    ContentLength,
    TransferEncoding,
    /// What an upstream may read as one of these two.
    FramingTwin,
    Upgrade,
    Expect,
    Te,
    /// Whatever else ends at this hop (RFC 9110 7.6.1).
    Hop,
    AcceptEncoding,
    Cookie,
    UserAgent,
    ForwardedProto,
    ForwardedVia,
    TraceParent,
    TraceState,
    /// A part of the handshake of a WebSocket.
    Handshake,
    Origin,
    RequestId,
    /// What else the gateway says itself, always: by this name, or by one that an upstream may read as this.
    Ours,
}

impl Kind {
    /// One of 32.
    pub fn bit(self) -> u32 {
        1 << self as u32
    }

    pub fn of(name: &HeaderName) -> Kind {
        match *name {
            header::HOST => Kind::Host,
            header::CONNECTION => Kind::Connection,
            header::CONTENT_LENGTH => Kind::ContentLength,
            header::TRANSFER_ENCODING => Kind::TransferEncoding,
            header::UPGRADE => Kind::Upgrade,
            header::EXPECT => Kind::Expect,
            header::TE => Kind::Te,
            header::ACCEPT_ENCODING => Kind::AcceptEncoding,
            header::ORIGIN => Kind::Origin,
            header::COOKIE => Kind::Cookie,
            header::USER_AGENT => Kind::UserAgent,
            _ => match name.as_str() {
                "x-forwarded-proto" => Kind::ForwardedProto,
                "x-forwarded-via" => Kind::ForwardedVia,
                "traceparent" => Kind::TraceParent,
                "tracestate" => Kind::TraceState,
                "x-request-id" => Kind::RequestId,
                "x-forwarded-for" | "x-forwarded-host" => Kind::Ours,
                _ if is_framing_twin(name) => Kind::FramingTwin,
                _ if is_twin_of_ours(name) => Kind::Ours,
                _ if is_identity(name) => Kind::Identity,
                _ if is_hop_by_hop(name) => Kind::Hop,
                _ if tunnel::HANDSHAKE.contains(name) => Kind::Handshake,
                _ => Kind::Plain,
            },
        }
    }
}
