//! The upstream: one thread, answers that were written beforehand, no more work than it must do.

use crate::{
    bodies::{self, Kind},
    net::{self, Poll, Wish},
};
use memchr::memmem;
use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    rc::Rc,
    time::{Duration, Instant},
};

/// Between two events of a stream.
const TICK: Duration = Duration::from_millis(2);
/// A head that is longer is none of ours.
const MAX_HEAD: usize = 64 * 1024;
/// The key of the listener; connections have the others.
const LISTENER: usize = 0;

/// What is sent, by kind.
struct Answers {
    json: Rc<[u8]>,
    large: Rc<[u8]>,
    huge: Rc<[u8]>,
    chunked: Rc<[u8]>,
    cut: Rc<[u8]>,
    events: Rc<[u8]>,
    event: Rc<[u8]>,
    last: Rc<[u8]>,
    keys: Rc<[u8]>,
}

struct Client {
    socket: TcpStream,
    /// Of a head that came in pieces.
    kept: Vec<u8>,
    /// The body of the request that is being read.
    body: Body,
    kind: Kind,
    /// To be sent, and how much of the first has been.
    out: VecDeque<Rc<[u8]>>,
    sent: usize,
    events_left: usize,
    /// Once all is sent.
    closes: bool,
    writes: bool,
}

enum Body {
    None,
    Length(u64),
    /// The last bytes that were seen: in chunks it ends with an empty one.
    Chunks(Vec<u8>),
}

/// Answers until the process ends. `keys` is what the issuer's key set is.
pub fn run(at: SocketAddr, keys: &[u8]) -> io::Result<()> {
    let listener = net::listen(at)?;
    println!("listening on {}", listener.local_addr()?);
    Origin {
        poll: Poll::new()?,
        answers: Answers::new(keys),
        clients: Vec::new(),
        streaming: Vec::new(),
        tick: Instant::now(),
    }
    .live(&listener)
}

struct Origin {
    poll: Poll,
    answers: Answers,
    /// By key less one.
    clients: Vec<Option<Client>>,
    /// Keys of those that get events.
    streaming: Vec<usize>,
    tick: Instant,
}

impl Origin {
    fn live(&mut self, listener: &TcpListener) -> io::Result<()> {
        self.poll.add(listener, LISTENER, Wish::READ)?;
        let (mut ready, mut free) = (Vec::new(), Vec::new());
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let wait = (!self.streaming.is_empty())
                .then(|| self.tick.saturating_duration_since(Instant::now()));
            self.poll.wait(wait, &mut ready)?;
            for &(key, wish) in &ready {
                if key == LISTENER {
                    self.accept(listener, &mut free)?;
                } else if !self.serve(key, wish, &mut buffer).unwrap_or(false) {
                    self.clients[key - 1] = None;
                    self.streaming.retain(|other| *other != key);
                    free.push(key);
                }
            }
            self.tick();
        }
    }

    fn accept(&mut self, listener: &TcpListener, free: &mut Vec<usize>) -> io::Result<()> {
        while let Some((socket, _)) = net::now(listener.accept())? {
            socket.set_nonblocking(true)?;
            let key = free.pop().unwrap_or_else(|| {
                self.clients.push(None);
                self.clients.len()
            });
            self.poll.add(&socket, key, Wish::READ)?;
            self.clients[key - 1] = Some(Client::new(socket));
        }
        Ok(())
    }

    /// Whether the connection stays.
    fn serve(&mut self, key: usize, wish: Wish, buffer: &mut [u8]) -> io::Result<bool> {
        let Some(client) = &mut self.clients[key - 1] else {
            return Ok(true);
        };
        if wish.read {
            let Some(count) = net::now(client.socket.read(buffer))? else {
                return Ok(true);
            };
            if count == 0 {
                return Ok(false);
            }
            if client.read(&buffer[..count])? {
                client.answer(&self.answers);
                if client.events_left > 0 {
                    if self.streaming.is_empty() {
                        self.tick = Instant::now() + TICK;
                    }
                    self.streaming.push(key);
                }
            }
        }
        client.send(&self.poll, key)
    }

    /// The next event for everyone who gets some.
    fn tick(&mut self) {
        if self.streaming.is_empty() || Instant::now() < self.tick {
            return;
        }
        self.tick += TICK;
        for key in std::mem::take(&mut self.streaming) {
            let Some(client) = &mut self.clients[key - 1] else {
                continue;
            };
            client.events_left -= 1;
            client.out.push_back(Rc::clone(&self.answers.event));
            if client.events_left == 0 {
                client.out.push_back(Rc::clone(&self.answers.last));
            } else {
                self.streaming.push(key);
            }
            // One that cannot be written to is told of by the poll.
            let _ = client.send(&self.poll, key);
        }
    }
}

impl Client {
    fn new(socket: TcpStream) -> Client {
        Client {
            socket,
            kept: Vec::new(),
            body: Body::None,
            kind: Kind::Json,
            out: VecDeque::new(),
            sent: 0,
            events_left: 0,
            closes: false,
            writes: false,
        }
    }

    /// Whether a whole request has been read. Nobody pipelines.
    fn read(&mut self, bytes: &[u8]) -> io::Result<bool> {
        if !matches!(self.body, Body::None) {
            return Ok(self.body.take(bytes));
        }
        self.kept.extend_from_slice(bytes);
        let Some(end) = memmem::find(&self.kept, b"\r\n\r\n") else {
            return if self.kept.len() > MAX_HEAD {
                Err(io::Error::other("a head without an end"))
            } else {
                Ok(false)
            };
        };
        let (head, rest) = self.kept.split_at(end + 4);
        (self.kind, self.body, self.closes) = read_head(head);
        let done = self.body.take(rest);
        self.kept.clear();
        Ok(done)
    }

    fn answer(&mut self, answers: &Answers) {
        self.body = Body::None;
        let answer = match self.kind {
            Kind::Json => &answers.json,
            Kind::Large => &answers.large,
            Kind::Huge => &answers.huge,
            Kind::Chunked => &answers.chunked,
            Kind::Keys => &answers.keys,
            Kind::Cut => {
                self.closes = true;
                &answers.cut
            }
            Kind::Events => {
                self.events_left = bodies::EVENTS;
                &answers.events
            }
            Kind::Silent => return,
        };
        self.out.push_back(Rc::clone(answer));
    }

    /// Whether the connection stays.
    fn send(&mut self, poll: &Poll, key: usize) -> io::Result<bool> {
        while let Some(first) = self.out.front() {
            let Some(count) = net::now(self.socket.write(&first[self.sent..]))? else {
                break;
            };
            self.sent += count;
            if self.sent == first.len() {
                self.out.pop_front();
                self.sent = 0;
            }
        }
        let writes = !self.out.is_empty();
        if writes != self.writes {
            self.writes = writes;
            let wish = Wish {
                read: true,
                write: writes,
            };
            poll.change(&self.socket, key, wish)?;
        }
        Ok(writes || !self.closes || self.events_left > 0)
    }
}

impl Body {
    /// Whether this was the end of it.
    fn take(&mut self, bytes: &[u8]) -> bool {
        match self {
            Body::None => true,
            Body::Length(left) => {
                *left = left.saturating_sub(bytes.len() as u64);
                *left == 0
            }
            Body::Chunks(tail) => {
                tail.extend_from_slice(bytes);
                let done = tail.ends_with(b"0\r\n\r\n");
                tail.drain(..tail.len().saturating_sub(5));
                done
            }
        }
    }
}

/// What is asked for, what comes with it, and whether the connection ends with the answer.
fn read_head(head: &[u8]) -> (Kind, Body, bool) {
    let mut lines = head.split(|byte| *byte == b'\n');
    let target = lines
        .next()
        .and_then(|line| line.split(|byte| *byte == b' ').nth(1));
    let (mut body, mut closes) = (Body::None, false);
    for line in lines {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                closes = value.eq_ignore_ascii_case(b"close");
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
                body = length.filter(|n| *n > 0).map_or(Body::None, Body::Length);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                body = Body::Chunks(Vec::new());
            }
            _ => {}
        }
    }
    (Kind::of(target.unwrap_or_default()), body, closes)
}

impl Answers {
    fn new(keys: &[u8]) -> Answers {
        let json = "application/json";
        let chunked = "Transfer-Encoding: chunked";
        let events = head("text/event-stream", chunked);
        let huge = whole("application/octet-stream", &Kind::Huge.body());
        let half = &huge[..huge.len() / 2];
        let mut in_chunks = head("application/octet-stream", chunked);
        for piece in Kind::Chunked.body().chunks(bodies::CHUNK) {
            in_chunks.extend_from_slice(&chunk(piece));
        }
        in_chunks.extend_from_slice(&chunk(b""));
        Answers {
            json: whole(json, &Kind::Json.body()).into(),
            large: whole(json, &Kind::Large.body()).into(),
            cut: half.into(),
            huge: huge.into(),
            chunked: in_chunks.into(),
            events: events.into(),
            event: chunk(bodies::EVENT.as_bytes()).into(),
            last: chunk(b"").into(),
            keys: whole(json, keys).into(),
        }
    }
}

fn head(kind: &str, framing: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Thu, 26 Nov 2026 00:00:00 GMT\r\nContent-Type: {kind}\r\n\
         Cache-Control: no-cache\r\nX-Trace: 0123456789abcdef\r\n{framing}\r\n\r\n"
    )
    .into_bytes()
}

fn whole(kind: &str, body: &[u8]) -> Vec<u8> {
    let mut out = head(kind, &format!("Content-Length: {}", body.len()));
    out.extend_from_slice(body);
    out
}

fn chunk(piece: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", piece.len());
    [size.as_bytes(), piece, b"\r\n"].concat()
}
