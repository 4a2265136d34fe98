//! Texts with slots (`http://${env:CLOUD_HOST:-cloud-api}:8000`), which are whole only when the gateway starts.
//!
//! The language itself is the runtime's own file, compiled here as it stands. A value of the config may have slots where
//! its schema says `"x-slots": true`; `schema/slots.rs` reports slots that are malformed or stand elsewhere, so that the
//! readers of values need not: [`text`] gives `None`, and that is all.

#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../../runtime/src/slot.rs"]
mod language;

mod filled;

pub use filled::{Filled, attempt};
pub use language::{Malformed, Part, Piece, Slot, SlotError, Source, parse};

use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
    plan::{Slotted, Text},
};
use std::ops::Range;

/// The text of a string that may have slots. `None`: no string, or a malformed slot, which the schema pass reports.
pub fn text(node: &Node) -> Option<Text> {
    let text = node.as_str()?;
    let pieces = parse(text).ok()?;
    Some(Text::from(if has_slots(&pieces) {
        Slotted::Slots(text.to_owned())
    } else {
        Slotted::Fixed(text.to_owned())
    }))
}

/// A text that must not come to nothing. That it does not as it stands is the schema's to say (`minLength`), that it
/// does not by the defaults of its slots is said here.
pub fn something(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Text> {
    let text = text(node)?;
    if likely(text.written()).is_empty() && matches!(text.text, Slotted::Slots(_)) {
        let message = "by its defaults this comes to nothing";
        findings.push(
            Diagnostic::new(&codes::WRONG_VALUE, message, node.span, "")
                .help("without a default, a gateway whose variable is not set does not start"),
        );
    }
    Some(text)
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
