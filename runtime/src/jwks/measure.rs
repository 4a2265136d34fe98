//! What key sets tell when metrics are asked for.

use super::all;
use crate::{
    measure::{Family, Measures},
    redact,
};

static AGE: Family = Family {
    name: "gateway_jwks_age_seconds",
    help: "Since a key set was last fetched whole; none while it never was",
};
static KEYS: Family = Family {
    name: "gateway_jwks_keys",
    help: "Keys of a key set that signatures can be checked with",
};
static FAILURES: Family = Family {
    name: "gateway_jwks_failures",
    help: "Fetches of a key set that failed since one succeeded",
};
static CHANGES: Family = Family {
    name: "gateway_jwks_changes_total",
    help: "How often the content of a key set was new",
};

/// Of every key set.
pub(crate) fn measure(to: &mut dyn Measures) {
    for report in all().iter().map(|store| store.report()) {
        // Whoever may scrape may not see what a URL has in its query.
        let source = redact::query(&report.source);
        let labels = [("source", &*source)];
        if let Some(age) = report.age {
            to.gauge(&AGE, &labels, age.as_secs_f64());
        }
        to.gauge(&KEYS, &labels, number(report.keys));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
        to.gauge(&FAILURES, &labels, report.failures as f64);
        to.counter(&CHANGES, &labels, report.generation);
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
