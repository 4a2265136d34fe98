//! `--help`, from the tables of [`super::commands`] and [`super::variables`].

use super::{
    commands::{COMMANDS, Command, FLAGS, Flag},
    in_effect,
    variables::VARIABLES,
};
use crate::gateway::Gateway;
use std::fmt::Write;

/// The help for `command`, or the overview. `program` is the name that it was started by.
pub(super) fn text(gateway: &Gateway, program: &str, command: Option<Command>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail; the results below say nothing.
    let _ = match command {
        None => overview(&mut out, gateway, program),
        Some(command) => one(&mut out, program, command),
    };
    out
}

fn overview(out: &mut String, gateway: &Gateway, program: &str) -> std::fmt::Result {
    writeln!(out, "{}: an API gateway, compiled by gwc\n", gateway.name)?;
    writeln!(out, "Usage: {program} [COMMAND] [OPTIONS]\n\nCommands:")?;
    for row in COMMANDS {
        writeln!(out, "  {:<9}{}", row.name, row.what)?;
    }
    options(out, Command::Run)?;
    writeln!(
        out,
        "  {:<31}Print what this binary was built from",
        "-V, --version"
    )?;
    writeln!(
        out,
        "\n`{program} COMMAND --help` tells more. Flags go before the environment, which goes before the config."
    )?;
    writeln!(
        out,
        "Environment (`{program} env` shows the values in effect):"
    )?;
    let mut names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    for variable in in_effect::variables(gateway) {
        if !names.contains(&variable.name) {
            names.push(variable.name);
        }
    }
    for names in names.chunks(4) {
        writeln!(out, "  {}", names.join(", "))?;
    }
    Ok(())
}

fn one(out: &mut String, program: &str, command: Command) -> std::fmt::Result {
    let row = command.row();
    writeln!(
        out,
        "{}\n\nUsage: {program} {}{} [OPTIONS]\n\n{}",
        row.what,
        row.name,
        if row.words.is_empty() {
            String::new()
        } else {
            format!(" {}", row.words)
        },
        row.about
    )?;
    options(out, command)
}

fn options(out: &mut String, command: Command) -> std::fmt::Result {
    writeln!(out, "\nOptions:")?;
    for flag in FLAGS.iter().filter(|flag| flag.commands.contains(&command)) {
        writeln!(out, "  {:<31}{}", spelling(flag), flag.what)?;
    }
    writeln!(out, "  {:<31}Print this", "-h, --help")
}

fn spelling(flag: &Flag) -> String {
    let short = flag
        .short
        .map_or("    ".to_owned(), |short| format!("-{short}, "));
    let value = flag
        .value
        .map_or(String::new(), |value| format!(" {value}"));
    format!("{short}--{}{value}", flag.long)
}
