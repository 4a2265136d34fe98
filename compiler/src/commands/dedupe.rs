//! `gwc dedupe FILE`

use super::{Exit, complain, expand};
use gwc::{
    dedupe::dedupe,
    json::{Layout, print},
};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// The config file; it is not changed
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(options: &Options) -> Exit {
    let (source, root) = match expand::expanded(&options.file) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    let proposal = match dedupe(&root) {
        Ok(proposal) => proposal,
        Err(e) => {
            complain(&format!("{}: {e}", source.path));
            return Exit::Findings;
        }
    };
    let text = print(&proposal, Layout::Lines);
    let exit = expand::write(&text);
    let definitions = proposal
        .get("$define")
        .map_or(0, |node| node.members().len());
    complain(&format!(
        "{}: {} bytes before, {} after, {definitions} definitions; it expands to the same config (comments are left out)",
        source.path,
        source.text.len(),
        text.len()
    ));
    exit
}
