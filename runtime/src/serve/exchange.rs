//! The future of one response, as hyper polls it: there at once, or forwarded.

use super::{core::Core, link::Busy};
use crate::{body::Body, reject::Reject};
use http::{HeaderValue, Response};
use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

/// One response in the making. A panic inside becomes a 500 and nothing more.
pub(crate) struct Exchange {
    state: State,
    /// Moves into the body, whose end is the end of the request.
    busy: Option<Busy>,
}

enum State {
    Ready(Option<Response<Body>>),
    Waiting {
        forward: Forward,
        core: Rc<Core>,
        request_id: HeaderValue,
    },
}

type Forward = Pin<Box<dyn Future<Output = Response<Body>>>>;

impl Exchange {
    pub fn ready(response: Response<Body>, busy: Busy) -> Exchange {
        Exchange {
            state: State::Ready(Some(response)),
            busy: Some(busy),
        }
    }

    pub fn waiting(
        forward: Forward,
        core: Rc<Core>,
        request_id: HeaderValue,
        busy: Busy,
    ) -> Exchange {
        Exchange {
            state: State::Waiting {
                forward,
                core,
                request_id,
            },
            busy: Some(busy),
        }
    }
}

impl Future for Exchange {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut response = match &mut this.state {
            State::Ready(response) => response.take(),
            State::Waiting {
                forward,
                core,
                request_id,
            } => {
                let polled = catch_unwind(AssertUnwindSafe(|| forward.as_mut().poll(cx)));
                Some(if let Ok(poll) = polled {
                    ready!(poll)
                } else {
                    tracing::error!("forwarding a request panicked: this is a bug of the gateway");
                    Reject::Panicked.answer(core.gateway(), request_id)
                })
            }
        };
        // hyper polls no further once it has a response; were it to, this connection alone would wait.
        let Some(mut response) = response.take() else {
            return Poll::Pending;
        };
        if let (Some(tunnel), Some(busy)) = (response.body_mut().take_tunnel(), &this.busy) {
            busy.link().open(tunnel);
        }
        response.body_mut().occupy(this.busy.take());
        this.state = State::Ready(None);
        Poll::Ready(Ok(response))
    }
}
