//! `gwc expand FILE`

use super::{Exit, complain, read};
use gwc::{
    diagnostic::{Diagnostic, Summary, render_human},
    expand::{expand, plain},
    json::{self, Layout, Node, print},
    source::Source,
};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

#[derive(clap::Args)]
pub struct Options {
    /// The config file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(options: &Options) -> Exit {
    match expanded(&options.file) {
        Ok((_, root)) => write(&print(&plain(&root), Layout::Wide)),
        Err(exit) => exit,
    }
}

/// The file with `$defaults`, `$define` and `$use` put in their places. What is wrong with these or with the JSON goes to
/// stderr, and is the end of it; all else is for `gwc validate` to say.
pub fn expanded(file: &Path) -> Result<(Source, Node), Exit> {
    let source = read(file)?;
    let (root, mut findings) = json::parse(&source);
    let expanded = root.map(|root| {
        let (root, more) = expand(&root);
        findings.extend(more);
        root
    });
    let errors: Vec<Diagnostic> = findings
        .into_iter()
        .filter(|finding| Summary::of(std::slice::from_ref(finding)).errors > 0)
        .collect();
    if let (Some(root), []) = (expanded, errors.as_slice()) {
        return Ok((source, root));
    }
    // Stdout is for the config.
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let text = render_human(&errors, &source, colour);
    let _ = anstream::stderr().write_all(text.as_bytes());
    complain("nothing is written: correct these first");
    Err(Exit::Findings)
}

/// A result on stdout. A closed pipe (`… | head`) is no error; a full disk is.
pub fn write(text: &str) -> Exit {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write: {e}"));
            Exit::Usage
        }
        _ => Exit::Fine,
    }
}
