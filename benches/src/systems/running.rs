//! A system that runs.

use super::{Kind, System, gateway};
use crate::{
    process::{Core, Process, free_address, tied},
    wire::http1::Answer,
};
use std::{
    error::Error,
    fs,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Connections that every workload but the idle ones leaves room in.
pub const ROOM: usize = 1_024;
/// From its start to its first answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a system stands, and what it is told.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its own directory, with the certificate as `server.crt`, `server.key` and, together, `server.pem`.
    pub dir: PathBuf,
    pub origin: SocketAddr,
    pub workers: usize,
    /// Clients and upstreams that it has to hold at once: some peers set memory aside for them.
    pub connections: usize,
    pub listen: SocketAddr,
    pub listen_tls: SocketAddr,
    pub metrics: SocketAddr,
}

pub struct Running {
    pub process: Process,
    pub site: Site,
    pub speaks_plain: bool,
    pub speaks_tls: bool,
}

impl Site {
    /// Below `work`, which holds the certificate.
    pub fn new(work: &Path, name: &str, origin: SocketAddr, workers: usize) -> io::Result<Site> {
        let dir = work.join(name);
        fs::create_dir_all(&dir)?;
        for file in ["server.crt", "server.key", "server.pem"] {
            fs::copy(work.join(file), dir.join(file))?;
        }
        Ok(Site {
            dir: dir.canonicalize()?,
            origin,
            workers,
            connections: ROOM,
            listen: free_address()?,
            listen_tls: free_address()?,
            metrics: free_address()?,
        })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// `text` with what stands in double braces replaced.
    fn fill(&self, text: &str) -> String {
        let file = |name| self.file(name).display().to_string();
        let port = |address: SocketAddr| address.port().to_string();
        let mut text = text.to_owned();
        for (name, value) in [
            ("dir", self.dir.display().to_string()),
            ("workers", self.workers.to_string()),
            ("connections", self.connections.to_string()),
            (
                "reuseport",
                if self.workers > 1 { "reuseport" } else { "" }.to_owned(),
            ),
            ("origin", self.origin.to_string()),
            ("port_origin", port(self.origin)),
            ("listen", self.listen.to_string()),
            ("port", port(self.listen)),
            ("listen_tls", self.listen_tls.to_string()),
            ("port_tls", port(self.listen_tls)),
            ("certificate", file("server.crt")),
            ("key", file("server.key")),
            ("pem", file("server.pem")),
        ] {
            text = text.replace(&format!("{{{{{name}}}}}"), &value);
        }
        text
    }

    pub fn log(&self) -> PathBuf {
        self.file("log")
    }
}

/// Starts the upstream, and waits until it answers. `keys` is what the issuer's key set is.
pub fn upstream(
    at: SocketAddr,
    keys: &Path,
    log: &Path,
    core: Core,
) -> Result<Process, Box<dyn Error>> {
    let mut command = tied(std::env::current_exe()?);
    command.arg("origin").arg(at.to_string()).arg(keys);
    let process = Process::start(&mut command, core, log)?;
    let deadline = Instant::now() + PATIENCE;
    while !answers(at) {
        if Instant::now() > deadline {
            return Err("the upstream does not answer".into());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(process)
}

impl System {
    /// Starts it; it need not answer yet. `program` makes the command of a binary.
    pub fn spawn(
        &self,
        site: &Site,
        core: Core,
        program: fn(&Path) -> Command,
    ) -> io::Result<Process> {
        let mut command = program(&self.binary);
        match &self.kind {
            Kind::Gateway(shape) => gateway::start(&mut command, site, shape),
            Kind::Relay => {
                let (listen, origin) = (site.listen.to_string(), site.origin.to_string());
                command.args(["relay", &listen, &origin, &site.workers.to_string()]);
            }
            Kind::Peer(peer) => {
                if let Some((name, text)) = peer.config {
                    fs::write(site.file(name), site.fill(text))?;
                }
                (peer.start)(&mut command, site);
            }
        }
        fs::write(site.log(), "")?;
        Process::start(&mut command, core, &site.log())
    }

    /// Starts it and waits until it answers.
    pub fn start(&self, site: Site, core: Core) -> Result<Running, Box<dyn Error>> {
        let speaks_plain = !matches!(&self.kind, Kind::Gateway(shape) if shape.tls);
        let mut process = self.spawn(&site, core, |binary| tied(binary))?;
        let deadline = Instant::now() + PATIENCE;
        let there = || {
            if speaks_plain {
                answers(site.listen)
            } else {
                TcpStream::connect(site.listen_tls).is_ok()
            }
        };
        while !there() {
            if process.has_ended() || Instant::now() > deadline {
                let said = fs::read_to_string(site.log()).unwrap_or_default();
                let last = said.lines().rev().take(2).collect::<Vec<_>>().join("; ");
                return Err(format!("{} does not answer: {last}", self.name).into());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(Running {
            process,
            site,
            speaks_plain,
            speaks_tls: self.speaks_tls(),
        })
    }
}

impl Running {
    /// Where it is to be asked.
    pub fn address(&self, tls: bool) -> SocketAddr {
        if tls || !self.speaks_plain {
            self.site.listen_tls
        } else {
            self.site.listen
        }
    }

    /// Forgets what it has logged: an access log must not fill a disk.
    pub fn truncate_log(&self) -> io::Result<()> {
        fs::OpenOptions::new()
            .write(true)
            .open(self.site.log())?
            .set_len(0)
    }
}

/// Whether a GET of 1 KB is answered 200.
pub fn answers(at: SocketAddr) -> bool {
    let ask = || -> Result<bool, Box<dyn Error>> {
        let mut socket = TcpStream::connect(at)?;
        socket.set_read_timeout(Some(Duration::from_secs(2)))?;
        socket.write_all(
            b"GET /v1/json/1 HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n",
        )?;
        let (mut answer, mut buffer) = (Answer::new(), [0; 4096]);
        loop {
            let count = socket.read(&mut buffer)?;
            if count == 0 {
                return Ok(false);
            }
            if answer.feed(&buffer[..count], &mut |_| {})? {
                return Ok(answer.status() == 200);
            }
        }
    };
    ask().unwrap_or(false)
}
