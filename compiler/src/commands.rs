//! The commands of gwc: arguments, the passes in order, what is printed, exit codes.

mod baseline;
mod build;
mod compile;
mod completions;
mod dedupe;
mod diff;
mod expand;
mod explain;
mod explain_route;
mod fmt;
mod man;
mod matching;
mod report;
mod routes;
mod schema;
mod validate;
mod write;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gwc::{
    diagnostic::{Diagnostic, Policy},
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
    /// Say what a finding means, or what a gateway or one of its routes will do
    Explain(explain::Options),
    /// List the routes and what each does
    Routes(routes::Options),
    /// Say which endpoint takes a request, where it goes, and why others do not take it
    Match(matching::Options),
    /// Tell what changes between two configs, and how much it matters
    Diff(diff::Options),
    /// Lay out config files, changing nothing that they say
    Fmt(fmt::Options),
    /// Print a config with `$defaults`, `$define` and `$use` put in their places
    Expand(expand::Options),
    /// Propose a config that says once what it repeats; the file stays as it is
    Dedupe(dedupe::Options),
    /// Print the JSON Schema of what this gwc accepts, for editors
    Schema(schema::Options),
    /// Print completions for a shell
    Completions(completions::Options),
    /// Print the manual page, of gwc or of one command
    Man(man::Options),
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
    /// Annotations of a GitHub Actions run, and a table in its summary
    Github,
    /// One SARIF 2.1.0 document, for code scanning
    Sarif,
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
        Command::Explain(options) => explain::run(options),
        Command::Routes(options) => routes::run(options),
        Command::Match(options) => matching::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Fmt(options) => fmt::run(options),
        Command::Expand(options) => expand::run(options),
        Command::Dedupe(options) => dedupe::run(options),
        Command::Schema(options) => schema::run(options),
        Command::Completions(options) => completions::run(options),
        Command::Man(options) => man::run(options),
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
    report::print(&[(source, findings)], format);
}

/// Colour only on a terminal, and as `NO_COLOR`, `CLICOLOR_FORCE` and `CI` ask for.
fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// What was asked for, on stdout. A closed pipe (`gwc routes … | head`) is no error.
fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// A line of gwc's own on stderr.
fn complain(message: &str) {
    let _ = writeln!(anstream::stderr(), "gwc: {message}");
}
