//! Texts in which slots may stand: URLs, names, secrets.

use super::Slotted;
use std::fmt;

/// A text, and what its value must be when the gateway starts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    /// What it says.
    pub text: Slotted<String>,
    /// What it is for.
    pub kind: Kind,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Anything but nothing.
    Plain,
    /// The binary never shows what it comes to.
    Secret,
    /// An `http` or `https` URL.
    Url,
    /// An `https` URL.
    Https,
}

impl Text {
    /// The same text, for that.
    #[must_use]
    pub fn of(self, kind: Kind) -> Text {
        Text { kind, ..self }
    }

    /// As it stands in the config.
    pub fn written(&self) -> &str {
        match &self.text {
            Slotted::Fixed(text) | Slotted::Slots(text) => text,
        }
    }
}

/// Whether it is this text, and nothing that a slot could make of it.
impl PartialEq<Text> for str {
    fn eq(&self, text: &Text) -> bool {
        matches!(&text.text, Slotted::Fixed(fixed) if fixed == self)
    }
}

impl From<Slotted<String>> for Text {
    fn from(text: Slotted<String>) -> Text {
        Text {
            text,
            kind: Kind::Plain,
        }
    }
}

/// Without the secret.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Secret => f.write_str("***"),
            _ => self.text.fmt(f),
        }
    }
}
