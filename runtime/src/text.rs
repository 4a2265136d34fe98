//! Texts of a config that may have slots, and what the slots came to.

use crate::slot;
use std::{collections::HashMap, fmt, sync::OnceLock};

/// A text of the config, part of which may be known only when the gateway starts: `"${env:JWKS_URL}"`.
///
/// Plain data, so that it can stand in any `static`. What the slots came to is kept in one table of the process, filled
/// before anything listens; a text that is in no upstream, port or level gets there by [`crate::Gateway::texts`], where
/// it also says what its value must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    written: &'static str,
    slotted: bool,
    kind: Kind,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything but nothing.
    Plain,
    Secret,
    /// An `http` or `https` URL.
    Url,
    /// An `https` URL.
    Https,
}

/// What each text with slots came to, by the text as it is written.
static VALUES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();

impl Text {
    /// A text that is what it says, whatever it looks like.
    pub const fn literal(text: &'static str) -> Text {
        Text {
            written: text,
            slotted: false,
            kind: Kind::Plain,
        }
    }

    /// A text as the config has it, with slots or without.
    pub const fn new(text: &'static str) -> Text {
        Text::of(text, Kind::Plain)
    }

    /// A text, with slots or without, whose value is never shown: not in a log, not by `env`, not in what is said about
    /// a bad one.
    pub const fn secret(text: &'static str) -> Text {
        Text::of(text, Kind::Secret)
    }

    /// An absolute `http` or `https` URL, with slots or without.
    pub const fn url(text: &'static str) -> Text {
        Text::of(text, Kind::Url)
    }

    /// An absolute `https` URL, with slots or without.
    pub const fn https(text: &'static str) -> Text {
        Text::of(text, Kind::Https)
    }

    const fn of(text: &'static str, kind: Kind) -> Text {
        Text {
            written: text,
            slotted: slot::any(text),
            kind,
        }
    }

    /// The value. One look-up in a table where there are slots, so ask once and keep it.
    ///
    /// # Panics
    /// If the text has slots and `Gateway::texts` does not list it: gwc lists every one.
    pub fn get(self) -> &'static str {
        if !self.slotted {
            return self.written;
        }
        let value = VALUES.get().and_then(|values| values.get(self.written));
        value.unwrap_or_else(|| panic!("`{}` was not resolved at start", self.written))
    }

    /// As the config has it.
    pub(crate) const fn written(self) -> &'static str {
        self.written
    }

    pub(crate) const fn kind(self) -> Kind {
        self.kind
    }

    pub(crate) const fn is_secret(self) -> bool {
        matches!(self.kind, Kind::Secret)
    }
}

/// Never the value, nor a secret that stands in the config itself.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_secret() {
            "***"
        } else {
            self.written
        })
    }
}

/// Makes these the values, for the life of the process. Only the first call has an effect.
pub(crate) fn settle(values: HashMap<&'static str, &'static str>) {
    // Refused when there are values already: a process starts once.
    let _ = VALUES.set(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_shown_by_accident() {
        const WRITTEN: &str = "${env:TEXT_RS}";
        settle(HashMap::from([(WRITTEN, "value")]));
        for (text, value, shown) in [
            (Text::literal("plain"), "plain", "plain"),
            (
                Text::literal("${env:OF_A_VARIABLE}"),
                "${env:OF_A_VARIABLE}",
                "${env:OF_A_VARIABLE}",
            ),
            (Text::new("plain"), "plain", "plain"),
            (Text::url("https://plain"), "https://plain", "https://plain"),
            (Text::secret("hunter2"), "hunter2", "***"),
            (Text::new(WRITTEN), "value", WRITTEN),
            (Text::https(WRITTEN), "value", WRITTEN),
            (Text::secret(WRITTEN), "value", "***"),
        ] {
            assert_eq!((text.get(), format!("{text:?}").as_str()), (value, shown));
        }
    }
}
