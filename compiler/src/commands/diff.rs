//! `gwc diff OLD NEW`

mod input;

use super::{Exit, complain};
use clap::ValueEnum;
use gwc::{
    diagnostic::{Summary, render_human},
    diff::{self, Change, Side, Tag},
};
use input::Input;
use std::io::Write as _;

#[derive(clap::Args)]
pub struct Options {
    /// A config file, `-` for standard input, or `git:REV:PATH`
    #[arg(value_name = "OLD")]
    old: Input,
    /// The same, for the other side
    #[arg(value_name = "NEW")]
    new: Input,
    /// How changes are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Exit with 1 when there is such a change (repeatable)
    #[arg(long, value_enum, value_name = "TAG")]
    fail_on: Vec<FailOn>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// One JSON object per change and line, for tools
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// Something is let through, trusted or shown that was not
    SecurityRelaxing,
    /// A request that was answered may now be refused, cut or answered with less
    Breaking,
    /// Something else happens
    Behaviour,
    /// Whatever it is, cosmetic changes too
    Any,
}

pub fn run(options: &Options) -> Exit {
    if options.old == Input::Stdin && options.new == Input::Stdin {
        complain("only one side can be standard input");
        return Exit::Usage;
    }
    // Both are read before anything is said, so that one run tells what is wrong with either.
    let (Some(old), Some(new)) = (side(&options.old), side(&options.new)) else {
        return Exit::Usage;
    };
    let changes = diff::diff(&old, &new);
    let text = match options.format {
        Format::Human => diff::render_human(&changes),
        Format::Json => diff::render_json(&changes),
        Format::Markdown => {
            diff::render_markdown(&changes, &options.old.to_string(), &options.new.to_string())
        }
    };
    // A closed pipe (`gwc diff … | head`) is no error.
    let _ = anstream::stdout().write_all(text.as_bytes());
    let fails = |change: &Change| options.fail_on.iter().any(|on| on.is(change.tag));
    if changes.iter().any(fails) {
        Exit::Findings
    } else {
        Exit::Fine
    }
}

/// `None` when it cannot be read or is no config; the reason is then on stderr, for stdout has changes only.
fn side(input: &Input) -> Option<Side> {
    let source = match input.read() {
        Ok(source) => source,
        Err(e) => {
            complain(&e.to_string());
            return None;
        }
    };
    match diff::read(&source) {
        Ok(side) => Some(side),
        Err(findings) => {
            let text = render_human(&findings, &source, false);
            let _ = anstream::stderr().write_all(text.as_bytes());
            complain(&format!(
                "{}: {}; only valid configs can be compared",
                source.path,
                Summary::of(&findings)
            ));
            None
        }
    }
}

impl FailOn {
    fn is(self, tag: Tag) -> bool {
        match self {
            FailOn::SecurityRelaxing => tag == Tag::SecurityRelaxing,
            FailOn::Breaking => tag == Tag::Breaking,
            FailOn::Behaviour => tag == Tag::Behaviour,
            FailOn::Any => true,
        }
    }
}
