//! Everything that is asked for a snapshot: the cores, the parts of the gateway, and what every gateway has.

use super::{histogram::Durations, process, samples::Samples, tallies, tally::ENDS, unread};
use crate::{
    gateway::Gateway,
    log,
    measure::{Family, Measures},
    metrics::{
        own::Own,
        pool::{CLASSES, Pool, REASONS},
        tally::{Figures, Requests, Tally},
    },
    run::version,
    upstream,
};
use std::collections::BTreeMap;

static BUILD: Family = Family {
    name: "gateway_build_info",
    help: "Always 1: the version of gwc, and the SHA-256 of the config that was compiled",
};
static LOG_DROPPED: Family = Family {
    name: "gateway_log_lines_dropped_total",
    help: "Log lines lost because standard output was not read fast enough",
};
static REQUESTS: Family = Family {
    name: "gateway_requests_total",
    help: "Requests that are over, by route and by what became of them",
};
static IN_FLIGHT: Family = Family {
    name: "gateway_requests_in_flight",
    help: "Requests whose answer has not ended",
};
static BYTES_IN: Family = Family {
    name: "gateway_request_bytes_total",
    help: "Bytes of request bodies, and what clients sent through tunnels",
};
static BYTES_OUT: Family = Family {
    name: "gateway_response_bytes_total",
    help: "Bytes of response bodies, and what clients got through tunnels",
};
static DURATION: Family = Family {
    name: "gateway_request_duration_seconds",
    help: "From the head of a request to the end of its answer",
};
static FIRST_BYTE: Family = Family {
    name: "gateway_first_byte_seconds",
    help: "From the head of a request to the head of its upstream's answer",
};
static STOPPED: Family = Family {
    name: "gateway_gate_stopped_total",
    help: "Requests that a gate refused, or answered itself",
};
static ACCEPTED: Family = Family {
    name: "gateway_connections_total",
    help: "Client connections that were served",
};
static OPEN: Family = Family {
    name: "gateway_connections_open",
    help: "Client connections that are being served",
};
static TURNED_AWAY: Family = Family {
    name: "gateway_connections_turned_away_total",
    help: "Client connections that were closed because there were too many",
};
static POOL: Family = Family {
    name: "gateway_upstream_connections",
    help: "Connections to a host: busy with a request, or idle",
};
static OPENED: Family = Family {
    name: "gateway_upstream_connections_opened_total",
    help: "Connections to a host that were established",
};
static REUSED: Family = Family {
    name: "gateway_upstream_connections_reused_total",
    help: "Requests that went over a connection that was there",
};
static ANSWERS: Family = Family {
    name: "gateway_upstream_responses_total",
    help: "Answers of a host whose head came, by status class",
};
static FAILURES: Family = Family {
    name: "gateway_upstream_failures_total",
    help: "Calls of a host that got no answer, by what went wrong",
};

/// The snapshot of this moment.
pub(super) fn snapshot(gateway: &'static Gateway) -> Samples {
    let mut samples = Samples::default();
    let digest = version::digest(gateway.config);
    let build = [("version", version::GWC), ("config", &*digest)];
    samples.gauge(&BUILD, &build, 1.0);
    samples.counter(&LOG_DROPPED, &[], log::dropped());
    requests(gateway, &mut samples);
    gates(gateway, &mut samples);
    clients(&mut samples);
    upstreams(gateway, &mut samples);
    unread::measure(&mut samples);
    process::measure(&mut samples);
    #[cfg(feature = "auth")]
    crate::jwks::measure(&mut samples);
    #[cfg(feature = "tls-listener")]
    crate::tls::measure(&mut samples);
    for gate in gateway.gates {
        gate.measure(&mut samples);
    }
    for part in gateway.parts {
        part.measure(&mut samples);
    }
    samples
}

/// The same figures of every core, added up.
#[derive(Default)]
struct Sum {
    ends: [u64; ENDS.len()],
    in_flight: u64,
    bytes_in: u64,
    bytes_out: u64,
    duration: Durations,
    first_byte: Durations,
}

impl Sum {
    fn of<'a>(cores: impl Iterator<Item = &'a Figures>) -> Option<Sum> {
        let mut all: Option<Sum> = None;
        for figures in cores {
            let sum = all.get_or_insert_default();
            for (sum, end) in sum.ends.iter_mut().zip(&figures.ends) {
                *sum += end.get();
            }
            sum.in_flight += figures.in_flight.get();
            sum.bytes_in += figures.bytes_in.get();
            sum.bytes_out += figures.bytes_out.get();
            sum.duration.add(&figures.duration);
            sum.first_byte.add(&figures.first_byte);
        }
        all
    }

    fn tell(self, method: &str, route: &str, to: &mut Samples) {
        let labels = [("method", method), ("route", route)];
        for (status, count) in ENDS.into_iter().zip(self.ends) {
            let [method, route] = labels;
            to.counter(&REQUESTS, &[method, route, ("status", status)], count);
        }
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 requests")]
        to.gauge(&IN_FLIGHT, &labels, self.in_flight as f64);
        to.counter(&BYTES_IN, &labels, self.bytes_in);
        to.counter(&BYTES_OUT, &labels, self.bytes_out);
        to.histogram(&DURATION, &labels, self.duration);
        to.histogram(&FIRST_BYTE, &labels, self.first_byte);
    }
}

/// Routes that nobody has asked for are left out: a gateway of thousands has many. What has no route is one more, which
/// no route can be called.
fn requests(gateway: &Gateway, to: &mut Samples) {
    let cores = || tallies().iter().filter_map(Tally::requests);
    for (number, route) in gateway.routes.iter().enumerate() {
        if let Some(sum) = Sum::of(cores().filter_map(|core| core.route(number))) {
            sum.tell(route.method.as_str(), route.path, to);
        }
    }
    if let Some(sum) = Sum::of(cores().map(Requests::elsewhere)) {
        sum.tell("none", "none", to);
    }
}

fn gates(gateway: &Gateway, to: &mut Samples) {
    for (number, gate) in gateway.gates.iter().enumerate() {
        let cores = || tallies().iter().filter_map(|tally| tally.gates.get(number));
        if cores().next().is_none() {
            continue;
        }
        let gate = ("gate", gate.key());
        let refused = cores().map(|stops| stops.refused.get()).sum();
        let answered = cores().map(|stops| stops.answered.get()).sum();
        to.counter(&STOPPED, &[gate, ("how", "refused")], refused);
        to.counter(&STOPPED, &[gate, ("how", "answered")], answered);
    }
}

fn clients(to: &mut Samples) {
    let (mut accepted, mut open, mut turned_away) = (0, 0, 0);
    for tally in tallies() {
        accepted += tally.clients.accepted.get();
        open += tally.clients.open.get();
        turned_away += tally.clients.turned_away.get();
    }
    to.counter(&ACCEPTED, &[], accepted);
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
    to.gauge(&OPEN, &[], open as f64);
    to.counter(&TURNED_AWAY, &[], turned_away);
}

/// Of one host, the pools of every core added up.
#[derive(Default)]
struct Calls {
    answers: [u64; CLASSES.len()],
    failures: [u64; REASONS.len()],
    opened: u64,
    reused: u64,
    open: u64,
    idle: u64,
}

impl Calls {
    fn add(&mut self, pool: &Pool) {
        let add = |sums: &mut [u64], of: &[Own]| {
            for (sum, one) in sums.iter_mut().zip(of) {
                *sum += one.get();
            }
        };
        add(&mut self.answers, &pool.answers);
        add(&mut self.failures, &pool.failures);
        self.opened += pool.opened.get();
        self.reused += pool.reused.get();
        self.open += pool.open.get();
        self.idle += pool.idle.get();
    }

    fn tell(&self, host: &str, to: &mut Samples) {
        let host = ("host", host);
        for (status, count) in CLASSES.into_iter().zip(self.answers) {
            to.counter(&ANSWERS, &[host, ("status", status)], count);
        }
        for (reason, count) in REASONS.into_iter().zip(self.failures) {
            to.counter(&FAILURES, &[host, ("reason", reason)], count);
        }
        to.counter(&OPENED, &[host], self.opened);
        to.counter(&REUSED, &[host], self.reused);
        let busy = self.open.saturating_sub(self.idle);
        for (state, count) in [("busy", busy), ("idle", self.idle)] {
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
            to.gauge(&POOL, &[host, ("state", state)], count as f64);
        }
    }
}

fn upstreams(gateway: &'static Gateway, to: &mut Samples) {
    if tallies().iter().any(Tally::watches_upstreams) {
        upstream::measure(gateway.upstreams, to);
    }
    let mut hosts: BTreeMap<String, Calls> = BTreeMap::new();
    for (target, pool) in tallies().iter().flat_map(Tally::hosts) {
        hosts.entry(target.host.to_string()).or_default().add(&pool);
    }
    for (host, calls) in &hosts {
        calls.tell(host, to);
    }
}
