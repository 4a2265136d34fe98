//! What a compiled gateway costs, beside its peers and by itself.
//!
//! | file | |
//! |---|---|
//! | [`compare`] | a whole run: systems side by side, in rounds |
//! | [`report`] | what came of it, as Markdown, as a chart, as JSON |
//! | [`systems`] | the gateway, its peers, the limit: found, configured, started |
//! | [`workload`], [`bodies`], [`shape`] | what is asked for, what is answered, what the gateway's config is |
//! | [`load`], [`origin`], [`relay`] | processes of this program: who asks, who answers, the limit |
//! | [`net`], [`wire`] | what these are made of |
//! | [`compiler`] | what the compiler takes |
//! | [`tokens`] | what tokens cost, in detail, and in instructions |
//! | [`syscalls`] | how often a request asks the kernel for something |
//! | [`soak`] | an hour of everything that goes wrong, and whether anything is left of it |
//! | [`process`], [`machine`], [`results`] | what processes spend, where, and how it is kept |
//!
//! Shell scripts beside this crate build what is needed and start it; [README.md](../README.md) tells how each figure is
//! taken.

mod bodies;
mod command;
mod compare;
mod compiler;
mod load;
mod machine;
mod net;
mod origin;
mod process;
mod relay;
mod report;
mod results;
mod shape;
mod signer;
mod soak;
mod syscalls;
mod systems;
mod tokens;
mod wire;
mod workload;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches: {error}");
            ExitCode::FAILURE
        }
    }
}
