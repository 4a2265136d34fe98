//! What every response of a request carries, whoever answers: the brand, the request id, and what the gates add.

use crate::{brand, gateway::Gateway, request_id};
use http::{HeaderMap, HeaderValue, header};

/// Of one request; taken when it arrives, put on its response when that leaves. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Marks {
    pub(crate) request_id: HeaderValue,
    /// `Origin`, as the client sent it: an answer to a browser depends on it, also one that no handler gave.
    #[allow(dead_code, reason = "gates ask for it")]
    pub(crate) origin: Option<HeaderValue>,
}

impl Marks {
    pub(crate) fn of(headers: &HeaderMap) -> Marks {
        Marks {
            request_id: request_id::of(headers),
            origin: headers.get(header::ORIGIN).cloned(),
        }
    }

    /// Of a request that could not be read.
    pub(crate) fn of_nobody() -> Marks {
        Marks {
            request_id: request_id::fresh(),
            origin: None,
        }
    }

    /// Marks a response as ours: the last thing that happens to its head.
    pub(crate) fn put(&self, headers: &mut HeaderMap, gateway: &Gateway) {
        for gate in gateway.gates {
            gate.leave(self, headers);
        }
        brand::stamp(headers, gateway, &self.request_id);
    }
}
