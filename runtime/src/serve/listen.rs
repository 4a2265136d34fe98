//! Listening sockets: one per core and address, all on the same port.

use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
};

/// Connections that the kernel keeps ready for one core to accept.
const BACKLOG: i32 = 4096;

/// For each of `cores` a listener per address, and the addresses as they really are.
pub(crate) fn bind(
    addresses: &[SocketAddr],
    cores: usize,
) -> io::Result<(Vec<SocketAddr>, Vec<Vec<TcpListener>>)> {
    let mut bound = Vec::new();
    let mut listeners: Vec<Vec<TcpListener>> = (0..cores).map(|_| Vec::new()).collect();
    for &wanted in addresses {
        if wanted.port() != 0 {
            refuse_shared(wanted).map_err(|error| at(wanted, &error))?;
        }
        let first = bind_one(wanted).map_err(|error| at(wanted, &error))?;
        // Port 0 became a real one; the other cores must share it.
        let address = first.local_addr()?;
        bound.push(address);
        listeners[0].push(first);
        for core in &mut listeners[1..] {
            core.push(bind_one(address).map_err(|error| at(address, &error))?);
        }
    }
    Ok((bound, listeners))
}

/// A listener that is no core's, and shares its port with nobody.
#[cfg(feature = "metrics")]
pub(crate) fn bind_alone(address: SocketAddr) -> io::Result<TcpListener> {
    if address.port() != 0 {
        refuse_shared(address).map_err(|error| at(address, &error))?;
    }
    bind_one(address).map_err(|error| at(address, &error))
}

/// The kernel would let another gateway of the same user share the port, each taking half of the traffic; nobody who
/// starts a second one means that. A socket that does not share finds out.
fn refuse_shared(address: SocketAddr) -> io::Result<()> {
    match probe(address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // Whatever else is wrong shows, with its fall-backs, in the real attempt.
        _ => Ok(()),
    }
}

fn probe(address: SocketAddr) -> io::Result<()> {
    socket(address)?.bind(&address.into())
}

fn at(address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
}

/// `[::]` takes IPv4 too; where there is no IPv6 it is `0.0.0.0`.
fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    match open(address) {
        Err(_) if address.ip().is_unspecified() && address.is_ipv6() => open(SocketAddr::new(
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            address.port(),
        )),
        opened => opened,
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address)?;
    socket.set_reuse_port(true)?;
    // Inherited by what is accepted, which saves a system call per connection.
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A port whose connections are still dying is free.
    socket.set_reuse_address(true)?;
    Ok(socket)
}
