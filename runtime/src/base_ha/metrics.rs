//! What is counted of a cluster; the names of MET-1.

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
    /// Of `service`, whose writer `is_known` or not.
    pub fn tell(&self, service: &str, is_known: bool, to: &mut dyn Measures) {
        let labels = [("service", service)];
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
        to.gauge(&WRITER_KNOWN, &labels, f64::from(u8::from(is_known)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Told(BTreeMap<&'static str, f64>);

    impl Measures for Told {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        fn counter(&mut self, family: &'static Family, labels: &[(&str, &str)], value: u64) {
            self.gauge(family, labels, value as f64);
        }

        fn gauge(&mut self, family: &'static Family, labels: &[(&str, &str)], value: f64) {
            assert_eq!(labels, [("service", "base.svc:8090")]);
            let before = self.0.insert(family.name, value);
            assert_eq!(before, None, "{} is told once", family.name);
        }
    }

    #[test]
    fn the_names_of_met_1() {
        let counts = Counts::default();
        let all = [
            &counts.polls,
            &counts.poll_errors,
            &counts.leader_changes,
            &counts.writer_failures,
            &counts.writer_failures_fatal,
            &counts.no_writer,
            &counts.clients_forgotten,
        ];
        for (n, counter) in (1..).zip(all) {
            counter.add(n);
        }
        let mut told = Told::default();
        counts.tell("base.svc:8090", true, &mut told);
        let expected = [
            ("gateway_base_ha_leader_polls_total", 1.0),
            ("gateway_base_ha_leader_poll_errors_total", 2.0),
            ("gateway_base_ha_leader_changes_total", 3.0),
            ("gateway_base_ha_writer_failures_total", 4.0),
            ("gateway_base_ha_writer_failures_fatal_total", 5.0),
            ("gateway_base_ha_no_writer_total", 6.0),
            ("gateway_base_ha_clients_forgotten_total", 7.0),
            ("gateway_base_ha_writer_known", 1.0),
        ];
        assert_eq!(told.0, BTreeMap::from(expected));
    }
}
