//! A response body on its way to the client: our own bytes, or an upstream's, frame by frame.
//!
//! Nothing is buffered here: the next frame is asked for when there is room for it, so a slow client slows its upstream,
//! and one read of the upstream becomes one write to the client. Dropping a body before its end (the client left) drops
//! the upstream connection.

use crate::{
    access_log::Outcome,
    h1::Passed,
    record::Record,
    serve::Busy,
    tunnel::Tunnel,
    upstream::{Download, ExchangeError},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// The body of a response.
pub(crate) struct Body {
    kind: Kind,
    /// The head that goes before it, as far as it is lines already.
    head: Option<Passed>,
    record: Option<Record>,
    /// Says that the client's connection is not idle.
    busy: Option<Busy>,
}

enum Kind {
    Full(Option<Bytes>),
    /// All of an upstream's, which was there with its head.
    Whole(Option<Bytes>),
    Upstream(Box<Download>),
    /// By another way than HTTP.
    Other(Box<dyn Source>),
    /// After a 101 there is no body but a conversation, which goes on without hyper.
    Tunnel(Option<Box<Tunnel>>),
}

/// Why a body ended before its end; the client's connection is then cut, so that it notices.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the upstream broke off: {0}")]
    BrokenOff(#[source] ExchangeError),
    #[error("the upstream was silent for {0:?}")]
    Silent(Duration),
    #[allow(dead_code, reason = "for bodies that come by another way than HTTP")]
    #[error("the upstream broke off: {0}")]
    Lost(String),
}

/// A body that comes by another way than HTTP, frame by frame.
pub(crate) trait Source {
    /// As of any body. Dropping it says that nobody wants the rest.
    fn poll_frame(&mut self, cx: &mut Context<'_>)
    -> Poll<Option<Result<Frame<Bytes>, BodyError>>>;
}

impl Body {
    /// All of it at once.
    pub fn full(bytes: impl Into<Bytes>) -> Body {
        let bytes = bytes.into();
        Body::new(Kind::Full((!bytes.is_empty()).then_some(bytes)))
    }

    /// An upstream's, as it comes.
    pub fn upstream(download: Download) -> Body {
        Body::new(Kind::Upstream(Box::new(download)))
    }

    /// An upstream's, of which nothing is to come.
    pub fn whole(bytes: Bytes) -> Body {
        Body::new(Kind::Whole((!bytes.is_empty()).then_some(bytes)))
    }

    #[allow(dead_code, reason = "for bodies that come by another way than HTTP")]
    pub fn other(source: impl Source + 'static) -> Body {
        Body::new(Kind::Other(Box::new(source)))
    }

    pub fn tunnel(tunnel: Tunnel) -> Body {
        Body::new(Kind::Tunnel(Some(Box::new(tunnel))))
    }

    /// The tunnel that this response opens, if it opens one.
    pub fn take_tunnel(&mut self) -> Option<Box<Tunnel>> {
        match &mut self.kind {
            Kind::Tunnel(tunnel) => tunnel.take(),
            Kind::Full(_) | Kind::Whole(_) | Kind::Upstream(_) | Kind::Other(_) => None,
        }
    }

    fn new(kind: Kind) -> Body {
        Body {
            kind,
            head: None,
            record: None,
            busy: None,
        }
    }

    /// The same body, behind the lines of a head.
    #[must_use]
    pub fn behind(mut self, head: Option<Passed>) -> Body {
        self.head = head;
        self
    }

    /// The lines that go before it.
    pub fn take_head(&mut self) -> Option<Passed> {
        self.head.take()
    }

    /// The request ends, and is told, with this body.
    pub fn record(&mut self, record: Option<Record>) {
        if let Kind::Tunnel(Some(tunnel)) = &mut self.kind {
            tunnel.record(record);
            return;
        }
        self.record = record;
        if let (Kind::Full(_), Some(record)) = (&self.kind, &mut self.record) {
            record.outcome.get_or_insert(Outcome::Complete);
        }
    }

    /// The client's connection is not idle as long as this body is there.
    pub fn occupy(&mut self, busy: Option<Busy>) {
        self.busy = busy;
    }

    /// Nothing of it is sent: the answer to a HEAD.
    pub fn clear(&mut self) {
        self.kind = Kind::Full(None);
    }

    /// The client is gone before it had all of it.
    pub fn abandon(&mut self) {
        self.ended(Outcome::ClientGone);
    }

    fn ended(&mut self, outcome: Outcome) {
        if let Some(record) = &mut self.record {
            record.outcome.get_or_insert(outcome);
        }
    }

    fn breaks(&mut self, outcome: Outcome) {
        if let Some(record) = &mut self.record {
            record.breaks(outcome);
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match &mut self.kind {
            Kind::Full(bytes) | Kind::Whole(bytes) => {
                bytes.take().map(|bytes| Ok(Frame::data(bytes)))
            }
            Kind::Upstream(download) => ready!(download.poll_frame(cx)),
            Kind::Other(source) => ready!(source.poll_frame(cx)),
            Kind::Tunnel(_) => None,
        };
        match &frame {
            Some(Ok(frame)) => {
                let len = frame.data_ref().map_or(0, Bytes::len);
                if let Some(record) = &mut self.record {
                    record.bytes_out += len as u64;
                }
            }
            Some(Err(BodyError::Silent(_))) => self.breaks(Outcome::TimedOut),
            Some(Err(error)) => {
                let failed = Outcome::UpstreamFailed(error.to_string());
                self.breaks(failed);
            }
            None => self.ended(Outcome::Complete),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Full(bytes) | Kind::Whole(bytes) => bytes.is_none(),
            Kind::Upstream(download) => download.left() == Some(0),
            // Only asking tells.
            Kind::Other(_) => false,
            Kind::Tunnel(_) => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let left = match &self.kind {
            Kind::Full(bytes) | Kind::Whole(bytes) => {
                Some(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Upstream(download) => download.left(),
            Kind::Other(_) => None,
            Kind::Tunnel(_) => Some(0),
        };
        left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // hyper does not ask again after the last byte of a known length.
        if http_body::Body::is_end_stream(self) {
            self.ended(Outcome::Complete);
        }
    }
}
