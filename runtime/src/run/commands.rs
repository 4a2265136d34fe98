//! The commands and the flags: one table each, for parsing and for `--help`.

use super::{
    args::{Args, Misuse},
    value::{self, Invalid},
};

/// What the process is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Run,
    Check,
    Config,
    Env,
    Version,
    #[cfg(feature = "zap")]
    Zap,
}

impl Command {
    /// Whether words follow its name.
    pub(super) fn takes_words(self) -> bool {
        !self.row().words.is_empty()
    }

    /// Whether these are the words that it takes: as many, and in lower case the same.
    pub(super) fn check(self, given: &[String]) -> Result<(), Misuse> {
        let row = self.row();
        let wanted: Vec<&str> = row.words.split_whitespace().collect();
        let fits = |(wanted, given): (&&str, &String)| {
            wanted.chars().all(|c| c.is_ascii_uppercase()) || wanted == given
        };
        if wanted.len() == given.len() && wanted.iter().zip(given).all(fits) {
            return Ok(());
        }
        Err(Misuse::Words {
            command: row.name,
            words: row.words,
        })
    }

    pub(super) fn row(self) -> &'static CommandRow {
        // Every command has its row: a test walks them.
        COMMANDS
            .iter()
            .find(|row| row.command == self)
            .unwrap_or(&COMMANDS[0])
    }
}

/// One row of the commands.
pub(super) struct CommandRow {
    pub command: Command,
    pub name: &'static str,
    /// What follows it, those in capitals for others.
    pub words: &'static str,
    /// One line of the overview.
    pub what: &'static str,
    /// The rest of its own help.
    pub about: &'static str,
}

pub(super) const COMMANDS: &[CommandRow] = &[
    CommandRow {
        command: Command::Run,
        name: "run",
        words: "",
        what: "Serve (the default)",
        about: "Serves until SIGTERM or SIGINT. Then /readyz turns 503; after GATEWAY_LAME_DUCK (default 0s) the \
listeners\nclose, and requests in flight may end until the drain timeout of the config. A second signal\nends the \
process at once.\n\nExit codes: 0 stopped by a signal, 1 could not start or a second signal, 2 usage.",
    },
    CommandRow {
        command: Command::Check,
        name: "check",
        words: "",
        what: "Resolve and connect to every upstream, then exit",
        about: "Resolves the name of every upstream host and opens a TCP connection to it, within the connect \
timeout\nof the config. No request is sent.\n\nExit codes: 0 all can be reached, 1 some cannot, 2 usage.",
    },
    CommandRow {
        command: Command::Config,
        name: "config",
        words: "",
        what: "Print the config that is compiled in, secrets masked",
        about: "Prints the gateway.json that this binary was compiled from, as its authors wrote it, with secret \
values\nas ***.",
    },
    CommandRow {
        command: Command::Env,
        name: "env",
        words: "",
        what: "Print every variable and slot that is read",
        about: "Prints each environment variable with the value in effect, where that comes from, and its default; \
then\nevery slot of the config (${env:NAME}, ${file:/path}), whether it has a value, and that value where it is\nno \
secret. With the flags of `run` it shows what they would change.",
    },
    CommandRow {
        command: Command::Version,
        name: "version",
        words: "",
        what: "Print what this binary was built from",
        about: "Prints the name and SHA-256 of the config, the version of gwc, the compiler and the features built in.",
    },
    #[cfg(feature = "zap")]
    CommandRow {
        command: Command::Zap,
        name: "zap",
        words: "call ADDR METHOD PATH",
        what: "Send one request to a ZAP peer, and print the answer",
        about: "Connects to the ZAP node at ADDR (HOST:PORT, port 9999 if left out), sends it one request and prints \
the\nanswer: status, headers and what the peer is called on standard error, the body on standard output,\nas it \
comes.\n\nExit codes: 0 answered, whatever the status; 1 no answer; 2 usage.",
    },
];

/// One row of the flags.
pub(super) struct Flag {
    pub long: &'static str,
    pub short: Option<char>,
    /// What its value is called in the help; `None` if it takes none.
    pub value: Option<&'static str>,
    /// The commands that it has a meaning for; elsewhere it is refused.
    pub commands: &'static [Command],
    pub what: &'static str,
    pub set: fn(&mut Args, &str) -> Result<(), Invalid>,
}

pub(super) const FLAGS: &[Flag] = &[
    Flag {
        long: "listen",
        short: None,
        value: Some("ADDR"),
        commands: &[Command::Run, Command::Env],
        what: "Listen at PORT, :PORT, IPV4:PORT or [IPV6]:PORT; may be repeated",
        set: |args, text| {
            value::listen(text)
                .map(|address| args.overrides.listen.get_or_insert_default().push(address))
        },
    },
    Flag {
        long: "port",
        short: Some('p'),
        value: Some("PORT"),
        commands: &[Command::Run, Command::Env],
        what: "Listen at this port of the config's address",
        set: |args, text| value::port(text).map(|port| args.overrides.port = Some(port)),
    },
    Flag {
        long: "resolve",
        short: None,
        value: Some("HOST:PORT=ADDR"),
        commands: &[Command::Run, Command::Check],
        what: "Connect to ADDR (IP or IP:PORT) for this upstream; may be repeated",
        set: |args, text| value::resolve(text).map(|resolve| args.resolve.push(resolve)),
    },
    Flag {
        long: "mock",
        short: None,
        value: None,
        commands: &[Command::Run],
        what: "Answer for every upstream from inside the binary; no upstream is called",
        set: mock,
    },
    Flag {
        long: "workers",
        short: None,
        value: Some("N"),
        commands: &[Command::Run, Command::Env],
        what: "Cores to serve with [default: those that the process may use]",
        set: |args, text| value::workers(text).map(|n| args.overrides.workers = Some(n)),
    },
    Flag {
        long: "json",
        short: None,
        value: None,
        commands: &[Command::Check, Command::Env, Command::Version],
        what: "Print JSON",
        set: |args, _| {
            args.json = true;
            Ok(())
        },
    },
    #[cfg(feature = "zap")]
    Flag {
        long: "header",
        short: Some('H'),
        value: Some("NAME: VALUE"),
        commands: &[Command::Zap],
        what: "A header of the request; may be repeated",
        set: |args, text| match args.poke.header(text) {
            Some(()) => Ok(()),
            None => Err(Invalid::Header(text.to_owned())),
        },
    },
    #[cfg(feature = "zap")]
    Flag {
        long: "data",
        short: Some('d'),
        value: Some("TEXT"),
        commands: &[Command::Zap],
        what: "The body of the request; @FILE reads it from a file, @- from standard input",
        set: |args, text| {
            args.poke.data = Some(text.to_owned());
            Ok(())
        },
    },
    #[cfg(feature = "zap")]
    Flag {
        long: "stream",
        short: None,
        value: None,
        commands: &[Command::Zap],
        what: "Ask for the answer in pieces",
        set: |args, _| {
            args.poke.streams = true;
            Ok(())
        },
    },
    #[cfg(feature = "tls")]
    #[cfg(feature = "zap")]
    Flag {
        long: "tls",
        short: None,
        value: None,
        commands: &[Command::Zap],
        what: "Connect over TLS, with the system's authorities (SSL_CERT_FILE)",
        set: |args, _| {
            args.poke.tls = true;
            Ok(())
        },
    },
];

#[cfg(feature = "mock")]
#[expect(clippy::unnecessary_wraps, reason = "the shape of all flags")]
fn mock(args: &mut Args, _: &str) -> Result<(), Invalid> {
    args.mock = true;
    Ok(())
}

#[cfg(not(feature = "mock"))]
fn mock(_: &mut Args, _: &str) -> Result<(), Invalid> {
    Err(Invalid::NoMock)
}
