//! What upstreams tell: hosts that are left out, calls that were made again.

use super::Upstream;
use crate::measure::{Family, Measures};
use std::collections::HashSet;

static UP: Family = Family {
    name: "gateway_upstream_host_up",
    help: "Whether a host takes its turn: 0 while it is left out, for its connections fail",
};
static EJECTIONS: Family = Family {
    name: "gateway_upstream_ejections_total",
    help: "How often a host was left out, for its connections failed",
};
static RETRIES: Family = Family {
    name: "gateway_upstream_retries_total",
    help: "Attempts of calls after the first, where the config asks for them",
};
static UNAFFORDABLE: Family = Family {
    name: "gateway_upstream_retries_refused_total",
    help: "Attempts of calls after the first that the budget did not allow",
};

/// Of all `upstreams`; hosts that several of them have are told once.
pub(crate) fn measure(upstreams: &[&'static Upstream], to: &mut dyn Measures) {
    let mut told = HashSet::new();
    for upstream in upstreams {
        let targets = upstream.with_targets(<[_]>::to_vec);
        for target in targets {
            if !told.insert(target.number) {
                continue;
            }
            let host = target.host.to_string();
            let labels = [("host", &*host)];
            let health = &target.health;
            to.gauge(&UP, &labels, f64::from(u8::from(!health.is_out())));
            to.counter(&EJECTIONS, &labels, health.ejections.get());
        }
        let labels = [("upstream", upstream.label)];
        to.counter(&RETRIES, &labels, upstream.retries.made.get());
        to.counter(&UNAFFORDABLE, &labels, upstream.retries.unaffordable.get());
    }
}
