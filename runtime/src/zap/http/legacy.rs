//! What the Go gateway writes: fields of eight bytes, placed four bytes apart, so that each overwrites half of the one
//! before. No accessor reads them; but their data are adjacent and in a known order, so that they can be told apart again.

mod recover;

pub(crate) use recover::{request, response};

use super::Request;
use crate::zap::codec::{Direction, Writer};
use bytes::Bytes;

/// Bytes of a request's fixed section; its data begin behind it.
const FIXED: usize = 32;
const AT_PATH: usize = 4;
const AT_HEADERS: usize = 8;
const AT_BODY: usize = 12;
const AT_QUERY: usize = 16;
const AT_QUERY_LENGTH: usize = 20;

/// The frame of call `id`, as the Go gateway would have sent it; the body lies in `pieces` and not in the request.
pub(crate) fn encode_with<T: AsRef<[u8]>>(request: &Request, pieces: &[T], id: u32) -> Bytes {
    let body = pieces.iter().map(|piece| piece.as_ref().len()).sum();
    let Layout { words, size } = Layout::of(request, body);
    let data = [
        request.method.as_bytes(),
        request.path.as_bytes(),
        request.query.as_bytes(),
        request.headers,
    ];
    let start = Writer::call(id, Direction::Request, super::kind::LEGACY, FIXED, size);
    let placed = words
        .iter()
        .fold(start, |writer, (at, word)| writer.u32(*at, *word));
    let placed = data.iter().fold(placed, |writer, data| writer.loose(data));
    let pieces = pieces.iter();
    pieces
        .fold(placed, |writer, piece| writer.loose(piece.as_ref()))
        .finish()
}

/// What is left of the fields once each has overwritten its neighbour.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    words: [(usize, u32); 6],
    /// Bytes of the object and its data.
    size: usize,
}

impl Layout {
    fn of(request: &Request, body_length: usize) -> Layout {
        let method = FIXED;
        let path = method + request.method.len();
        let query = path + request.path.len();
        let headers = query + request.query.len();
        let body = headers + request.headers.len();
        let end = body + body_length;
        let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        // The offset of a field that is there, and of one that is not what its neighbour's length left.
        let or = |data: usize, offset: usize, left: usize| {
            if data == 0 { word(left) } else { word(offset) }
        };
        Layout {
            words: [
                (0, word(method)),
                (AT_PATH, word(path - AT_PATH)),
                (
                    AT_HEADERS,
                    or(
                        request.headers.len(),
                        headers - AT_HEADERS,
                        request.path.len(),
                    ),
                ),
                (
                    AT_BODY,
                    or(body_length, body - AT_BODY, request.headers.len()),
                ),
                (
                    AT_QUERY,
                    or(request.query.len(), query - AT_QUERY, body_length),
                ),
                (AT_QUERY_LENGTH, word(request.query.len())),
            ],
            size: end,
        }
    }
}
