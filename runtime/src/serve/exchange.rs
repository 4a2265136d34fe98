//! The future of one response, as hyper polls it: there at once, or forwarded.

use super::{core::Core, link::Busy};
use crate::{body::Body, endpoint::Answer, marks::Marks, reject::Reject};
use http::Response;
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
        answer: Answer,
        core: Rc<Core>,
        marks: Marks,
    },
}

impl Exchange {
    pub fn ready(response: Response<Body>, busy: Busy) -> Exchange {
        Exchange {
            state: State::Ready(Some(response)),
            busy: Some(busy),
        }
    }

    pub fn waiting(answer: Answer, core: Rc<Core>, marks: Marks, busy: Busy) -> Exchange {
        Exchange {
            state: State::Waiting {
                answer,
                core,
                marks,
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
                answer,
                core,
                marks,
            } => {
                let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx)));
                Some(if let Ok(poll) = polled {
                    ready!(poll)
                } else {
                    tracing::error!("a request's future panicked: this is a bug of the gateway");
                    Reject::Panicked.answer(core.gateway(), marks)
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
