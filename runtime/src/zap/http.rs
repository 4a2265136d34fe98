//! HTTP over calls: how requests and responses are laid out in messages.
//!
//! | file | what |
//! |---|---|
//! | [`request`], [`response`] | the layout "http200": every peer can read it with ordinary accessors |
//! | [`stream`] | a response in pieces, as it comes |
//! | [`fields`] | headers, which are JSON |
//! | [`legacy`] | what the Go gateway writes, whose fields run into one another, and how they are told apart again |
//! | [`cloud`] | calls of cloud services, which are no HTTP but can become it |

pub(crate) mod cloud;
pub(crate) mod fields;
pub(crate) mod legacy;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
#[cfg(test)]
mod tests;

pub(crate) use request::Request;
pub(crate) use response::Response;
pub(crate) use stream::{End, Piece};

use super::codec::Malformed;

/// Types of messages.
pub(crate) mod kind {
    /// What the Go gateway sends for all of them.
    pub const LEGACY: u8 = 0;
    pub const CLOUD: u8 = 100;
    pub const REQUEST: u8 = 200;
    pub const RESPONSE: u8 = 201;
    pub const HEAD: u8 = 202;
    pub const DATA: u8 = 203;
    pub const END: u8 = 204;
    pub const CANCEL: u8 = 205;
}

/// Bytes of a body that a frame has room for, whatever else is in it.
pub(crate) const MAX_BODY: usize = super::codec::MAX_FRAME - MAX_HEADERS;
/// Bytes of headers as JSON.
pub(crate) const MAX_HEADERS: usize = 64 * 1024;
/// Header fields of one message.
const MAX_FIELDS: usize = 256;
/// Bytes of a method, a path and a query.
const MAX_METHOD: usize = 32;
const MAX_PATH: usize = 8 * 1024;
const MAX_QUERY: usize = 16 * 1024;

/// A token of RFC 9110, not too long.
fn is_method(method: &str) -> bool {
    method.len() <= MAX_METHOD && http::Method::from_bytes(method.as_bytes()).is_ok()
}

/// What stands between the authority of a URL and its query, as on a request line.
fn is_path(path: &str, method: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#');
    let sound = path.starts_with('/') && path.len() <= MAX_PATH && path.bytes().all(plain);
    sound || path == "*" && method == "OPTIONS"
}

fn is_query(query: &str) -> bool {
    query.len() <= MAX_QUERY
        && query
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

const METHOD: Malformed = Malformed::Content("a request whose method is none");
const PATH: Malformed = Malformed::Content("a request whose path is none");
const QUERY: Malformed = Malformed::Content("a request whose query is none");
const HEADERS: Malformed = Malformed::Content("headers that are no object of lists of texts");
const STATUS: Malformed = Malformed::Content("a response whose status is none");
