//! hyper's reading of a connection.

use super::Read;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{cell::RefCell, convert::Infallible};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex, sink};

/// A server of hyper's.
pub(super) struct Hyper(tokio::runtime::Runtime);

impl Hyper {
    pub fn new() -> Hyper {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Hyper(runtime.expect("a runtime"))
    }

    /// The requests that hyper sees on a connection that brings `pieces`.
    pub fn requests(&self, pieces: &[&[u8]]) -> Vec<Read> {
        let read = RefCell::new(Vec::new());
        let (client, server) = duplex(64 * 1024);
        let service = service_fn(|request: Request<Incoming>| async {
            let (head, mut body) = request.into_parts();
            let mut one = Read {
                method: head.method,
                uri: head.uri,
                version: head.version,
                headers: head.headers,
                body: Vec::new(),
                trailers: HeaderMap::new(),
                whole: false,
            };
            one.whole = loop {
                match body.frame().await {
                    None => break true,
                    Some(Err(_)) => break false,
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => one.body.extend_from_slice(&data),
                        Err(frame) => one.trailers = frame.into_trailers().unwrap_or_default(),
                    },
                }
            };
            read.borrow_mut().push(one);
            Ok::<_, Infallible>(Response::new(String::new()))
        });
        self.0.block_on(async {
            let connection = http1::Builder::new()
                .half_close(true)
                .serve_connection(TokioIo::new(server), service);
            // How it ends is not asked: what it has read until then is.
            let _ = tokio::join!(connection, send(client, pieces));
        });
        read.into_inner()
    }
}

/// Brings `pieces`, and forgets what is answered.
async fn send(client: DuplexStream, pieces: &[&[u8]]) {
    let (mut from, mut to) = tokio::io::split(client);
    let sending = async {
        for piece in pieces {
            if to.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        let _ = to.shutdown().await;
    };
    let mut forgotten = sink();
    let _ = tokio::join!(sending, tokio::io::copy(&mut from, &mut forgotten));
}
