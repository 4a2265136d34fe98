//! The log: `tracing` events as lines on standard output, in text or JSON.
//!
//! Written from its own thread through a bounded queue ([`queue`]): a reader that stops reading costs log lines, never
//! a request. [`format`] is the shape of a line.

mod format;
mod json;
mod queue;
mod text;

use crate::gateway::LogLevel;
use std::{
    io::{self, IsTerminal},
    panic,
    sync::OnceLock,
    thread,
    time::Duration,
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Target of an event that ends the process: with it, an error is of [`LogLevel::Critical`].
pub(crate) const CRITICAL: &str = "critical";

/// Bytes that wait for a slow reader of the log; a line beyond them is dropped and counted.
const MAX_QUEUED: usize = 1024 * 1024;

/// How long the end of the process waits for a slow reader of the log.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static QUEUE: OnceLock<&'static queue::Queue> = OnceLock::new();

/// How to log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Config {
    /// Least level that is written.
    pub level: LogLevel,
    /// Starts each text line; the `module` of a JSON line.
    pub prefix: &'static str,
    /// JSON lines instead of text.
    pub json: bool,
    /// Whether a terminal gets colours.
    pub colour: bool,
}

/// Starts the log and sends panics to it. Only the first call has an effect.
pub(crate) fn start(config: Config) -> io::Result<()> {
    let queue = queue::Queue::leak(MAX_QUEUED);
    if QUEUE.set(queue).is_err() {
        return Ok(());
    }
    queue.write_to(io::stdout())?;
    let style = match config {
        Config { json: true, .. } => format::Style::Json,
        Config { colour, .. } => format::Style::Text {
            colour: colour && io::stdout().is_terminal(),
        },
    };
    let lines = fmt::layer()
        .event_format(format::Format {
            prefix: config.prefix,
            style,
        })
        .with_writer(move || queue);
    // Never fails: the guard above lets one call through. Should a library have been faster, its log is the log.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(filter(config.level))
        .try_init();
    log_panics();
    Ok(())
}

/// Waits until everything is written, a second at most. Call before the process ends.
pub(crate) fn close() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(FLUSH_TIMEOUT);
    }
}

/// Lines that were lost so far.
#[cfg(feature = "metrics")]
pub(crate) fn dropped() -> u64 {
    QUEUE.get().map_or(0, |queue| queue.lost())
}

/// Our own events only: a library may print what is secret (h2 logs frames at DEBUG).
fn filter(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Critical => LevelFilter::OFF,
    };
    Targets::new()
        .with_target(CRITICAL, LevelFilter::ERROR)
        .with_target("access", ours)
        .with_target(env!("CARGO_CRATE_NAME"), ours)
}

/// A panic in one request is answered with 500 and leaves the gateway up: it belongs into the log.
fn log_panics() {
    let to_stderr = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("of an unknown type");
        tracing::error!(
            at = info.location().map(tracing::field::display),
            "panic: {message}"
        );
        // One in the main thread ends the process, before the queue is written.
        if thread::current().name() == Some("main") {
            to_stderr(info);
        }
    }));
}
