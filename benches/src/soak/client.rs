//! One request, and how it ended as its client saw it.

use super::ledger::End;
use crate::wire::http1::Answer;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Nobody waits longer for the next bytes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client with a connection that it keeps, if the gateway lets it.
pub struct Client {
    at: SocketAddr,
    socket: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// How an answer is read.
#[derive(Debug, Clone, Copy)]
pub enum Reads {
    Fast,
    /// So many bytes, then a rest.
    Slowly(usize, Duration),
    /// Leaves after so many bytes of the body, or after so long.
    Leaves(u64, Duration),
}

impl Client {
    pub fn new(at: SocketAddr) -> Client {
        Client {
            at,
            socket: None,
            buffer: vec![0; 64 * 1024],
        }
    }

    pub async fn socket(&mut self) -> io::Result<&mut TcpStream> {
        if self.socket.is_none() {
            let socket = TcpStream::connect(self.at).await?;
            socket.set_nodelay(true)?;
            self.socket = Some(socket);
        }
        Ok(self.socket.as_mut().expect("just connected"))
    }

    /// Closes the connection: by FIN, and by RST where bytes are left unread.
    pub fn leave(&mut self) {
        self.socket = None;
    }

    /// Sends `request` and reads the answer.
    pub async fn ask(&mut self, request: &[u8], reads: Reads) -> io::Result<End> {
        self.socket().await?.write_all(request).await?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let end = self.read(&mut buffer, reads).await;
        self.buffer = buffer;
        if !matches!(end, Ok(End::Answered(_))) {
            self.leave();
        }
        end
    }

    async fn read(&mut self, buffer: &mut [u8], reads: Reads) -> io::Result<End> {
        let socket = self.socket().await?;
        let (mut answer, mut length, mut begun) = (Answer::new(), 0, false);
        loop {
            let (most, patience) = match reads {
                Reads::Fast => (buffer.len(), PATIENCE),
                Reads::Slowly(most, rest) => {
                    sleep(rest).await;
                    (most, PATIENCE)
                }
                Reads::Leaves(_, patience) => (buffer.len(), patience),
            };
            let count = match timeout(patience, socket.read(&mut buffer[..most])).await {
                Ok(Ok(count)) => count,
                // A connection that is reset ends as one that is closed.
                Ok(Err(_)) => 0,
                Err(_) => return Ok(End::Left),
            };
            if count == 0 {
                return Ok(if begun { End::Broken } else { End::Unanswered });
            }
            begun = true;
            let mut measure = |piece: &[u8]| length += piece.len() as u64;
            let done = answer.feed(&buffer[..count], &mut measure);
            if done.map_err(io::Error::other)? {
                if answer.closes() {
                    self.leave();
                }
                return Ok(End::Answered(answer.status() / 100));
            }
            if matches!(reads, Reads::Leaves(most, _) if length >= most) {
                return Ok(End::Left);
            }
        }
    }
}
