//! What was measured, line by line, as it is kept: a run that is cut short leaves everything up to there.

use crate::load::Outcome;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// The file of lines, in the directory of a run.
pub const FILE: &str = "results.jsonl";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// What it was measured on, in words: a name and a value.
    Machine {
        name: String,
        value: String,
    },
    System {
        name: String,
        version: String,
        bytes: u64,
    },
    /// What was not measured, and why.
    LeftOut {
        what: String,
    },
    /// Every system returned the same bytes as the upstream for all of these paths.
    Same {
        system: String,
        paths: Vec<String>,
    },
    Load(Load),
    Memory {
        system: String,
        connections: usize,
        bytes: u64,
    },
    /// Seconds from a start to the first answer.
    Start {
        system: String,
        seconds: f64,
    },
    /// Of two workers, how much of the work the busier did.
    Balance {
        connections: usize,
        share: f64,
    },
    Compiler(Compiler),
    /// Bytes of a gateway as it is shipped.
    Size {
        name: String,
        bytes: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The system has a core to itself, with one worker.
    Pinned,
    /// Nobody has; two workers.
    Unpinned,
}

/// One stretch of load on one system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Load {
    pub layout: Layout,
    pub row: String,
    /// Of the row: mostly the system's name.
    pub label: String,
    pub round: usize,
    /// Seconds of CPU: of the system, and of the upstream.
    pub cpu: f64,
    pub origin_cpu: f64,
    /// Cores that others kept busy meanwhile.
    pub foreign: f64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A step of the compiler.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Compiler {
    pub routes: usize,
    pub step: Step,
    /// Wall time, and CPU of it and all it started.
    pub seconds: f64,
    pub cpu: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Validate,
    /// The generated crate, written.
    Emit,
    /// The first binary of a config; what it links is compiled already.
    First,
    /// The binary after an edit of one endpoint.
    Edit,
}

impl Load {
    /// Microseconds of CPU for a request.
    pub fn micros(&self) -> f64 {
        self.cpu / count(self.outcome.requests) * 1e6
    }

    /// Requests a second.
    pub fn rate(&self) -> f64 {
        count(self.outcome.requests) / self.outcome.seconds
    }

    /// Cores that the system used.
    pub fn used(&self) -> f64 {
        self.cpu / self.outcome.seconds
    }
}

#[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
pub fn count(n: u64) -> f64 {
    n as f64
}

/// Where lines are kept.
pub struct Book {
    file: File,
}

impl Book {
    /// A new one in `dir`.
    pub fn create(dir: &Path) -> io::Result<Book> {
        fs::create_dir_all(dir)?;
        let file = File::create(dir.join(FILE))?;
        Ok(Book { file })
    }

    pub fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}

/// All lines of the run in `dir`; a last one that was cut short is none.
pub fn read(dir: &Path) -> io::Result<Vec<Line>> {
    let text = fs::read_to_string(dir.join(FILE))?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).map_err(io::Error::other))
        .collect()
}
