//! The task of a connection: writes what is queued, reads what comes, notices what does not.

use super::{Io, Link};
use crate::zap::{
    codec::{Frames, KEEPALIVE},
    dial::broken,
    peer::PeerError,
};
use bytes::Bytes;
use std::{
    io::IoSlice,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWrite},
    time::{Instant, Sleep, sleep},
};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(5);
/// Without anything to say for so long, a sign of life is sent.
const QUIET: Duration = Duration::from_secs(30);
/// From the first byte of a frame to its last.
const FRAME: Duration = Duration::from_secs(30);
/// Frames that one write takes.
const BATCH: usize = 16;
/// Reads before other tasks of the core have their turn.
const READS: usize = 16;

/// Drives one connection to its end.
pub(super) struct Driver {
    io: Box<dyn Io>,
    frames: Frames,
    link: Rc<Link>,
    tick: Pin<Box<Sleep>>,
    wrote: Instant,
    /// Since when part of a frame is there.
    begun: Option<Instant>,
    flushed: bool,
}

impl Driver {
    pub fn new(io: Box<dyn Io>, frames: Frames, link: Rc<Link>) -> Driver {
        Driver {
            io,
            frames,
            link,
            tick: Box::pin(sleep(TICK)),
            wrote: Instant::now(),
            begun: None,
            flushed: true,
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Result<(), PeerError> {
        loop {
            let outbox = self.link.outbox.borrow();
            if outbox.is_empty() {
                break;
            }
            let mut slices = [IoSlice::new(&[]); BATCH];
            let mut count = 0;
            for (slice, out) in slices.iter_mut().zip(outbox.iter()) {
                *slice = IoSlice::new(&out.frame);
                count += 1;
            }
            let polled = Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..count]);
            drop(outbox);
            match polled {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => {
                    return Err(PeerError::Broken("nothing can be written".into()));
                }
                Poll::Ready(Ok(n)) => {
                    self.link.wrote(n);
                    self.wrote = Instant::now();
                    self.flushed = false;
                }
                Poll::Ready(Err(why)) => return Err(broken(why)),
            }
        }
        if !self.flushed {
            match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.flushed = true,
                Poll::Ready(Err(why)) => return Err(broken(why)),
            }
        }
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), PeerError> {
        for _ in 0..READS {
            while let Some(frame) = self.frames.next()? {
                self.begun = None;
                self.link.receive(frame)?;
            }
            if self.frames.has_begun() {
                self.begun.get_or_insert_with(Instant::now);
            }
            // Flow control is TCP's: what is not read stops the peer.
            if self.link.is_clogged() {
                return Ok(());
            }
            let reading = pin!(self.io.read_buf(self.frames.space()));
            match reading.poll(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err(PeerError::Broken("the peer closed it".into())),
                Poll::Ready(Ok(n)) => {
                    self.link.read.set(self.link.read.get() + n as u64);
                }
                Poll::Ready(Err(why)) => return Err(broken(why)),
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn look_at_the_clock(&mut self, cx: &mut Context<'_>) -> Result<(), PeerError> {
        while self.tick.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            self.tick.as_mut().reset(now + TICK);
            if self.begun.is_some_and(|begun| now - begun > FRAME) && !self.link.is_clogged() {
                return Err(PeerError::Broken(format!(
                    "a frame took longer than {FRAME:?}"
                )));
            }
            if now - self.wrote > QUIET {
                self.link.queue(Bytes::from_static(KEEPALIVE), None);
            }
        }
        Ok(())
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<(), PeerError> {
        self.look_at_the_clock(cx)?;
        self.write(cx)?;
        self.read(cx)?;
        *self.link.driver.borrow_mut() = Some(cx.waker().clone());
        Ok(())
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let why = match self.turn(cx) {
            Err(why) => why,
            Ok(()) if self.link.is_spent() => PeerError::Broken("it was given up".into()),
            Ok(()) => return Poll::Pending,
        };
        self.link.close(why);
        Poll::Ready(())
    }
}

/// However it ends, nobody waits for what cannot come.
impl Drop for Driver {
    fn drop(&mut self) {
        self.link
            .close(PeerError::Broken("the gateway stops".into()));
    }
}
