//! Whether a system returns what the upstream sends, byte by byte.

use crate::{
    bodies::{self, Kind},
    net::{self, NAME, Poll, Stream, Trust, Wish},
    systems::Running,
    wire::{http1::Answer, http2},
};
use std::{
    error::Error,
    io::{Read as _, Write as _},
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `running` for everything that it will be measured with; what that was.
pub fn check(running: &Running, certificate: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut checked = Vec::new();
    for how in How::ALL {
        if !(if how.tls {
            running.speaks_tls
        } else {
            running.speaks_plain
        }) {
            continue;
        }
        let trust = how
            .tls
            .then(|| Trust::new(certificate, how.http2))
            .transpose()?;
        let to = running.address(how.tls);
        for path in how.paths {
            let name = format!("{} {path}", how.name);
            let body = if how.http2 {
                fetch_http2(to, trust.as_ref(), path)
            } else {
                fetch(to, trust.as_ref(), path)
            };
            let body = body.map_err(|error| format!("{name}: {error}"))?;
            let expected = Kind::of(path.as_bytes()).body();
            if body != expected {
                let at = body
                    .iter()
                    .zip(&expected)
                    .take_while(|(a, b)| a == b)
                    .count();
                let (length, expected) = (body.len(), expected.len());
                return Err(format!(
                    "{name}: {length} bytes instead of {expected}, different from byte {at} on"
                )
                .into());
            }
            checked.push(name);
        }
    }
    Ok(checked)
}

struct How {
    name: &'static str,
    tls: bool,
    http2: bool,
    paths: &'static [&'static str],
}

impl How {
    const ALL: [How; 3] = [
        How {
            name: "HTTP/1.1",
            tls: false,
            http2: false,
            paths: &[
                "/v1/json/1",
                "/v1/post/1",
                "/v1/k100/1",
                "/v1/m1/1",
                "/v1/chunked/1",
                "/v1/sse/1",
            ],
        },
        How {
            name: "TLS",
            tls: true,
            http2: false,
            paths: &["/v1/json/1", "/v1/k100/1", "/v1/m1/1"],
        },
        How {
            name: "HTTP/2",
            tls: true,
            http2: true,
            paths: &["/v1/json/1", "/v1/k100/1", "/v1/m1/1", "/v1/sse/1"],
        },
    ];
}

fn fetch(to: SocketAddr, trust: Option<&Trust>, path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let posts = path.starts_with("/v1/post");
    let sent = if posts { bodies::posted() } else { Vec::new() };
    let method = if posts { "POST" } else { "GET" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {}\r\n\r\n",
        sent.len()
    );
    let mut line = Line::open(to, trust)?;
    line.write(&[head.as_bytes(), &sent].concat())?;
    let (mut answer, mut body) = (Answer::new(), Vec::new());
    loop {
        let bytes = line.read()?;
        if answer.feed(&bytes, &mut |piece| body.extend_from_slice(piece))? {
            break;
        }
    }
    match answer.status() {
        200 => Ok(body),
        status => Err(format!("status {status}: {}", String::from_utf8_lossy(&body)).into()),
    }
}

fn fetch_http2(
    to: SocketAddr,
    trust: Option<&Trust>,
    path: &str,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut line = Line::open(to, trust)?;
    let (mut connection, mut out) = http2::Connection::open();
    let request = http2::Request::get(NAME, path, &[("accept", "*/*")]);
    // Twice: the second request is written with what the first left in the server's table.
    let mut last = Vec::new();
    for _ in 0..2 {
        connection.ask(&request, &mut out);
        let (mut ok, mut body, mut done) = (false, Vec::new(), false);
        while !done {
            line.write(&std::mem::take(&mut out))?;
            let bytes = line.read()?;
            connection.feed(&bytes, &mut out, &mut |_, told| match told {
                http2::Told::Head(is_200) => ok = ok || is_200,
                http2::Told::Data(piece) => body.extend_from_slice(piece),
                http2::Told::End => done = true,
            })?;
        }
        if !ok {
            return Err(format!("not 200: {}", String::from_utf8_lossy(&body)).into());
        }
        last = body;
    }
    Ok(last)
}

/// A connection that waits.
struct Line {
    stream: Stream,
    poll: Poll,
    deadline: Instant,
}

impl Line {
    fn open(to: SocketAddr, trust: Option<&Trust>) -> Result<Line, Box<dyn Error>> {
        let stream = Stream::connect(to, trust)?;
        let poll = Poll::new()?;
        poll.add(&stream, 0, Wish::READ)?;
        let deadline = Instant::now() + PATIENCE;
        Ok(Line {
            stream,
            poll,
            deadline,
        })
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        while !bytes.is_empty() {
            match net::now(self.stream.write(bytes))? {
                Some(count) => bytes = &bytes[count..],
                None => self.wait()?,
            }
        }
        while net::now(self.stream.flush())?.is_none() {
            self.wait()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match net::now(self.stream.read(&mut buffer))? {
                Some(0) => return Err("closed before the answer was whole".into()),
                Some(count) => {
                    buffer.truncate(count);
                    return Ok(buffer);
                }
                None => self.wait()?,
            }
        }
    }

    /// Until something may go on.
    fn wait(&mut self) -> Result<(), Box<dyn Error>> {
        if Instant::now() > self.deadline {
            return Err("no whole answer in time".into());
        }
        self.poll.change(&self.stream, 0, self.stream.wish(false))?;
        let most = Duration::from_millis(20);
        Ok(self.poll.wait(Some(most), &mut Vec::new())?)
    }
}
