//! What one core counts. Only that core changes it, a scrape reads it while it goes on.
//!
//! The labels of everything here are chosen by the config: routes, and hosts of upstreams. So is its size. A route has a
//! pointer from the start and its [`Figures`], 384 bytes, from its first request on that core: 150 routes come to 60 KB
//! per core, 5,000 to 2 MB where each of them is used and to 80 KB where none is.

use super::{histogram::Histogram, own::Own, pool::Pool};
use crate::{
    record::{Ended, Fate},
    upstream::Target,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The counters of one core.
pub(crate) struct Tally {
    routes: Option<Requests>,
    hosts: Option<Mutex<Vec<Host>>>,
    /// By the number of the gate; empty if requests are not counted.
    pub(super) gates: Box<[Stops]>,
    pub(super) clients: Clients,
}

/// A host of upstreams, and what one core counts of its connections there.
type Host = (&'static Target, Arc<Pool>);

/// Of requests, by what they were for.
pub(super) struct Requests {
    by_route: Box<[OnceLock<Box<Figures>>]>,
    /// Of those that have no route, or none yet.
    elsewhere: Figures,
}

/// Of requests that went no further than one gate.
#[derive(Default)]
pub(super) struct Stops {
    pub refused: Own,
    pub answered: Own,
}

/// Of client connections.
#[derive(Default)]
pub(super) struct Clients {
    pub accepted: Own,
    pub open: Own,
    pub turned_away: Own,
}

/// The ways in which a request ends, as `status` tells them.
pub(super) const ENDS: [&str; 7] = ["1xx", "2xx", "3xx", "4xx", "5xx", "cancelled", "broken"];

/// Everything about the requests of one route.
#[derive(Default)]
pub(super) struct Figures {
    /// In the order of [`ENDS`].
    pub ends: [Own; ENDS.len()],
    pub in_flight: Own,
    pub bytes_in: Own,
    pub bytes_out: Own,
    pub duration: Histogram,
    pub first_byte: Histogram,
}

/// One request, from its head to the end of its answer.
pub(crate) struct Request {
    of: &'static Requests,
    figures: &'static Figures,
}

impl Tally {
    /// Of a core of a gateway with so many routes and gates; what is not wanted is not counted.
    pub(super) fn new(routes: usize, gates: usize, requests: bool, upstreams: bool) -> Tally {
        Tally {
            routes: requests.then(|| Requests {
                by_route: (0..routes).map(|_| OnceLock::new()).collect(),
                elsewhere: Figures::default(),
            }),
            hosts: upstreams.then(Mutex::default),
            gates: (0..if requests { gates } else { 0 })
                .map(|_| Stops::default())
                .collect(),
            clients: Clients::default(),
        }
    }

    /// A request head is complete.
    pub fn arrived(&'static self) -> Option<Request> {
        let of = self.routes.as_ref()?;
        of.elsewhere.in_flight.add(1);
        Some(Request {
            of,
            figures: &of.elsewhere,
        })
    }

    /// The gate with this number has refused a request.
    pub fn refused(&self, gate: usize) {
        if let Some(stops) = self.gates.get(gate) {
            stops.refused.add(1);
        }
    }

    /// The gate with this number has answered a request itself.
    pub fn answered(&self, gate: usize) {
        if let Some(stops) = self.gates.get(gate) {
            stops.answered.add(1);
        }
    }

    /// What will be told about this core's connections to `target`; asked for once.
    pub fn pool(&self, target: &'static Target) -> Option<Arc<Pool>> {
        let hosts = self.hosts.as_ref()?;
        let pool = Arc::<Pool>::default();
        let mut hosts = hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.push((target, Arc::clone(&pool)));
        Some(pool)
    }

    /// A client's connection will be served.
    pub fn connected(&self) {
        self.clients.accepted.add(1);
        self.clients.open.add(1);
    }

    /// A connection of [`Tally::connected`] has ended.
    pub fn disconnected(&self) {
        self.clients.open.take(1);
    }

    /// There were too many connections for another one.
    pub fn turned_away(&self) {
        self.clients.turned_away.add(1);
    }

    pub(super) fn requests(&self) -> Option<&Requests> {
        self.routes.as_ref()
    }

    /// Whether calls of upstreams are counted.
    pub(super) fn watches_upstreams(&self) -> bool {
        self.hosts.is_some()
    }

    /// Every host that this core has called.
    pub(super) fn hosts(&self) -> Vec<Host> {
        let Some(hosts) = &self.hosts else {
            return Vec::new();
        };
        hosts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Requests {
    /// Of the route with this number, if it was ever asked for.
    pub fn route(&self, number: usize) -> Option<&Figures> {
        Some(self.by_route.get(number)?.get()?)
    }

    pub fn elsewhere(&self) -> &Figures {
        &self.elsewhere
    }
}

impl Request {
    /// Its route was found.
    pub fn routed(&mut self, index: u32) {
        if let Some(slot) = self.of.by_route.get(index as usize) {
            self.figures.in_flight.take(1);
            self.figures = slot.get_or_init(Box::default);
            self.figures.in_flight.add(1);
        }
    }

    /// It is over.
    pub fn ended(self, end: &Ended) {
        let figures = self.figures;
        figures.in_flight.take(1);
        figures.ends[place(end.fate)].add(1);
        figures.bytes_in.add(end.bytes_in);
        figures.bytes_out.add(end.bytes_out);
        figures.duration.observe(end.duration);
        if let Some(first_byte) = end.first_byte {
            figures.first_byte.observe(first_byte);
        }
    }
}

/// In [`ENDS`].
fn place(fate: Fate) -> usize {
    match fate {
        Fate::Answered(status) => (usize::from(status) / 100).clamp(1, 5) - 1,
        Fate::Cancelled => 5,
        Fate::Broken => 6,
    }
}

#[cfg(test)]
mod bench;

#[cfg(test)]
mod tests {
    use super::{ENDS, Figures, Tally, place};
    use crate::record::{Ended, Fate};
    use std::time::Duration;

    #[test]
    fn a_route_costs_what_the_documentation_says() {
        assert_eq!(size_of::<Figures>(), 384);
        assert_eq!(size_of::<std::sync::OnceLock<Box<Figures>>>(), 16);
    }

    #[test]
    fn every_end_has_a_name() {
        for (fate, name) in [
            (Fate::Answered(101), "1xx"),
            (Fate::Answered(200), "2xx"),
            (Fate::Answered(304), "3xx"),
            (Fate::Answered(429), "4xx"),
            (Fate::Answered(599), "5xx"),
            // RFC 9110 15: whoever does not know a status treats it as 5xx.
            (Fate::Answered(999), "5xx"),
            (Fate::Cancelled, "cancelled"),
            (Fate::Broken, "broken"),
        ] {
            assert_eq!(ENDS[place(fate)], name, "{fate:?}");
        }
    }

    #[test]
    fn a_request_is_of_one_route_at_a_time() {
        let tally: &'static Tally = Box::leak(Box::new(Tally::new(2, 0, true, true)));
        let requests = tally.requests().expect("they are counted");
        let in_flight = || {
            let routes = [0, 1].map(|n| requests.route(n).map(|route| route.in_flight.get()));
            (requests.elsewhere().in_flight.get(), routes)
        };
        let mut request = tally.arrived().expect("they are counted");
        assert_eq!(in_flight(), (1, [None, None]));
        request.routed(1);
        assert_eq!(in_flight(), (0, [None, Some(1)]));
        request.ended(&Ended {
            fate: Fate::Answered(200),
            duration: Duration::from_millis(3),
            first_byte: None,
            bytes_in: 1,
            bytes_out: 2,
        });
        assert_eq!(in_flight(), (0, [None, Some(0)]));
        let route = requests.route(1).expect("it was asked for");
        assert_eq!(route.ends[1].get(), 1);
        assert_eq!((route.bytes_in.get(), route.bytes_out.get()), (1, 2));
    }

    #[test]
    fn what_is_not_wanted_is_not_counted() {
        let tally: &'static Tally = Box::leak(Box::new(Tally::new(1, 1, false, false)));
        assert!(tally.arrived().is_none() && tally.requests().is_none());
        assert!(tally.hosts().is_empty());
        tally.refused(0);
        assert!(tally.gates.is_empty());
    }
}
