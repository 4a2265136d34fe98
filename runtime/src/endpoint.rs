//! A row of the route table: method, path, handler. Matching is in [`crate::route`].

use crate::{call::Call, cx::Cx, reject::Reject};
use http::Method;

/// Decides about one request: plain, synchronous, over `static` data. Whatever has to wait is done by the runtime
/// after it.
pub type Handler = fn(&mut Cx) -> Decision;

/// What is to be done with a request: the next thing, or an answer of our own.
pub type Decision = Result<Next, Reject>;

/// What happens after a handler. Made by the steps that end one, such as [`crate::forward`].
#[must_use]
pub struct Next(pub(crate) &'static Call);

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
