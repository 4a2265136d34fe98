//! `gwc man [COMMAND]`

use super::{Cli, Exit, complain, print};
use clap::CommandFactory as _;
use clap_mangen::Man;
use gwc::diagnostic::nearest;

#[derive(clap::Args)]
pub struct Options {
    /// A command of gwc; without it, gwc itself. For example: `gwc man build | man -l -`
    command: Option<String>,
}

pub fn run(options: &Options) -> Exit {
    let mut gwc = Cli::command();
    // Gives each command its full name, `gwc-build`, which its page is called after.
    gwc.build();
    let page = match &options.command {
        None => gwc,
        Some(name) => match gwc.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return unknown(&gwc, name),
        },
    };
    let man = Man::new(page).source(concat!("gwc ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    if let Err(e) = man.render(&mut text) {
        complain(&format!("cannot write the manual page: {e}"));
        return Exit::Defect;
    }
    print(&String::from_utf8_lossy(&text));
    Exit::Fine
}

fn unknown(gwc: &clap::Command, name: &str) -> Exit {
    let commands = gwc.get_subcommands().map(clap::Command::get_name);
    let help = match nearest(name, commands) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`gwc help` lists them".to_owned(),
    };
    complain(&format!("gwc has no command `{name}`; {help}"));
    Exit::Usage
}
