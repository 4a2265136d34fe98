//! A body that takes its time between chunks, as a model does between tokens.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};
use tokio::time::{Sleep, sleep};

/// Between two chunks of a stream.
const GAP: Duration = Duration::from_millis(20);

pub(super) struct Paced {
    chunks: vec::IntoIter<Bytes>,
    /// Bytes in all, if they are known before the first.
    length: Option<u64>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// All at once, of a known length.
    pub fn whole(body: String) -> Paced {
        Paced {
            length: Some(body.len() as u64),
            ..Paced::stream(vec![body])
        }
    }

    /// The chunks one by one, with [`GAP`] between them.
    pub fn stream(chunks: Vec<String>) -> Paced {
        let chunks: Vec<_> = chunks.into_iter().map(Bytes::from).collect();
        Paced {
            chunks: chunks.into_iter(),
            length: None,
            pause: None,
        }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
        }
        let chunk = self.chunks.next();
        // The end comes at once after the last chunk.
        self.pause = (self.chunks.len() > 0).then(|| Box::pin(sleep(GAP)));
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
