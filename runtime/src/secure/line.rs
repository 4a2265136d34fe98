//! Header lines of a config: `x-forwarded-proto: https`. gwc has looked at them; what it did not see stops the start.

use crate::request::Headers;
use http::{HeaderName, HeaderValue};

pub(super) fn lines(texts: &[&'static str]) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    texts.iter().map(|text| line(text)).collect()
}

fn line(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name_text, rest) = text
        .split_once(": ")
        .ok_or_else(|| format!("`{text}` is no header line"))?;
    Ok((name(name_text)?, value(rest)?))
}

pub(super) fn names(texts: &[&str]) -> Result<Vec<HeaderName>, String> {
    texts.iter().map(|text| name(text)).collect()
}

fn name(text: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| format!("`{text}` is no header name"))
}

pub(super) fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("`{text}` is no header value"))
}

/// Whether one of the lines is among the headers, its value exactly.
pub(super) fn has_any(headers: &Headers, lines: &[(HeaderName, HeaderValue)]) -> bool {
    lines
        .iter()
        .any(|(name, value)| headers.first(name) == Some(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_line_is_a_name_and_a_value() {
        for (text, expected) in [
            ("X-A: b", Some(("x-a", "b"))),
            ("x-a: b: c", Some(("x-a", "b: c"))),
            ("x-a:b", None),
            ("x a: b", None),
            ("x-a: b\r\nx-b: c", None),
            ("", None),
        ] {
            let got = line(text).ok();
            let got = got
                .as_ref()
                .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")));
            assert_eq!(got, expected, "{text:?}");
        }
    }
}
