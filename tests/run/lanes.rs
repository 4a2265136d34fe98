//! The same bytes over both lanes: what one answers the other answers, and their upstreams see the same.
//!
//! Connections are put together from a seed, good and bad pieces alike. `make fuzz` tries more of them.

use harness::{End, Exchange, Gateway, Launch, Origin, PATIENCE, gateway::ORIGIN};
use std::{
    env,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex},
};

/// A gateway on one lane, and the whole requests that its upstream saw.
struct Lane {
    gateway: Gateway,
    seen: Arc<Mutex<Vec<Seen>>>,
    _origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    line: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Lane {
    fn start(lane: &str) -> Lane {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let to_tell = Arc::clone(&seen);
        let origin = Origin::start(move |x: &mut Exchange| {
            let body = x.body();
            if body.end != End::Complete {
                return x.close();
            }
            let mut fields = x.head.headers.0.clone();
            // Ids are made anew, each upstream has a name of its own.
            fields.retain(|(name, _)| name != "x-request-id");
            fields.sort();
            to_tell.lock().expect("what was seen").push(Seen {
                line: x.head.line.clone(),
                fields,
                body: body.bytes,
            });
            if x.method() == "HEAD" {
                x.begin("200 OK", &[("Content-Length", "2")]);
            } else {
                x.reply("200 OK", &[], b"ok");
            }
        });
        Lane {
            gateway: Launch::golden("forward")
                .resolve(ORIGIN, origin.address)
                .env("GATEWAY_LANE", lane)
                .one_worker()
                .start(),
            seen,
            _origin: origin,
        }
    }

    /// The statuses that a connection gets which brings these bytes and no more, and what the upstream saw of it.
    fn meet(&self, bytes: &[u8]) -> Met {
        self.seen.lock().expect("what was seen").clear();
        let mut client = TcpStream::connect(self.gateway.address).expect("connect");
        client.set_read_timeout(Some(PATIENCE)).expect("timeout");
        // A gateway that has refused the beginning may not take the rest.
        let _ = client.write_all(bytes);
        let _ = client.shutdown(Shutdown::Write);
        let mut answers = Vec::new();
        let _ = client.read_to_end(&mut answers);
        let answers = String::from_utf8_lossy(&answers);
        let statuses = answers
            .split("HTTP/1.")
            .skip(1)
            .map(|answer| answer.chars().skip(2).take(3));
        let statuses = statuses
            .map(String::from_iter)
            .filter(|status| status != "100");
        let statuses = statuses.collect();
        (statuses, self.seen.lock().expect("what was seen").clone())
    }
}

type Met = (Vec<String>, Vec<Seen>);

/// Where nobody reads a body, for the gateway answers by itself, hyper may close; our lane forgets what is there, and goes on.
fn is_like(ours: &Met, theirs: &Met) -> bool {
    let closes = theirs.0.len() > theirs.1.len();
    ours == theirs || closes && ours.0.starts_with(&theirs.0) && ours.1.starts_with(&theirs.1)
}

#[test]
fn they_do_the_same() {
    let (fast, hyper) = (Lane::start("fast"), Lane::start("hyper"));
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok());
    let first: u64 = number("FUZZ_SEED").unwrap_or(1) << 32;
    // A connection takes a thousand times as long as what else is fuzzed.
    let inputs = number("FUZZ_INPUTS").map_or(150, |inputs: u64| inputs / 1000);
    let mut served = 0;
    for n in first..first + inputs {
        let bytes = Random(n).connection();
        let (ours, theirs) = (fast.meet(&bytes), hyper.meet(&bytes));
        assert!(
            is_like(&ours, &theirs),
            "input {n}: {}\n ours: {ours:?}\nhyper: {theirs:?}",
            bytes.escape_ascii()
        );
        served += ours.1.len();
    }
    println!("{inputs} connections, {served} requests were served");
    assert!(
        served as u64 > inputs / 4,
        "{served} requests of {inputs} connections were served"
    );
}

/// Numbers that look random, always the same for a seed (`SplitMix64`).
struct Random(u64);

const LINES: &[&str] = &[
    "GET /all/x HTTP/1.1\r\n",
    "POST /all/x?y=z HTTP/1.1\r\n",
    "POST /bare HTTP/1.1\r\n",
    "PUT /all/x HTTP/1.1\r\n",
    "HEAD /all/x HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "GET http://h/all/x HTTP/1.1\r\n",
    "DELETE /nowhere HTTP/1.1\r\n",
    "GET /healthz HTTP/1.1\r\n",
    "POST /capped HTTP/1.1\r\n",
    "GET /all/x HTTP/1.0\r\n",
];
const FIELDS: &[&str] = &[
    "X-A: b\r\n",
    "X-A: c\r\n",
    "Accept: */*\r\n",
    "TE: trailers\r\n",
    "Connection: keep-alive\r\n",
    "Connection: close\r\n",
    "Connection: x-a\r\n",
    "Cookie: a=1\r\n",
    "Cookie: b=2\r\n",
    "Expect: 100-continue\r\n",
    "Expect: nothing\r\n",
    "Upgrade: h2c\r\n",
    "X-User-Id: root\r\n",
    "X-Forwarded-For: 1.2.3.4\r\n",
    "Content-Length: 0\r\n",
    "X-Empty:\r\n",
    "X-Spaces: \t a  b \t\r\n",
];
const BODIES: &[&str] = &[
    "\r\n",
    "\r\n",
    "Content-Length: 5\r\n\r\nhello",
    "Content-Length: 5\r\n\r\nhell",
    "Content-Length: 2000\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n1;x=y\r\nh\r\n4\r\nello\r\n0\r\nX-Sum: 42\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "Transfer-Encoding: chunked\r\n\r\n6\r\nhello\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
];
const BYTES: &[u8] = b"\r\n \t\0:;,019aX#%/-_+\x80";

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("below a usize")
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Everything that a client sends.
    fn connection(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..=self.below(3) {
            bytes.extend_from_slice(self.one(LINES).as_bytes());
            bytes.extend_from_slice(b"Host: h\r\n");
            for _ in 0..self.below(4) {
                bytes.extend_from_slice(self.one(FIELDS).as_bytes());
            }
            bytes.extend_from_slice(self.one(BODIES).as_bytes());
        }
        // Half of them are damaged besides.
        for _ in 0..self.below(4).saturating_sub(1) {
            let at = self.below(bytes.len());
            match self.below(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, self.one(BYTES)),
                _ => bytes[at] = self.one(BYTES),
            }
        }
        bytes
    }
}
