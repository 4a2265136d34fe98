//! The head of an answer that goes to its client as it came.
//!
//! A header that somebody may ask for costs a hash, a place in a map and a reference; one that is only passed on costs a copy.

use super::{HeadError, Noted};
use crate::{
    brand,
    h1::{put_line, put_status, spare},
};
use http::StatusCode;
use httparse::Header;

/// A head that was passed on, without its end.
#[derive(Debug)]
pub(crate) struct Passed {
    pub text: Vec<u8>,
    /// What the upstream said of the length of a body that may not be there.
    pub length: Option<u64>,
    /// Whether a `Date` is among them.
    pub dated: bool,
    /// Whether they speak of a limit (`RateLimit-*`).
    pub limited: bool,
}

impl Passed {
    /// A status line, and of these fields all but those that end at this hop (RFC 9110 7.6.1) and those that are the gateway's to say.
    /// None: the connection has options of its own, and somebody has to look at what they name.
    pub(super) fn of(
        status: StatusCode,
        reason: Option<&str>,
        fields: &[Header],
        noted: &mut Noted,
    ) -> Result<Option<Passed>, HeadError> {
        let mut passed = Passed {
            text: spare::text(),
            length: None,
            dated: false,
            limited: false,
        };
        put_status(&mut passed.text, status, reason.map(str::as_bytes));
        for Header { name, value } in fields {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            match name.len() {
                4 if is("date") => passed.dated = true,
                10 if is("connection") => {
                    if !noted.connection(value) {
                        return Ok(None);
                    }
                    continue;
                }
                14 if is("content-length") => {
                    noted.declared.length(value)?;
                    continue;
                }
                17 if is("transfer-encoding") => {
                    noted.declared.coding(value)?;
                    continue;
                }
                2 if is("te") => continue,
                7 if is("upgrade") => continue,
                10 if is("keep-alive") => continue,
                16 if is("proxy-connection") => continue,
                18 if is("proxy-authenticate") => continue,
                15 if is("ratelimit-limit") || is("ratelimit-reset") => passed.limited = true,
                19 if is("ratelimit-remaining") => passed.limited = true,
                _ if brand::is_said_by_us(name) => continue,
                _ => {}
            }
            put_line(&mut passed.text, name.as_bytes(), value);
        }
        passed.length = noted.declared.said_length();
        Ok(Some(passed))
    }
}
