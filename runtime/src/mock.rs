//! `--mock`: an origin inside the binary, which answers for every upstream.
//!
//! LLM paths are answered in the formats of `OpenAI` and Anthropic ([`llm`]), streamed when the request says so; every
//! other path is answered with what the upstream received ([`echo`]), so that a person sees what the gateway sends.
//! It has its own thread and speaks plain HTTP/1.1 on loopback; the gateway reaches it over a real socket.

mod anthropic;
mod echo;
mod llm;
mod openai;
mod paced;

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use paced::Paced;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    thread,
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of a request body; 413 over it.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// How long a failing `accept` (no file descriptors left, say) is left alone.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Starts the origin, for the life of the process, and returns where it listens.
pub(crate) fn start() -> io::Result<SocketAddr> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    thread::Builder::new()
        .name("mock".to_owned())
        .spawn(move || runtime.block_on(accept(listener)))?;
    Ok(address)
}

async fn accept(listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                tokio::spawn(serve(socket));
            }
            Err(error) => {
                tracing::warn!(%error, "the mock cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(socket: TcpStream) {
    // Without it, Nagle's algorithm would glue the chunks of a stream together; a socket that refuses the option is
    // gone already.
    let _ = socket.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(socket), service_fn(respond));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "the gateway left the mock");
    }
}

async fn respond(request: Request<Incoming>) -> Result<Response<Paced>, Infallible> {
    let (head, body) = request.into_parts();
    Ok(match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => answer(&head, &body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => json_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            &json!({ "message": "the mock reads bodies of up to 8 MiB" }),
        ),
        Err(error) => json_response(
            StatusCode::BAD_REQUEST,
            &json!({ "message": format!("the mock could not read the body: {error}") }),
        ),
    })
}

fn answer(head: &Parts, body: &Bytes) -> Response<Paced> {
    llm::answer(&head.method, head.uri.path(), body)
        .unwrap_or_else(|| json_response(StatusCode::OK, &echo::describe(head, body)))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Paced> {
    response(status, "application/json", Paced::whole(body.to_string()))
}

/// A stream of server-sent events, a short gap before each but the first.
fn event_stream(events: Vec<String>) -> Response<Paced> {
    response(
        StatusCode::OK,
        "text/event-stream; charset=utf-8",
        Paced::stream(events),
    )
}

fn response(status: StatusCode, kind: &'static str, body: Paced) -> Response<Paced> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(kind),
    );
    headers.insert(
        http::header::CACHE_CONTROL,
        http::HeaderValue::from_static("no-cache"),
    );
    response
}
