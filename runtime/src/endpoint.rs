//! A row of the route table: method, path, handler. Matching is in [`crate::route`].

use crate::{body::Body, call::Call, cx::Cx, forward, reject::Reject};
use http::{Method, Response};
use std::pin::Pin;

/// Decides about one request: plain, synchronous, over `static` data. Whatever has to wait is done by the runtime
/// after it.
pub type Handler = fn(&mut Cx) -> Decision;

/// What is to be done with a request: the next thing, or an answer of our own.
pub type Decision = Result<Next, Box<Reject>>;

/// What a step of a handler says: the request goes on, or it gets an answer of our own. That one is boxed: every handler
/// branches on what its steps say, and a register costs it and its compilation less than 32 bytes in memory.
pub type Passed = Result<(), Box<Reject>>;

const _: () = assert!(size_of::<Passed>() == size_of::<usize>());

/// What happens after a handler. Made by the steps that end one, such as [`crate::forward`].
#[must_use]
pub struct Next {
    pub(crate) call: &'static Call,
    /// What reads the answer before the client gets it. None: it is streamed as it comes.
    pub(crate) then: Option<&'static dyn Finish>,
}

/// A response that is waited for.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Response<Body>>>>;

/// Something that an answer has to go through as a whole. It brings a future of its own, so that nothing of it weighs on
/// the one that only forwards.
pub(crate) trait Finish: Sync {
    fn start(&'static self, cx: Box<Cx>, call: &'static Call) -> Answer;
}

impl Next {
    pub(crate) fn start(self, cx: Box<Cx>) -> Answer {
        match self.then {
            None => forward::start(cx, self.call),
            Some(finish) => finish.start(cx, self.call),
        }
    }
}

/// One endpoint.
pub struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
}

macro_rules! methods {
    ($($name:ident $method:ident)*) => {$(
        #[doc = concat!("`", stringify!($method), "` requests of `path` (literals, `{name}`, a trailing `/*`) go to `handler`.")]
        pub const fn $name(path: &'static str, handler: Handler) -> Route {
            Route { method: Method::$method, path, handler }
        }
    )*};
}

methods! {
    delete DELETE
    get GET
    head HEAD
    options OPTIONS
    patch PATCH
    post POST
    put PUT
}
