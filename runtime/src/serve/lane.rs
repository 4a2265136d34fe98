//! The fast lane: HTTP/1.1 on a client's connection, read and written by ourselves.
//!
//! It takes what nearly every request is and nothing else. A request that asks for another protocol, waits for leave to
//! send its body, or is of HTTP/1.0 goes to hyper, and with it the rest of its connection, beginning with the bytes that
//! were read. Behind [`Service`] nobody knows by which lane a request came.

mod inbound;
mod reply;

pub(crate) use inbound::{Inbound, Inflow};

use super::{connection::End, exchange::Exchange, link::Link, service::Service, stream::Stream};
use crate::{
    body::Body,
    h1::{Bounds, Outlet, Output, Stopped, head::request},
    incoming::Incoming,
};
use bytes::Bytes;
use http_body::Body as _;
use reply::Asked;
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

/// One connection of a client, served request by request.
pub(crate) struct Lane {
    inbound: Rc<Inbound>,
    service: Service,
    bounds: Bounds,
    doing: Doing,
    /// Whether the request that is under way, or the next one, is the last: by the client's wish, or by ours.
    last: bool,
    ours: bool,
}

enum Doing {
    /// Waits for a head, or for the rest of one.
    Reading,
    /// Waits for the answer.
    Waiting(Exchange, Asked),
    Answering(Body, Output),
}

impl Lane {
    /// A lane over `stream`, of which `first` was read already.
    pub fn new(
        stream: Stream,
        first: Bytes,
        link: Rc<Link>,
        service: Service,
        bounds: Bounds,
    ) -> Lane {
        Lane {
            inbound: Rc::new(Inbound::new(stream, first, link)),
            service,
            bounds,
            doing: Doing::Reading,
            last: false,
            ours: false,
        }
    }

    /// No request is to follow the one that is under way.
    pub fn finish(&mut self) {
        self.last = true;
        self.ours = true;
    }

    /// Ready when the lane serves this connection no longer.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            match &mut self.doing {
                Doing::Reading if self.last => {
                    // Who asked to close sends nothing more, and need not be waited for.
                    let unread = self.ours || !self.inbound.is_empty();
                    return Poll::Ready(if unread { End::Unread } else { End::Done });
                }
                Doing::Reading => match ready!(self.inbound.poll_head(cx, self.bounds)) {
                    Ok(Some(head)) => {
                        if let Some(end) = self.begin(&head) {
                            return Poll::Ready(end);
                        }
                    }
                    Ok(None) => return Poll::Ready(End::Done),
                    Err(error) => return Poll::Ready(End::Refused(error.into())),
                },
                Doing::Waiting(exchange, asked) => {
                    let Ok(response) = ready!(Pin::new(exchange).poll(cx));
                    let (head, mut body) = response.into_parts();
                    // A body that nobody is going to read makes this the last answer, unless its end is here already.
                    if reply::closes(&head) || !self.inbound.is_taken() {
                        self.last = true;
                        self.ours = true;
                    }
                    let (text, coding) = reply::head(head, &mut body, *asked, self.last);
                    self.doing = Doing::Answering(body, Output::new(text, coding));
                }
                Doing::Answering(body, output) => {
                    let mut client = ToClient {
                        inbound: &self.inbound,
                        last: self.last,
                    };
                    let sent =
                        output.poll(cx, |cx| Pin::new(&mut *body).poll_frame(cx), &mut client);
                    match ready!(sent) {
                        Ok(()) => {}
                        Err(Stopped::Write(_)) => {
                            body.abandon();
                            return Poll::Ready(End::Done);
                        }
                        Err(Stopped::Body(_) | Stopped::Length) => return Poll::Ready(End::Unread),
                    }
                    // The body goes, and says that its request is over.
                    self.doing = Doing::Reading;
                    if !self.inbound.is_taken() {
                        return Poll::Ready(End::Unread);
                    }
                }
            }
        }
    }

    /// Begins to answer; the end, if it is not for this lane.
    fn begin(&mut self, head: &Bytes) -> Option<End> {
        let read = match request::read(head, self.bounds) {
            Ok(read) if read.plain => read,
            Ok(_) => return Some(End::Hyper(self.inbound.take_with(head))),
            Err(error) => return Some(End::Refused(error.into())),
        };
        self.last |= read.last;
        let asked = Asked::by(&read.request);
        let body = Incoming::Lane(Inbound::begin(&self.inbound, read.framing));
        let exchange = self.service.answer(read.request, body);
        self.doing = Doing::Waiting(exchange, asked);
        None
    }
}

/// The client's connection as an answer is written to it.
struct ToClient<'a> {
    inbound: &'a Inbound,
    /// Whether the connection ends with it.
    last: bool,
}

impl Outlet for ToClient<'_> {
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Inbound { stream, link, .. } = self.inbound;
        let wrote = match bytes {
            [only] => stream.poll_write(cx, only),
            several => stream.poll_write_vectored(cx, several),
        };
        link.wrote(&wrote);
        wrote
    }

    fn poll_write_end(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.last {
            return self.poll_write(cx, bytes);
        }
        let Inbound { stream, link, .. } = self.inbound;
        let wrote = stream.poll_write_last(cx, bytes);
        link.wrote(&wrote);
        wrote
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Inbound { stream, link, .. } = self.inbound;
        let flushed = stream.poll_flush(cx);
        link.flushed(stream, &flushed);
        flushed
    }
}
