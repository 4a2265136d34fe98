//! The one timer of a core, which rings for everybody on it.
//!
//! A timer per request would cost more than routing it: an allocation, and a system call whenever it is the next to
//! fire. Nearly none of them ever fires. So whoever waits only writes down until when, and one task looks at all of them
//! when the first may be due. Alarms ring late by up to [`GRAIN`], and never early.

use slab::Slab;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// The least time between two looks.
const GRAIN: Duration = Duration::from_millis(20);
/// The most: what waits for longer, as nearly everything does, need not say that it begins to.
const AT_LEAST: Duration = Duration::from_millis(500);

thread_local! {
    static BELL: Rc<Bell> = Rc::default();
}

/// Everybody who waits on this core.
#[derive(Default)]
struct Bell {
    waiting: RefCell<Slab<Waiter>>,
    /// When they are looked at next. None: nobody waits.
    next: Cell<Option<Instant>>,
    /// Somebody waits for less than that.
    sooner: Notify,
}

struct Waiter {
    until: Instant,
    /// None: it was woken.
    waker: Option<Waker>,
}

/// Something that waits until some time, once it is polled.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    place: Option<usize>,
}

impl Alarm {
    /// Ready when `due` has passed. Until then the task is woken when it has, or before it, to ask again: a `due` that moves
    /// on costs nothing.
    pub fn poll(&mut self, due: Instant, cx: &mut Context<'_>) -> Poll<()> {
        BELL.with(|bell| {
            let mut waiting = bell.waiting.borrow_mut();
            let waiter = self.place.and_then(|place| waiting.get_mut(place));
            match waiter {
                // Had it passed, this one would have been woken.
                Some(Waiter {
                    until,
                    waker: Some(waker),
                }) if *until <= due => {
                    waker.clone_from(cx.waker());
                    return Poll::Pending;
                }
                // Woken, or in a hurry: is it time?
                Some(_) if due <= Instant::now() => return Poll::Ready(()),
                // If it is time already, the next look tells.
                Some(_) | None => {}
            }
            let anew = Waiter {
                until: due,
                waker: Some(cx.waker().clone()),
            };
            match self.place {
                Some(place) => waiting[place] = anew,
                None => self.place = Some(waiting.insert(anew)),
            }
            if bell.next.get().is_none_or(|next| due < next) {
                bell.sooner.notify_one();
            }
            Poll::Pending
        })
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // While its thread ends there is no bell any more.
        let waiter = BELL.try_with(|bell| bell.waiting.borrow_mut().try_remove(place));
        drop(waiter);
    }
}

/// Rings for this core's alarms, for as long as it lives.
pub(crate) async fn ring() {
    let bell = BELL.with(Rc::clone);
    loop {
        let next = bell.look(Instant::now());
        bell.next.set(next);
        match next {
            None => bell.sooner.notified().await,
            Some(next) => tokio::select! {
                () = sleep_until(next) => {}
                () = bell.sooner.notified() => {}
            },
        }
    }
}

impl Bell {
    /// Wakes whoever is due; when to look again.
    fn look(&self, now: Instant) -> Option<Instant> {
        let (mut due, mut next) = (Vec::new(), None);
        for (_, waiter) in self.waiting.borrow_mut().iter_mut() {
            if waiter.until <= now {
                due.extend(waiter.waker.take());
            } else {
                let soonest = next.get_or_insert(now + AT_LEAST);
                *soonest = waiter.until.min(*soonest);
            }
        }
        // Behind the borrow: a task that is woken may be one that ends.
        due.into_iter().for_each(Waker::wake);
        next.map(|next| next.max(now + GRAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, BELL, ring};
    use std::{future::poll_fn, task::Poll, time::Duration};
    use tokio::time::Instant;

    /// Ends when the test does, so an alarm that does not ring is one that hangs.
    fn on_a_core(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
            .block_on(async {
                tokio::select! {
                    () = test => {}
                    () = ring() => {}
                }
            });
    }

    fn waiting() -> usize {
        BELL.with(|bell| bell.waiting.borrow().len())
    }

    #[test]
    fn alarms_ring_and_never_early() {
        on_a_core(async {
            let start = Instant::now();
            for milliseconds in [0, 1, 30, 2, 550] {
                let due = start + Duration::from_millis(milliseconds);
                let mut alarm = Alarm::default();
                poll_fn(|cx| alarm.poll(due, cx)).await;
                assert!(Instant::now() >= due, "{milliseconds}");
            }
            assert_eq!(waiting(), 0);
        });
    }

    #[test]
    fn what_is_due_may_move_both_ways() {
        on_a_core(async {
            let start = Instant::now();
            let at = |milliseconds| start + Duration::from_millis(milliseconds);
            let mut alarm = Alarm::default();
            poll_fn(|cx| Poll::Ready(alarm.poll(at(60_000), cx).is_pending())).await;
            let mut due = at(20);
            poll_fn(|cx| {
                let polled = alarm.poll(due, cx);
                if polled.is_ready() && due == at(20) {
                    due = at(80);
                    return alarm.poll(due, cx);
                }
                polled
            })
            .await;
            assert!(Instant::now() >= at(80));
        });
    }

    #[test]
    fn nobody_waits_for_what_is_gone() {
        on_a_core(async {
            let due = Instant::now() + Duration::from_mins(1);
            let mut alarms: Vec<_> = (0..10).map(|_| Alarm::default()).collect();
            poll_fn(|cx| {
                let all = alarms
                    .iter_mut()
                    .all(|alarm| alarm.poll(due, cx).is_pending());
                assert!(all);
                Poll::Ready(())
            })
            .await;
            assert_eq!(waiting(), 10);
            alarms.truncate(3);
            assert_eq!(waiting(), 3);
            drop(alarms);
            assert_eq!(waiting(), 0);
        });
    }
}
