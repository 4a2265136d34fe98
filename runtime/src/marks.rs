//! What every response of a request carries, whoever answers: the brand, the request id, and what the gates add.

use crate::{
    brand,
    gateway::Gateway,
    h1::Passed,
    request::{Head, Kind},
    request_id,
};
use http::{HeaderMap, HeaderValue, Method};
use std::rc::Rc;

#[allow(dead_code, reason = "each capability takes what it needs of it")]
/// Of one request; taken when it arrives, put on its response when that leaves. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Marks {
    pub(crate) request_id: HeaderValue,
    /// `Origin`, as the client sent it: an answer to a browser depends on it, also one that no handler gave.
    #[allow(dead_code, reason = "gates ask for it")]
    pub(crate) origin: Option<HeaderValue>,
    /// What a page may do can depend on how it asks.
    pub(crate) method: Method,
    /// Whether the client's connection is encrypted, as far as is known: by this listener, or by a proxy that a gate
    /// believes.
    pub(crate) encrypted: bool,
    /// What is left of the tightest limit that the request has met.
    #[cfg(feature = "limit")]
    pub(crate) quota: Option<crate::limit::Left>,
    /// What a gate that knows a preflight says to it, whoever answers it.
    pub(crate) preflight: Option<Rc<HeaderMap>>,
}

impl Marks {
    pub(crate) fn of(head: &Head) -> Marks {
        Marks {
            request_id: request_id::of(&head.headers),
            origin: head.headers.keep_of(Kind::Origin),
            method: head.method.clone(),
            encrypted: false,
            #[cfg(feature = "limit")]
            quota: None,
            preflight: None,
        }
    }

    /// Of a request that could not be read.
    pub(crate) fn of_nobody() -> Marks {
        Marks {
            request_id: request_id::fresh(),
            origin: None,
            method: Method::GET,
            encrypted: false,
            #[cfg(feature = "limit")]
            quota: None,
            preflight: None,
        }
    }

    /// Lets go of what belongs to the request.
    pub(crate) fn forget(&mut self) {
        self.request_id = const { HeaderValue::from_static("") };
        self.origin = None;
        self.preflight = None;
    }

    /// Marks a response as ours: the last thing that happens to its head.
    pub(crate) fn put(&self, headers: &mut HeaderMap, gateway: &Gateway) {
        #[cfg(feature = "limit")]
        if let Some(left) = self.quota {
            left.put(headers);
        }
        for gate in gateway.gates {
            gate.leave(self, headers);
        }
        brand::stamp(headers, gateway, &self.request_id);
    }

    /// The same for a head that was passed on, in which no gate has a say.
    pub(crate) fn put_lines(&self, head: &mut Passed, gateway: &Gateway) {
        #[cfg(feature = "limit")]
        if let Some(left) = self.quota
            && !head.limited
        {
            left.put_lines(&mut head.text);
        }
        brand::stamp_lines(&mut head.text, gateway, &self.request_id);
    }
}
