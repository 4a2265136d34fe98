//! The process: from its command line to its exit code.
//!
//! [`args`] says what is asked for, [`environment`] and the config what is not ([`in_effect`] tells, and [`unheard`] what
//! nobody asks for), [`slots`] fills what the config leaves open; [`start`] is the gateway itself, the rest are the
//! commands that print something and leave.

mod args;
mod check;
mod commands;
mod environment;
mod help;
mod in_effect;
mod slots;
mod start;
mod unheard;
mod value;
mod variables;
pub(crate) mod version;

use crate::{gateway::Gateway, redact, settings::Settings};
use args::{Args, Asked};
use commands::Command;
use environment::Environment;
use serde_json::Value;
#[cfg(feature = "metrics")]
use std::net::SocketAddr;
use std::{
    env, fmt,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// `ADDRESS:PORT` or `:PORT`, as parts take where to listen; the error says what is taken.
#[cfg(feature = "metrics")]
pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, impl fmt::Display> {
    value::listen(text)
}

/// What was asked for makes no sense: a bad flag, a bad variable.
const USAGE: u8 = 2;

/// The whole `main` of a gateway: serves, or does what its command line says.
///
/// Exit codes: 0 done (a gateway: stopped by a signal), 1 failed (could not listen, a slot without a value, an upstream that `check` cannot
/// reach, a second signal), 2 usage.
pub fn run(gateway: &'static Gateway) -> ExitCode {
    let mut arguments = env::args_os();
    let program = arguments.next().unwrap_or_default();
    let program = Path::new(&program)
        .file_name()
        .map_or("gateway".into(), |name| name.to_string_lossy());
    match args::parse(arguments) {
        Ok(Asked::Help(command)) => print(&help::text(gateway, &program, command)),
        Ok(Asked::For(command, args)) => execute(gateway, command, args),
        Err(misuse) => {
            complain(&[misuse]);
            hint(&format!("`{program} --help` lists commands and options"));
            ExitCode::from(USAGE)
        }
    }
}

fn execute(gateway: &'static Gateway, command: Command, args: Args) -> ExitCode {
    match command {
        Command::Version if args.json => print_json(&version::json(gateway)),
        Command::Version => print(&version::text(gateway)),
        Command::Config => match redact::config(gateway.config) {
            Ok(config) => print(&config),
            Err(error) => fail(&error),
        },
        #[cfg(feature = "zap")]
        Command::Zap => match args
            .poke
            .call(&args.words[1], &args.words[2], &args.words[3])
        {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => fail(&why),
        },
        Command::Env | Command::Run | Command::Check => {
            let environment = match environment::read(|name| env::var_os(name)) {
                Ok(environment) => environment,
                Err(bad) => {
                    complain(&bad);
                    hint("the command `env` shows every variable, once these are well-formed");
                    return ExitCode::from(USAGE);
                }
            };
            with_environment(gateway, command, args, environment)
        }
    }
}

fn with_environment(
    gateway: &'static Gateway,
    command: Command,
    args: Args,
    environment: Environment,
) -> ExitCode {
    let ignored = environment.ignored.iter().map(ToString::to_string);
    let unheard = unheard::find(gateway, env::vars_os());
    let warnings: Vec<String> = ignored
        .chain(unheard.iter().map(ToString::to_string))
        .collect();
    // A start logs them, and the table of `env` ends with them.
    if command == Command::Check || (command == Command::Env && args.json) {
        for warning in &warnings {
            let _ = writeln!(io::stderr(), "warning: {warning}");
        }
    }
    if command == Command::Env {
        return if args.json {
            let mut rows = in_effect::json(gateway, &args.overrides, &environment);
            rows.extend(slots::json(gateway, &|name| env::var_os(name)));
            print_json(&Value::Array(rows))
        } else {
            let variables = in_effect::text(gateway, &args.overrides, &environment, &warnings);
            print(&(variables + &slots::text(gateway, &|name| env::var_os(name))))
        };
    }
    let configured = match slots::resolve(gateway, &|name| env::var_os(name)) {
        Ok(resolved) => resolved.settle(),
        Err(unfilled) => {
            complain(&[unfilled]);
            hint(slots::HELP);
            return ExitCode::FAILURE;
        }
    };
    let overrides = args.overrides.or(environment.overrides).or(configured);
    let mut settings = match Settings::new(gateway, overrides) {
        Ok(settings) => settings,
        Err(error) => return fail(&format_args!("trusted proxies of the config: {error}")),
    };
    settings.resolve = args.resolve;
    if command == Command::Check {
        // For the life of the process, as when it serves.
        return check::run(Box::leak(Box::new(settings)), args.json);
    }
    start::run(settings, args.mock, &warnings)
}

/// To standard output. A reader that leaves early, as `head` does, is no failure.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&error),
        _ => ExitCode::SUCCESS,
    }
}

fn print_json(value: &Value) -> ExitCode {
    print(&format!("{value:#}\n"))
}

fn fail(why: &dyn fmt::Display) -> ExitCode {
    complain(&[why]);
    ExitCode::FAILURE
}

/// Where even standard error is closed, the exit code still tells.
fn complain<E: fmt::Display>(errors: &[E]) {
    for error in errors {
        let _ = writeln!(io::stderr(), "error: {error}");
    }
}

fn hint(text: &str) {
    let _ = writeln!(io::stderr(), "help: {text}");
}
