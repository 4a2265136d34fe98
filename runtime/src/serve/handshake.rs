//! The TLS handshake of a client connection, on the core that will serve it: bounded in time and in number.

use super::{
    core::Core,
    secured::{Secured, Tcp},
    stream::Stream,
};
use std::{cell::RefCell, collections::BTreeMap, io, rc::Rc, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::oneshot, time::timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ProtocolVersion, ServerConfig},
};

/// From accept to the end of the handshake.
const LIMIT: Duration = Duration::from_secs(10);
/// Handshakes under way on one core.
const MAX_UNDER_WAY: usize = 1024;

/// A client that may be served.
pub(crate) struct Hand {
    pub stream: Stream,
    /// `1.3`: what the access log says.
    pub version: &'static str,
    /// ALPN: whether the client chose HTTP/2. Without ALPN it is HTTP/1.1 (RFC 9113 3.2).
    pub http2: bool,
}

/// Why a client may not.
pub(crate) enum Refusal {
    /// It speaks plain HTTP.
    Plain,
    /// It left, does not speak TLS as we do, or took too long. Whatever there was to say, an alert has said.
    Failed(io::Error),
}

/// Waits for a client to shake hands, within the bounds.
pub(crate) async fn shake(core: &Core, tcp: Rc<TcpStream>) -> Result<Hand, Refusal> {
    let Some(live) = &core.settings.tls else {
        return Err(failed(io::ErrorKind::Unsupported));
    };
    let (_turn, displaced) = core.handshakes.begin();
    tokio::select! {
        done = timeout(LIMIT, greet(live.now(), tcp)) => {
            done.unwrap_or_else(|_| Err(failed(io::ErrorKind::TimedOut)))
        }
        _ = displaced => Err(Refusal::Failed(io::Error::other("too many others came after it"))),
    }
}

fn failed(kind: io::ErrorKind) -> Refusal {
    Refusal::Failed(kind.into())
}

async fn greet(config: Arc<ServerConfig>, tcp: Rc<TcpStream>) -> Result<Hand, Refusal> {
    let mut first = [0];
    // TLS begins with a byte that is no letter, HTTP with a method.
    match tcp.peek(&mut first).await {
        Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof)),
        Ok(_) if first[0].is_ascii_alphabetic() => return Err(Refusal::Plain),
        Ok(_) => {}
        Err(error) => return Err(Refusal::Failed(error)),
    }
    let session = TlsAcceptor::from(config)
        .accept(Tcp(Rc::clone(&tcp)))
        .await
        .map_err(Refusal::Failed)?;
    let (_, state) = session.get_ref();
    Ok(Hand {
        version: match state.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "1.3",
        },
        http2: state.alpn_protocol() == Some(b"h2"),
        stream: Stream::Tls(Rc::new(Secured::new(tcp, session))),
    })
}

/// The handshakes of one core, oldest first. One too many ends the oldest: an honest client is done within a second,
/// while those that only hold a place are the ones that have held it longest.
#[derive(Default)]
pub(crate) struct Handshakes {
    next: RefCell<u64>,
    under_way: RefCell<BTreeMap<u64, oneshot::Sender<()>>>,
}

/// One handshake's place.
struct Turn<'a> {
    of: &'a Handshakes,
    number: u64,
}

impl Handshakes {
    /// A place, and what ends when it is taken away.
    fn begin(&self) -> (Turn<'_>, oneshot::Receiver<()>) {
        let (place, taken) = oneshot::channel();
        let number = self.next.replace_with(|next| *next + 1);
        let mut under_way = self.under_way.borrow_mut();
        if under_way.len() >= MAX_UNDER_WAY {
            under_way.pop_first();
        }
        under_way.insert(number, place);
        (Turn { of: self, number }, taken)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.of.under_way.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::{Handshakes, MAX_UNDER_WAY};
    use tokio::sync::oneshot::error::TryRecvError;

    #[test]
    fn one_too_many_ends_the_oldest() {
        let handshakes = Handshakes::default();
        let mut held: Vec<_> = (0..MAX_UNDER_WAY).map(|_| handshakes.begin()).collect();
        assert!(
            held.iter_mut()
                .all(|(_, end)| end.try_recv() == Err(TryRecvError::Empty))
        );
        let _one_more = handshakes.begin();
        let ended: Vec<_> = held
            .iter_mut()
            .map(|(_, end)| end.try_recv() == Err(TryRecvError::Closed))
            .collect();
        assert!(ended[0] && !ended[1..].contains(&true));
        drop(held);
        assert_eq!(handshakes.under_way.borrow().len(), 1);
    }
}
