//! One connection, and the requests that are under way on it.

use super::{
    Job,
    request::{self, Requests},
};
use crate::{
    net::{self, Poll, Stream, Trust, Wish},
    wire::{
        Odd,
        http1::Answer,
        http2::{self, Told},
    },
};
use std::{
    collections::HashMap,
    error::Error,
    io::{self, Read, Write},
    time::Instant,
};

/// What all connections share.
pub struct Shared<'a> {
    pub job: &'a Job,
    pub poll: Poll,
    pub trust: Option<Trust>,
    requests: Requests,
    http2: http2::Request,
}

pub struct Client {
    key: usize,
    stream: Stream,
    out: Vec<u8>,
    sent: usize,
    wish: Wish,
    speaks: Speaks,
}

enum Speaks {
    Http1 {
        answer: Answer,
        asked: Option<Asked>,
    },
    Http2 {
        connection: http2::Connection,
        asked: HashMap<u32, Asked>,
    },
}

/// A request without its whole answer.
struct Asked {
    due: Instant,
    ok: bool,
    length: u64,
}

/// What was read at once.
#[derive(Default)]
pub struct Heard {
    /// When those requests were due whose answers are whole now.
    pub answered: Vec<Instant>,
    pub bytes: u64,
    pub reads: u64,
    /// Whether the connection has no more to give.
    pub closed: bool,
}

impl<'a> Shared<'a> {
    pub fn new(job: &'a Job) -> Result<Shared<'a>, Box<dyn Error>> {
        let trust = job.certificate.as_ref();
        Ok(Shared {
            poll: Poll::new()?,
            trust: trust.map(|file| Trust::new(file, job.http2)).transpose()?,
            requests: Requests::of(job)?,
            http2: request::of_http2(job),
            job,
        })
    }
}

impl Client {
    /// Connects as number `key`.
    pub fn connect(shared: &Shared<'_>, key: usize) -> io::Result<Client> {
        let stream = Stream::connect(shared.job.to, shared.trust.as_ref())?;
        let (speaks, out) = if shared.job.http2 {
            let (connection, out) = http2::Connection::open();
            let asked = HashMap::new();
            (Speaks::Http2 { connection, asked }, out)
        } else {
            let answer = Answer::new();
            let asked = None;
            (Speaks::Http1 { answer, asked }, Vec::new())
        };
        shared.poll.add(&stream, key, Wish::READ)?;
        Ok(Client {
            key,
            stream,
            out,
            sent: 0,
            wish: Wish::READ,
            speaks,
        })
    }

    /// Sends a request that was due then.
    pub fn ask(&mut self, shared: &mut Shared<'_>, due: Instant) -> io::Result<()> {
        let asked = Asked {
            due,
            ok: false,
            length: 0,
        };
        match &mut self.speaks {
            Speaks::Http1 { asked: place, .. } => {
                self.out.extend_from_slice(shared.requests.take());
                *place = Some(asked);
            }
            Speaks::Http2 {
                connection,
                asked: places,
            } => {
                let stream = connection.ask(&shared.http2, &mut self.out);
                places.insert(stream, asked);
            }
        }
        self.send(&shared.poll)
    }

    /// Sends what can be sent now.
    pub fn send(&mut self, poll: &Poll) -> io::Result<()> {
        while self.sent < self.out.len() {
            match net::now(self.stream.write(&self.out[self.sent..]))? {
                Some(count) => self.sent += count,
                None => break,
            }
        }
        if self.sent == self.out.len() {
            self.out.clear();
            self.sent = 0;
        }
        net::now(self.stream.flush())?;
        let wish = self.stream.wish(!self.out.is_empty());
        if wish != self.wish {
            self.wish = wish;
            poll.change(&self.stream, self.key, wish)?;
        }
        Ok(())
    }

    /// Reads what is there.
    pub fn read(
        &mut self,
        shared: &Shared<'_>,
        buffer: &mut [u8],
        into: &mut Heard,
    ) -> Result<(), Box<dyn Error>> {
        while let Some(count) = net::now(self.stream.read(buffer))? {
            if count == 0 {
                into.closed = true;
                if !self.is_idle() {
                    return Err("closed before the answer was whole".into());
                }
                break;
            }
            into.reads += 1;
            let before = into.answered.len();
            self.take(shared.job, &buffer[..count], into)?;
            // TLS may hold more that no poll will tell of; a plain socket with less than was asked for has none.
            let more = matches!(self.stream, Stream::Tls(_)) || count == buffer.len();
            if !more || (into.answered.len() > before && self.is_idle() && !shared.job.http2) {
                break;
            }
        }
        // What TLS held back while it shook hands, and what HTTP/2 wants answered.
        if !self.out.is_empty() || self.wish.write || self.stream.wish(false).write {
            self.send(&shared.poll)?;
        }
        Ok(())
    }

    fn take(&mut self, job: &Job, bytes: &[u8], into: &mut Heard) -> Result<(), Odd> {
        match &mut self.speaks {
            Speaks::Http1 { answer, asked } => {
                let mut length = 0;
                let done = answer.feed(bytes, &mut |body| length += body.len() as u64)?;
                let Some(asked_for) = asked else {
                    return Err(Odd("an answer to nothing".into()));
                };
                asked_for.length += length;
                into.bytes += length;
                if done {
                    asked_for.ok = answer.status() == job.status;
                    into.closed = job.close || answer.closes();
                    into.answered.push(asked_for.end(job, answer.status())?);
                    *asked = None;
                }
                Ok(())
            }
            Speaks::Http2 { connection, asked } => {
                let mut failed = None;
                let mut told = |stream: u32, told: Told<'_>| {
                    let Some(one) = asked.get_mut(&stream) else {
                        return;
                    };
                    match told {
                        Told::Head(ok) => one.ok = one.ok || ok,
                        Told::Data(piece) => {
                            one.length += piece.len() as u64;
                            into.bytes += piece.len() as u64;
                        }
                        Told::End => match one.end(job, 0) {
                            Ok(due) => {
                                into.answered.push(due);
                                asked.remove(&stream);
                            }
                            Err(odd) => failed = Some(odd),
                        },
                    }
                };
                connection.feed(bytes, &mut self.out, &mut told)?;
                failed.map_or(Ok(()), Err)
            }
        }
    }

    /// Whether no answer is under way.
    fn is_idle(&self) -> bool {
        match &self.speaks {
            Speaks::Http1 { asked, .. } => asked.is_none(),
            Speaks::Http2 { asked, .. } => asked.is_empty(),
        }
    }

    /// How many answers are lost with it.
    pub fn under_way(&self) -> usize {
        match &self.speaks {
            Speaks::Http1 { asked, .. } => usize::from(asked.is_some()),
            Speaks::Http2 { asked, .. } => asked.len(),
        }
    }
}

impl Asked {
    /// When it was due, if all of its answer is as it should be.
    fn end(&self, job: &Job, status: u16) -> Result<Instant, Odd> {
        if !self.ok {
            return Err(Odd(format!(
                "status {status} where {} was expected",
                job.status
            )));
        }
        if self.length != job.length {
            let (length, expected) = (self.length, job.length);
            return Err(Odd(format!(
                "{length} bytes where {expected} were expected"
            )));
        }
        Ok(self.due)
    }
}
