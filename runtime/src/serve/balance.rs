//! Spreads connections over cores.
//!
//! The kernel spreads them by hash, which is even for thousands and arbitrary for the handful of long-lived ones that
//! an ingress keeps. So a core that got more than its share hands a fresh socket to the core that has the least.

use std::{
    net::{IpAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Connections of every core.
pub(crate) struct Loads {
    cores: Vec<Load>,
}

struct Load {
    connections: AtomicUsize,
    /// Unbounded, yet no longer than `max_connections`: what is in it is counted already.
    handed: UnboundedSender<Handed>,
}

/// A core's place among the others.
pub(crate) struct Seat {
    pub number: usize,
    pub handed: UnboundedReceiver<Handed>,
}

/// A connection that another core has accepted, and whose it is.
pub(crate) type Handed = (TcpStream, IpAddr, Counted);

/// One connection in the count of its core.
pub(crate) struct Counted {
    loads: Arc<Loads>,
    core: usize,
}

impl Loads {
    pub fn new(cores: usize) -> (Arc<Loads>, Vec<Seat>) {
        let (cores, seats) = (0..cores)
            .map(|number| {
                let (sender, handed) = unbounded_channel();
                let load = Load {
                    connections: AtomicUsize::new(0),
                    handed: sender,
                };
                (load, Seat { number, handed })
            })
            .unzip();
        (Arc::new(Loads { cores }), seats)
    }

    /// Connections of the whole process.
    pub fn total(&self) -> usize {
        self.cores
            .iter()
            .map(|core| core.connections.load(Relaxed))
            .sum()
    }

    /// Counts a connection that core `here` has accepted, for the core that should serve it.
    pub fn count(self: &Arc<Loads>, here: usize) -> Counted {
        let of = |core: usize| self.cores[core].connections.load(Relaxed);
        // A core that ended, or never started, has nothing to do and would otherwise get everything.
        let least = (0..self.cores.len())
            .filter(|&core| core == here || !self.cores[core].handed.is_closed())
            .min_by_key(|&core| of(core))
            .unwrap_or(here);
        let core = if of(here) > of(least) { least } else { here };
        self.cores[core].connections.fetch_add(1, Relaxed);
        Counted {
            loads: Arc::clone(self),
            core,
        }
    }

    /// Gives a connection to its core.
    pub fn hand(&self, (stream, peer, counted): Handed) {
        // A core that ended since it was chosen drops both; the client sees its connection closed and tries again.
        let _ = self.cores[counted.core]
            .handed
            .send((stream, peer, counted));
    }
}

impl Counted {
    pub fn core(&self) -> usize {
        self.core
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.loads.cores[self.core]
            .connections
            .fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Loads;

    #[test]
    fn no_core_has_more_than_one_more_than_another() {
        let (loads, _seats) = Loads::new(3);
        // However the kernel hashes them, here all to core 0.
        let held: Vec<_> = (0..10).map(|_| loads.count(0)).collect();
        let mut per_core = [0; 3];
        for counted in &held {
            per_core[counted.core()] += 1;
        }
        assert_eq!(per_core, [4, 3, 3]);
        assert_eq!(loads.total(), 10);
        drop(held);
        assert_eq!(loads.total(), 0);
    }

    #[test]
    fn cores_share_few_connections_evenly() {
        for cores in [2, 3, 4] {
            for connections in [4, 8, 64] {
                let (loads, _seats) = Loads::new(cores);
                // The kernel's hash favours whom it will; here the first core gets three of four.
                let accepts = |n: usize| {
                    if n.is_multiple_of(4) {
                        n / 4 % cores
                    } else {
                        0
                    }
                };
                let held: Vec<_> = (0..connections).map(|n| loads.count(accepts(n))).collect();
                let mut per_core = vec![0; cores];
                for counted in &held {
                    per_core[counted.core()] += 1;
                }
                let (least, most) = (per_core.iter().min(), per_core.iter().max());
                let apart = most.zip(least).map(|(most, least)| most - least);
                assert!(apart <= Some(1), "{connections} over {cores}: {per_core:?}");
            }
        }
    }

    #[test]
    fn a_core_that_keeps_long_streams_gets_fewer_new_connections() {
        let (loads, _seats) = Loads::new(2);
        let mut held: Vec<_> = (0..8).map(|_| loads.count(0)).collect();
        // Those of core 1 end; the streams of core 0 go on.
        held.retain(|counted| counted.core() == 0);
        assert_eq!(held.len(), 4);
        let fresh: Vec<_> = (0..6).map(|_| loads.count(0).core()).collect();
        assert_eq!(
            fresh,
            [1, 1, 1, 1, 1, 1],
            "each ends before the next begins"
        );
        let kept: Vec<_> = (0..6).map(|_| loads.count(0)).collect();
        let of_streams = kept.iter().filter(|counted| counted.core() == 0).count();
        assert_eq!(of_streams, 1, "four streams and one more against five");
    }

    #[test]
    fn a_core_that_ended_gets_nothing() {
        let (loads, mut seats) = Loads::new(3);
        drop(seats.remove(1));
        let held: Vec<_> = (0..6).map(|_| loads.count(0)).collect();
        assert!(held.iter().all(|counted| counted.core() != 1));
        assert_eq!(loads.total(), 6);
    }
}
