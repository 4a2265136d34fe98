//! Where the body of a message ends (RFC 9112 6.3), and the messages of which that is not sure.
//!
//! Requests are smuggled past a gateway where it and its upstream find different ends. So there is one way to say each
//! thing, and a message that says it in another is refused: a length is digits, a coding is `chunked`, and neither
//! stands beside the other or twice.

use http::{HeaderName, StatusCode, Version, header};

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Bytes; 0 where there is no body.
    Length(u64),
    Chunked,
    /// The end of the connection is the end of the body. Only answers end so.
    UntilClose,
}

/// Why nobody can be sure of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguous {
    #[error("its `Content-Length` is no number of bytes")]
    Length,
    #[error("it has more than one `Content-Length`")]
    Lengths,
    #[error("its `Transfer-Encoding` is not just `chunked`")]
    Coding,
    #[error("it has both a `Content-Length` and a `Transfer-Encoding`")]
    Both,
    #[error("it is of HTTP/1.0 and has a `Transfer-Encoding`")]
    TooOld,
    #[error("`{0}` could be taken for the header that says its length")]
    Twin(&'static str),
}

/// What the headers of a message say about its body.
#[derive(Debug, Default)]
pub(super) struct Declared {
    length: Option<u64>,
    chunked: bool,
}

impl Declared {
    /// Takes note of a header, if it is one of the two that frame.
    pub fn see(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), Ambiguous> {
        match *name {
            header::CONTENT_LENGTH => self.length(value),
            header::TRANSFER_ENCODING => self.coding(value),
            _ => Ok(()),
        }
    }

    /// Takes note of a `Content-Length`.
    pub fn length(&mut self, value: &[u8]) -> Result<(), Ambiguous> {
        if self.length.is_some() {
            return Err(Ambiguous::Lengths);
        }
        self.length = Some(number(value).ok_or(Ambiguous::Length)?);
        Ok(())
    }

    /// Takes note of a `Transfer-Encoding`.
    pub fn coding(&mut self, value: &[u8]) -> Result<(), Ambiguous> {
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Ambiguous::Coding);
        }
        self.chunked = true;
        Ok(())
    }

    /// The `Content-Length`, as it was said.
    pub fn said_length(&self) -> Option<u64> {
        self.length
    }

    /// The framing of a request.
    pub fn request(&self, version: Version) -> Result<Framing, Ambiguous> {
        Ok(self.said(version)?.unwrap_or(Framing::Length(0)))
    }

    /// The framing of an answer with this status, to a HEAD or to another request.
    pub fn answer(
        &self,
        version: Version,
        status: StatusCode,
        to_head: bool,
    ) -> Result<Framing, Ambiguous> {
        let said = self.said(version)?.unwrap_or(Framing::UntilClose);
        let none = to_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        Ok(if none { Framing::Length(0) } else { said })
    }

    fn said(&self, version: Version) -> Result<Option<Framing>, Ambiguous> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(Ambiguous::Both),
            (None, true) if version < Version::HTTP_11 => Err(Ambiguous::TooOld),
            (None, true) => Ok(Some(Framing::Chunked)),
            (Some(length), false) => Ok(Some(Framing::Length(length))),
            (None, false) => Ok(None),
        }
    }
}

/// Digits and nothing else: no sign, no space, no list.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Whether an upstream that reads `_` as `-` would take `name` for what frames the message: WSGI and CGI do.
pub(super) fn twin(name: &HeaderName) -> Result<(), Ambiguous> {
    match name.as_str() {
        "content_length" => Err(Ambiguous::Twin("Content_Length")),
        "transfer_encoding" => Err(Ambiguous::Twin("Transfer_Encoding")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Ambiguous::{self, Both, Coding, Length, Lengths, TooOld},
        Declared, Framing,
    };
    use http::{HeaderName, StatusCode, Version};

    fn declared(fields: &[(&str, &str)]) -> Result<Declared, Ambiguous> {
        let mut declared = Declared::default();
        for (name, value) in fields {
            let name: HeaderName = name.parse().expect("a name");
            declared.see(&name, value.as_bytes())?;
        }
        Ok(declared)
    }

    #[test]
    fn there_is_one_way_to_say_it() {
        let (cl, te) = ("content-length", "transfer-encoding");
        for (fields, expected) in [
            (&[][..], Ok(Framing::Length(0))),
            (&[(cl, "0")], Ok(Framing::Length(0))),
            (&[(cl, "5")], Ok(Framing::Length(5))),
            (&[(cl, "005")], Ok(Framing::Length(5))),
            (
                &[(cl, "18446744073709551615")],
                Ok(Framing::Length(u64::MAX)),
            ),
            (&[(cl, "18446744073709551616")], Err(Length)),
            (&[(cl, "")], Err(Length)),
            (&[(cl, "+5")], Err(Length)),
            (&[(cl, "-5")], Err(Length)),
            (&[(cl, "5 ")], Err(Length)),
            (&[(cl, "5,5")], Err(Length)),
            (&[(cl, "0x5")], Err(Length)),
            (&[(cl, "5.0")], Err(Length)),
            (&[(cl, "5"), (cl, "5")], Err(Lengths)),
            (&[(cl, "5"), (cl, "6")], Err(Lengths)),
            (&[(te, "chunked")], Ok(Framing::Chunked)),
            (&[(te, "Chunked")], Ok(Framing::Chunked)),
            (&[(te, "")], Err(Coding)),
            (&[(te, "identity")], Err(Coding)),
            (&[(te, "gzip, chunked")], Err(Coding)),
            (&[(te, "chunked, gzip")], Err(Coding)),
            (&[(te, "chunked,")], Err(Coding)),
            (&[(te, "chunked;q=1")], Err(Coding)),
            (&[(te, "xchunked")], Err(Coding)),
            (&[(te, "chunked"), (te, "chunked")], Err(Coding)),
            (&[(te, "gzip"), (te, "chunked")], Err(Coding)),
            (&[(te, "chunked"), (cl, "5")], Err(Both)),
            (&[(cl, "5"), (te, "chunked")], Err(Both)),
        ] {
            let got = declared(fields).and_then(|d| d.request(Version::HTTP_11));
            assert_eq!(got, expected, "{fields:?}");
        }
        let chunked = declared(&[(te, "chunked")]).expect("clear");
        assert_eq!(chunked.request(Version::HTTP_10), Err(TooOld));
    }

    #[test]
    fn answers_without_a_body_end_with_their_head() {
        let length = declared(&[("content-length", "5")]).expect("clear");
        let chunked = declared(&[("transfer-encoding", "chunked")]).expect("clear");
        let nothing = declared(&[]).expect("clear");
        for (declared, status, to_head, expected) in [
            (&length, 200, false, Framing::Length(5)),
            (&length, 200, true, Framing::Length(0)),
            (&length, 204, false, Framing::Length(0)),
            (&length, 304, false, Framing::Length(0)),
            (&length, 101, false, Framing::Length(0)),
            (&chunked, 200, false, Framing::Chunked),
            (&chunked, 304, false, Framing::Length(0)),
            (&nothing, 200, false, Framing::UntilClose),
            (&nothing, 200, true, Framing::Length(0)),
            (&nothing, 204, false, Framing::Length(0)),
        ] {
            let code = StatusCode::from_u16(status).expect("a status");
            let got = declared.answer(Version::HTTP_11, code, to_head);
            assert_eq!(got, Ok(expected), "{status} {to_head}");
        }
    }
}
