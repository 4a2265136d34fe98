//! Requests of the gateway's own: key sets, balances, leaders. One at a time over a connection of its own, small
//! answers, no redirects.
//!
//! What a client's request waits for goes over [`crate::upstream`]'s pools instead.

#[cfg(feature = "tls")]
use crate::upstream::tls;
use crate::{brand, settings::Resolve, upstream::dial_any, url::Url};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::{error::Error, fmt, io, net::SocketAddr, pin::pin, time::Duration};
#[cfg(feature = "tls")]
use tokio::net::TcpStream;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::lookup_host,
    time::{Instant, timeout_at},
};
#[cfg(feature = "tls")]
use tokio_rustls::{TlsConnector, rustls::ClientConfig};

/// Bytes of an answer's head.
const MAX_HEAD: usize = 64 * 1024;

/// What to ask for, and how long and how much to wait for.
#[derive(Debug)]
pub(crate) struct Fetch<'a> {
    pub url: &'a Url,
    pub method: Method,
    pub headers: &'a [(HeaderName, HeaderValue)],
    pub body: Bytes,
    /// From the first look-up to the last byte.
    pub timeout: Duration,
    /// Bytes of the answer's body.
    pub max_body: usize,
    /// Whom to believe; None: whom upstreams are believed by where the config says nothing, the system's roots.
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<ClientConfig>>,
    /// With which of the name's addresses to begin, counted round: whoever asks again and again does not ask one of them
    /// only.
    pub turn: usize,
}

/// The whole answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("cannot resolve the name: {0}")]
    Resolve(#[source] io::Error),
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    #[cfg(feature = "tls")]
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] io::Error),
    #[cfg(not(feature = "tls"))]
    #[error("`https` is not built in")]
    NoTls,
    #[error("the exchange failed: {}", Causes(.0))]
    Exchange(#[source] hyper::Error),
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

impl<'a> Fetch<'a> {
    /// A GET of `url`: 10 s, 1 MiB (AUTH-24).
    pub fn get(url: &'a Url) -> Fetch<'a> {
        Fetch {
            url,
            method: Method::GET,
            headers: &[],
            body: Bytes::new(),
            timeout: Duration::from_secs(10),
            max_body: 1024 * 1024,
            #[cfg(feature = "tls")]
            tls: None,
            turn: 0,
        }
    }

    /// Sends it. `resolve` is what `--resolve` said.
    ///
    /// Nothing goes on once the future is dropped.
    pub async fn send(self, resolve: &[Resolve]) -> Result<Answer, FetchError> {
        let (limit, deadline) = (self.timeout, Instant::now() + self.timeout);
        timeout_at(deadline, self.exchange(resolve, deadline))
            .await
            .unwrap_or(Err(FetchError::Timeout(limit)))
    }

    async fn exchange(self, resolve: &[Resolve], deadline: Instant) -> Result<Answer, FetchError> {
        let mut addresses = look_up(self.url, resolve).await?;
        let first = self.turn % addresses.len().max(1);
        addresses.rotate_left(first);
        let stream = dial_any(&addresses, deadline)
            .await
            .map_err(FetchError::Connect)?;
        // A small request must not wait for the acknowledgement of its head.
        stream.set_nodelay(true).map_err(FetchError::Connect)?;
        #[cfg(feature = "tls")]
        if self.url.is_secure() {
            let stream = secure(self.url.host(), stream, self.tls.clone()).await?;
            return self.over(stream).await;
        }
        #[cfg(not(feature = "tls"))]
        if self.url.is_secure() {
            return Err(FetchError::NoTls);
        }
        self.over(stream).await
    }

    async fn over<S>(self, stream: S) -> Result<Answer, FetchError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(FetchError::Exchange)?;
        let max = self.max_body;
        let request = self.request();
        let mut answer = pin!(async move {
            let response = sender
                .send_request(request)
                .await
                .map_err(FetchError::Exchange)?;
            let (head, body) = response.into_parts();
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: collect(body, max).await?,
            })
        });
        // Driven here and not in a task of its own, so that dropping this future closes the connection.
        let mut connection = pin!(connection);
        tokio::select! {
            answer = &mut answer => return answer,
            // How it ended is what the answer says too.
            _ = &mut connection => {}
        }
        answer.await
    }

    fn request(self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = Uri::from(self.url.target().clone());
        let headers = request.headers_mut();
        if let Some(host) = self.url.authority() {
            headers.insert(header::HOST, host);
        }
        headers.insert(header::USER_AGENT, brand::agent().clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        for (name, value) in self.headers {
            headers.insert(name, value.clone());
        }
        request
    }
}

async fn look_up(url: &Url, resolve: &[Resolve]) -> Result<Vec<SocketAddr>, FetchError> {
    let host = url.host();
    let pinned = |r: &&Resolve| r.port == url.port() && r.host.eq_ignore_ascii_case(host);
    if let Some(pinned) = resolve.iter().find(pinned) {
        return Ok(vec![pinned.to]);
    }
    let found = lookup_host((host, url.port())).await;
    found.map(Iterator::collect).map_err(FetchError::Resolve)
}

#[cfg(feature = "tls")]
async fn secure(
    host: &str,
    stream: TcpStream,
    config: Option<Arc<ClientConfig>>,
) -> Result<impl AsyncRead + AsyncWrite + Unpin, FetchError> {
    let name = host
        .to_owned()
        .try_into()
        .map_err(|error| FetchError::Tls(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    let config = match config {
        Some(config) => config,
        None => tls::system().await.map_err(FetchError::Tls)?,
    };
    TlsConnector::from(config)
        .connect(name, stream)
        .await
        .map_err(FetchError::Tls)
}

async fn collect(mut body: Incoming, max: usize) -> Result<Bytes, FetchError> {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(FetchError::Exchange)?;
        if let Some(data) = frame.data_ref() {
            if data.len() > max - all.len() {
                return Err(FetchError::TooLong(max));
            }
            all.extend_from_slice(data);
        }
    }
    Ok(all.freeze())
}

/// hyper's errors keep what happened in their sources.
struct Causes<'a>(&'a hyper::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
