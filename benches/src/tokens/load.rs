//! Clients that send one request after the other, each on a connection that it keeps.

use super::origin::head_end;
use std::{cell::Cell, io, net::SocketAddr, rc::Rc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// How many there are.
const CLIENTS: usize = 64;

/// Requests to be sent in turn; the first follows the last.
pub struct Requests {
    all: Vec<Vec<u8>>,
    next: Cell<usize>,
    /// Of every answer.
    status: u16,
}

/// Connected, and ready to send.
pub struct Load {
    clients: Vec<TcpStream>,
}

impl Requests {
    pub fn new(all: Vec<Vec<u8>>, status: u16) -> Rc<Requests> {
        Rc::new(Requests {
            all,
            next: Cell::new(0),
            status,
        })
    }

    fn take(&self) -> &[u8] {
        let n = self.next.get();
        self.next.set((n + 1) % self.all.len());
        &self.all[n]
    }
}

impl Load {
    pub async fn connect(to: SocketAddr) -> io::Result<Load> {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let client = TcpStream::connect(to).await?;
            client.set_nodelay(true)?;
            clients.push(client);
        }
        Ok(Load { clients })
    }

    /// Sends that many, and fails at the first answer that is not as expected.
    pub async fn send(&mut self, requests: &Rc<Requests>, count: usize) -> io::Result<()> {
        let left = Rc::new(Cell::new(count));
        let mut tasks = JoinSet::new();
        for mut client in self.clients.drain(..) {
            let (requests, left) = (Rc::clone(requests), Rc::clone(&left));
            tasks.spawn_local(async move {
                let mut buffer = Vec::with_capacity(4096);
                while let Some(fewer) = left.get().checked_sub(1) {
                    left.set(fewer);
                    exchange(&mut client, &requests, &mut buffer).await?;
                }
                io::Result::Ok(client)
            });
        }
        while let Some(done) = tasks.join_next().await {
            self.clients.push(done??);
        }
        Ok(())
    }
}

/// One request, and its whole answer.
async fn exchange(
    client: &mut TcpStream,
    requests: &Requests,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    client.write_all(requests.take()).await?;
    buffer.clear();
    let length = loop {
        if client.read_buf(buffer).await? == 0 {
            return Err(unexpected("the connection was closed", buffer));
        }
        if let Some(end) = head_end(buffer) {
            break end + content_length(&buffer[..end])?;
        }
    };
    while buffer.len() < length {
        if client.read_buf(buffer).await? == 0 {
            return Err(unexpected("the answer broke off", buffer));
        }
    }
    let status = buffer.get(9..12).unwrap_or_default();
    if status != requests.status.to_string().as_bytes() {
        return Err(unexpected("another answer was expected", buffer));
    }
    Ok(())
}

/// Every answer here has one.
fn content_length(head: &[u8]) -> io::Result<usize> {
    let text = std::str::from_utf8(head).map_err(io::Error::other)?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse().ok()).flatten()
    });
    length.ok_or_else(|| unexpected("an answer without a length", head))
}

fn unexpected(what: &str, answer: &[u8]) -> io::Error {
    let answer = String::from_utf8_lossy(answer);
    io::Error::other(format!("{what}: {answer}"))
}
