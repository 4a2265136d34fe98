//! The command `zap call`: one request to a peer, by hand.

use super::{
    backend::address,
    codec::{Message, Payload},
    dial::{broken, shake_hands},
    http::{
        End, Piece, Request, Response, fields, kind,
        stream::{self, Ending},
    },
    link::Io,
    peer::{PeerError, unique},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// To a connection, and between any two frames.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the request is made.
#[derive(Debug, Default)]
pub(crate) struct Poke {
    headers: HeaderMap,
    /// As curl has it: the text, or `@` and where it is.
    pub data: Option<String>,
    pub streams: bool,
    pub tls: bool,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("{0}")]
    Address(String),
    #[error("cannot read the body: {0}")]
    Data(#[source] io::Error),
    #[error("cannot print the answer: {0}")]
    Print(#[source] io::Error),
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    #[error(transparent)]
    Peer(#[from] PeerError),
}

impl From<super::codec::Malformed> for NoAnswer {
    fn from(why: super::codec::Malformed) -> NoAnswer {
        NoAnswer::Peer(why.into())
    }
}

impl Poke {
    /// `Name: value`; none if it is no header.
    pub fn header(&mut self, text: &str) -> Option<()> {
        let (name, value) = text.split_once(':')?;
        let name: HeaderName = name.parse().ok()?;
        self.headers
            .append(name, HeaderValue::from_str(value.trim()).ok()?);
        Some(())
    }

    /// Sends the request and prints the answer.
    pub fn call(mut self, to: &str, method: &str, target: &str) -> Result<(), NoAnswer> {
        let body = match self.data.take().as_deref() {
            None => Vec::new(),
            Some("@-") => {
                let mut bytes = Vec::new();
                let read = io::stdin().read_to_end(&mut bytes);
                read.map(|_| bytes).map_err(NoAnswer::Data)?
            }
            Some(text) => match text.strip_prefix('@') {
                Some(path) => fs::read(path).map_err(NoAnswer::Data)?,
                None => text.as_bytes().to_vec(),
            },
        };
        if self.streams {
            self.headers
                .insert(stream::ASKED_BY, HeaderValue::from_static("1"));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .map_err(NoAnswer::Connect)?
            .block_on(self.converse(to, method, target, &body))
    }

    async fn converse(
        self,
        to: &str,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> Result<(), NoAnswer> {
        let (name, port) = address(to).map_err(NoAnswer::Address)?;
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let stream = timeout(PATIENCE, TcpStream::connect((bare, port))).await;
        let stream = stream.map_err(|_| PeerError::Slow(PATIENCE))?;
        let io = secure(stream.map_err(NoAnswer::Connect)?, bare, self.tls).await?;
        let id = unique("zap-call").ok_or(PeerError::NoNode)?;
        let shaken = timeout(PATIENCE, shake_hands(io, &id)).await;
        let (mut io, mut frames, peer) = shaken.map_err(|_| PeerError::Slow(PATIENCE))??;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = fields::encode(&self.headers);
        let request = Request {
            method,
            path,
            headers: &headers,
            body: b"",
            query,
        };
        let frame = request.checked()?.encode_with(&[body], 1);
        io.write_all(&frame).await.map_err(broken)?;
        io.flush().await.map_err(broken)?;
        let mut printer = Printer {
            peer: peer.to_string(),
            next: 0,
        };
        loop {
            while let Some(frame) = frames.next().map_err(PeerError::from)? {
                if let Payload::Call { id: 1, message, .. } = Payload::of(frame)
                    && printer.print(&message)?
                {
                    return Ok(());
                }
            }
            let read = timeout(PATIENCE, io.read_buf(frames.space())).await;
            match read {
                Err(_) => return Err(PeerError::Late(PATIENCE).into()),
                Ok(Err(why)) => return Err(broken(why).into()),
                Ok(Ok(0)) => return Err(PeerError::Broken("the peer closed it".into()).into()),
                Ok(Ok(_)) => {}
            }
        }
    }
}

#[cfg(feature = "tls")]
async fn secure(stream: TcpStream, name: &str, tls: bool) -> Result<Box<dyn Io>, NoAnswer> {
    use std::sync::Arc;
    use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
    if !tls {
        return Ok(Box::new(stream));
    }
    let config =
        crate::tls::system_client().map_err(|why| NoAnswer::Connect(io::Error::other(why)))?;
    let server = ServerName::try_from(name.to_owned());
    let server = server.map_err(|why| NoAnswer::Connect(io::Error::other(why)))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(server, stream);
    let secured = timeout(PATIENCE, handshake).await;
    let secured = secured.map_err(|_| PeerError::Slow(PATIENCE))?;
    Ok(Box::new(secured.map_err(NoAnswer::Connect)?))
}

#[cfg(not(feature = "tls"))]
#[expect(
    clippy::unused_async,
    reason = "with TLS there is something to wait for"
)]
async fn secure(stream: TcpStream, _: &str, _: bool) -> Result<Box<dyn Io>, NoAnswer> {
    Ok(Box::new(stream))
}

/// Prints an answer, in one piece or in several.
struct Printer {
    peer: String,
    next: u32,
}

impl Printer {
    /// Whether that was the last of it.
    fn print(&mut self, message: &Bytes) -> Result<bool, NoAnswer> {
        let parsed = Message::parse(message)?;
        match parsed.kind() {
            kind::DATA => {
                let piece = Piece::decode(&parsed)?;
                if piece.number != self.next {
                    return Err(PeerError::Aborted.into());
                }
                self.next += 1;
                body(piece.bytes)?;
                Ok(false)
            }
            kind::END => match End::decode(&parsed)?.result {
                Ending::Complete => Ok(true),
                _ => Err(PeerError::Aborted.into()),
            },
            other => {
                let answer = Response::decode(&parsed)?;
                self.head(&answer)?;
                body(answer.body)?;
                Ok(other != kind::HEAD)
            }
        }
    }

    fn head(&self, answer: &Response) -> Result<(), NoAnswer> {
        let mut out = format!("ZAP/1 {} from `{}`\n", answer.status, self.peer);
        for (name, value) in &fields::decode(answer.headers)? {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{name}: {}", value.as_bytes().escape_ascii());
        }
        io::stderr()
            .write_all(out.as_bytes())
            .map_err(NoAnswer::Print)
    }
}

fn body(bytes: &[u8]) -> Result<(), NoAnswer> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(NoAnswer::Print)
}
