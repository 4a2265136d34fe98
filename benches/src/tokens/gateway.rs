//! A running gateway with a core of its own, and what it has spent.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// The core that is the gateway's alone.
const CORE: &str = "0";

/// What watches a gateway.
#[derive(Debug, Clone, Copy)]
pub enum Under {
    Nothing,
    /// It counts instructions; everything takes some fifty times as long.
    Callgrind,
}

/// Killed when dropped.
pub struct Gateway {
    pub address: SocketAddr,
    child: Child,
    /// Held open, for a gateway that cannot write its log has something else to do.
    _log: BufReader<ChildStdout>,
}

impl Gateway {
    /// Starts the gateway of that name, and waits until it listens. It calls `origin` whatever name it is told to call.
    pub fn start(binary: &Path, under: Under, origin: SocketAddr) -> io::Result<Gateway> {
        let mut command = Command::new("taskset");
        command.args(["-c", CORE]);
        if let Under::Callgrind = under {
            let out = binary.with_extension("callgrind");
            let out = format!("--callgrind-out-file={}", out.display());
            command.args(["valgrind", "--tool=callgrind", &out]);
            command.stderr(Stdio::piped());
        }
        command
            .arg(binary)
            .args(["--listen", "127.0.0.1:0", "--workers", "1"])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for name in ["origin.test:8000", "keys.test:7000"] {
            command.args(["--resolve", &format!("{name}={origin}")]);
        }
        let mut child = command.spawn()?;
        let mut log = BufReader::new(child.stdout.take().expect("its stdout"));
        let address = loop {
            let mut line = String::new();
            if log.read_line(&mut line)? == 0 {
                let gone = format!("{} ended before it listened", binary.display());
                return Err(io::Error::other(gone));
            }
            if let Some((_, rest)) = line.split_once("listening on ") {
                let word = rest.split_whitespace().next().unwrap_or_default();
                break word.parse().map_err(io::Error::other)?;
            }
        };
        Ok(Gateway {
            address,
            child,
            _log: log,
        })
    }

    /// Nanoseconds that its threads have run, in the kernel and out of it. `/proc/PID/stat` says the same in hundredths
    /// of a second.
    pub fn cpu(&self) -> io::Result<f64> {
        let mut sum = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            let ran = text.split_whitespace().next().unwrap_or_default();
            sum += ran.parse::<f64>().map_err(io::Error::other)?;
        }
        Ok(sum)
    }

    /// Ends one that is under callgrind: all instructions that it has executed, from its start to its end.
    pub fn instructions(mut self) -> io::Result<f64> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().expect("its stderr");
        stderr.read_to_string(&mut said)?;
        let collected = said
            .lines()
            .find_map(|line| line.split_once("Collected : "));
        let (_, count) = collected.ok_or_else(|| io::Error::other(said.clone()))?;
        count.trim().parse().map_err(io::Error::other)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Ended already is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
