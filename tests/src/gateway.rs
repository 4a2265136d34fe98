//! A running gateway: started on an ephemeral loopback port, killed when dropped.

use crate::{
    Client, Origin, PATIENCE,
    client::{ask, get},
    compiler,
    wire::Response,
    within,
};
use socket2::{Domain, Socket, Type};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    mem,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// The upstream names of the golden configs.
pub const ORIGIN: &str = "origin.test:8000";
pub const SECOND: &str = "second.test:8000";
pub const REFUSING: &str = "refusing.test:8000";

/// How to start a gateway.
pub struct Launch {
    command: Command,
}

/// An address of this machine where nobody listens, until a test does: for the life of the process the kernel gives it
/// to nobody who asks for any, such as the gateway that is to be refused.
pub fn refusing() -> SocketAddr {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("share its address");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("bind");
    let address = socket.local_addr().expect("its address");
    mem::forget(socket);
    address.as_socket().expect("an address of IPv4")
}

/// A running gateway.
pub struct Gateway {
    pub address: SocketAddr,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Launch {
    /// The gateway of a checked-in config: `tests/golden/<name>.json`, or `hanzo`.
    pub fn golden(name: &str) -> Launch {
        Launch::binary(&compiler::compiled(name))
    }

    /// A gateway that was compiled already.
    pub fn binary(path: &PathBuf) -> Launch {
        let mut command = Command::new(path);
        command
            .args(["--listen", "127.0.0.1:0"])
            .env("NO_COLOR", "1")
            // Two that listen where their config says could not run at once.
            .env("GATEWAY_METRICS_LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Launch { command }
    }

    /// `--resolve`: calls to `name` (`host:port`) go to `address`.
    #[must_use]
    pub fn resolve(self, name: &str, address: SocketAddr) -> Launch {
        let value = format!("{name}={address}");
        self.args(&["--resolve", &value])
    }

    /// One core, so that a test can say which upstream connection is used next.
    #[must_use]
    pub fn one_worker(self) -> Launch {
        self.args(&["--workers", "1"])
    }

    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Launch {
        self.command.args(args);
        self
    }

    /// Where it finds the files that its config names by relative paths.
    #[must_use]
    pub fn directory(mut self, directory: &Path) -> Launch {
        self.command.current_dir(directory);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Launch {
        self.command.env(name, value);
        self
    }

    /// A file as its standard input, for a config that reads `/dev/stdin`.
    #[must_use]
    pub fn stdin(mut self, file: &Path) -> Launch {
        let file = fs::File::open(file).expect("open what is to be its stdin");
        self.command.stdin(file);
        self
    }

    /// Starts it, expecting that it gives up: its exit code, and all that it said.
    pub fn give_up(mut self) -> (Option<i32>, String) {
        let output = self.command.output().expect("start the gateway");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// Starts it, and waits until it says where it listens.
    pub fn start(mut self) -> Gateway {
        let mut child = self.command.spawn().expect("start the gateway");
        let log = Arc::new(Mutex::new(Vec::new()));
        follow(child.stdout.take().expect("its stdout"), &log);
        follow(child.stderr.take().expect("its stderr"), &log);
        let line = within(PATIENCE, "`listening on` in the log", || {
            assert!(
                child.try_wait().expect("state of the gateway").is_none(),
                "the gateway ended: {:?}",
                log.lock().expect("log")
            );
            find(&log, |line| line.contains("listening on "))
        });
        Gateway {
            address: address_in(&line),
            child,
            log,
        }
    }
}

impl Gateway {
    /// The gateway of `tests/golden/forward.json` in front of `origin`.
    pub fn forward(origin: &Origin) -> Gateway {
        Launch::golden("forward")
            .resolve(ORIGIN, origin.address)
            .resolve(REFUSING, refusing())
            .start()
    }

    /// The same gateway twice, once for each lane that HTTP/1.1 can take. A client chooses its lane, so what one refuses
    /// the other has to refuse too.
    pub fn lanes(origin: &Origin) -> [Gateway; 2] {
        ["fast", "hyper"].map(|lane| {
            Launch::golden("forward")
                .resolve(ORIGIN, origin.address)
                .env("GATEWAY_LANE", lane)
                .one_worker()
                .start()
        })
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// One GET on its own connection.
    pub fn get(&self, target: &str) -> Response {
        get(self.address, target)
    }

    /// One request without a body on its own connection.
    pub fn ask(&self, line: &str, headers: &[(&str, &str)]) -> Response {
        ask(self.address, line, headers)
    }

    /// The first line of the log that `wanted` accepts, waiting for it.
    pub fn line(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let log = &self.log;
        within(PATIENCE, what, || find(log, &wanted))
    }

    /// Where it listens for ZAP.
    pub fn zap(&self) -> SocketAddr {
        let line = self.line("where ZAP is listened for", |line| {
            line.contains("zap-listener: ZAP at ")
        });
        let (_, rest) = line.split_once("ZAP at ").expect("an address");
        let word = rest.split(' ').next().unwrap_or_default();
        word.parse().expect("an address")
    }

    /// Everything logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("log").clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that was ever resident, in KiB; `None` where there is no `/proc`.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Sends a signal by its name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status();
        assert!(sent.expect("run kill").success(), "signal {name}");
    }

    /// How it ended; fails if it did not within `limit`.
    pub fn exit(&mut self, limit: Duration) -> ExitStatus {
        within(limit, "the end of the gateway", || {
            self.child.try_wait().expect("state of the gateway")
        })
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("state of the gateway")
            .is_none()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Ended already is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stream: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) {
    let log = log.clone();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            log.lock().expect("log").push(line);
        }
    });
}

fn find(log: &Mutex<Vec<String>>, wanted: impl Fn(&str) -> bool) -> Option<String> {
    log.lock()
        .expect("log")
        .iter()
        .find(|line| wanted(line))
        .cloned()
}

fn address_in(line: &str) -> SocketAddr {
    let (_, rest) = line
        .split_once("listening on ")
        .expect("an address in the log line");
    let word = rest
        .split(|c: char| c.is_whitespace() || c == '"')
        .next()
        .unwrap_or_default();
    word.parse()
        .unwrap_or_else(|e| panic!("no address in {line:?}: {e}"))
}
