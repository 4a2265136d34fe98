//! An object in a message: fields at fixed places, data elsewhere.
//!
//! The wire tells neither what an object is nor how long: whoever reads it must know, and every place that a field points
//! to is checked before it is looked at. All sums are of 64 bits.

use super::{HEADER, Malformed};
use std::ops::Range;

/// Objects in one another.
const MAX_DEPTH: usize = 8;

/// A view of one object.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    message: &'a [u8],
    at: usize,
    fixed: usize,
    /// Where the objects begin that this one is in.
    around: Vec<usize>,
}

impl<'a> Object<'a> {
    /// The object at `at` of `message`, with a fixed section of `fixed` bytes.
    pub(super) fn at(message: &'a [u8], at: usize, fixed: usize) -> Result<Object<'a>, Malformed> {
        let end = at.checked_add(fixed).ok_or(Malformed::Object)?;
        if at < HEADER || end > message.len() {
            return Err(Malformed::Object);
        }
        Ok(Object {
            message,
            at,
            fixed,
            around: Vec::new(),
        })
    }

    /// The `N` bytes of the field at `k`.
    pub fn inline<const N: usize>(&self, k: usize) -> Result<[u8; N], Malformed> {
        if k + N > self.fixed {
            return Err(Malformed::Field);
        }
        let field = self.message.get(self.at + k..self.at + k + N);
        field
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(Malformed::Field)
    }

    /// The number at `k`.
    pub fn u32(&self, k: usize) -> Result<u32, Malformed> {
        self.inline(k).map(u32::from_le_bytes)
    }

    /// The bytes that the field at `k` points to. None and empty are the same.
    pub fn bytes(&self, k: usize) -> Result<&'a [u8], Malformed> {
        self.span(k).map(|span| &self.message[span])
    }

    /// The text that the field at `k` points to.
    pub fn text(&self, k: usize) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes(k)?).map_err(|_| Malformed::Text)
    }

    /// Where in the message the data of the text or bytes field at `k` are: behind the fixed section, and in the message.
    pub fn span(&self, k: usize) -> Result<Range<usize>, Malformed> {
        let (target, length) = match self.pointer(k)? {
            (None, _) => return Ok(0..0),
            (Some(target), length) => (target, i64::from(length)),
        };
        let behind = to_i64(self.at + self.fixed);
        if length == 0 || target < behind || target + length > to_i64(self.message.len()) {
            return Err(Malformed::Data);
        }
        range(target, length)
    }

    /// The list at `k`, whose elements have `size` bytes each: they may lie before the object too.
    #[allow(dead_code, reason = "HTTP has none; the protocol does")]
    pub fn list(&self, k: usize, size: usize) -> Result<&'a [u8], Malformed> {
        let (target, count) = match self.pointer(k)? {
            (None, _) => return Ok(&[]),
            (Some(target), count) => (target, i64::from(count)),
        };
        let length = count
            .checked_mul(to_i64(size))
            .filter(|length| *length <= to_i64(self.message.len()))
            .ok_or(Malformed::Data)?;
        if target < to_i64(HEADER) || target + length > to_i64(self.message.len()) {
            return Err(Malformed::Data);
        }
        range(target, length).map(|range| &self.message[range])
    }

    /// The object at `k`, with a fixed section of `fixed` bytes, if there is one.
    #[allow(dead_code, reason = "HTTP has none; the protocol does")]
    pub fn object(&self, k: usize, fixed: usize) -> Result<Option<Object<'a>>, Malformed> {
        let relative = i32::from_le_bytes(self.inline(k)?);
        if relative == 0 {
            return Ok(None);
        }
        let target = to_i64(self.at + k) + i64::from(relative);
        let target = usize::try_from(target).map_err(|_| Malformed::Object)?;
        let mut inner = Object::at(self.message, target, fixed)?;
        inner.around.clone_from(&self.around);
        inner.around.push(self.at);
        if inner.around.len() >= MAX_DEPTH || inner.around.contains(&target) {
            return Err(Malformed::Nested);
        }
        Ok(Some(inner))
    }

    /// Where the field at `k` points, if anywhere, and its length.
    fn pointer(&self, k: usize) -> Result<(Option<i64>, u32), Malformed> {
        let relative = i32::from_le_bytes(self.inline(k)?);
        let length = self.u32(k + 4)?;
        let target = (relative != 0).then(|| to_i64(self.at + k) + i64::from(relative));
        Ok((target, length))
    }
}

/// No two of these fields share a byte.
pub(crate) fn disjoint<const N: usize>(mut spans: [Range<usize>; N]) -> Result<(), Malformed> {
    spans.sort_by_key(|span| (span.start, span.end));
    if spans.array_windows().any(|[a, b]| a.end > b.start) {
        return Err(Malformed::Overlap);
    }
    Ok(())
}

/// Positions in a message, which is bounded.
fn to_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn range(start: i64, length: i64) -> Result<Range<usize>, Malformed> {
    let at = |n: i64| usize::try_from(n).map_err(|_| Malformed::Data);
    Ok(at(start)?..at(start + length)?)
}
