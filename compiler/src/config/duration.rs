//! Durations in Go's syntax: `1h30m`, `1.5s`, `150us`.

use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};
use std::time::Duration;
use thiserror::Error;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// No text at all.
    #[error("the duration is empty")]
    Empty,
    /// `-1s`
    #[error("a duration cannot be negative")]
    Negative,
    /// Go reads such a text as an error, and a bare JSON number as nanoseconds: neither is what its author meant.
    #[error("the duration has no unit")]
    NoUnit,
    /// `1d`, `5 s`
    #[error("`{0}` is not a unit of time")]
    UnknownUnit(String),
    /// `1..5s`
    #[error("not a duration")]
    Malformed,
    /// More than ten years.
    #[error("the duration is too long")]
    TooLong,
}

/// Nanoseconds per unit; `µ` is U+00B5, `μ` U+03BC: both are in use.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Ten years: far beyond any timeout, far below what overflows when timers add to it.
const MAX: Duration = Duration::from_hours(10 * 365 * 24);

/// What is said about a string that is none.
pub fn finding(node: &Node, error: &DurationError) -> Diagnostic {
    let finding = Diagnostic::new(&codes::BAD_DURATION, error.to_string(), node.span, "")
        .help("a duration is a number and ns, us, ms, s, m or h: \"1.5s\", \"1h30m\"");
    let text = node.as_str().unwrap_or_default();
    if *error == DurationError::NoUnit && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return finding
            .help("probably seconds are meant")
            .fix(node.span, format!("\"{text}s\""));
    }
    finding
}

/// One or more of number and unit, without spaces; `0` alone needs no unit. Fractions below a nanosecond are cut off.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    match unsigned {
        "" => return Err(DurationError::Empty),
        "0" => return Ok(Duration::ZERO),
        _ if text.starts_with('-') => return Err(DurationError::Negative),
        _ => {}
    }
    let mut rest = unsigned;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number = leading(&mut rest, |c| c.is_ascii_digit() || c == '.');
        let unit = leading(&mut rest, |c| !c.is_ascii_digit() && c != '.');
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(DurationError::Malformed);
        }
        if unit.is_empty() {
            return Err(DurationError::NoUnit);
        }
        let (_, scale) = UNITS
            .into_iter()
            .find(|&(name, _)| name == unit)
            .ok_or_else(|| DurationError::UnknownUnit(unit.to_owned()))?;
        let whole: u128 = if whole.is_empty() { 0 } else { digits(whole)? };
        let part = nanos(fraction, scale);
        total = whole
            .checked_mul(scale)
            .and_then(|nanos| nanos.checked_add(part))
            .and_then(|nanos| nanos.checked_add(total))
            .ok_or(DurationError::TooLong)?;
    }
    let seconds = u64::try_from(total / 1_000_000_000).map_err(|_| DurationError::TooLong)?;
    let nanos = u32::try_from(total % 1_000_000_000).map_err(|_| DurationError::TooLong)?;
    let duration = Duration::new(seconds, nanos);
    if duration > MAX {
        Err(DurationError::TooLong)
    } else {
        Ok(duration)
    }
}

fn leading<'a>(rest: &mut &'a str, belongs: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    let (head, tail) = rest.split_at(end);
    *rest = tail;
    head
}

fn digits(text: &str) -> Result<u128, DurationError> {
    text.parse().map_err(|_| DurationError::TooLong)
}

/// `.fraction` of a unit, digit by digit.
fn nanos(fraction: &str, scale: u128) -> u128 {
    let place = std::iter::successors(Some(scale / 10), |unit| Some(unit / 10));
    fraction
        .bytes()
        .zip(place)
        .map(|(digit, unit)| u128::from(digit - b'0') * unit)
        .sum()
}

/// The duration that `node` holds; what is wrong with it becomes a finding.
pub fn read(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    let text = node.as_str()?;
    let error = match parse(text) {
        Ok(duration) => return Some(duration),
        Err(error) => error,
    };
    let mut finding = Diagnostic::new(&codes::BAD_DURATION, error.to_string(), node.span, "")
        .help("a duration is a number and ns, us, ms, s, m or h: \"1.5s\", \"1h30m\"");
    if error == DurationError::NoUnit && text.bytes().all(|byte| byte.is_ascii_digit()) {
        finding = finding
            .help("probably seconds are meant")
            .fix(node.span, format!("\"{text}s\""));
    }
    findings.push(finding);
    None
}

#[cfg(test)]
mod tests {
    use super::{DurationError::*, *};

    #[test]
    fn durations() {
        for (text, nanos) in [
            ("0", 0),
            ("0s", 0),
            ("2s", 2_000_000_000),
            ("+2s", 2_000_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("150us", 150_000),
            ("150\u{b5}s", 150_000),
            ("150\u{3bc}s", 150_000),
            ("300ms", 300_000_000),
            ("1m0.25s", 60_250_000_000),
            ("7ns", 7),
            ("0.1h", 360_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn not_durations() {
        for (text, error) in [
            ("", Empty),
            ("-5s", Negative),
            ("120", NoUnit),
            ("1h30", NoUnit),
            ("1.5", NoUnit),
            ("5 s", UnknownUnit(" s".into())),
            ("5sec", UnknownUnit("sec".into())),
            ("1d", UnknownUnit("d".into())),
            ("s", Malformed),
            ("1..5s", Malformed),
            ("1.2.3s", Malformed),
            (".s", Malformed),
            ("999999999h", TooLong),
            ("99999999999999999999999999999999999999999999s", TooLong),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
