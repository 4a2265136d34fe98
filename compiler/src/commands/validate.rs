//! `gwc validate FILE…`

use super::{Exit, Findings, read, show};
use gwc::{diagnostic::Summary, front};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// Config files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    findings: Findings,
}

pub fn run(options: &Options) -> Exit {
    let policy = match options.findings.policy() {
        Ok(policy) => policy,
        Err(exit) => return exit,
    };
    let mut exit = Exit::Fine;
    for file in &options.files {
        let source = match read(file) {
            Ok(source) => source,
            Err(e) => {
                exit = e;
                continue;
            }
        };
        let (_, findings) = front::read(&source);
        let findings = policy.apply(findings);
        show(&findings, &source, options.findings.format);
        if Summary::of(&findings).errors > 0 && exit == Exit::Fine {
            exit = Exit::Findings;
        }
    }
    exit
}
