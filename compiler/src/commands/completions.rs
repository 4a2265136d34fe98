//! `gwc completions SHELL`

use super::{Cli, Exit, print};
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

#[derive(clap::Args)]
pub struct Options {
    /// For example: `gwc completions bash > ~/.local/share/bash-completion/completions/gwc`
    shell: Shell,
}

pub fn run(options: &Options) -> Exit {
    let mut script = Vec::new();
    generate(options.shell, &mut Cli::command(), "gwc", &mut script);
    print(&String::from_utf8_lossy(&script));
    Exit::Fine
}
