//! What the access log will say about a request, gathered while it goes on.
//!
//! It travels with whatever holds the request (handler, future, response body) and is written when it is dropped: a
//! request that simply disappears because its client left is logged like any other.

use crate::{
    access_log::{self, Entry, Outcome},
    upstream::Feed,
};
use http::{HeaderValue, Method, Uri};
use std::{
    net::IpAddr,
    rc::Rc,
    time::{Duration, Instant},
};

/// nginx's status for a client that left before its answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// One line of the access log in the making.
pub(crate) struct Record {
    pub method: Method,
    pub uri: Uri,
    pub route: Option<&'static str>,
    pub client: IpAddr,
    pub tls: Option<&'static str>,
    pub request_id: HeaderValue,
    pub started: Instant,
    pub status: u16,
    pub upstream: Option<&'static str>,
    pub first_byte: Option<Duration>,
    pub upload: Option<Rc<Feed>>,
    pub bytes_out: u64,
    /// None: nothing ended it, so the client left.
    pub outcome: Option<Outcome>,
}

impl Drop for Record {
    fn drop(&mut self) {
        let (status, outcome) = match self.outcome.take() {
            Some(outcome @ Outcome::ClientGone) => (CLIENT_CLOSED_REQUEST, outcome),
            Some(outcome) => (self.status, outcome),
            // Answered by whoever catches the panic.
            None if std::thread::panicking() => (500, Outcome::Complete),
            None => (CLIENT_CLOSED_REQUEST, Outcome::ClientGone),
        };
        access_log::record(&Entry {
            method: &self.method,
            path_and_query: self.uri.path_and_query().map_or("/", |p| p.as_str()),
            route: self.route,
            status,
            client: self.client,
            tls: self.tls,
            request_id: self.request_id.to_str().unwrap_or_default(),
            upstream: self.upstream,
            duration: self.started.elapsed(),
            first_byte: self.first_byte,
            bytes_in: self.upload.as_ref().map_or(0, |feed| feed.taken()),
            bytes_out: self.bytes_out,
            outcome,
        });
    }
}
