//! Texts with slots (`http://${env:CLOUD_HOST:-cloud-api}:8000`), which are whole only when the gateway starts.
//!
//! The language itself is the runtime's own file, compiled here as it stands. A value of the config may have slots where
//! its schema says `"x-slots": true`; `schema/slots.rs` reports slots that are malformed or stand elsewhere, so that the
//! readers of values need not: [`text`] gives `None`, and that is all.

#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../../runtime/src/slot.rs"]
mod language;

pub use language::{Malformed, Part, Piece, Slot, SlotError, Source, parse};

use crate::{
    json::Node,
    plan::{Slotted, Text},
};
use std::ops::Range;

/// The text of a string that may have slots. `None`: no string, or a malformed slot, which the schema pass reports.
pub fn text(node: &Node) -> Option<Text> {
    let text = node.as_str()?;
    let pieces = parse(text).ok()?;
    let text = if has_slots(&pieces) {
        Slotted::Slots(text.to_owned())
    } else {
        Slotted::Fixed(text.to_owned())
    };
    Some(Text {
        text,
        secret: false,
    })
}

/// Whether there is anything to fill.
pub fn has_slots(pieces: &[Piece<'_>]) -> bool {
    slots(pieces).next().is_some()
}

/// The slots among the pieces, in order.
pub fn slots<'p, 't>(pieces: &'p [Piece<'t>]) -> impl Iterator<Item = Slot<'t>> + use<'p, 't> {
    pieces.iter().filter_map(|piece| match piece.part {
        Part::Slot(slot) => Some(slot),
        Part::Literal(_) => None,
    })
}

/// Where `${…}` stands in a text that takes no slots, well-formed or not.
pub fn find(text: &str) -> Option<Range<usize>> {
    let start = text.find("${")?;
    let length = text[start..].find('}')?;
    Some(start..start + length + 1)
}

/// A way to say "from the environment" that other tools have: its place, and the name of the variable if it tells.
pub fn foreign(text: &str) -> Option<(Range<usize>, Option<&str>)> {
    if let Some(start) = text.find("{{") {
        let end = text[start..]
            .find("}}")
            .map_or(text.len(), |i| start + i + 2);
        let inside = &text[start..end];
        // `{{ env "NAME" }}`
        let quoted = inside.split('"').nth(1);
        return Some((start..end, quoted.filter(|name| is_upper_name(name))));
    }
    let (start, _) = text.match_indices('$').find(|&(at, _)| {
        text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    })?;
    let rest = &text[start + 1..];
    let length = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    Some((start..start + 1 + length, Some(&rest[..length])))
}

fn is_upper_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

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

/// What a text comes to by its defaults, with the names of its variables where it has none: to give it a name.
pub fn likely(text: &str) -> String {
    parse(text).map_or_else(
        |_| text.to_owned(),
        |pieces| Filled::new(&pieces, |_, slot| label(slot)).text,
    )
}

/// `CLOUD_HOST` → `cloud-host`, `/run/secrets/api.key` → `api`.
pub fn label(slot: &Slot<'_>) -> String {
    let name = slot.name.rsplit('/').next().unwrap_or_default();
    let name = name.split('.').next().unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let label: String = name.chars().map(plain).collect();
    label.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn other_ways_to_say_it_are_known() {
        for (text, expected) in [
            ("http://$HOST:80", Some(("$HOST", Some("HOST")))),
            (
                "{{ env \"PORT\" }}",
                Some(("{{ env \"PORT\" }}", Some("PORT"))),
            ),
            ("x{{ .urls.api }}y", Some(("{{ .urls.api }}", None))),
            ("{{ open", Some(("{{ open", None))),
            ("http://h:80", None),
            ("$5", None),
            ("${env:A}", None),
        ] {
            let found = foreign(text).map(|(range, name)| (&text[range], name));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn names_of_what_has_none() {
        for (text, expected) in [
            ("${env:CLOUD_HOST}", "cloud-host"),
            ("http://${env:H:-api}.svc:${env:P}", "http://api.svc:p"),
            ("${file:/run/secrets/api.key}", "api"),
            ("${env:_}", ""),
            ("${bad", "${bad"),
        ] {
            assert_eq!(likely(text), expected, "{text}");
        }
    }
}
