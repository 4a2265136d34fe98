//! The command line of gwc.

mod commands;

fn main() -> std::process::ExitCode {
    commands::run()
}
