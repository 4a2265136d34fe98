//! The commands of gwc: arguments, the passes in order, what is printed, exit codes.

mod build;
mod diff;
mod validate;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gwc::{
    diagnostic::{self, Diagnostic, Policy, Summary},
    source::Source,
};
use std::{fs, io::Write as _, path::Path, process::ExitCode};

/// Compiles a gateway.json into one purpose-built gateway binary.
#[derive(Parser)]
#[command(name = "gwc", version, about, long_about = None, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 fine, 1 findings, 2 wrong usage or unreadable input, 3 a defect of gwc."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report everything that is wrong or surprising in config files
    Validate(validate::Options),
    /// Compile a config into a gateway binary
    Build(build::Options),
    /// Tell what changes between two configs, and how much it matters
    Diff(diff::Options),
}

/// How findings are judged and shown.
#[derive(Args, Clone)]
struct Findings {
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Make findings errors: `warnings`, `unsafe`, or a code (repeatable)
    #[arg(long, value_name = "WHAT")]
    deny: Vec<String>,
    /// Let a code pass; what is not supported is then left out, and the gateway says so (repeatable)
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// One JSON object per finding and line, for tools
    Json,
}

/// Exit codes, the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Fine,
    Findings,
    Usage,
    /// gwc is at fault.
    Defect,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Defect => 3,
        })
    }
}

pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let exit = match &cli.command {
        Command::Validate(options) => validate::run(options),
        Command::Build(options) => build::run(options),
        Command::Diff(options) => diff::run(options),
    };
    exit.into()
}

impl Findings {
    fn policy(&self) -> Result<Policy, Exit> {
        Policy::new(self.allow.clone(), self.deny.clone()).map_err(|problem| {
            complain(&problem.to_string());
            Exit::Usage
        })
    }
}

/// Reads a file; a message and the usage exit when it cannot be read.
fn read(path: &Path) -> Result<Source, Exit> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Source::new(path.display().to_string(), text)),
        Err(e) => {
            complain(&format!("cannot read {}: {e}", path.display()));
            Err(Exit::Usage)
        }
    }
}

/// Findings of one file on stdout, in the chosen format; people get a closing line.
fn show(findings: &[Diagnostic], source: &Source, format: Format) {
    let text = match format {
        Format::Human => diagnostic::render_human(findings, source, colour()),
        Format::Json => diagnostic::render_json(findings, source),
    };
    // A closed pipe (`gwc validate … | head`) is no error.
    let _ = anstream::stdout().write_all(text.as_bytes());
    if format == Format::Human {
        complain(&format!("{}: {}", source.path, Summary::of(findings)));
    }
}

/// Colour only on a terminal, and as `NO_COLOR`, `CLICOLOR_FORCE` and `CI` ask for.
fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// A line of gwc's own on stderr.
fn complain(message: &str) {
    let _ = writeln!(anstream::stderr(), "gwc: {message}");
}
