//! From a listener to connections that may be served: counted, and through their TLS handshake.

use super::{Desk, connection, tunnel};
use crate::{
    client_ip,
    serve::{Client, Core, Serving},
    zap::link::Io,
};
use std::{io, net, rc::Rc, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_rustls::{
    LazyConfigAcceptor,
    rustls::{NamedGroup, server::Acceptor},
};

/// From accept to the end of the TLS handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a failure to accept, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// One core's share of the connections, until it takes no more requests.
pub(super) async fn accept(core: Rc<Core>, desk: &'static Desk, listener: net::TcpListener) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!("zap-listener: a core cannot listen: {error}"),
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = core.drained() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                if desk.open() >= desk.config.max_connections {
                    desk.refused.add(1);
                    continue;
                }
                let open = Open::new(desk);
                let core = Rc::clone(&core);
                tokio::task::spawn_local(async move {
                    serve(core, desk, stream, client_ip::unmapped(peer.ip())).await;
                    drop(open);
                });
            }
            Err(error) => {
                tracing::warn!("zap-listener: cannot accept a connection: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// A connection in the count.
struct Open(&'static Desk);

impl Open {
    fn new(desk: &'static Desk) -> Open {
        desk.opened.add(1);
        Open(desk)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed.add(1);
    }
}

async fn serve(core: Rc<Core>, desk: &'static Desk, stream: TcpStream, peer: net::IpAddr) {
    let _serving = Serving::new(&core);
    // Without it the connection works, only later.
    let _ = stream.set_nodelay(true);
    let tls = desk.tls.is_some().then_some("1.3");
    let secured = tokio::select! {
        secured = timeout(PATIENCE, secure(desk, stream)) => secured,
        () = core.drained() => return,
    };
    let io = match secured {
        Ok(Ok(io)) => io,
        // Strangers knock in many ways, so this is no error of anybody who reads the log.
        Ok(Err(error)) => return tracing::debug!(%peer, "zap-listener: no TLS handshake: {error}"),
        Err(_) => return,
    };
    if let Some(inner) = desk.config.tunnel {
        return tunnel::pass(&core, io, inner, desk.config.idle_timeout).await;
    }
    let client = Client {
        peer,
        tls,
        http2: false,
    };
    connection::serve(core, desk, io, client).await;
}

async fn secure(desk: &Desk, stream: TcpStream) -> io::Result<Box<dyn Io>> {
    let Some(live) = &desk.tls else {
        return Ok(Box::new(stream));
    };
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let told = hello.client_hello();
    let mut groups = told.named_groups().into_iter().flatten();
    let hybrid = groups.any(|group| *group == NamedGroup::X25519MLKEM768);
    let named = { told.alpn().into_iter().flatten() }.any(|offered| offered == b"zap/1");
    let configs = live.now();
    let pair = if hybrid {
        configs.first()
    } else {
        configs.last()
    };
    // One that offers other protocols only is not refused: it is left unanswered (ZAP-6).
    let config = pair.and_then(|pair| pair.get(usize::from(named)));
    let config = config.ok_or(io::ErrorKind::Unsupported)?;
    Ok(Box::new(hello.into_stream(Arc::clone(config)).await?))
}
