//! What can be wrong with a path, and what to do about it.

use thiserror::Error;

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// `//`.
    #[error("a path has no empty segment")]
    EmptySegment,
    /// `/./`, `/../`.
    #[error("a path has no `.` or `..` segment")]
    DotSegment,
    /// `/a*`, `/*/b`.
    #[error("`*` must be the whole last segment of a path")]
    Wildcard,
    /// `/{id}.json`, in an endpoint's path.
    #[error("a placeholder must be a whole segment of an endpoint's path")]
    PartialPlaceholder,
    /// `{}`, `{a b}`.
    #[error("the name of a placeholder is made of letters, digits, `-` and `_`")]
    PlaceholderName,
    /// `{` without `}`, or the other way round.
    #[error("this brace has no partner")]
    Brace,
    /// `?` or `#` in an endpoint's path.
    #[error("an endpoint's path has no query or fragment")]
    Query,
    /// `#` in a `url_pattern`.
    #[error("a url_pattern has no fragment")]
    Fragment,
    /// Not a `pchar` (RFC 3986, 3.3).
    #[error("`{0}` cannot stand in a path")]
    Character(char),
    /// `%` and not two hexadecimal digits.
    #[error("`%` must be followed by two hexadecimal digits")]
    Escape,
    /// RFC 3986, 6.2.2: requests are brought to this form before they are matched.
    #[error("no request has this escape: it is always written `{0}`")]
    NotNormal(String),
}

impl PathError {
    /// What to do about it.
    pub fn help(&self) -> String {
        let text = match self {
            PathError::EmptySegment => "requests with `//` do not match it; remove the extra slash",
            PathError::DotSegment => {
                "clients resolve such segments before they send; write the resulting path"
            }
            PathError::Wildcard => {
                "`/files/*` takes everything below; `/files/{name}` takes one segment"
            }
            PathError::PartialPlaceholder => {
                "match the whole segment, `/{file}`, and let the backend look at its parts"
            }
            PathError::PlaceholderName => "for example `{user_id}`",
            PathError::Brace => {
                "a placeholder is written `{name}`; a literal brace is `%7B` or `%7D`"
            }
            PathError::Query => {
                "queries are not matched; `input_query_strings` says which parameters are forwarded"
            }
            PathError::Fragment => "fragments are never sent to a server",
            PathError::Character(c) => {
                return format!("written as an escape it is `{}`", escape(*c));
            }
            PathError::Escape => "a literal percent sign is written `%25`",
            PathError::NotNormal(text) => return format!("write `{text}`"),
        };
        text.to_owned()
    }

    /// The text that mends the blamed range, where there is just one.
    pub fn fix(&self) -> Option<String> {
        match self {
            PathError::Character(c) => Some(escape(*c)),
            PathError::NotNormal(text) => Some(text.clone()),
            PathError::EmptySegment => Some(String::new()),
            _ => None,
        }
    }
}

fn escape(c: char) -> String {
    let mut text = String::new();
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        text.push('%');
        text.extend(
            [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
        );
    }
    text
}
