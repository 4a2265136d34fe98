//! The listening port where it has slots: `${env:PORT:-8080}`, `80${env:INSTANCE}`.

use super::{
    Misfit,
    slot::{self, Filled, Part, Piece},
};
use crate::plan::Slotted;
use thiserror::Error;

/// The only thing that can be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a port is a number from 1 to 65535")]
pub struct NotPort;

/// A text whose slots can come to a port. They have been found well-formed: `pieces`.
pub fn parse(text: &str, pieces: &[Piece<'_>]) -> Result<Slotted<u16>, Misfit<NotPort>> {
    let wrong = |range| {
        Err(Misfit {
            error: NotPort,
            range,
        })
    };
    for piece in pieces {
        let (said, range) = match piece.part {
            Part::Literal(said) => (said, piece.range.clone()),
            Part::Slot(slot) => (
                slot.default.unwrap_or_default(),
                piece.default_range().unwrap_or(piece.range.clone()),
            ),
        };
        if !said.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong(range);
        }
    }
    // A slot without a default may bring any digit.
    let open = slot::slots(pieces).any(|slot| slot.default.is_none());
    let filled = Filled::new(pieces, |_, _| "1".to_owned()).text;
    if filled.parse::<u16>().is_ok_and(|port| port != 0) || (open && filled.len() <= 5) {
        return Ok(Slotted::Slots(text.to_owned()));
    }
    wrong(match pieces {
        [only] => only
            .default_range()
            .filter(|range| !range.is_empty())
            .unwrap_or(only.range.clone()),
        _ => 0..text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_with_slots() {
        for (text, blamed) in [
            ("${env:PORT}", None),
            ("${env:PORT:-8080}", None),
            ("80${env:A}${env:B:-1}", None),
            ("${file:/run/port}", None),
            ("${env:PORT:-80a}", Some("80a")),
            ("${env:PORT:-0}", Some("0")),
            ("${env:PORT:-65536}", Some("65536")),
            ("${env:PORT:-}", Some("${env:PORT:-}")),
            (":${env:PORT}", Some(":")),
            ("70${env:A:-000}", Some("70${env:A:-000}")),
            ("70000${env:A}", Some("70000${env:A}")),
        ] {
            let read = parse(text, &slot::parse(text).expect("well-formed slots"));
            let found = read
                .as_ref()
                .err()
                .map(|misfit| &text[misfit.range.clone()]);
            assert_eq!(found, blamed, "{text}");
        }
    }
}
