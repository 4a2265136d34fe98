//! An upstream: a thread per connection, a handler per request, and a record of everything that arrived.

use crate::{
    PATIENCE,
    wire::{Body, Head, Headers, Wire},
    within,
};
use std::{
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A running origin. Stops listening when dropped.
pub struct Origin {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// What arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// The how-many-th connection it came on, from 0.
    pub connection: usize,
    pub method: String,
    /// As it was on the request line.
    pub target: String,
    pub headers: Headers,
    /// Filled when the handler has read it.
    pub body: Vec<u8>,
    pub trailers: Headers,
}

/// One request being answered.
pub struct Exchange<'a> {
    pub head: Head,
    /// The how-many-th request of this origin, from 0.
    pub index: usize,
    pub wire: &'a mut Wire,
    seen: &'a Mutex<Vec<Request>>,
    again: bool,
}

impl Origin {
    /// Answers every request with `handler`, which decides about everything, even about HTTP.
    pub fn start(handler: impl Fn(&mut Exchange) + Send + Sync + 'static) -> Origin {
        Origin::at("127.0.0.1:0".parse().expect("an address"), handler)
    }

    /// As [`Origin::start`], where nobody listened so far.
    pub fn at(
        address: SocketAddr,
        handler: impl Fn(&mut Exchange) + Send + Sync + 'static,
    ) -> Origin {
        let listener = TcpListener::bind(address).expect("bind an origin");
        let origin = Origin {
            address: listener.local_addr().expect("address of the origin"),
            seen: Arc::default(),
            connections: Arc::default(),
            stop: Arc::default(),
        };
        let (seen, connections) = (origin.seen.clone(), origin.connections.clone());
        let stop = origin.stop.clone();
        let handler = Arc::new(handler);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let connection = connections.fetch_add(1, Ordering::SeqCst);
                let (seen, handler) = (seen.clone(), handler.clone());
                thread::spawn(move || serve(stream, connection, &seen, &*handler));
            }
        });
        origin
    }

    /// Reads each request whole and answers `200 ok`.
    pub fn ok() -> Origin {
        Origin::start(|x| {
            x.body();
            x.reply("200 OK", &[], b"ok");
        })
    }

    /// How many requests arrived.
    pub fn count(&self) -> usize {
        self.seen.lock().expect("record").len()
    }

    /// Everything that has arrived.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("record").clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The n-th request, waiting for it.
    pub fn request(&self, n: usize) -> Request {
        within(PATIENCE, "a request at the origin", || {
            self.seen.lock().expect("record").get(n).cloned()
        })
    }

    /// The request that arrived last.
    pub fn last(&self) -> Request {
        self.request(self.count().saturating_sub(1))
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accept loop; if that fails, it is not listening any more.
        let _ = TcpStream::connect(self.address);
    }
}

impl Exchange<'_> {
    /// Reads the request's body.
    pub fn body(&mut self) -> Body {
        let body = self.wire.body(self.head.request_framing());
        let mut seen = self.seen.lock().expect("record");
        seen[self.index].body.clone_from(&body.bytes);
        seen[self.index].trailers.clone_from(&body.trailers);
        body
    }

    pub fn method(&self) -> &str {
        self.head.line.split(' ').next().unwrap_or_default()
    }

    pub fn target(&self) -> &str {
        self.head.line.split(' ').nth(1).unwrap_or_default()
    }

    /// Bytes as they are. The gateway may be gone, which some tests want: not an error here.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if self.wire.send(bytes.as_ref()).is_err() {
            self.again = false;
        }
    }

    /// An answer with a content-length; one to a HEAD has no more than that.
    pub fn reply(&mut self, status: &str, headers: &[(&str, &str)], body: &[u8]) {
        let length = body.len().to_string();
        let mut all = headers.to_vec();
        all.push(("Content-Length", &length));
        self.begin(status, &all);
        if self.method() != "HEAD" {
            self.send(body);
        }
    }

    /// A response head.
    pub fn begin(&mut self, status: &str, headers: &[(&str, &str)]) {
        let mut head = format!("HTTP/1.1 {status}\r\n").into_bytes();
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("a Vec takes all");
        }
        head.extend_from_slice(b"\r\n");
        self.send(head);
    }

    pub fn begin_stream(&mut self) {
        self.begin(
            "200 OK",
            &[
                ("Content-Type", "text/event-stream"),
                ("Transfer-Encoding", "chunked"),
            ],
        );
    }

    pub fn chunk(&mut self, bytes: &[u8]) {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.send(chunk);
    }

    pub fn end_stream(&mut self) {
        self.send("0\r\n\r\n");
    }

    /// Closes the connection when the handler returns.
    pub fn close(&mut self) {
        self.again = false;
    }

    /// When the gateway closed this connection; `None` if it did not within `limit`.
    pub fn closed(&mut self, limit: Duration) -> Option<Instant> {
        self.again = false;
        self.wire.closed(limit)
    }
}

fn serve(
    stream: TcpStream,
    connection: usize,
    seen: &Mutex<Vec<Request>>,
    handler: &(dyn Fn(&mut Exchange) + Send + Sync),
) {
    let mut wire = Wire::new(stream);
    // An error here is a gateway that closed or idles: the connection is over for this origin.
    while let Ok(Some(head)) = wire.head() {
        let mut words = head.line.split(' ').map(str::to_owned);
        let request = Request {
            connection,
            method: words.next().unwrap_or_default(),
            target: words.next().unwrap_or_default(),
            headers: head.headers.clone(),
            body: Vec::new(),
            trailers: Headers::default(),
        };
        let index = {
            let mut seen = seen.lock().expect("record");
            seen.push(request);
            seen.len() - 1
        };
        let mut exchange = Exchange {
            head,
            index,
            wire: &mut wire,
            seen,
            again: true,
        };
        handler(&mut exchange);
        if !exchange.again {
            return;
        }
    }
}
