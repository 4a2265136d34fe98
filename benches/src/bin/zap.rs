//! What a request costs a gateway that calls its backend by ZAP, against one by HTTP/1.1: CPU time and how long it takes.
//!
//! One upstream answers both with the same bytes, on one port: the first bytes of a connection say which it is. Rows take
//! turns, so that whatever else the machine does meets both alike. `benches/zap.sh` builds the gateway and starts this.

use std::{
    cell::{Cell, RefCell},
    error::Error,
    fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{JoinSet, LocalSet, spawn_local},
};

/// Bytes of an answer's body, and of a POST's.
const BODY: usize = 1024;
/// Clients that send one request after the other.
const CLIENTS: usize = 64;
const ROUNDS: usize = 7;
const REQUESTS: usize = 20_000;
/// Before those that count.
const WARM_UP: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let gateway = arguments.next().ok_or("usage: zap GATEWAY [REQUESTS]")?;
    let requests = match arguments.next() {
        Some(n) => n.parse()?,
        None => REQUESTS,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(LocalSet::new().run_until(measure(&gateway, requests)))
}

async fn measure(binary: &str, requests: usize) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = listener.local_addr()?;
    spawn_local(listen(listener));
    let gateway = Gateway::start(binary, origin)?;
    let rows = [
        ("GET", "/http/1"),
        ("GET", "/zap/1"),
        ("POST", "/http/1"),
        ("POST", "/zap/1"),
    ];
    let mut figures = vec![Vec::new(); rows.len()];
    // The first round warms everything up.
    for round in 0..=ROUNDS {
        for turn in 0..rows.len() {
            let n = (turn + round) % rows.len();
            let (method, path) = rows[n];
            let figure = gateway.turn(&request(method, path), requests).await?;
            if round > 0 {
                figures[n].push(figure);
            }
        }
    }
    println!(
        "| request | CPU µs | requests per CPU s | p99 ms | requests per CPU s, ZAP : HTTP | p99, ZAP : HTTP |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for (n, (method, path)) in rows.iter().enumerate() {
        let of = |pick: fn(&Figure) -> f64| median(figures[n].iter().map(pick).collect());
        let ratio = |pick: fn(&Figure) -> f64| {
            let pairs = figures[n].iter().zip(&figures[n - 1]);
            let mut ratios: Vec<f64> = pairs.map(|(zap, http)| pick(zap) / pick(http)).collect();
            ratios.sort_by(f64::total_cmp);
            format!(
                "{:.2} ({:.2}..{:.2})",
                ratios[ratios.len() / 2],
                ratios[0],
                ratios[ratios.len() - 1]
            )
        };
        let (rate, late) = match n % 2 {
            0 => (String::new(), String::new()),
            _ => (ratio(|figure| 1.0 / figure.cpu), ratio(|figure| figure.p99)),
        };
        let (cpu, p99) = (of(|figure| figure.cpu), of(|figure| figure.p99));
        println!(
            "| {method} {path} | {cpu:.1} | {:.0} | {p99:.2} | {rate} | {late} |",
            1e6 / cpu
        );
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn request(method: &str, path: &str) -> Vec<u8> {
    let body = if method == "POST" {
        "x".repeat(BODY)
    } else {
        String::new()
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: gateway.test\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What one turn came to: microseconds of CPU per request, and milliseconds.
#[derive(Clone, Copy)]
struct Figure {
    cpu: f64,
    p99: f64,
}

/// With a core of its own. Killed when dropped.
struct Gateway {
    address: SocketAddr,
    child: Child,
    /// Held open, for a gateway that cannot write its log has something else to do.
    _log: BufReader<ChildStdout>,
}

impl Gateway {
    fn start(binary: &str, origin: SocketAddr) -> io::Result<Gateway> {
        let mut child = Command::new("taskset")
            .args([
                "-c",
                "0",
                binary,
                "--listen",
                "127.0.0.1:0",
                "--workers",
                "1",
            ])
            .args(["--resolve", &format!("origin.test:8000={origin}")])
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(child.stdout.take().expect("its stdout"));
        loop {
            let mut line = String::new();
            if log.read_line(&mut line)? == 0 {
                return Err(io::Error::other("the gateway ended before it listened"));
            }
            if let Some((_, rest)) = line.split_once("listening on ") {
                let word = rest.split_whitespace().next().unwrap_or_default();
                let address = word.parse().map_err(io::Error::other)?;
                return Ok(Gateway {
                    address,
                    child,
                    _log: log,
                });
            }
        }
    }

    /// Nanoseconds that its threads have run, in the kernel and out of it.
    fn cpu(&self) -> io::Result<f64> {
        let mut sum = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            let ran = text.split_whitespace().next().unwrap_or_default();
            sum += ran.parse::<f64>().map_err(io::Error::other)?;
        }
        Ok(sum)
    }

    async fn turn(&self, request: &[u8], count: usize) -> io::Result<Figure> {
        let request: Rc<[u8]> = request.into();
        send(self.address, &request, WARM_UP).await?;
        let before = self.cpu()?;
        let mut took = send(self.address, &request, count).await?;
        let spent = self.cpu()? - before;
        took.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
        Ok(Figure {
            cpu: spent / 1_000.0 / count as f64,
            p99: took[took.len() * 99 / 100].as_secs_f64() * 1_000.0,
        })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Ended already is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends that many, and fails at the first answer that is not as expected; how long each took.
async fn send(to: SocketAddr, request: &Rc<[u8]>, count: usize) -> io::Result<Vec<Duration>> {
    let left = Rc::new(Cell::new(count));
    let took = Rc::new(RefCell::new(Vec::with_capacity(count)));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (request, left, took) = (request.clone(), left.clone(), took.clone());
        clients.spawn_local(async move {
            let mut client = TcpStream::connect(to).await?;
            client.set_nodelay(true)?;
            let mut buffer = Vec::with_capacity(4096);
            while let Some(fewer) = left.get().checked_sub(1) {
                left.set(fewer);
                let started = Instant::now();
                client.write_all(&request).await?;
                buffer.clear();
                while head_end(&buffer).is_none_or(|end| buffer.len() < end + BODY) {
                    if client.read_buf(&mut buffer).await? == 0 {
                        return Err(io::Error::other("the connection was closed"));
                    }
                }
                if !buffer.starts_with(b"HTTP/1.1 200") {
                    return Err(io::Error::other(
                        String::from_utf8_lossy(&buffer).into_owned(),
                    ));
                }
                took.borrow_mut().push(started.elapsed());
            }
            Ok(())
        });
    }
    while let Some(done) = clients.join_next().await {
        done.map_err(io::Error::other)??;
    }
    Ok(took.take())
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some(at + 4)
}

async fn listen(listener: TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        spawn_local(serve(client));
    }
}

async fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    while buffer.len() < 8 {
        if client.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
    if buffer[4..8] == *b"ZAP\0" {
        serve_zap(client, buffer).await
    } else {
        serve_http(client, buffer).await
    }
}

async fn serve_http(mut client: TcpStream, mut buffer: Vec<u8>) -> io::Result<()> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: origin\r\nContent-Length: {BODY}\r\n\r\n"
    )
    .into_bytes();
    answer.resize(answer.len() + BODY, b'x');
    loop {
        if let Some(end) = head_end(&buffer) {
            let body = if buffer.starts_with(b"POST") { BODY } else { 0 };
            if buffer.len() >= end + body {
                buffer.drain(..end + body);
                client.write_all(&answer).await?;
                continue;
            }
        }
        if client.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Answers what has arrived with one write: a peer that is asked much at once can.
async fn serve_zap(mut client: TcpStream, mut buffer: Vec<u8>) -> io::Result<()> {
    let mut greeted = false;
    let answer = answer();
    loop {
        let (mut at, mut out) = (0, Vec::new());
        while let Some(prefix) = buffer.get(at..at + 4) {
            let length = u32::from_le_bytes(prefix.try_into().expect("four bytes")) as usize;
            let Some(frame) = buffer.get(at + 4..at + 4 + length) else {
                break;
            };
            if !greeted {
                // Our name may be that of whoever asks: nobody compares them.
                out.extend_from_slice(&buffer[at..at + 4 + length]);
                greeted = true;
            } else if length > 8 {
                let start = out.len();
                out.extend_from_slice(&answer);
                out[start + 4..start + 8].copy_from_slice(&frame[..4]);
            }
            at += 4 + length;
        }
        buffer.drain(..at);
        client.write_all(&out).await?;
        if client.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// The frame of an answer, without its number.
fn answer() -> Vec<u8> {
    const FIXED: usize = 24;
    let headers = br#"{"Content-Type":["application/json"],"Server":["origin"]}"#;
    let word = |n: usize| u32::try_from(n).expect("a word").to_le_bytes();
    let mut message = b"ZAP\0\x01\0\0\xc9\x10\0\0\0".to_vec();
    message.extend(word(16 + FIXED + BODY + headers.len()));
    message.extend(word(200));
    // From slot 4 to the body, from slot 12 to the headers.
    message.extend(
        [
            word(FIXED - 4),
            word(BODY),
            word(FIXED - 12 + BODY),
            word(headers.len()),
            [0; 4],
        ]
        .concat(),
    );
    message.resize(message.len() + BODY, b'x');
    message.extend_from_slice(headers);
    let mut frame = word(8 + message.len()).to_vec();
    frame.extend([[0; 4], word(2)].concat());
    frame.extend(message);
    frame
}
