//! Addresses of an upstream's host: by the system's resolver, off the core, remembered per core.

use super::pool::Slot;
use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::net::lookup_host;

/// What is known of one name. Stale answers are served while a fresh one is fetched, and for as long as none can be
/// had: a resolver that is down must not take the gateway with it.
#[derive(Default)]
pub(crate) struct Addresses {
    known: RefCell<Rc<[SocketAddr]>>,
    /// None: believed by nobody, look it up.
    at: Cell<Option<Instant>>,
    refreshing: Cell<bool>,
    next: Cell<usize>,
}

impl Addresses {
    /// The addresses, in the order in which to try them: each call starts with the next one.
    pub async fn get(&self, slot: &Rc<Slot>, ttl: Duration) -> io::Result<Vec<SocketAddr>> {
        let fresh = self.at.get().is_some_and(|at| at.elapsed() < ttl);
        if self.known.borrow().is_empty() {
            self.look_up(slot).await?;
        } else if !fresh && !self.refreshing.replace(true) {
            let slot = Rc::clone(slot);
            tokio::task::spawn_local(async move {
                if let Err(error) = slot.addresses.look_up(&slot).await {
                    let name = slot.target().host.name;
                    tracing::warn!(
                        "cannot resolve `{name}` again, going on with its last addresses: {error}"
                    );
                }
                slot.addresses.refreshing.set(false);
            });
        }
        let known = self.known.borrow();
        let start = self.next.get();
        self.next.set(start.wrapping_add(1));
        let mut order = known.to_vec();
        order.rotate_left(start % known.len().max(1));
        Ok(order)
    }

    /// No address answered: the name is looked up again before it is believed again.
    pub fn doubt(&self) {
        self.at.set(None);
    }

    async fn look_up(&self, slot: &Slot) -> io::Result<()> {
        let host = slot.target().host;
        let name = host.name.trim_start_matches('[').trim_end_matches(']');
        let found: Rc<[SocketAddr]> = lookup_host((name, host.port)).await?.collect();
        if found.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the name has no address",
            ));
        }
        *self.known.borrow_mut() = found;
        self.at.set(Some(Instant::now()));
        Ok(())
    }
}
