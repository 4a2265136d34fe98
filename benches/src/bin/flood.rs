//! Very many clients of one limit: what they cost in memory and in time, and whether the limit stays right for one of them.
//! `benches/limits.sh` builds the gateway and starts this.
//!
//! The gateway answers its upstream's part itself (`--mock`); clients are whoever a trusted proxy says they are.

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Connections at once; each waits for its answer before it asks again.
const CONNECTIONS: u32 = 8;
/// Whose limit must hold. Not among the addresses of the flood.
const ONE: &str = "198.51.100.7";
/// Requests that the limit of `/hour` lets through.
const ALLOWED: usize = 10;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut args = env::args().skip(1);
    let (Some(binary), addresses) = (args.next(), args.next()) else {
        println!("usage: flood GATEWAY [ADDRESSES]");
        return Ok(());
    };
    let addresses: u32 = addresses.map_or(Ok(1_000_000), |n| n.parse())?;
    let gateway = Gateway::start(&binary)?;
    println!(
        "{CONNECTIONS} connections, each asks again when it has its answer; microseconds to an answer"
    );
    println!(
        "{:<32} {:>9} {:>9} {:>7} {:>7} {:>7} {:>11}",
        "", "requests", "p50", "p99", "p99.9", "max", "resident"
    );
    let few = |n: u32| n % 64;
    gateway.row("no limit", "/open", addresses / 10, &few)?;
    gateway.row("a limit, 64 addresses", "/second", addresses / 10, &few)?;
    let before = gateway.admitted()?;
    let each = |n: u32| n;
    gateway.row(
        "10 an hour, the first of them",
        "/hour",
        addresses / 10,
        &each,
    )?;
    let rest = |n: u32| addresses / 10 + n;
    gateway.row(
        "10 an hour, all the others",
        "/hour",
        addresses / 10 * 9,
        &rest,
    )?;
    let after = gateway.admitted()?;
    gateway.row("100 a second, all of them", "/second", addresses, &each)?;
    println!("{addresses} addresses; the limit of one: {before} of 20 before, {after} of 20 after");
    if (before, after) == (ALLOWED, 0) {
        Ok(())
    } else {
        Err(format!("it should be {ALLOWED} and 0").into())
    }
}

struct Gateway {
    child: Child,
    address: SocketAddr,
}

impl Gateway {
    fn start(binary: &str) -> Result<Gateway, Failure> {
        // With a core of its own.
        let mut child = Command::new("taskset")
            .args(["-c", "0", binary])
            .args(["--mock", "--listen", "127.0.0.1:0", "--workers", "1"])
            .stdout(Stdio::piped())
            .spawn()?;
        let log = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut lines = log.lines();
        let line = loop {
            let line = lines.next().ok_or("the gateway ended")??;
            if line.contains("listening on ") {
                break line;
            }
        };
        let (_, rest) = line.split_once("listening on ").ok_or("no address")?;
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let address = word.parse()?;
        // Whatever else it says must not fill the pipe.
        thread::spawn(move || lines.for_each(drop));
        Ok(Gateway { child, address })
    }

    /// So many requests, and what they took.
    fn row(
        &self,
        name: &str,
        path: &str,
        requests: u32,
        address: &(dyn Fn(u32) -> u32 + Sync),
    ) -> Result<(), Failure> {
        let share = requests / CONNECTIONS;
        let times: Result<Vec<Vec<Duration>>, Failure> = thread::scope(|scope| {
            let threads: Vec<_> = (0..CONNECTIONS)
                .map(|n| scope.spawn(move || self.ask(path, n * share..(n + 1) * share, address)))
                .collect();
            let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
            joined
                .map(|times| times.map_err(|_| "a client panicked")?)
                .collect()
        });
        let mut times: Vec<Duration> = times?.into_iter().flatten().collect();
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a list"
            )]
            let place = (times.len() as f64 * share) as usize;
            times[place.min(times.len() - 1)].as_micros()
        };
        println!(
            "{name:<32} {requests:>9} {:>9} {:>7} {:>7} {:>7} {:>7} KiB",
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0),
            self.resident()?
        );
        Ok(())
    }

    fn ask(
        &self,
        path: &str,
        numbers: std::ops::Range<u32>,
        address: &(dyn Fn(u32) -> u32 + Sync),
    ) -> Result<Vec<Duration>, Failure> {
        let mut client = Client::connect(self.address)?;
        numbers
            .map(|n| {
                let [_, b, c, d] = address(n).to_be_bytes();
                let begun = Instant::now();
                client.status(path, &format!("20.{b}.{c}.{d}"))?;
                Ok(begun.elapsed())
            })
            .collect()
    }

    /// How many of twenty requests of the one are let through.
    fn admitted(&self) -> Result<usize, Failure> {
        let mut client = Client::connect(self.address)?;
        let mut admitted = 0;
        for _ in 0..20 {
            admitted += usize::from(client.status("/hour", ONE)? == 200);
        }
        Ok(admitted)
    }

    fn resident(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(number.ok_or("no VmRSS")?.parse()?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Ended already is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Result<Client, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream,
            buffer: Vec::new(),
        })
    }

    /// One request, and the status of its answer, which has a `Content-Length`.
    fn status(&mut self, path: &str, address: &str) -> Result<u16, Failure> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: bench.test\r\nX-Forwarded-For: {address}\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())?;
        self.buffer.clear();
        let end = loop {
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => self.more()?,
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
        let field = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = field.ok_or("no content-length")?.trim().parse()?;
        while self.buffer.len() < end + length {
            self.more()?;
        }
        let status = head.split(' ').nth(1).ok_or("no status")?;
        Ok(status.parse()?)
    }

    fn more(&mut self) -> Result<(), Failure> {
        let mut chunk = [0; 4096];
        let n = self.stream.read(&mut chunk)?;
        if n == 0 {
            return Err("the gateway closed".into());
        }
        self.buffer.extend_from_slice(&chunk[..n]);
        Ok(())
    }
}
