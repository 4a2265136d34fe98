//! Texts of a config that may have slots, and what the slots came to.

use crate::slot;
use std::{collections::HashMap, fmt, sync::OnceLock};

/// A text of the config, part of which may be known only when the gateway starts: `"${env:JWKS_URL}"`.
///
/// Plain data, so that it can stand in any `static`. What the slots came to is kept in one table of the process, filled
/// before anything listens; a text that is in no upstream, port or level gets there by [`crate::Gateway::texts`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    written: &'static str,
    slotted: bool,
    secret: bool,
}

/// What each text with slots came to, by the text as it is written.
static VALUES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();

impl Text {
    /// A text that is what it says.
    pub const fn literal(text: &'static str) -> Text {
        Text {
            written: text,
            slotted: false,
            secret: false,
        }
    }

    /// A text with slots, as the config has it.
    pub const fn slots(text: &'static str) -> Text {
        Text {
            written: text,
            slotted: true,
            secret: false,
        }
    }

    /// A text, with slots or without, whose value is never shown: not in a log, not by `env`, not in what is said about
    /// a bad one.
    pub const fn secret(text: &'static str) -> Text {
        Text {
            written: text,
            slotted: slot::any(text),
            secret: true,
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

    pub(crate) const fn is_secret(self) -> bool {
        self.secret
    }
}

/// Never the value, nor a secret that stands in the config itself.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secret { "***" } else { self.written })
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
            (Text::secret("hunter2"), "hunter2", "***"),
            (Text::slots(WRITTEN), "value", WRITTEN),
            (Text::secret(WRITTEN), "value", "***"),
        ] {
            assert_eq!((text.get(), format!("{text:?}").as_str()), (value, shown));
        }
    }
}
