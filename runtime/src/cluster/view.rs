//! What is known of a cluster at this moment.

use arc_swap::{ArcSwap, Guard};
use std::sync::Arc;
use tokio::sync::watch;

/// Replaced as a whole by whoever polls, read by the cores without a lock.
pub(crate) struct View<T> {
    now: ArcSwap<T>,
    shown: watch::Sender<()>,
}

impl<T> View<T> {
    pub fn new(first: T) -> View<T> {
        View {
            now: ArcSwap::from_pointee(first),
            shown: watch::Sender::new(()),
        }
    }

    /// Not to be held across a wait.
    pub fn now(&self) -> Guard<Arc<T>> {
        self.now.load()
    }

    /// This is how it is from now on.
    pub fn show(&self, now: T) {
        self.now.store(Arc::new(now));
        self.shown.send_replace(());
    }

    /// The first thing that `wanted` finds, now or in what is shown later. Cancel-safe; on any thread's runtime.
    pub async fn find<R>(&self, mut wanted: impl FnMut(&T) -> Option<R>) -> R {
        // Before the first look, so that nothing is missed between the two.
        let mut shown = self.shown.subscribe();
        loop {
            if let Some(found) = wanted(&self.now.load()) {
                return found;
            }
            // Its sender lives as long as this view.
            if shown.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::View;
    use std::sync::Arc;

    #[test]
    fn what_is_shown_is_found() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let view = Arc::new(View::new(1));
            let wanted = |least: i32| move |now: &i32| (*now >= least).then_some(*now);
            assert_eq!(view.find(wanted(1)).await, 1, "it is there already");
            let waits = tokio::spawn({
                let view = Arc::clone(&view);
                async move { view.find(wanted(3)).await }
            });
            for now in [2, 3] {
                tokio::task::yield_now().await;
                assert!(!waits.is_finished(), "before {now} is shown");
                view.show(now);
            }
            assert_eq!(waits.await.expect("no panic"), 3);
            assert_eq!(**view.now(), 3);
        });
    }
}
