//! What a log event is made of, whatever the style of its line.

use super::{CRITICAL, json, text};
use crate::clock::Utc;
use std::fmt;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// The shape of every line of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    pub prefix: &'static str,
    pub style: Style,
}

/// Text for people, JSON for machines.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    Text { colour: bool },
    Json,
}

impl<S, N> FormatEvent<S, N> for Format
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        match self.style {
            Style::Text { colour } => text::write(
                &mut line,
                self.prefix,
                Utc::now(),
                Severity::of(event),
                colour,
                event,
            ),
            Style::Json => json::write(
                &mut line,
                self.prefix,
                Utc::now(),
                Severity::of(event),
                event,
            ),
        }
    }
}

/// The levels of `telemetry/logging`, of which `tracing` has all but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Severity {
    fn of(event: &Event<'_>) -> Severity {
        let metadata = event.metadata();
        match *metadata.level() {
            Level::ERROR if metadata.target() == CRITICAL => Severity::Critical,
            Level::ERROR => Severity::Error,
            Level::WARN => Severity::Warning,
            Level::INFO => Severity::Info,
            Level::DEBUG | Level::TRACE => Severity::Debug,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Severity::Debug => "DEBUG",
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
            Severity::Critical => "CRITICAL",
        }
    }

    /// Its SGR colour (ECMA-48), as the Go gateway's terminal log has them.
    pub(super) fn colour(self) -> u8 {
        match self {
            Severity::Debug => 36,
            Severity::Info => 32,
            Severity::Warning => 33,
            Severity::Error => 31,
            Severity::Critical => 35,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io, sync::mpsc};
    use tracing_subscriber::layer::SubscriberExt;

    /// The line of one event; the time in it is `NOW`.
    fn line(style: Style, event: impl FnOnce()) -> String {
        let (sender, lines) = mpsc::channel();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(Format {
                prefix: "[GATEWAY]",
                style,
            })
            .with_writer(move || Lines(sender.clone()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), event);
        let line: String = lines.try_iter().collect();
        let digits = line.find(|c: char| c.is_ascii_digit()).expect("a time");
        let is_time = |c: char| c.is_ascii_digit() || "/-: .TZ".contains(c);
        let time = line[digits..]
            .find(|c| !is_time(c))
            .expect("more than a time");
        format!("{}NOW{}", &line[..digits], &line[digits + time..])
    }

    struct Lines(mpsc::Sender<String>);

    impl io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8(line.to_vec()).expect("UTF-8");
            self.0.send(text).expect("the test waits");
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_of_each_style() {
        let event = || {
            tracing::warn!(
                path = "/a\nb",
                status = 200_u16,
                ms = 1.5,
                none = None::<u8>,
                "two\nlines"
            );
        };
        let fatal = || tracing::error!(target: CRITICAL, "over");
        for (style, event, expected) in [
            (
                Style::Text { colour: false },
                &event as &dyn Fn(),
                "[GATEWAY] NOW▶ WARNING two\\nlines path=\"/a\\nb\" status=200 ms=1.5\n",
            ),
            (
                Style::Text { colour: true },
                &fatal,
                "[GATEWAY] NOW▶ \x1b[35mCRITICAL\x1b[0m over\n",
            ),
            (
                Style::Json,
                &event,
                "{\"@timestamp\":\"NOW\",\"@version\":1,\"level\":\"WARNING\",\"module\":\"[GATEWAY]\",\
                 \"message\":\"two\\nlines\",\"path\":\"/a\\nb\",\"status\":200,\"ms\":1.5}\n",
            ),
        ] {
            assert_eq!(line(style, event), expected);
        }
    }
}
