//! The language of slots, the parts of a config text that are filled when the gateway starts: `${env:NAME}`,
//! `${env:NAME:-default}`, `${file:/path}`.
//!
//! It knows nothing of the rest of the runtime: gwc compiles this very file, so that a text which it accepts is a text
//! which the binary can read.

use std::{fmt, ops::Range};
use thiserror::Error;

const OPEN: &str = "${";
const CLOSE: char = '}';
/// As in shells: behind it stands what counts where the variable is not set, or empty.
const DEFAULT: &str = ":-";

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'t> {
    /// Bytes of the text, braces included.
    pub range: Range<usize>,
    /// What stands there.
    pub part: Part<'t>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// Never empty.
    Literal(&'t str),
    /// Filled at start.
    Slot(Slot<'t>),
}

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot<'t> {
    /// What is asked.
    pub source: Source,
    /// Of the variable, or the absolute path of the file.
    pub name: &'t str,
    /// Counts where a variable is not set; may be empty. A file has none.
    pub default: Option<&'t str>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A variable of the environment.
    Env,
    /// The text of a file.
    File,
}

impl Source {
    /// In the order in which messages list them.
    pub const ALL: [Source; 2] = [Source::Env, Source::File];

    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Source::Env => "env",
            Source::File => "file",
        }
    }
}

/// As it is written, without its default.
impl fmt::Display for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}:{}{CLOSE}", self.source.word(), self.name)
    }
}

/// What is wrong with a slot, and which bytes of the text are to blame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct Malformed {
    /// Why.
    pub error: SlotError,
    /// Never empty.
    pub range: Range<usize>,
}

/// Why a text between `${` and `}` is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SlotError {
    /// `${env:NAME`
    #[error("the slot has no end")]
    Unclosed,
    /// `${env:A:-${env:B}}`
    #[error("a slot inside a slot")]
    Nested,
    /// `${NAME}`, `${NAME:-default}`
    #[error("the slot does not say where its value comes from")]
    NoSource,
    /// `${vault:NAME}`
    #[error("not a source of values")]
    UnknownSource,
    /// `${env:1-2}`
    #[error("not the name of an environment variable")]
    Variable,
    /// `${file:path}`: relative to what would depend on who starts the gateway.
    #[error("not an absolute path")]
    RelativePath,
    /// `${file:/path:-default}`
    #[error("a file has no default")]
    FileDefault,
}

/// Whether anything in the text is a slot, or begins like one.
pub const fn any(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at - 1] == b'$' && bytes[at] == b'{' {
            return true;
        }
        at += 1;
    }
    false
}

/// The text in its pieces, which together are the text; empty for an empty one.
pub fn parse(text: &str) -> Result<Vec<Piece<'_>>, Malformed> {
    let mut pieces = Vec::new();
    let literal = |range: Range<usize>| {
        let part = Part::Literal(&text[range.clone()]);
        (!range.is_empty()).then_some(Piece { range, part })
    };
    let mut at = 0;
    while let Some(offset) = text[at..].find(OPEN) {
        let start = at + offset;
        pieces.extend(literal(at..start));
        let Some(length) = text[start..].find(CLOSE) else {
            return Err(Malformed {
                error: SlotError::Unclosed,
                range: start..text.len(),
            });
        };
        at = start + length + CLOSE.len_utf8();
        pieces.push(Piece {
            range: start..at,
            part: Part::Slot(slot(text, start..at)?),
        });
    }
    pieces.extend(literal(at..text.len()));
    Ok(pieces)
}

/// The slot that stands, braces included, at `whole`.
fn slot(text: &str, whole: Range<usize>) -> Result<Slot<'_>, Malformed> {
    let start = whole.start + OPEN.len();
    let inside = &text[start..whole.end - CLOSE.len_utf8()];
    let wrong = |error, range: Range<usize>| Err(Malformed { error, range });
    if let Some(inner) = inside.find(OPEN) {
        return wrong(SlotError::Nested, start + inner..whole.end);
    }
    let Some((word, rest)) = inside.split_once(':').filter(|(_, r)| !r.starts_with('-')) else {
        return wrong(SlotError::NoSource, whole);
    };
    let Some(source) = Source::ALL.into_iter().find(|known| known.word() == word) else {
        let blamed = if word.is_empty() {
            whole
        } else {
            start..start + word.len()
        };
        return wrong(SlotError::UnknownSource, blamed);
    };
    let (name, default) = match rest.split_once(DEFAULT) {
        Some((name, default)) => (name, Some(default)),
        None => (rest, None),
    };
    let place = start + word.len() + 1;
    let name_at = if name.is_empty() {
        whole.clone()
    } else {
        place..place + name.len()
    };
    match source {
        Source::Env if !is_variable(name) => wrong(SlotError::Variable, name_at),
        Source::File if !name.starts_with('/') || name.contains('\0') => {
            wrong(SlotError::RelativePath, name_at)
        }
        Source::File if default.is_some() => {
            wrong(SlotError::FileDefault, place + name.len()..whole.end - 1)
        }
        Source::Env | Source::File => Ok(Slot {
            source,
            name,
            default,
        }),
    }
}

/// POSIX 8.1, with lower case, which programs use all the same.
fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{SlotError::*, *};

    /// As it would be written again.
    fn written(pieces: &[Piece<'_>]) -> String {
        let one = |piece: &Piece<'_>| match piece.part {
            Part::Literal(text) => text.to_owned(),
            Part::Slot(slot) => match slot.default {
                None => slot.to_string(),
                Some(default) => {
                    format!("${{{}:{}:-{default}}}", slot.source.word(), slot.name)
                }
            },
        };
        pieces.iter().map(one).collect()
    }

    #[test]
    fn texts_and_their_pieces() {
        for (text, expected) in [
            ("", ""),
            ("http://users:8000", "'http://users:8000'"),
            ("${env:CLOUD_URL}", "env CLOUD_URL"),
            ("${env:a1:-}", "env a1 or ''"),
            ("${env:P:-8000}", "env P or '8000'"),
            ("${env:U:-http://u:1}", "env U or 'http://u:1'"),
            ("${env:U:-a:-b}", "env U or 'a:-b'"),
            ("${file:/run/secrets/key}", "file /run/secrets/key"),
            (
                "http://${env:H:-api}:${env:P}/é",
                "'http://' env H or 'api' ':' env P '/é'",
            ),
            ("$5 {x} $$ }", "'$5 {x} $$ }'"),
            ("$${env:X}", "'$' env X"),
        ] {
            let pieces = parse(text).expect(text);
            let told: Vec<String> = pieces
                .iter()
                .map(|piece| match piece.part {
                    Part::Literal(text) => format!("'{text}'"),
                    Part::Slot(slot) => {
                        let default = slot.default.map(|text| format!(" or '{text}'"));
                        let (word, name) = (slot.source.word(), slot.name);
                        format!("{word} {name}{}", default.unwrap_or_default())
                    }
                })
                .collect();
            assert_eq!(told.join(" "), expected, "{text}");
            assert_eq!(written(&pieces), text);
        }
    }

    #[test]
    fn what_is_no_slot() {
        for (text, error, blamed) in [
            ("http://${env:HOST", Unclosed, "${env:HOST"),
            ("${", Unclosed, "${"),
            ("${env:A:-${env:B}}", Nested, "${env:B}"),
            ("${}", NoSource, "${}"),
            ("x${HOST}", NoSource, "${HOST}"),
            ("${HOST:-a}", NoSource, "${HOST:-a}"),
            ("${evn:HOST}", UnknownSource, "evn"),
            ("${ENV:HOST}", UnknownSource, "ENV"),
            ("${:HOST}", UnknownSource, "${:HOST}"),
            ("${env:}", Variable, "${env:}"),
            ("${env:1A}", Variable, "1A"),
            ("${env:A-B}", Variable, "A-B"),
            ("${env: A}", Variable, " A"),
            ("${env:A:=b}", Variable, "A:=b"),
            ("${file:key}", RelativePath, "key"),
            ("${file:}", RelativePath, "${file:}"),
            ("${file:/a:-b}", FileDefault, ":-b"),
        ] {
            let wrong = parse(text).expect_err(text);
            assert_eq!((wrong.error, &text[wrong.range]), (error, blamed), "{text}");
        }
    }

    /// Whatever the text: no panic, ranges that can be cut out, and pieces that are the text again.
    #[test]
    fn any_text_is_read_or_blamed() {
        const WORDS: [&str; 16] = [
            "${",
            "}",
            "$",
            "{",
            ":",
            ":-",
            "-",
            "env",
            "file",
            "env:A",
            "/",
            "A_1",
            "9",
            "é",
            "\u{1f980}",
            "\0",
        ];
        // xorshift64: the same texts in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).expect("below a usize")
        };
        let (mut read, mut slots) = (0, 0);
        for _ in 0..50_000 {
            let text: String = (0..next(12)).map(|_| WORDS[next(WORDS.len())]).collect();
            assert_eq!(any(&text), text.contains(OPEN), "{text:?}");
            match parse(&text) {
                Ok(pieces) => {
                    read += 1;
                    slots += pieces.iter().filter(|p| p.range.len() > 5).count();
                    assert_eq!(written(&pieces), text);
                    let mut at = 0;
                    for piece in &pieces {
                        assert_eq!(piece.range.start, at, "{text}");
                        at = piece.range.end;
                    }
                    assert_eq!(at, text.len(), "{text}");
                }
                Err(wrong) => {
                    assert!(
                        text.get(wrong.range.clone()).is_some_and(|t| !t.is_empty()),
                        "{text:?}: {wrong:?}"
                    );
                    assert!(any(&text), "{text:?}");
                }
            }
        }
        assert!(read > 1000 && slots > 100, "{read} texts, {slots} slots");
    }
}
