//! What the parts of a gateway tell about themselves when somebody asks for metrics.
//!
//! This module is in every gateway, for the parts are; who asks is `telemetry/metrics`, a feature. A part counts with a
//! [`Counter`] where something is rare, or shared by the cores anyway; what happens in every request is counted per core.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A family of metrics: one name, one meaning, any number of labelled samples.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// With its unit; a counter's ends in `_total`.
    pub name: &'static str,
    /// One sentence without a full stop.
    pub help: &'static str,
}

/// Where a part writes its samples. The labels of a family are the same ones in every sample, and no client chooses
/// their values.
pub(crate) trait Measures {
    /// Something that only grows.
    fn counter(&mut self, family: &'static Family, labels: &[(&str, &str)], value: u64);

    /// Something that comes and goes.
    fn gauge(&mut self, family: &'static Family, labels: &[(&str, &str)], value: f64);
}

/// A count that any thread may raise.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub const fn new() -> Counter {
        Counter(AtomicU64::new(0))
    }

    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
