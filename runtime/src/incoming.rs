//! The body of a request, whichever lane it came by.

use crate::serve::Inflow;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A request body that is read as it is asked for.
pub(crate) enum Incoming {
    /// Read by the fast lane.
    Lane(Inflow),
    /// Read by hyper.
    Hyper(hyper::body::Incoming),
    /// It came whole, with its request.
    #[cfg(feature = "zap-listener")]
    Whole(http_body_util::Full<Bytes>),
}

/// Why a body ended before its end: its client left, or sent what is no body.
#[derive(Debug, thiserror::Error)]
#[error("the request body broke off")]
pub(crate) struct BrokenOff;

impl Body for Incoming {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Incoming::Lane(inflow) => inflow.poll_frame(cx),
            Incoming::Hyper(body) => {
                let polled = Pin::new(body).poll_frame(cx);
                polled.map(|frame| frame.map(|frame| frame.map_err(|_| BrokenOff)))
            }
            #[cfg(feature = "zap-listener")]
            Incoming::Whole(body) => {
                let polled = Pin::new(body).poll_frame(cx);
                polled.map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Incoming::Lane(inflow) => inflow.is_over(),
            Incoming::Hyper(body) => body.is_end_stream(),
            #[cfg(feature = "zap-listener")]
            Incoming::Whole(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Incoming::Lane(inflow) => inflow
                .left()
                .map_or_else(SizeHint::new, SizeHint::with_exact),
            Incoming::Hyper(body) => body.size_hint(),
            #[cfg(feature = "zap-listener")]
            Incoming::Whole(body) => body.size_hint(),
        }
    }
}
