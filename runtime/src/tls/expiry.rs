//! When the listener's certificates end, for whoever would like to know before clients do.

#[cfg(feature = "metrics")]
use crate::measure::{Family, Measures};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// By the path of its file: seconds since 1970.
static ENDS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// The certificate in this file, which is used from now on, ends then.
pub(super) fn note(path: &'static str, end: u64) {
    let mut ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
    ends.insert(path, end);
}

#[cfg(feature = "metrics")]
static EXPIRY: Family = Family {
    name: "gateway_tls_certificate_expiry_timestamp_seconds",
    help: "When a certificate of the listener ends, since 1970",
};

/// Of every certificate of the listener.
#[cfg(feature = "metrics")]
pub(crate) fn measure(to: &mut dyn Measures) {
    let ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
    for (path, end) in ends.iter() {
        #[expect(clippy::cast_precision_loss, reason = "exact for millions of years")]
        to.gauge(&EXPIRY, &[("certificate", path)], *end as f64);
    }
}
