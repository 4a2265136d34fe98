//! The limit: bytes from one socket to another, one connection to the upstream for each of a client's, and not a thought
//! about HTTP. Nothing that proxies over sockets can do less.

use crate::net::{self, Poll, Wish};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// The key of the listener; sides have the others.
const LISTENER: usize = 0;

/// One end of a pair; the other one's key differs in the last bit.
struct Side {
    socket: TcpStream,
    /// What the other end sent and this one could not take yet: then nothing is read there.
    pending: Vec<u8>,
}

/// Relays until the process ends, with so many threads.
pub fn run(at: SocketAddr, origin: SocketAddr, workers: usize) -> io::Result<()> {
    let listeners: io::Result<Vec<_>> = (0..workers).map(|_| net::listen(at)).collect();
    println!("listening on {at}");
    let threads: Vec<_> = listeners?
        .into_iter()
        .map(|listener| thread::spawn(move || Relay::new()?.live(&listener, origin)))
        .collect();
    for thread in threads {
        thread.join().expect("a thread that does not panic")?;
    }
    Ok(())
}

struct Relay {
    poll: Poll,
    /// By key less two; pairs stand beside each other.
    sides: Vec<Option<Side>>,
    free: Vec<usize>,
}

impl Relay {
    fn new() -> io::Result<Relay> {
        Ok(Relay {
            poll: Poll::new()?,
            sides: Vec::new(),
            free: Vec::new(),
        })
    }

    fn live(&mut self, listener: &TcpListener, origin: SocketAddr) -> io::Result<()> {
        self.poll.add(listener, LISTENER, Wish::READ)?;
        let mut ready = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            self.poll.wait(None, &mut ready)?;
            for &(key, wish) in &ready {
                if key == LISTENER {
                    self.accept(listener, origin)?;
                } else if !self.carry(key, wish, &mut buffer).unwrap_or(false) {
                    self.end(key);
                }
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener, origin: SocketAddr) -> io::Result<()> {
        while let Some((client, _)) = net::now(listener.accept())? {
            client.set_nonblocking(true)?;
            let Ok(upstream) = TcpStream::connect(origin) else {
                continue;
            };
            upstream.set_nodelay(true)?;
            upstream.set_nonblocking(true)?;
            let key = self.free.pop().unwrap_or_else(|| {
                self.sides.extend([None, None]);
                self.sides.len()
            });
            for (key, socket) in [(key, client), (key + 1, upstream)] {
                self.poll.add(&socket, key, Wish::READ)?;
                let pending = Vec::new();
                self.sides[key - 2] = Some(Side { socket, pending });
            }
        }
        Ok(())
    }

    /// Whether the pair goes on.
    fn carry(&mut self, key: usize, wish: Wish, buffer: &mut [u8]) -> io::Result<bool> {
        let pair = key & !1;
        let [Some(first), Some(second)] = &mut self.sides[pair - 2..pair] else {
            return Ok(true);
        };
        let (here, there) = if key == pair {
            (first, second)
        } else {
            (second, first)
        };
        if wish.write && !here.pending.is_empty() {
            if let Some(count) = net::now(here.socket.write(&here.pending))? {
                here.pending.drain(..count);
            }
            if here.pending.is_empty() {
                let reads = there.reads(true);
                self.poll.change(&there.socket, key ^ 1, reads)?;
                let reads = here.reads(there.pending.is_empty());
                self.poll.change(&here.socket, key, reads)?;
            }
        }
        if wish.read && there.pending.is_empty() {
            let Some(count) = net::now(here.socket.read(buffer))? else {
                return Ok(true);
            };
            if count == 0 {
                return Ok(false);
            }
            let sent = net::now(there.socket.write(&buffer[..count]))?.unwrap_or(0);
            if sent < count {
                there.pending.extend_from_slice(&buffer[sent..count]);
                let reads = there.reads(here.pending.is_empty());
                self.poll.change(&there.socket, key ^ 1, reads)?;
                let reads = here.reads(false);
                self.poll.change(&here.socket, key, reads)?;
            }
        }
        Ok(true)
    }

    fn end(&mut self, key: usize) {
        let pair = key & !1;
        self.sides[pair - 2] = None;
        self.sides[pair - 1] = None;
        self.free.push(pair);
    }
}

impl Side {
    /// What it waits for, if it may read or may not.
    fn reads(&self, may: bool) -> Wish {
        Wish {
            read: may,
            write: !self.pending.is_empty(),
        }
    }
}
