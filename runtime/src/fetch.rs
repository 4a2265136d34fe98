//! Requests of the gateway's own: key sets, balances, leaders. One at a time over a connection of its own, small
//! answers, no redirects.
//!
//! What a client's request waits for goes over [`crate::upstream`]'s pools instead.

use crate::{
    brand,
    settings::Resolve,
    upstream::{dial_any, tls},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{error::Error, fmt, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, rustls::ClientConfig};

/// Bytes of an answer's head.
const MAX_HEAD: usize = 64 * 1024;

/// An absolute `http` or `https` URL, without user and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    uri: Uri,
    secure: bool,
    port: u16,
}

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
    /// Whom to believe; None: whom upstreams are believed by, the system's roots.
    pub tls: Option<Arc<ClientConfig>>,
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
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] io::Error),
    #[error("the exchange failed: {}", Causes(.0))]
    Exchange(#[source] hyper::Error),
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

/// Why a text is not a [`Url`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadUrl {
    #[error("it is not a URL")]
    NotOne,
    #[error("it must start with http:// or https://")]
    Scheme,
    #[error("a user name has no place in it")]
    User,
}

impl Url {
    pub fn parse(text: &str) -> Result<Url, BadUrl> {
        let uri: Uri = text.parse().map_err(|_| BadUrl::NotOne)?;
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(BadUrl::Scheme),
        };
        let authority = uri.authority().ok_or(BadUrl::NotOne)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::User);
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => default_port(secure),
            _ => authority.port_u16().ok_or(BadUrl::NotOne)?,
        };
        if authority.host().is_empty() || text.contains('#') {
            return Err(BadUrl::NotOne);
        }
        Ok(Url { uri, secure, port })
    }

    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// A name or an address, an IPv6 one in brackets.
    #[cfg(feature = "edge")]
    pub fn name(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    #[cfg(feature = "edge")]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Without the query.
    #[cfg(feature = "edge")]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// A name or an address; an IPv6 one without its brackets.
    fn host(&self) -> &str {
        let host = self.uri.host().unwrap_or_default();
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
    }

    /// As in `Host`: without the scheme's default port.
    fn authority(&self) -> Option<HeaderValue> {
        let host = self.uri.host()?;
        let text = if self.port == default_port(self.secure) {
            host.to_owned()
        } else {
            format!("{host}:{}", self.port)
        };
        HeaderValue::try_from(text).ok()
    }
}

const fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
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
            tls: None,
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
        let addresses = look_up(self.url, resolve).await?;
        let stream = dial_any(&addresses, deadline)
            .await
            .map_err(FetchError::Connect)?;
        // A small request must not wait for the acknowledgement of its head.
        stream.set_nodelay(true).map_err(FetchError::Connect)?;
        if self.url.secure {
            let stream = secure(self.url.host(), stream, self.tls.clone()).await?;
            self.over(stream).await
        } else {
            self.over(stream).await
        }
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
        let target = self.url.uri.path_and_query().cloned();
        *request.uri_mut() = target.map_or_else(|| Uri::from_static("/"), Uri::from);
        let headers = request.headers_mut();
        if let Some(host) = self.url.authority() {
            headers.insert(header::HOST, host);
        }
        headers.insert(header::USER_AGENT, brand::agent());
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
    let pinned = |r: &&Resolve| r.port == url.port && r.host.eq_ignore_ascii_case(host);
    if let Some(pinned) = resolve.iter().find(pinned) {
        return Ok(vec![pinned.to]);
    }
    let found = lookup_host((host, url.port)).await;
    found.map(Iterator::collect).map_err(FetchError::Resolve)
}

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
