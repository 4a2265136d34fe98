//! A client's end of a connection: plain, or TLS 1.3.

use super::Wish;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::TLS13,
};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::fd::{AsFd, BorrowedFd},
    path::Path,
    sync::Arc,
    time::Duration,
};

/// The name that every system's certificate is for.
pub const NAME: &str = "gateway.test";
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// Whom a client of TLS believes; cheap to clone.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

pub enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Trust {
    /// One certificate, and TLS 1.3 only. No session is resumed: a handshake is a whole one.
    pub fn new(certificate: &Path, http2: bool) -> Result<Trust, Box<dyn std::error::Error>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let mut config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![if http2 { b"h2" } else { &b"http/1.1"[..] }.to_vec()];
        Ok(Trust(config.into()))
    }
}

impl Stream {
    /// Connected; TLS shakes hands with the first write. Never blocks from then on.
    pub fn connect(to: SocketAddr, trust: Option<&Trust>) -> io::Result<Stream> {
        // On loopback a connection is made or refused at once: nothing is gained by waiting for it with the others.
        let socket = TcpStream::connect_timeout(&to, CONNECT)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let Some(Trust(config)) = trust else {
            return Ok(Stream::Plain(socket));
        };
        let name = ServerName::try_from(NAME).expect("a name");
        let tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        Ok(Stream::Tls(Box::new(StreamOwned::new(tls, socket))))
    }

    /// What it waits for if it `has` something to send.
    pub fn wish(&self, has: bool) -> Wish {
        let write = match self {
            Stream::Plain(_) => has,
            Stream::Tls(tls) => tls.conn.wants_write(),
        };
        Wish { read: true, write }
    }

    /// Sends what TLS has encrypted and could not send yet.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(_) => Ok(()),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Stream::flush(self)
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Plain(socket) => socket.as_fd(),
            Stream::Tls(tls) => tls.sock.as_fd(),
        }
    }
}
