//! Whether the samples of a histogram are one.

use super::{Format, line::Sample};
use std::collections::BTreeMap;

/// Samples of one set of labels: the upper bounds as they were written, and what is below each; sum; count.
#[derive(Default)]
struct Series<'a> {
    buckets: Vec<(&'a str, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
}

pub fn check(name: &str, samples: &[Sample], format: Format) -> Result<(), String> {
    let mut all: BTreeMap<Vec<(&String, &String)>, Series> = BTreeMap::new();
    for sample in samples {
        let labels = sample.labels.iter().filter(|(label, _)| *label != "le");
        let series = all.entry(labels.collect()).or_default();
        match (&sample.name[name.len()..], sample.labels.get("le")) {
            ("_bucket", Some(bound)) => series.buckets.push((bound, sample.value)),
            ("_sum", None) => series.sum = Some(sample.value),
            ("_count", None) => series.count = Some(sample.value),
            _ => return Err(format!("not a sample of a histogram: {sample:?}")),
        }
    }
    for (labels, series) in all {
        series
            .check(format)
            .map_err(|why| format!("{why}: {name} {labels:?}"))?;
    }
    Ok(())
}

impl Series<'_> {
    fn check(&self, format: Format) -> Result<(), String> {
        let (mut bound_before, mut count_before) = (f64::NEG_INFINITY, 0.0);
        for (written, count) in &self.buckets {
            let bound = match *written {
                "+Inf" => f64::INFINITY,
                text => text.parse().map_err(|_| format!("not a bound: {text}"))?,
            };
            // OpenMetrics: "le" of 1 is written 1.0, so that it is the same series whoever writes it.
            if format == Format::OpenMetrics && bound.is_finite() && !written.contains('.') {
                return Err(format!("a bound that is not a float: {written}"));
            }
            if bound <= bound_before || *count < count_before {
                return Err(format!("buckets out of order at {written}"));
            }
            (bound_before, count_before) = (bound, *count);
        }
        if bound_before != f64::INFINITY {
            return Err("no bucket for everything".to_owned());
        }
        if self.count != Some(count_before) {
            return Err("the count is not what is in the buckets".to_owned());
        }
        match self.sum {
            Some(sum) if sum >= 0.0 => Ok(()),
            _ => Err("no sum".to_owned()),
        }
    }
}
