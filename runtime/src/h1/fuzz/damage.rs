//! Damage of the kinds that tell parsers apart.

use fastrand::Rng;

/// What means something to some parser.
const BYTES: &[u8] = b"\r\n \t\0:;,=\"#%/*?@_-+.09aAfFgxX{}\\\x0b\x0c\x1f\x7f\x80\xff";
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b"\r\r\n",
    b"\r\n ",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: +5\r\n",
    b"Content_Length: 5\r\n",
    b"content-length:5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked, gzip\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"transfer-encoding:\tChunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n",
    b"TE: trailers\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"Host: h\r\n",
    b"HTTP/1.0",
    b"HTTP/1.1",
    b"HTTP/2.0",
    b"GET / HTTP/1.1\r\nHost: smuggled\r\n\r\n",
    b"http://h/x",
    b"h:80",
    b"*",
    b"ffffffffffffffff",
    b"18446744073709551616",
];

/// A source of damage.
pub(super) struct Damage<'a>(&'a mut Rng);

impl Damage<'_> {
    pub fn new(random: &mut Rng) -> Damage<'_> {
        Damage(random)
    }

    /// One of the seeds, damaged, or two of them behind each other.
    pub fn of(mut self, seeds: &[&[u8]]) -> Vec<u8> {
        let mut input = self.one(seeds).to_vec();
        if self.0.u8(..) < 64 {
            input.extend_from_slice(self.one(seeds));
        }
        for _ in 0..self.0.usize(1..4) {
            self.hurt(&mut input);
        }
        input
    }

    fn hurt(&mut self, input: &mut Vec<u8>) {
        let at = self.0.usize(..=input.len());
        let to = (at + self.0.usize(..16)).min(input.len());
        match self.0.u8(..8) {
            0 => drop(input.drain(at..to)),
            1 => drop(input.splice(at..at, [self.one(BYTES)])),
            2 => drop(input.splice(at..(at + 1).min(to.max(at)), [self.one(BYTES)])),
            3 => drop(input.splice(at..at, self.one(WORDS).iter().copied())),
            4 => drop(input.splice(at..to, self.one(WORDS).iter().copied())),
            5 => {
                let twice = input[at..to].to_vec();
                drop(input.splice(at..at, twice));
            }
            6 => {
                // Where a line begins, for most of the words are lines.
                let lines = input
                    .windows(2)
                    .enumerate()
                    .filter(|(_, pair)| pair == b"\r\n");
                let starts: Vec<_> = lines.map(|(n, _)| n + 2).collect();
                if !starts.is_empty() {
                    let at = self.one(&starts);
                    drop(input.splice(at..at, self.one(WORDS).iter().copied()));
                }
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.0.u8(..8);
                }
            }
        }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }
}
