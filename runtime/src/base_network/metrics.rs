//! What is counted of a network; the names of MET-1, and two more.

use super::network::Network;
use crate::measure::{Counter, Family, Measures};

/// Of one network.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub polls: Counter,
    pub poll_errors: Counter,
    pub mismatches: Counter,
    pub redirects: Counter,
}

static POLLS: Family = Family {
    name: "gateway_base_network_member_polls_total",
    help: "Times that a host was asked for the members of its network",
};
static POLL_ERRORS: Family = Family {
    name: "gateway_base_network_member_poll_errors_total",
    help: "Polls without an answer that could be read",
};
static MISMATCHES: Family = Family {
    name: "gateway_base_network_shard_mismatches_total",
    help: "Redirects that said which other member has the key",
};
static REDIRECTS: Family = Family {
    name: "gateway_base_network_307_total",
    help: "Redirects of members, 307 and 308, none of which a client sees",
};
static MEMBERS: Family = Family {
    name: "gateway_base_network_members",
    help: "Members that are known",
};

impl Counts {
    pub fn tell(&self, of: &Network, to: &mut dyn Measures) {
        let labels = [("network", of.label())];
        for (family, counter) in [
            (&POLLS, &self.polls),
            (&POLL_ERRORS, &self.poll_errors),
            (&MISMATCHES, &self.mismatches),
            (&REDIRECTS, &self.redirects),
        ] {
            to.counter(family, &labels, counter.get());
        }
        let members = of.with(|members| members.list().len());
        to.gauge(
            &MEMBERS,
            &labels,
            u32::try_from(members).unwrap_or(u32::MAX).into(),
        );
    }
}
