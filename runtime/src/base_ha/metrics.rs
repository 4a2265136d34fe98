//! What is counted of a cluster; the names of MET-1.

use super::tracker::Tracker;
use crate::measure::{Counter, Family, Measures};

/// Of one cluster.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub polls: Counter,
    pub poll_errors: Counter,
    pub leader_changes: Counter,
    pub writer_failures: Counter,
    pub writer_failures_fatal: Counter,
    pub no_writer: Counter,
    pub clients_forgotten: Counter,
}

const POLLS: Family = Family {
    name: "gateway_base_ha_leader_polls_total",
    help: "Times that a service was asked who leads",
};
const POLL_ERRORS: Family = Family {
    name: "gateway_base_ha_leader_poll_errors_total",
    help: "Polls without an answer that could be read",
};
const LEADER_CHANGES: Family = Family {
    name: "gateway_base_ha_leader_changes_total",
    help: "The first leader, and every new term after it",
};
const WRITER_FAILURES: Family = Family {
    name: "gateway_base_ha_writer_failures_total",
    help: "First attempts at a writer that gave no answer, a 5xx or a redirect",
};
const WRITER_FAILURES_FATAL: Family = Family {
    name: "gateway_base_ha_writer_failures_fatal_total",
    help: "Failures of a writer that the client saw",
};
const NO_WRITER: Family = Family {
    name: "gateway_base_ha_no_writer_total",
    help: "Requests that were for the writer when none was known",
};
const CLIENTS_FORGOTTEN: Family = Family {
    name: "gateway_base_ha_clients_forgotten_total",
    help: "Clients that stopped to read from the writer before their time, because too many had written",
};
const WRITER_KNOWN: Family = Family {
    name: "gateway_base_ha_writer_known",
    help: "Whether a writer is known: 1, or 0",
};

impl Counts {
    pub fn tell(&self, of: &Tracker, to: &mut dyn Measures) {
        let labels = [("service", of.label.as_str())];
        for (family, counter) in [
            (&POLLS, &self.polls),
            (&POLL_ERRORS, &self.poll_errors),
            (&LEADER_CHANGES, &self.leader_changes),
            (&WRITER_FAILURES, &self.writer_failures),
            (&WRITER_FAILURES_FATAL, &self.writer_failures_fatal),
            (&NO_WRITER, &self.no_writer),
            (&CLIENTS_FORGOTTEN, &self.clients_forgotten),
        ] {
            to.counter(family, &labels, counter.get());
        }
        to.gauge(
            &WRITER_KNOWN,
            &labels,
            f64::from(u8::from(of.writer().is_some())),
        );
    }
}
