//! Sockets without a runtime: what load, upstream and relay are made of, so that they cost as little as they can.

mod poll;
mod stream;

pub use poll::{Poll, Wish};
pub use stream::{NAME, Stream, Trust};

use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

/// Connections that may wait to be accepted: more than any workload opens at once.
const BACKLOG: i32 = 4096;

/// Listens without ever blocking; several may listen at one address.
pub fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_tcp_nodelay(true)?; // what is accepted inherits it
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// What a read or a write came to, where "not now" is no failure.
pub fn now<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
