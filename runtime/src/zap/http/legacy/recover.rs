//! What a legacy message meant.

use super::{AT_BODY, AT_HEADERS, AT_PATH, AT_QUERY, AT_QUERY_LENGTH, FIXED, Layout};
use crate::zap::{
    codec::{Malformed, Message},
    http::{Request, Response, fields, response},
};

const UNCLEAR: Malformed = Malformed::Content("a legacy message that no gateway has written");
const PLACEHOLDER: Malformed =
    Malformed::Content("a legacy request whose path still has a placeholder");

/// The request that some gateway wrote like this: of all that it could be, the one that would come out the same.
pub(crate) fn request<'a>(message: &Message<'a>) -> Result<Request<'a>, Malformed> {
    if message.flags() != 0 || message.root_offset() != 16 {
        return Err(UNCLEAR);
    }
    let root = message.root(FIXED)?;
    let word = |at| {
        root.u32(at)
            .map(|word| usize::try_from(word).unwrap_or(usize::MAX))
    };
    let object = &message.bytes()[16..];
    let path = AT_PATH.saturating_add(word(AT_PATH)?);
    if word(0)? != FIXED || path <= FIXED {
        return Err(UNCLEAR);
    }
    let query = (word(AT_QUERY_LENGTH)? != 0)
        .then_some(word(AT_QUERY)?)
        .map(|word| AT_QUERY.saturating_add(word));
    let headers = AT_HEADERS.saturating_add(word(AT_HEADERS)?);
    let body = AT_BODY.saturating_add(word(AT_BODY)?);
    let mut found = None;
    for (has_headers, has_body) in [(true, true), (true, false), (false, true), (false, false)] {
        let starts = [
            Some(FIXED),
            Some(path),
            query,
            has_headers.then_some(headers),
            has_body.then_some(body),
        ];
        let Some(candidate) = cut(object, starts).filter(|request| is_written_so(request, object))
        else {
            continue;
        };
        // Two can remain; the one whose headers are headers is meant.
        if fields::decode(candidate.headers).is_ok() {
            found = Some(candidate);
            break;
        }
        found.get_or_insert(candidate);
    }
    let request = found.ok_or(UNCLEAR)?;
    if request.path.contains("{{") {
        return Err(PLACEHOLDER);
    }
    request.checked()
}

/// The fields that start there, each up to the next one; none if one would be empty, or they are not in their order.
fn cut(object: &[u8], starts: [Option<usize>; 5]) -> Option<Request<'_>> {
    let mut fields = [&object[..0]; 5];
    let mut end = object.len();
    for (field, start) in fields.iter_mut().zip(starts).rev() {
        let Some(start) = start else { continue };
        if start >= end {
            return None;
        }
        *field = &object[start..end];
        end = start;
    }
    let [method, path, query, headers, body] = fields;
    Some(Request {
        method: std::str::from_utf8(method).ok()?,
        path: std::str::from_utf8(path).ok()?,
        headers,
        body,
        query: std::str::from_utf8(query).ok()?,
    })
}

fn is_written_so(request: &Request, object: &[u8]) -> bool {
    let layout = Layout::of(request, request.body.len());
    let written = |(at, word): &(usize, u32)| object.get(*at..at + 4) == Some(&word.to_le_bytes());
    // The data are where they were cut from.
    layout.size == object.len() && layout.words.iter().all(written) && object[24..FIXED] == [0; 8]
}

/// The response that some peer wrote like this, in whatever order and with whatever fixed section.
pub(crate) fn response<'a>(message: &Message<'a>) -> Result<Response<'a>, Malformed> {
    let root = message.root(4)?;
    let object = &message.bytes()[message.root_offset()..];
    // A fixed section may end before these.
    let word = |at: usize| {
        let word = object.get(at..at + 4).and_then(|word| word.try_into().ok());
        usize::try_from(word.map_or(0, u32::from_le_bytes)).unwrap_or(usize::MAX)
    };
    let [w4, w8, w12] = [4, 8, 12].map(word);
    let slice = |start: usize, length: usize| {
        let end = start.checked_add(length).ok_or(Malformed::Data)?;
        object.get(start..end).ok_or(Malformed::Data)
    };
    let (body, headers) = (4usize.saturating_add(w4), 8usize.saturating_add(w8));
    let has_headers = w8 != 0 && w12 != 0;
    let (body, headers) = match (w4 != 0, has_headers) {
        // The fixed section has no room for headers.
        (true, _) if body < 16 => (slice(body, w8)?, &object[..0]),
        (true, false) => (slice(body, w8)?, &object[..0]),
        (true, true) if headers > body => (slice(body, headers - body)?, slice(headers, w12)?),
        (true, true) => (
            object.get(body..).ok_or(Malformed::Data)?,
            slice(headers, w12)?,
        ),
        (false, true) => (&object[..0], slice(headers, w12)?),
        (false, false) => (&object[..0], &object[..0]),
    };
    Ok(Response {
        status: response::status(root.u32(0)?)?,
        body,
        headers,
    })
}
