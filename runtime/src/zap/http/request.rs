//! A request, as type 200.

use super::{METHOD, PATH, QUERY, is_method, is_path, is_query, kind};
use crate::zap::codec::{Direction, Malformed, Message, Writer, disjoint};
use bytes::Bytes;

const FIXED: usize = 40;
const AT_METHOD: usize = 0;
const AT_PATH: usize = 8;
const AT_HEADERS: usize = 16;
const AT_BODY: usize = 24;
const AT_QUERY: usize = 32;

/// A request. Headers are JSON; an empty one of the others is the same as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    pub method: &'a str,
    /// As on a request line, without the query.
    pub path: &'a str,
    pub headers: &'a [u8],
    pub body: &'a [u8],
    /// Without its `?`.
    pub query: &'a str,
}

impl<'a> Request<'a> {
    /// The frame of call `id`.
    #[cfg(test)]
    pub fn encode(&self, id: u32) -> Bytes {
        self.encode_with(&[self.body], id)
    }

    /// The frame of call `id`, whose body lies in `pieces` and not here.
    pub fn encode_with<T: AsRef<[u8]>>(&self, pieces: &[T], id: u32) -> Bytes {
        let data = [self.method, self.path, self.query].map(str::len);
        let body: usize = pieces.iter().map(|piece| piece.as_ref().len()).sum();
        let capacity = data.iter().sum::<usize>() + self.headers.len() + body;
        Writer::call(id, Direction::Request, kind::REQUEST, FIXED, capacity)
            .data(AT_METHOD, self.method.as_bytes())
            .data(AT_PATH, self.path.as_bytes())
            .data(AT_HEADERS, self.headers)
            .pieces(AT_BODY, pieces)
            .data(AT_QUERY, self.query.as_bytes())
            .finish()
    }

    /// Of a message of type 200. The headers are looked into by [`super::fields::decode`].
    pub fn decode(message: &Message<'a>) -> Result<Request<'a>, Malformed> {
        let object = message.root(FIXED)?;
        disjoint([
            object.span(AT_METHOD)?,
            object.span(AT_PATH)?,
            object.span(AT_HEADERS)?,
            object.span(AT_BODY)?,
            object.span(AT_QUERY)?,
        ])?;
        Request {
            method: object.text(AT_METHOD)?,
            path: object.text(AT_PATH)?,
            headers: object.bytes(AT_HEADERS)?,
            body: object.bytes(AT_BODY)?,
            query: object.text(AT_QUERY)?,
        }
        .checked()
    }

    /// Itself, if it can be written as HTTP.
    pub fn checked(self) -> Result<Request<'a>, Malformed> {
        if !is_method(self.method) {
            return Err(METHOD);
        }
        if !is_path(self.path, self.method) {
            return Err(PATH);
        }
        if !is_query(self.query) {
            return Err(QUERY);
        }
        Ok(self)
    }
}
