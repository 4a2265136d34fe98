//! A request on its way through an endpoint: what handlers look at and what the forward path consumes.

use crate::{
    endpoint::Route, incoming::Incoming, marks::Marks, record::Record, request::Head,
    route::Params, serve::Core,
};
use http::{HeaderName, HeaderValue, Uri};
use std::{net::IpAddr, rc::Rc, time::Duration};

/// How much memory of requests that are over a core keeps for the next ones: 64 of some 700 bytes.
const SPARE: usize = 64;

/// A request on its way through an endpoint. Identity headers are gone from it (AUTH-13).
pub struct Cx {
    pub(crate) core: Rc<Core>,
    pub(crate) head: Head,
    pub(crate) body: Option<Incoming>,
    /// None until it is found.
    pub(crate) route: Option<&'static Route>,
    pub(crate) params: Params,
    /// The path with its slashes merged, where that made a difference.
    pub(crate) merged_path: Option<Box<str>>,
    /// The path as routes are matched, where it differs from [`Cx::path`].
    pub(crate) normal_path: Option<Box<str>>,
    /// WID-10.
    pub(crate) client: IpAddr,
    /// Whether the peer's forwarding headers are believed.
    pub(crate) trusted: bool,
    pub(crate) marks: Marks,
    /// What the token of the request says to those that ask.
    #[cfg(feature = "auth")]
    pub(crate) claims: Option<Rc<crate::asked::Answers>>,
    pub(crate) record: Option<Record>,
    /// What the upstream gets besides, whatever its call lets through; it takes the place of the client's.
    pub(crate) added: Vec<(HeaderName, HeaderValue)>,
    /// How long a connection may take that the next attempt needs. None: as long as the gateway says.
    pub(crate) patience: Option<Duration>,
    /// The upstream's answer is read here, as a whole: it must not be compressed.
    pub(crate) whole: bool,
    /// Nobody reads the head of the upstream's answer but its client.
    pub(crate) unread: bool,
}

impl Cx {
    /// A request of `client` that has just arrived.
    pub(crate) fn new(
        core: &Rc<Core>,
        head: Head,
        body: Incoming,
        (client, trusted): (IpAddr, bool),
        marks: Marks,
        record: Option<Record>,
    ) -> Box<Cx> {
        let new = Cx {
            core: Rc::clone(core),
            head,
            body: Some(body),
            route: None,
            params: Params::default(),
            merged_path: None,
            normal_path: None,
            client,
            trusted,
            marks,
            #[cfg(feature = "auth")]
            claims: None,
            record,
            added: Vec::new(),
            patience: None,
            whole: false,
            unread: false,
        };
        match core.spare.borrow_mut().pop() {
            Some(mut spare) => {
                *spare = new;
                spare
            }
            None => Box::new(new),
        }
    }

    /// It is over: its memory is for the next one, and everything else goes now.
    pub(crate) fn end(mut self: Box<Cx>) {
        self.head.headers.end();
        self.head.uri = Uri::default();
        self.body = None;
        self.merged_path = None;
        self.normal_path = None;
        self.marks.forget();
        #[cfg(feature = "auth")]
        {
            self.claims = None;
        }
        self.record = None;
        self.added = Vec::new();
        let core = Rc::clone(&self.core);
        let mut spare = core.spare.borrow_mut();
        if spare.len() < SPARE {
            spare.push(self);
        }
    }

    /// Whether it came by the fast lane.
    pub(crate) fn is_fast(&self) -> bool {
        matches!(self.body, Some(Incoming::Lane(_)))
    }

    /// The path as it goes upstream.
    pub(crate) fn path(&self) -> &str {
        self.merged_path
            .as_deref()
            .unwrap_or_else(|| self.head.uri.path())
    }

    /// The path as it is matched: escapes of plain characters decoded, no dot segments. What is decided by path is
    /// decided by this one.
    pub(crate) fn matched_path(&self) -> &str {
        self.normal_path.as_deref().unwrap_or_else(|| self.path())
    }

    /// The parameter `name` of the route, as the client wrote it.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let n = crate::route::names(self.route?.path).position(|n| n == name)?;
        self.params.get(n).and_then(|range| self.slice(range))
    }

    /// What the route's `*` took, as the client wrote it.
    pub(crate) fn rest(&self) -> Option<&str> {
        self.params.rest().and_then(|range| self.slice(range))
    }

    fn slice(&self, (from, to): (u16, u16)) -> Option<&str> {
        self.path().get(from.into()..to.into())
    }
}
