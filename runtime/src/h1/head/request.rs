//! Request heads.

use super::{Bounds, HeadError, Noted, has_bare_line, with_room};
use crate::{
    h1::{Framing, Input, framing::twin},
    request::{self, Headers, Kind, names},
};
use bytes::Bytes;
use http::{Method, Uri, Version, uri::PathAndQuery};
use httparse::{Error, ParserConfig, Status};

/// What an [`Uri`] can hold.
const MAX_TARGET: usize = 65_534;

/// The head of a request, and what it says of its connection.
#[derive(Debug)]
pub(crate) struct Head {
    pub request: request::Head,
    pub framing: Framing,
    /// Whether it is the last request on its connection.
    pub last: bool,
    /// Whether it is HTTP/1.1 and nothing but a request: no other protocol is asked for, and no permission to go on.
    pub plain: bool,
}

/// The bytes of the next head in `input`, once all of it is there. Empty lines before it are none of it (RFC 9112 2.2).
pub(crate) fn next(input: &mut Input, bounds: Bounds) -> Result<Option<Bytes>, HeadError> {
    while input.bytes().starts_with(b"\r\n") {
        input.skip(2);
    }
    super::next(input, bounds, probe)
}

fn probe(bytes: &[u8]) -> Result<(), HeadError> {
    match httparse::Request::new(&mut []).parse(bytes) {
        // There was room for none.
        Ok(_) | Err(Error::TooManyHeaders) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Reads a head that [`next`] has found.
pub(crate) fn read(head: &Bytes, bounds: Bounds) -> Result<Head, HeadError> {
    with_room(bounds.fields, |room| {
        let mut parsed = httparse::Request::new(&mut []);
        match ParserConfig::default().parse_request_with_uninit_headers(&mut parsed, head, room) {
            Ok(Status::Complete(length)) if length == head.len() => {}
            Ok(_) => return Err(HeadError::BareNewline),
            Err(Error::TooManyHeaders) => return Err(HeadError::TooManyFields),
            Err(error) => return Err(error.into()),
        }
        let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
            return Err(HeadError::BareNewline);
        };
        // httparse skips empty lines, those of a bare LF too.
        if !head.starts_with(method.as_bytes()) || has_bare_line(head, parsed.headers) {
            return Err(HeadError::BareNewline);
        }
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Error::Token)?;
        let uri = uri(&method, head.slice_ref(target.as_bytes()))?;
        let version = match parsed.version {
            Some(1) => Version::HTTP_11,
            _ => Version::HTTP_10,
        };
        let mut noted = Noted::default();
        let mut plain = version == Version::HTTP_11;
        let mut headers = Headers::within(head);
        names::with(|names| {
            for field in parsed.headers.iter() {
                let known = names.known(field.name.as_bytes());
                let (name, kind) = known.ok_or(HeadError::Field)?;
                match kind {
                    Kind::ContentLength => noted.declared.length(field.value)?,
                    Kind::TransferEncoding => noted.declared.coding(field.value)?,
                    Kind::FramingTwin => twin(&name)?,
                    Kind::Connection => _ = noted.connection(field.value),
                    Kind::Upgrade | Kind::Expect => plain = false,
                    _ => {}
                }
                headers.push(name, kind, field.value);
            }
            Ok::<_, HeadError>(())
        })?;
        let framing = noted.declared.request(version)?;
        Ok(Head {
            request: request::Head {
                method,
                uri,
                version,
                headers,
            },
            framing,
            last: noted.close || (version == Version::HTTP_10 && !noted.keep_alive),
            plain,
        })
    })
}

/// The three forms of a target that are for a gateway (RFC 9112 3.2): a path, a URL, and the server as a whole.
fn uri(method: &Method, target: Bytes) -> Result<Uri, HeadError> {
    if target.len() > MAX_TARGET {
        return Err(HeadError::TargetTooLong);
    }
    // A fragment is the browser's, and who sends one is not understood by everyone alike.
    if *method == Method::CONNECT || memchr::memchr(b'#', &target).is_some() {
        return Err(HeadError::Target);
    }
    if target.starts_with(b"/") {
        let path = PathAndQuery::from_maybe_shared(target);
        return path.map(Uri::from).map_err(|_| HeadError::Target);
    }
    let is_star = *method == Method::OPTIONS && *target == *b"*";
    let uri = Uri::from_maybe_shared(target).map_err(|_| HeadError::Target)?;
    let is_url = matches!(uri.scheme_str(), Some("http" | "https"));
    if is_star || is_url {
        Ok(uri)
    } else {
        Err(HeadError::Target)
    }
}
