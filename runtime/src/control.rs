//! The control thread: everything of a running gateway that is not a request.
//!
//! That is the signals, and with them the [`Phase`] that every core follows, and the tasks of the gateway's parts. The
//! thread has its own runtime, so that a busy core never delays a signal.

use crate::{gate::Task, log};
use std::{
    future::poll_fn,
    io, process,
    task::Poll,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::timeout,
};

/// Where the process is in its life. It only ever moves downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Requests are taken and answered.
    Serving,
    /// As [`Phase::Serving`], but `/readyz` says 503, so that balancers look elsewhere before the listeners close.
    LameDuck,
    /// Listeners are closed, what is in flight may end until `deadline`, what is left then is cut.
    Draining { deadline: Instant },
}

/// The current [`Phase`], for one core. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Phases(watch::Receiver<Phase>);

impl Phases {
    /// A sender of phases and what follows it; starts in [`Phase::Serving`].
    pub fn channel() -> (watch::Sender<Phase>, Phases) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (sender, Phases(receiver))
    }

    /// The phase of this moment.
    pub fn now(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits for a phase that this clone has not seen yet. Cancel-safe. Never ends if there will be none.
    pub async fn changed(&mut self) -> Phase {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        *self.0.borrow_and_update()
    }
}

/// Starts the control thread, and `tasks` on it. From here on SIGTERM and SIGINT no longer kill the process.
///
/// The first of them begins the shutdown: [`Phase::LameDuck`] for `lame_duck` (none if zero), then
/// [`Phase::Draining`] for `drain`. A second one ends the process at once with exit code 1.
pub(crate) fn start(lame_duck: Duration, drain: Duration, tasks: Vec<Task>) -> io::Result<Phases> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Taken before anything listens: a signal that comes during start-up must not be lost.
    let signals = {
        let _context = runtime.enter();
        Signals::take()?
    };
    let (sender, phases) = Phases::channel();
    thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || {
            for task in tasks {
                runtime.spawn(task);
            }
            runtime.block_on(shut_down(signals, sender, lame_duck, drain));
        })?;
    Ok(phases)
}

async fn shut_down(
    mut signals: Signals,
    phase: watch::Sender<Phase>,
    lame_duck: Duration,
    drain: Duration,
) {
    let name = signals.next().await;
    if !lame_duck.is_zero() {
        tracing::info!("{name}: not ready for {lame_duck:?}, then draining");
        phase.send_replace(Phase::LameDuck);
        if let Ok(again) = timeout(lame_duck, signals.next()).await {
            exit_at_once(again);
        }
    }
    tracing::info!("{name}: draining for {drain:?} at most");
    phase.send_replace(Phase::Draining {
        deadline: Instant::now() + drain,
    });
    exit_at_once(signals.next().await);
}

fn exit_at_once(signal: &str) -> ! {
    tracing::error!(target: log::CRITICAL, "{signal} again: exiting at once, requests in flight are cut");
    log::close();
    process::exit(1);
}

/// The signals that ask a process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn take() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The name of the next one. Cancel-safe.
    async fn next(&mut self) -> &'static str {
        poll_fn(|cx| {
            if self.terminate.poll_recv(cx).is_ready() {
                Poll::Ready("SIGTERM")
            } else {
                self.interrupt.poll_recv(cx).map(|_| "SIGINT")
            }
        })
        .await
    }
}
