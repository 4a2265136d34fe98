//! What a text with slots can come to, to judge it before anybody fills them.

use super::{Part, Piece, Slot, label, slots};
use crate::config::Misfit;
use std::ops::Range;

impl Piece<'_> {
    /// The bytes of a slot's default.
    pub fn default_range(&self) -> Option<Range<usize>> {
        let Part::Slot(Slot { default, .. }) = self.part else {
            return None;
        };
        let end = self.range.end - 1;
        default.map(|text| end - text.len()..end)
    }
}

/// A text with something in the place of each slot, to see what it can come to.
pub struct Filled {
    /// What the slots came to in it.
    pub text: String,
    /// End in the text; bytes of what was written; whether those are the very bytes of the text.
    parts: Vec<(usize, Range<usize>, bool)>,
}

impl Filled {
    /// Defaults where there are some; elsewhere what `stand_in` says, which gets the number of such slots before it.
    pub fn new(
        pieces: &[Piece<'_>],
        mut stand_in: impl FnMut(usize, &Slot<'_>) -> String,
    ) -> Filled {
        let mut filled = Filled {
            text: String::new(),
            parts: Vec::new(),
        };
        let mut open = 0;
        for piece in pieces {
            let (range, verbatim) = match piece.part {
                Part::Literal(text) => {
                    filled.text.push_str(text);
                    (piece.range.clone(), true)
                }
                Part::Slot(slot) => {
                    if let (Some(default), Some(range)) = (slot.default, piece.default_range()) {
                        filled.text.push_str(default);
                        (range, true)
                    } else {
                        filled.text.push_str(&stand_in(open, &slot));
                        open += 1;
                        (piece.range.clone(), false)
                    }
                }
            };
            filled.parts.push((filled.text.len(), range, verbatim));
        }
        filled
    }

    /// Which bytes of what was written are these bytes of the text; and whether no stand-in is among them.
    pub fn written(&self, range: &Range<usize>) -> (Range<usize>, bool) {
        let mut found: Option<Range<usize>> = None;
        let mut sure = true;
        let mut start = 0;
        for (end, written, verbatim) in &self.parts {
            let (from, to) = (range.start.max(start), range.end.min(*end));
            if from < to {
                let here = if *verbatim {
                    written.start + from - start..written.start + to - start
                } else {
                    written.clone()
                };
                sure &= verbatim;
                found = Some(found.map_or(here.clone(), |known| known.start..here.end));
            }
            start = *end;
        }
        let last = self.parts.last().map_or(0, |(_, written, _)| written.end);
        (found.unwrap_or(0..last), sure)
    }
}

/// How many slots without a default are tried in every combination; a text with more has one stand-in for all of them.
const MAX_OPEN: u32 = 4;

/// What `read` makes of a text by the defaults of its slots. Each slot without one is tried as each of `stand_ins`, of
/// which the empty one is the name of the variable: what can be read in one way is let through, for only the start
/// knows.
///
/// # Errors
/// What is written is to blame rather than what was made up.
pub fn attempt<T, E>(
    pieces: &[Piece<'_>],
    stand_ins: &[&str],
    read: impl Fn(&str) -> Result<T, Misfit<E>>,
) -> Result<T, Misfit<E>> {
    let open = slots(pieces).filter(|slot| slot.default.is_none()).count();
    let open = u32::try_from(open).unwrap_or(u32::MAX);
    let kinds = stand_ins.len();
    let tries = kinds.pow(if open > MAX_OPEN { 1 } else { open });
    // And whether that was written.
    let read = |number: usize| {
        let filled = Filled::new(pieces, |index, slot| {
            let index = if open > MAX_OPEN { 0 } else { index };
            let digit = number / kinds.pow(u32::try_from(index).unwrap_or(0)) % kinds;
            match stand_ins[digit] {
                "" => label(slot),
                other => other.to_owned(),
            }
        });
        read(&filled.text).map_err(|Misfit { error, range }| {
            let (range, sure) = filled.written(&range);
            (Misfit { error, range }, sure)
        })
    };
    let (mut blamed, mut sure) = match read(0) {
        Ok(found) => return Ok(found),
        Err(wrong) => wrong,
    };
    for number in 1..tries {
        match read(number) {
            Ok(found) => return Ok(found),
            Err((misfit, true)) if !sure => (blamed, sure) = (misfit, true),
            Err(_) => {}
        }
    }
    Err(blamed)
}

#[cfg(test)]
mod tests {
    use super::{super::parse, *};

    #[test]
    fn places_lead_back_to_what_was_written() {
        let text = "http://${env:H}:${env:P:-80a}/x";
        let filled = Filled::new(&parse(text).expect("slots"), |_, slot| label(slot));
        assert_eq!(filled.text, "http://h:80a/x");
        for (range, blamed, sure) in [
            (0..4, "http", true),
            (7..8, "${env:H}", false),
            (9..12, "80a", true),
            (12..14, "/x", true),
            (7..12, "${env:H}:${env:P:-80a", false),
            (14..14, text, true),
        ] {
            let (written, certain) = filled.written(&range);
            assert_eq!((&text[written], certain), (blamed, sure), "{range:?}");
        }
    }
}
