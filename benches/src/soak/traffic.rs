//! The clients. Each kind has a route of its own where how requests end has to be known exactly: what comes of one that
//! its client left is a race, which either side may win.

use super::{
    client::{Client, Reads},
    ledger::{Ledger, Route},
};
use crate::{bodies, net::NAME, wire::http2};
use std::{
    cell::Cell,
    error::Error,
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::{JoinHandle, spawn_local},
    time::sleep,
};

/// Clients that do what clients do.
pub const GET: Route = ("GET", "/v1/json/{id}");
pub const POST: Route = ("POST", "/v1/post/{id}");
pub const LARGE: Route = ("GET", "/v1/k100/{id}");
pub const EVENTS: Route = ("GET", "/v1/sse/{id}");
/// One that reads slowly, but to the end.
pub const SLOW: Route = ("GET", "/v1/chunked/{id}");
/// An upstream that breaks off.
pub const CUT: Route = ("GET", "/v1/cut/{id}");
/// Clients that leave: while nothing comes, in the middle of an answer, in the middle of what they send.
pub const SILENT: Route = ("GET", "/v1/silent/{id}");
pub const HALF_READ: Route = ("GET", "/v1/m1/{id}");
pub const HALF_SENT: Route = ("POST", "/v1/agents/kind-2");
/// HTTP/2: one that stays, and one whose connection ends with requests under way.
pub const STREAMS: Route = ("GET", "/v1/agents/kind-2");
pub const LOST_STREAMS: Route = ("GET", "/v1/agents/kind-2/{id}");

/// Routes on which every client sees exactly what the gateway counts.
pub const EXACT: [Route; 7] = [GET, POST, LARGE, EVENTS, SLOW, CUT, STREAMS];
/// Routes on which only the sum is known.
pub const SUMS: [Route; 3] = [SILENT, HALF_READ, HALF_SENT];

/// Between two requests of a client: a soak is long, not loud.
const REST: Duration = Duration::from_millis(2);
/// Streams at once on a connection, and how often.
const AT_ONCE: usize = 8;
const ROUNDS: usize = 100;

/// All clients.
pub struct Traffic {
    clients: Vec<JoinHandle<()>>,
    shift: Rc<Shift>,
}

/// When clients work: until a time, but for rests.
struct Shift {
    at: SocketAddr,
    ledger: Rc<Ledger>,
    until: Instant,
    rests: Cell<bool>,
    /// Clients in the middle of something.
    busy: Cell<usize>,
}

impl Traffic {
    /// Until then; each client ends with the request that it is at.
    pub fn start(at: SocketAddr, ledger: &Rc<Ledger>, until: Instant) -> Traffic {
        let shift = Rc::new(Shift {
            at,
            ledger: Rc::clone(ledger),
            until,
            rests: Cell::new(false),
            busy: Cell::new(0),
        });
        let fast = Reads::Fast;
        let quarter = Duration::from_millis(250);
        let mut clients = Vec::new();
        let mut ask = |count: usize, route: Route, request: Vec<u8>, reads: Reads, keeps: bool| {
            for _ in 0..count {
                let task = ask_on(Rc::clone(&shift), route, request.clone(), reads, keeps);
                clients.push(spawn_local(task));
            }
        };
        ask(12, GET, get("/v1/json/1", true), fast, true);
        ask(4, GET, get("/v1/json/2", false), fast, false);
        ask(
            4,
            POST,
            post("/v1/post/1", bodies::posted().len()),
            fast,
            true,
        );
        ask(2, LARGE, get("/v1/k100/1", true), fast, true);
        ask(8, EVENTS, get("/v1/sse/1", true), fast, true);
        let slowly = Reads::Slowly(8 * 1024, REST);
        ask(3, SLOW, get("/v1/chunked/1", true), slowly, true);
        ask(1, CUT, get("/v1/cut/1", true), fast, true);
        let nothing = Reads::Leaves(1, quarter);
        ask(4, SILENT, get("/v1/silent/1", true), nothing, false);
        let some = Reads::Leaves(200_000, quarter);
        ask(4, HALF_READ, get("/v1/m1/1", true), some, false);
        // Says 100 KB and sends one of them.
        let soon = Reads::Leaves(1, Duration::from_millis(20));
        ask(
            2,
            HALF_SENT,
            post("/v1/agents/kind-2", 100_000),
            soon,
            false,
        );
        for _ in 0..2 {
            clients.push(spawn_local(half_a_head(Rc::clone(&shift))));
            clients.push(spawn_local(streams(Rc::clone(&shift), false)));
            clients.push(spawn_local(streams(Rc::clone(&shift), true)));
        }
        Traffic { clients, shift }
    }

    /// Waits until nobody is in the middle of anything.
    pub async fn rest(&self) {
        self.shift.rests.set(true);
        while self.shift.busy.get() > 0 {
            sleep(REST).await;
        }
        // And until the gateway has noticed.
        sleep(Duration::from_millis(300)).await;
    }

    pub fn go_on(&self) {
        self.shift.rests.set(false);
    }

    pub async fn end(self) -> Result<(), Box<dyn Error>> {
        self.go_on();
        for client in self.clients {
            client.await?;
        }
        Ok(())
    }
}

impl Shift {
    /// Waits for the next turn of a client; whether there is one.
    async fn turn(&self) -> bool {
        sleep(REST).await;
        while self.rests.get() && Instant::now() < self.until {
            sleep(10 * REST).await;
        }
        let works = Instant::now() < self.until;
        self.busy.set(self.busy.get() + usize::from(works));
        works
    }

    fn done(&self) {
        self.busy.set(self.busy.get() - 1);
    }
}

fn get(path: &str, keeps: bool) -> Vec<u8> {
    let connection = if keeps { "keep-alive" } else { "close" };
    format!(
        "GET {path} HTTP/1.1\r\nHost: {NAME}\r\nAccept: */*\r\nConnection: {connection}\r\n\r\n"
    )
    .into_bytes()
}

/// A POST that says so many bytes, and has 1 KB of them.
fn post(path: &str, length: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), &bodies::posted()].concat()
}

async fn ask_on(shift: Rc<Shift>, route: Route, request: Vec<u8>, reads: Reads, keeps: bool) {
    let mut client = Client::new(shift.at);
    while shift.turn().await {
        match client.ask(&request, reads).await {
            Ok(end) => shift.ledger.add(route, end),
            // What could not be sent is no request; what is no answer at all must be heard of.
            Err(error) => eprintln!("{} {}: {error}", route.0, route.1),
        }
        if !keeps {
            client.leave();
        }
        shift.done();
    }
}

/// Never finishes a head: no request, and nobody's.
async fn half_a_head(shift: Rc<Shift>) {
    while shift.turn().await {
        let mut client = Client::new(shift.at);
        for piece in [
            "GET /v1/json/3 HTT",
            "P/1.1\r\nHos",
            "t: slow\r\n",
            "X-Slow: y",
        ] {
            if let Ok(socket) = client.socket().await {
                let _ = socket.write_all(piece.as_bytes()).await;
            }
            sleep(Duration::from_millis(100)).await;
        }
        shift.done();
    }
}

/// Connections of HTTP/2, each with some rounds of requests at once. `lost`: it ends before they do.
async fn streams(shift: Rc<Shift>, lost: bool) {
    let (route, path) = if lost {
        (LOST_STREAMS, "/v1/agents/kind-2/7")
    } else {
        (STREAMS, "/v1/agents/kind-2")
    };
    while shift.turn().await {
        if let Err(error) = connection(shift.at, &shift.ledger, route, path, lost).await {
            eprintln!("HTTP/2: {error}");
        }
        shift.done();
    }
}

async fn connection(
    at: SocketAddr,
    ledger: &Ledger,
    route: Route,
    path: &str,
    lost: bool,
) -> io::Result<()> {
    use super::ledger::End;

    let mut socket = TcpStream::connect(at).await?;
    socket.set_nodelay(true)?;
    let (mut connection, mut out) = http2::Connection::open();
    let request = http2::Request::get(NAME, path, &[("accept", "*/*")]);
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..ROUNDS {
        for _ in 0..AT_ONCE {
            connection.ask(&request, &mut out);
        }
        socket.write_all(&std::mem::take(&mut out)).await?;
        if lost {
            (0..AT_ONCE).for_each(|_| ledger.add(route, End::Left));
            sleep(REST).await;
            return Ok(());
        }
        let (mut left, mut ok) = (AT_ONCE, std::collections::HashMap::new());
        while left > 0 {
            let count = socket.read(&mut buffer).await?;
            if count == 0 {
                return Err(io::Error::other(
                    "the connection ended with requests under way",
                ));
            }
            let told =
                connection.feed(&buffer[..count], &mut out, &mut |stream, told| match told {
                    http2::Told::Head(is_200) => {
                        ok.entry(stream).or_insert(is_200);
                    }
                    http2::Told::Data(_) => {}
                    http2::Told::End => {
                        left -= 1;
                        // The only other answers here are those for an upstream that is dead.
                        let hundreds = if ok.remove(&stream) == Some(true) {
                            2
                        } else {
                            5
                        };
                        ledger.add(route, End::Answered(hundreds));
                    }
                });
            told.map_err(io::Error::other)?;
            socket.write_all(&std::mem::take(&mut out)).await?;
        }
        sleep(REST).await;
    }
    Ok(())
}
