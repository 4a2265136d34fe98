//! The revoker's own listener: HTTP and JSON, for whoever has the token.
//!
//! | | |
//! |---|---|
//! | `POST /revoked` | `{"claim": "jti", "value": "…"}`, or a list of such: revokes |
//! | `GET /revoked?claim=jti&value=…` | whether it is revoked |
//! | `GET /` | how full the filters are |
//!
//! It runs on the control thread, and everything of it is bounded: connections, heads, bodies, times.

mod answer;
mod question;

use super::{Revoker, Started, gob};
use answer::Answer;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use question::Question;
use sha2::{Digest, Sha256};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

/// Connections at one time; another waits.
const MAX_CONNECTIONS: usize = 64;
/// Of a request head, of a body, and of the silence between requests.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a request head.
const MAX_HEAD: usize = 16 * 1024;
/// Bytes of a body: some ten thousand elements.
const MAX_BODY: usize = 1024 * 1024;
/// Bytes of the API's token: fewer could be guessed.
const MIN_TOKEN: usize = 16;
/// After a failure to accept, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// What a Go client is told.
const SPEAK_HTTP: &str =
    "this gateway's revoker speaks HTTP and JSON, not Go RPC: POST /revoked with a bearer token";

/// A listener that is bound, and what it asks of whoever calls.
pub(super) struct Api {
    listener: std::net::TcpListener,
    address: SocketAddr,
    /// The SHA-256 of the token.
    token: [u8; 32],
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoApi {
    #[error("`api_token` is not set: without one, anybody could have tokens refused")]
    NoToken,
    #[error(
        "`api_token` is shorter than {MIN_TOKEN} bytes: set a random one, as `openssl rand -hex 32` prints"
    )]
    ShortToken,
    #[error("`api_token` has bytes that no header can hold")]
    BadToken,
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
}

impl Api {
    /// Binds it; `token` was checked.
    pub fn open(address: SocketAddr, token: &str) -> Result<Api, NoApi> {
        let token = digest(token);
        let listen = |error| NoApi::Listen(address, error);
        let listener = std::net::TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Api {
            listener,
            address,
            token,
        })
    }

    /// Where it really listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Never ends, unless there is no listener any more, which is logged.
    pub async fn serve(self, revoker: &'static Revoker, started: &'static Started) {
        let listener = match TcpListener::from_std(self.listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!("auth/revoker: the API cannot listen: {error}"),
        };
        let desk = Desk {
            revoker,
            started,
            token: self.token,
        };
        let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        // Never closed, so a permit always comes.
        while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tokio::spawn(async move {
                        converse(stream, peer, desk).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!("auth/revoker: the API cannot accept a connection: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether it is fit to be a token.
pub(super) fn check(token: &str) -> Result<&str, NoApi> {
    match token.len() {
        0 => Err(NoApi::NoToken),
        1..MIN_TOKEN => Err(NoApi::ShortToken),
        _ if !token.bytes().all(|byte| byte.is_ascii_graphic()) => Err(NoApi::BadToken),
        _ => Ok(token),
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// One connection to its end.
async fn converse(mut stream: TcpStream, peer: SocketAddr, desk: Desk) {
    let mut first = [0];
    match timeout(PATIENCE, stream.peek(&mut first)).await {
        Ok(Ok(1)) => {}
        // Silent, or gone.
        _ => return,
    }
    if gob::is_foreign(first[0]) {
        tracing::warn!(%peer, "auth/revoker: something that is not HTTP called the API, a Go RPC client perhaps");
        // It may be gone, and it learns nothing then.
        let _ = stream.write_all(&gob::error(SPEAK_HTTP)).await;
        return;
    }
    let answer =
        service_fn(move |request| async move { Ok::<_, Infallible>(desk.answer(request).await) });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
    if let Err(error) = served {
        tracing::debug!(%peer, "auth/revoker: a connection of the API ended: {error}");
    }
}

/// Who answers.
#[derive(Clone, Copy)]
struct Desk {
    revoker: &'static Revoker,
    started: &'static Started,
    token: [u8; 32],
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        // Before anything else is looked at: a stranger learns nothing.
        if !self.admits(&head.headers) {
            return Answer::Stranger.into();
        }
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        match (path, &head.method) {
            ("/", &Method::GET) => Answer::status(self.revoker, self.started),
            ("/revoked", &Method::GET) => self.is_revoked(query),
            ("/revoked", &Method::POST) => match read(body).await {
                Ok(body) => self.revoke(&body),
                Err(answer) => answer,
            },
            ("/", _) => Answer::Method("GET"),
            ("/revoked", _) => Answer::Method("GET, POST"),
            _ => Answer::NoPath,
        }
        .into()
    }

    /// Compared as digests and in constant time, so that no answer's time tells how much of a guess was right.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let token = value.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        token.is_some_and(|token| verify_slices_are_equal(&digest(token), &self.token).is_ok())
    }

    fn is_revoked(&self, query: &str) -> Answer {
        let asked = Question::of_query(query).and_then(|asked| self.understand(asked));
        match asked {
            Ok(Question { claim, value }) => {
                let mark = self.started.mark(&claim, &value);
                Answer::Revoked(self.started.rotation.has(mark))
            }
            Err(why) => Answer::Wrong(why.to_string()),
        }
    }

    /// All of them, or none.
    fn revoke(&self, body: &[u8]) -> Answer {
        let wanted = Question::all(body).and_then(|wanted| {
            let understood = wanted.into_iter().map(|one| self.understand(one));
            understood.collect::<Result<Vec<_>, _>>()
        });
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(why) => return Answer::Wrong(why.to_string()),
        };
        let mut held = 0;
        for Question { claim, value } in &wanted {
            held = self.started.revoke(claim, value);
        }
        tracing::info!(elements = wanted.len(), "auth/revoker: revoked");
        let (before, most) = (
            held.saturating_sub(wanted.len() as u64),
            self.revoker.elements,
        );
        if before <= most && held > most {
            tracing::warn!(
                held,
                "auth/revoker: more is revoked than the {most} elements (N) that the filter was made for: more and \
                 more good tokens are taken for revoked ones"
            );
        }
        Answer::Added(wanted.len())
    }

    /// A claim that nothing looks at would be revoked in vain.
    fn understand(&self, asked: Question) -> Result<Question, question::Misunderstood> {
        if self.revoker.knows(&asked.claim) {
            Ok(asked)
        } else {
            let known = self.revoker.claims.join(", ");
            Err(question::Misunderstood::Claim(known))
        }
    }
}

async fn read(body: Incoming) -> Result<Bytes, Answer> {
    match timeout(PATIENCE, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Answer::TooLarge(MAX_BODY)),
        Ok(Err(_)) => Err(Answer::Wrong("the body broke off".to_owned())),
        Err(_) => Err(Answer::TooSlow),
    }
}
