//! HTTP/1.1 as bytes on a socket. Strict about framing, so that a wrong answer is seen as wrong; simple enough to
//! be believed.

use crate::PATIENCE;
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

/// One side of a connection.
pub struct Wire {
    stream: TcpStream,
    bytes: Box<dyn Channel>,
    ahead: Vec<u8>,
}

/// What bytes go through: the socket itself, or TLS over it.
pub trait Channel: Read + Write + Send {}

impl<T: Read + Write + Send> Channel for T {}

/// A start line and its fields.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub line: String,
    pub headers: Headers,
}

/// Fields in the order of the wire, names as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As its framing promised.
    Complete,
    /// The connection closed before that.
    CutShort,
}

#[derive(Debug, Clone)]
pub struct Body {
    pub bytes: Vec<u8>,
    pub trailers: Headers,
    pub end: End,
}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub trailers: Headers,
    pub end: End,
}

/// Where a body ends, by RFC 9112 section 6.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Empty,
    Length(u64),
    Chunked,
    UntilClose,
}

impl Headers {
    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = |n: &str| n.eq_ignore_ascii_case(name);
        self.0
            .iter()
            .filter(|(n, _)| same(n))
            .map(|(_, v)| v.as_str())
            .collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl Head {
    /// The status of a response head.
    pub fn status(&self) -> u16 {
        let code = self
            .line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok());
        code.unwrap_or_else(|| panic!("no status line: {:?}", self.line))
    }

    /// Framing of this head as a request.
    pub fn request_framing(&self) -> Framing {
        match self.declared() {
            Framing::UntilClose => Framing::Empty,
            declared => declared,
        }
    }

    /// Framing of this head as the response to a request with `method`.
    pub fn response_framing(&self, method: &str) -> Framing {
        match self.status() {
            100..=199 | 204 | 304 => Framing::Empty,
            _ if method == "HEAD" => Framing::Empty,
            _ => self.declared(),
        }
    }

    fn declared(&self) -> Framing {
        if self
            .headers
            .get("transfer-encoding")
            .is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
        {
            return Framing::Chunked;
        }
        match self.headers.all("content-length").as_slice() {
            [] => Framing::UntilClose,
            [one] => Framing::Length(one.parse().expect("a content-length is a number")),
            several => panic!("several content-lengths: {several:?}"),
        }
    }
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("not JSON ({e}): {:?}", self.text()))
    }
}

impl Wire {
    pub fn new(stream: TcpStream) -> Wire {
        let bytes = stream.try_clone().expect("second handle on the socket");
        Wire::over(stream, Box::new(bytes))
    }

    /// Bytes go through `bytes`, which is over `stream`.
    pub fn over(stream: TcpStream, bytes: Box<dyn Channel>) -> Wire {
        stream.set_nodelay(true).expect("nodelay");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("read timeout");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("write timeout");
        Wire {
            stream,
            bytes,
            ahead: Vec::new(),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.write_all(bytes)?;
        self.bytes.flush()
    }

    /// No more bytes from this side; what the other sends is still read.
    pub fn half_close(&self) {
        // The other side may be gone already, which is just as closed.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// A second handle on the socket, to write from another thread.
    pub fn writer(&self) -> TcpStream {
        self.stream
            .try_clone()
            .expect("second handle on the socket")
    }

    /// Bytes of the other side, at least one; none at its end.
    pub fn some(&mut self) -> io::Result<Vec<u8>> {
        if self.ahead.is_empty() {
            self.fill()?;
        }
        Ok(std::mem::take(&mut self.ahead))
    }

    /// The next head; `None` when the other side closed instead.
    pub fn head(&mut self) -> io::Result<Option<Head>> {
        if self.ahead.is_empty() && self.fill()? == 0 {
            return Ok(None);
        }
        let line = self.line()?;
        Ok(Some(Head {
            line,
            headers: self.fields()?,
        }))
    }

    /// The whole body, and how it ended.
    pub fn body(&mut self, framing: Framing) -> Body {
        let mut bytes = Vec::new();
        let mut keep = |piece: &[u8]| bytes.extend_from_slice(piece);
        let (trailers, end) = match self.pass(framing, &mut keep) {
            Ok(trailers) => (trailers, End::Complete),
            Err(e) if hung_up(&e) => (Headers::default(), End::CutShort),
            Err(e) => panic!("bad body: {e}"),
        };
        Body {
            bytes,
            trailers,
            end,
        }
    }

    /// Reads a body without keeping it; its length.
    pub fn count(&mut self, framing: Framing) -> io::Result<u64> {
        let mut count = 0;
        self.pass(framing, &mut |piece| count += piece.len() as u64)?;
        Ok(count)
    }

    /// The next chunk of a chunked body; `None` after the last one and its trailers.
    pub fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let size = self.chunk_size()?;
        if size == 0 {
            self.fields()?;
            return Ok(None);
        }
        self.exactly(size, &mut |piece| bytes.extend_from_slice(piece))?;
        self.line()?;
        Ok(Some(bytes))
    }

    /// When the other side closed or reset; `None` if it did not within `limit`. Bytes on the way are dropped.
    pub fn closed(&mut self, limit: Duration) -> Option<Instant> {
        let start = Instant::now();
        let mut dropped = vec![0; 65_536];
        loop {
            let left = limit
                .checked_sub(start.elapsed())
                .filter(|left| !left.is_zero())?;
            self.stream.set_read_timeout(Some(left)).ok()?;
            let got = self.bytes.read(&mut dropped);
            match got {
                Ok(0) => return Some(Instant::now()),
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if hung_up(&e) => return Some(Instant::now()),
                Err(_) => return None,
            }
        }
    }

    fn pass(&mut self, framing: Framing, keep: &mut dyn FnMut(&[u8])) -> io::Result<Headers> {
        match framing {
            Framing::Empty => {}
            Framing::Length(n) => self.exactly(n, keep)?,
            Framing::UntilClose => loop {
                let piece = self.some()?;
                if piece.is_empty() {
                    break;
                }
                keep(&piece);
            },
            Framing::Chunked => loop {
                let size = self.chunk_size()?;
                if size == 0 {
                    return self.fields();
                }
                self.exactly(size, keep)?;
                self.line()?;
            },
        }
        Ok(Headers::default())
    }

    fn exactly(&mut self, count: u64, keep: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut left = count;
        while left > 0 {
            if self.ahead.is_empty() && self.fill()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let take = self
                .ahead
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            keep(&self.ahead[..take]);
            self.ahead.drain(..take);
            left -= take as u64;
        }
        Ok(())
    }

    fn chunk_size(&mut self) -> io::Result<u64> {
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        u64::from_str_radix(digits, 16).map_err(|_| {
            io::Error::new(
                ErrorKind::InvalidData,
                format!("not a chunk size: {line:?}"),
            )
        })
    }

    fn fields(&mut self) -> io::Result<Headers> {
        let mut headers = Headers::default();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| {
                io::Error::new(ErrorKind::InvalidData, format!("not a field: {line:?}"))
            })?;
            headers.0.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.ahead.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&self.ahead[..end]).into_owned();
                self.ahead.drain(..end + 2);
                return Ok(line);
            }
            if self.fill()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = vec![0; 65_536];
        // A read with a time limit is not restarted by the kernel when a signal arrives.
        let n = loop {
            match self.bytes.read(&mut piece) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.ahead.extend_from_slice(&piece[..n]);
        Ok(n)
    }
}

/// Whether the error says that the other side is gone, rather than silent or wrong.
fn hung_up(e: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        e.kind(),
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe
    )
}
