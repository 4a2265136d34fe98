//! A log line for people: `PREFIX 2026/11/23 - 15:50:39.123 ▶ INFO message key=value`.

use super::format::Severity;
use crate::clock::Utc;
use std::fmt::{self, Write};
use tracing::{
    Event,
    field::{Field, Visit},
};

/// Writes the whole line, with its line end.
pub(super) fn write(
    line: &mut dyn Write,
    prefix: &str,
    now: Utc,
    severity: Severity,
    colour: bool,
    event: &Event<'_>,
) -> fmt::Result {
    if !prefix.is_empty() {
        write!(line, "{prefix} ")?;
    }
    write!(line, "{} ▶ ", now.log_line())?;
    if colour {
        write!(
            line,
            "\x1b[{}m{}\x1b[0m",
            severity.colour(),
            severity.name()
        )?;
    } else {
        line.write_str(severity.name())?;
    }
    let mut fields = Fields {
        line,
        result: Ok(()),
    };
    event.record(&mut fields);
    fields.result?;
    line.write_char('\n')
}

struct Fields<'a> {
    line: &'a mut dyn Write,
    result: fmt::Result,
}

impl Fields<'_> {
    fn pair(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = write!(self.line, " {}={value}", field.name());
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.pair(field, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.pair(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.pair(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.pair(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.pair(field, format_args!("{}", Value(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            if self.result.is_ok() {
                self.result = write!(self.line, " {}", OneLine(&format!("{value:?}")));
            }
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// As it is where that is clear, else quoted and escaped.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clear = |c: char| c != '"' && c != '\\' && !c.is_whitespace() && is_visible(c);
        if !self.0.is_empty() && self.0.chars().all(clear) {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                _ => write_visible(f, c)?,
            }
        }
        f.write_char('"')
    }
}

/// Whatever is in it, one line and nothing that moves a terminal's cursor.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| write_visible(f, c))
    }
}

fn write_visible(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if is_visible(c) {
        f.write_char(c)
    } else {
        write!(f, "{}", c.escape_debug())
    }
}

/// Not a control, nor a format character such as U+202E, which turns the rest of a line around.
fn is_visible(c: char) -> bool {
    matches!(c, ' '..='~') || (!c.is_ascii() && c.escape_debug().len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        for (value, expected) in [
            ("/v1/models?limit=2", "/v1/models?limit=2"),
            ("", r#""""#),
            ("two words", r#""two words""#),
            (r#"say "hi""#, r#""say \"hi\"""#),
            (r"back\slash", r#""back\\slash""#),
            ("forged\n[GATEWAY] 2026", r#""forged\n[GATEWAY] 2026""#),
            ("bell\x07", r#""bell\u{7}""#),
            ("c1\u{9b}31m", r#""c1\u{9b}31m""#),
            ("right\u{202e}left", r#""right\u{202e}left""#),
            ("it's", "it's"),
            ("grüße", "grüße"),
        ] {
            assert_eq!(Value(value).to_string(), expected);
        }
    }

    #[test]
    fn a_message_stays_on_its_line() {
        for (message, expected) in [
            ("listening on [::]:8080", "listening on [::]:8080"),
            (r#"a "quoted" \ word"#, r#"a "quoted" \ word"#),
            ("two\r\nlines\x1b[31m", r"two\r\nlines\u{1b}[31m"),
        ] {
            assert_eq!(OneLine(message).to_string(), expected);
        }
    }
}
