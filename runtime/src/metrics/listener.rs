//! Where metrics are asked for: a listener and a thread of its own, so that a scrape delays neither a request nor a
//! signal. It answers for as long as the process lives, also while that drains.
//!
//! Everything of it is bounded: connections, heads, times. A connection is for one request, so that nobody holds a place
//! by keeping it.

use super::{accept, gather, json, text};
use crate::{gateway::Gateway, serve};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, thread, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

/// Connections at one time; another waits. Each may hold a whole answer, of megabytes where routes are many.
const MAX_CONNECTIONS: usize = 8;
/// Of a request head.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// Of a connection: a scraper that reads more slowly is gone.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of a request head.
const MAX_HEAD: usize = 16 * 1024;
/// After a failure to accept, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoListener {
    /// It names the address.
    #[error("{0}")]
    Bind(#[source] io::Error),
    #[error("cannot start its thread: {0}")]
    Thread(#[source] io::Error),
}

/// Binds `address` and answers there from now on.
pub(super) fn open(address: SocketAddr, gateway: &'static Gateway) -> Result<(), NoListener> {
    let listener = serve::bind_alone(address).map_err(NoListener::Bind)?;
    let address = listener.local_addr().map_err(NoListener::Bind)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(NoListener::Thread)?;
    thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(move || runtime.block_on(serve(listener, gateway)))
        .map_err(NoListener::Thread)?;
    tracing::info!("telemetry/metrics: http://{address}/metrics");
    Ok(())
}

/// Never ends, unless there is no listener any more, which is logged.
async fn serve(listener: std::net::TcpListener, gateway: &'static Gateway) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!("telemetry/metrics: cannot listen: {error}"),
    };
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Never closed, so a permit always comes.
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(async move {
                    if timeout(PATIENCE, converse(stream, gateway)).await.is_err() {
                        tracing::warn!(%peer, "telemetry/metrics: a scrape took longer than {PATIENCE:?}");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!("telemetry/metrics: cannot accept a connection: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, gateway: &'static Gateway) {
    let service =
        service_fn(|request| async move { Ok::<_, Infallible>(answer(&request, gateway)) });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!("telemetry/metrics: a connection ended: {error}");
    }
}

fn answer(request: &Request<Incoming>, gateway: &'static Gateway) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    let path = request.uri().path();
    if !matches!(path, "/metrics" | "/__stats" | "/__stats/") {
        let hint = "there is /metrics and /__stats\n";
        return respond(StatusCode::NOT_FOUND, TEXT, hint.into(), request.method());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let hint = "only GET and HEAD\n";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut refusal = respond(status, TEXT, hint.into(), request.method());
        let allowed = HeaderValue::from_static("GET, HEAD");
        refusal.headers_mut().insert(header::ALLOW, allowed);
        return refusal;
    }
    let samples = gather::snapshot(gateway);
    let (kind, body) = match path {
        "/metrics" => {
            let format = accept::format(request.headers());
            (format.content_type(), text::render(&samples, format))
        }
        _ => ("application/json; charset=utf-8", json::render(&samples)),
    };
    let mut response = respond(StatusCode::OK, kind, body, request.method());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

fn respond(
    status: StatusCode,
    kind: &'static str,
    body: String,
    method: &Method,
) -> Response<Full<Bytes>> {
    let length = HeaderValue::from(body.len());
    let body = match *method {
        Method::HEAD => Bytes::new(),
        _ => body.into(),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Said here, for the answer to a HEAD has the length of a body that it does not have (RFC 9110 8.6).
    headers.insert(header::CONTENT_LENGTH, length);
    response
}
