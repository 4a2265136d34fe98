//! The command line, parsed by the tables of [`super::commands`].

use super::{
    commands::{COMMANDS, Command, FLAGS, Flag},
    value::Invalid,
};
use crate::settings::{Overrides, Resolve};
use std::ffi::OsString;

/// A command with its flags.
#[derive(Debug, Default)]
pub(super) struct Args {
    pub overrides: Overrides,
    pub resolve: Vec<Resolve>,
    pub mock: bool,
    pub json: bool,
    /// What comes after the command's name, where it takes something.
    pub words: Vec<String>,
    #[cfg(feature = "zap")]
    pub poke: Box<crate::zap::Poke>,
}

/// What the command line asks for.
#[derive(Debug)]
pub(super) enum Asked {
    For(Command, Args),
    /// `None`: the overview.
    Help(Option<Command>),
}

/// Why a command line is not understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misuse {
    #[error("there is no command `{0}`")]
    NoSuchCommand(String),
    #[error("one command at a time: `{0}` comes after another")]
    SecondCommand(String),
    #[error("`{command}` does not take --{flag}")]
    Misplaced {
        command: &'static str,
        flag: &'static str,
    },
    #[error("--{flag}: {why}")]
    Value { flag: &'static str, why: Invalid },
    #[error("`{command}` is followed by {words}")]
    Words {
        command: &'static str,
        words: &'static str,
    },
    #[error("--listen and --port both say where to listen: give one of them")]
    ListenAndPort,
    #[error(transparent)]
    Syntax(#[from] lexopt::Error),
}

/// Parses what comes after the program's name.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, Misuse> {
    use lexopt::{
        Arg::{Long, Short, Value},
        ValueExt,
    };

    let mut parser = lexopt::Parser::from_args(arguments);
    let mut command = None;
    let mut help = false;
    let mut args = Args::default();
    let mut given: Vec<&Flag> = Vec::new();
    while let Some(argument) = parser.next()? {
        let flag = match argument {
            Short('h') | Long("help") => {
                help = true;
                continue;
            }
            Short('V') | Long("version") => {
                command = Some(Command::Version);
                continue;
            }
            Value(word) if command.is_some_and(Command::takes_words) => {
                args.words.push(word.string()?);
                continue;
            }
            Value(name) => {
                let name = name.to_string_lossy().into_owned();
                let row = COMMANDS.iter().find(|row| row.name == name);
                let row = row.ok_or_else(|| Misuse::NoSuchCommand(name.clone()))?;
                if command.replace(row.command).is_some() {
                    return Err(Misuse::SecondCommand(name));
                }
                continue;
            }
            Long(name) => FLAGS.iter().find(|flag| flag.long == name),
            Short(name) => FLAGS.iter().find(|flag| flag.short == Some(name)),
        };
        let Some(flag) = flag else {
            return Err(argument.unexpected().into());
        };
        let text = match flag.value {
            Some(_) => parser.value()?.into_string().map_err(lexopt::Error::from)?,
            None => String::new(),
        };
        (flag.set)(&mut args, &text).map_err(|why| Misuse::Value {
            flag: flag.long,
            why,
        })?;
        given.push(flag);
    }
    if help {
        return Ok(Asked::Help(command));
    }
    let command = command.unwrap_or(Command::Run);
    command.check(&args.words)?;
    if let Some(flag) = given.iter().find(|flag| !flag.commands.contains(&command)) {
        return Err(Misuse::Misplaced {
            command: command.row().name,
            flag: flag.long,
        });
    }
    if args.overrides.listen.is_some() && args.overrides.port.is_some() {
        return Err(Misuse::ListenAndPort);
    }
    Ok(Asked::For(command, args))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        match parse(line.split_whitespace().map(OsString::from)) {
            Ok(Asked::For(command, args)) => {
                let listen = args.overrides.listen.unwrap_or_default();
                let port = args.overrides.port;
                format!(
                    "{command:?} {listen:?} {port:?} {} {}",
                    args.resolve.len(),
                    args.json
                )
            }
            Ok(Asked::Help(command)) => format!("help {command:?}"),
            Err(misuse) => misuse.to_string(),
        }
    }

    #[test]
    fn every_command_has_its_row() {
        for command in [
            Command::Run,
            Command::Check,
            Command::Config,
            Command::Env,
            Command::Version,
            #[cfg(feature = "zap")]
            Command::Zap,
        ] {
            assert_eq!(command.row().command, command);
        }
    }

    #[test]
    fn lines_are_understood_or_refused() {
        for (line, expected) in [
            ("", "Run [] None 0 false"),
            ("run", "Run [] None 0 false"),
            (
                "--listen 1 --listen :2",
                "Run [[::]:1, [::]:2] None 0 false",
            ),
            ("-p 80", "Run [] Some(80) 0 false"),
            ("-p80 run", "Run [] Some(80) 0 false"),
            ("--port=80", "Run [] Some(80) 0 false"),
            (
                "--resolve a:1=127.0.0.1 --resolve b:2=[::1]:3",
                "Run [] None 2 false",
            ),
            ("--version --json", "Version [] None 0 true"),
            ("-V", "Version [] None 0 false"),
            ("env -p 80", "Env [] Some(80) 0 false"),
            ("--help", "help None"),
            ("check -h", "help Some(Check)"),
            ("config --json", "`config` does not take --json"),
            ("check -p 80", "`check` does not take --port"),
            (
                "-p 80 --listen 81",
                "--listen and --port both say where to listen: give one of them",
            ),
            ("serve", "there is no command `serve`"),
            #[cfg(feature = "zap")]
            ("zap call a:1 GET /", "Zap [] None 0 false"),
            #[cfg(feature = "zap")]
            (
                "zap call a:1 GET",
                "`zap` is followed by call ADDR METHOD PATH",
            ),
            #[cfg(feature = "zap")]
            (
                "zap poke a:1 GET /",
                "`zap` is followed by call ADDR METHOD PATH",
            ),
            #[cfg(feature = "zap")]
            (
                "zap call a:1 GET / -H bad",
                "--header: `bad` is no header: give NAME: VALUE",
            ),
            (
                "run check",
                "one command at a time: `check` comes after another",
            ),
            ("--wrokers 2", "invalid option '--wrokers'"),
            ("--workers", "missing argument for option '--workers'"),
            (
                "--workers 0",
                "--workers: `0` is no number of workers: give 1 to 1024",
            ),
        ] {
            assert_eq!(told(line), expected, "for `{line}`");
        }
    }
}
