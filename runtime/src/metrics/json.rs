//! A snapshot as JSON, for people with `jq` and for scripts: `/__stats`.
//!
//! The path is that of the Go gateway, the content is not: the numbers of `/metrics` under the same names.

use super::samples::{Samples, Told, Value};
use serde_json::{Map, Value as Json, json};

pub(super) fn render(samples: &Samples) -> String {
    let families = samples
        .families()
        .map(|(name, told)| (name.to_owned(), family(told)));
    let all = Json::Object(families.collect());
    format!("{all:#}\n")
}

fn family(told: &Told) -> Json {
    let samples = told.samples.iter().map(|(labels, value)| {
        let labels: Map<String, Json> = labels
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        match value {
            Value::Count(count) => json!({ "labels": labels, "value": count }),
            Value::Number(number) => json!({ "labels": labels, "value": number }),
            Value::Durations(durations) => {
                let bound = |bound: f64| match bound {
                    f64::INFINITY => "+Inf".to_owned(),
                    bound => bound.to_string(),
                };
                let buckets: Vec<Json> = durations
                    .cumulative()
                    .map(|(upper, count)| json!({ "le": bound(upper), "count": count }))
                    .collect();
                json!({
                    "labels": labels,
                    "count": durations.count(),
                    "sum": durations.sum(),
                    "buckets": buckets,
                })
            }
        }
    });
    json!({
        "type": told.kind.name(),
        "help": told.help,
        "samples": samples.collect::<Vec<_>>(),
    })
}
