//! A response body on its way to the client: our own bytes, or an upstream's, frame by frame.
//!
//! Nothing is buffered here: hyper asks for the next frame when it has room for it, so a slow client slows its
//! upstream, and one read of the upstream becomes one write to the client. Dropping a body before its end (the client
//! left) drops the upstream connection.

use crate::{
    access_log::Outcome,
    record::Record,
    serve::Busy,
    tunnel::Tunnel,
    upstream::{Connection, Feed, Silence, Slot},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

/// The body of a response.
pub(crate) struct Body {
    kind: Kind,
    record: Option<Box<Record>>,
    /// Says that the client's connection is not idle.
    busy: Option<Busy>,
}

enum Kind {
    Full(Option<Bytes>),
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
    BrokenOff(#[source] hyper::Error),
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

    pub fn upstream(download: Download) -> Body {
        // A response without a body gives its connection back before its head is even sent.
        if download.is_over() {
            Body::full(Bytes::new())
        } else {
            Body::new(Kind::Upstream(Box::new(download)))
        }
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
            Kind::Full(_) | Kind::Upstream(_) | Kind::Other(_) => None,
        }
    }

    fn new(kind: Kind) -> Body {
        Body {
            kind,
            record: None,
            busy: None,
        }
    }

    /// The request ends, and is told, with this body.
    pub fn record(&mut self, record: Option<Box<Record>>) {
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
            Kind::Full(bytes) => bytes.take().map(|bytes| Ok(Frame::data(bytes))),
            Kind::Upstream(download) => std::task::ready!(download.poll_frame(cx)),
            Kind::Other(source) => std::task::ready!(source.poll_frame(cx)),
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
            Kind::Full(bytes) => bytes.is_none(),
            Kind::Upstream(download) => download.incoming.is_end_stream(),
            // Only asking tells.
            Kind::Other(_) => false,
            Kind::Tunnel(_) => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Kind::Upstream(download) => download.incoming.size_hint(),
            Kind::Other(_) => SizeHint::new(),
            Kind::Tunnel(_) => SizeHint::with_exact(0),
        }
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

/// An upstream's response body, and the connection that it comes from.
pub(crate) struct Download {
    incoming: Incoming,
    lease: Option<(Connection, Rc<Slot>)>,
    silence: Silence,
    upload: Option<Rc<Feed>>,
}

impl Download {
    pub fn new(
        incoming: Incoming,
        lease: (Connection, Rc<Slot>),
        silence: Silence,
        upload: Option<Rc<Feed>>,
    ) -> Download {
        Download {
            incoming,
            lease: Some(lease),
            silence,
            upload,
        }
    }

    fn is_over(&self) -> bool {
        http_body::Body::is_end_stream(&self.incoming)
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match http_body::Body::poll_frame(Pin::new(&mut self.incoming), cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.silence.broken();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.lease = None;
                Poll::Ready(Some(Err(BodyError::BrokenOff(error))))
            }
            Poll::Ready(None) => {
                self.give_back();
                Poll::Ready(None)
            }
            Poll::Pending => self.silence.poll(cx, self.upload.as_deref()).map(|bound| {
                self.lease = None;
                Some(Err(BodyError::Silent(bound)))
            }),
        }
    }

    /// The connection may serve another request, unless this one's body is still being sent on it.
    fn give_back(&mut self) {
        if let Some((connection, slot)) = self.lease.take()
            && self.upload.as_ref().is_none_or(|feed| feed.is_done())
        {
            slot.put(connection);
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if self.is_over() {
            self.give_back();
        }
    }
}
