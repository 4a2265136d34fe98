//! What gwc tells people: findings, as data.
//!
//! `diagnostic/codes.rs` lists the kinds, `policy.rs` is `--allow` and `--deny`; `human.rs`, `json.rs`,
//! `github.rs` and `sarif.rs` print.
//! Findings stay complete, one per place; folding the same finding in many places is the human renderer's business.

pub mod codes;
pub mod explain;
mod github;
mod human;
mod json;
mod lines;
mod nearest;
mod policy;
mod sarif;
mod words;

use crate::source::Span;
use std::fmt;

pub use github::{render_github, render_github_summary};
pub use human::render_human;
pub use json::render_json;
pub use nearest::nearest;
pub use policy::{Policy, PolicyError};
pub use sarif::render_sarif;

/// One finding.
///
/// Messages are lower case and have no final stop; every finding says what to do, in `help` or in the label.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// The kind.
    pub code: &'static Code,
    /// The title line; equal messages are shown once.
    pub message: String,
    /// The first is the primary one.
    pub labels: Vec<Label>,
    /// Why it is so.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// A change that certainly mends it.
    pub fix: Option<Fix>,
    /// What the [`Policy`] of this run made of it; `None`: the class decides.
    pub level: Option<Level>,
    /// How many objects it is about: more than one where it is about a definition that several use.
    pub places: usize,
}

/// A place in the config and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Never longer than a line where that can be helped.
    pub span: Span,
    /// May be empty.
    pub text: String,
}

/// Replace `span` by `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What goes; may be empty.
    pub span: Span,
    /// What comes; may be empty.
    pub text: String,
}

/// A kind of finding: its stable name is what `--allow`, `--deny` and `gwc explain` take.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case: `unknown-key`.
    pub name: &'static str,
    /// Decides the level, and whether `--allow` may take it.
    pub class: Class,
    /// One line for tables.
    pub summary: &'static str,
}

/// The classes of findings; they decide the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Not JSON, wrong type, unknown key, wrong place, cannot work. Never allowed away.
    Invalid,
    /// Known to the config language, not built by this gwc. `--allow` lets the build go on without it.
    Unsupported,
    /// Does nothing, or not what its author thinks.
    Surprising,
    /// Works, and opens a door. `--deny unsafe` makes it an error.
    Unsafe,
    /// Where gwc deliberately does better than the Go gateway; told once.
    Difference,
}

/// How much a finding matters to this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Told once, changes nothing.
    Note,
    /// The gateway is built.
    Warning,
    /// The gateway is not built.
    Error,
}

/// How many findings of each level there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// No gateway is built while there is one.
    pub errors: usize,
    /// Worth a look.
    pub warnings: usize,
    /// Good to know.
    pub notes: usize,
}

impl Class {
    /// From the worst to the mildest.
    pub const ALL: [Class; 5] = [
        Class::Invalid,
        Class::Unsupported,
        Class::Surprising,
        Class::Unsafe,
        Class::Difference,
    ];

    /// Unless `--allow` or `--deny` says otherwise.
    pub const fn level(self) -> Level {
        match self {
            Class::Invalid | Class::Unsupported => Level::Error,
            Class::Surprising | Class::Unsafe => Level::Warning,
            Class::Difference => Level::Note,
        }
    }

    /// What `--allow` and `--deny` take.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Invalid => "invalid",
            Class::Unsupported => "unsupported",
            Class::Surprising => "surprising",
            Class::Unsafe => "unsafe",
            Class::Difference => "difference",
        }
    }
}

impl Level {
    /// In lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl Summary {
    /// Counts every place, also those that the human form folds together.
    pub fn of(findings: &[Diagnostic]) -> Summary {
        let mut summary = Summary::default();
        for finding in findings {
            match finding.level() {
                Level::Error => summary.errors += 1,
                Level::Warning => summary.warnings += 1,
                Level::Note => summary.notes += 1,
            }
        }
        summary
    }
}

/// `2 errors, 1 warning`; `no findings` when there are none.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        if *self == Summary::default() {
            return f.write_str("no findings");
        }
        let mut separator = "";
        for (count, noun) in counts.into_iter().filter(|&(count, _)| count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            write!(f, "{separator}{count} {noun}{plural}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl Diagnostic {
    /// With its primary label, and nothing else yet.
    pub fn new(
        code: &'static Code,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
            level: None,
            places: 1,
        }
        .label(span, label)
    }

    /// Adds a place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Sets, or replaces, the advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Sets, or replaces, the change that mends it.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix {
            span,
            text: text.into(),
        });
        self
    }

    /// In this run.
    pub fn level(&self) -> Level {
        self.level.unwrap_or(self.code.class.level())
    }
}
