//! A log line for machines: one JSON object in the shape of logstash.

use super::format::Severity;
use crate::clock::Utc;
use std::fmt::{self, Write};
use tracing::{
    Event,
    field::{Field, Visit},
};

/// The `module` of a gateway whose config gives no prefix.
const DEFAULT_MODULE: &str = "GATEWAY";

/// Writes the whole line, with its line end.
pub(super) fn write(
    line: &mut dyn Write,
    prefix: &str,
    now: Utc,
    severity: Severity,
    event: &Event<'_>,
) -> fmt::Result {
    let module = if prefix.is_empty() {
        DEFAULT_MODULE
    } else {
        prefix
    };
    write!(
        line,
        r#"{{"@timestamp":"{}","@version":1,"level":"{}""#,
        now.rfc3339(),
        severity.name()
    )?;
    write!(line, r#","module":{}"#, Quoted(format_args!("{module}")))?;
    let mut fields = Fields {
        line,
        result: Ok(()),
    };
    event.record(&mut fields);
    fields.result?;
    line.write_str("}\n")
}

struct Fields<'a> {
    line: &'a mut dyn Write,
    result: fmt::Result,
}

impl Fields<'_> {
    fn pair(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = write!(self.line, r#","{}":{value}"#, field.name());
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.pair(field, format_args!("{value}"));
        } else {
            self.pair(field, format_args!("null")); // JSON has no other word for it
        }
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
        self.pair(field, format_args!("{}", Quoted(format_args!("{value}"))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.pair(field, format_args!("{}", Quoted(format_args!("{value:?}"))));
    }
}

/// A JSON string (RFC 8259 section 7) of whatever the arguments print.
struct Quoted<'a>(fmt::Arguments<'a>);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        write!(Escaping(f), "{}", self.0)?;
        f.write_char('"')
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        // More than the RFC asks for: DEL and the C1 controls can drive a terminal that shows the line.
        while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c.is_control()) {
            let (clear, special) = rest.split_at(at);
            self.0.write_str(clear)?;
            let mut chars = special.chars();
            match chars.next() {
                Some(c @ ('"' | '\\')) => write!(self.0, "\\{c}")?,
                Some('\n') => self.0.write_str("\\n")?,
                Some(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                None => {}
            }
            rest = chars.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            (r#"a "b" \c"#, r#""a \"b\" \\c""#),
            ("one\ntwo\r\u{0}", "\"one\\ntwo\\u000d\\u0000\""),
            ("\u{7f}\u{9b}31m", "\"\\u007f\\u009b31m\""),
            ("grüße", r#""grüße""#),
        ] {
            let quoted = Quoted(format_args!("{text}")).to_string();
            assert_eq!(quoted, expected);
            let read: String = serde_json::from_str(&quoted).expect("is JSON");
            assert_eq!(read, text);
        }
    }
}
