//! A snapshot: families by name, and their samples by labels.

use super::histogram::Durations;
use crate::measure::{Family, Measures};
use std::collections::BTreeMap;

/// What everybody told who was asked. Sorted, so that two snapshots can be compared line by line.
#[derive(Default)]
pub(super) struct Samples(BTreeMap<&'static str, Told>);

/// A family as it was told.
pub(super) struct Told {
    pub help: &'static str,
    pub kind: Kind,
    pub samples: BTreeMap<Labels, Value>,
}

/// What the samples of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Names and values, in the order in which they were told.
pub(super) type Labels = Vec<(String, String)>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Number(f64),
    Durations(Box<Durations>),
}

impl Kind {
    /// As both text formats spell it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

impl Samples {
    /// Sorted by name.
    pub fn families(&self) -> impl Iterator<Item = (&'static str, &Told)> {
        self.0.iter().map(|(name, told)| (*name, told))
    }

    /// A counter that is no whole number.
    pub fn total(&mut self, family: &'static Family, value: f64) {
        self.tell(family, Kind::Counter, &[], Value::Number(value));
    }

    pub fn histogram(
        &mut self,
        family: &'static Family,
        labels: &[(&str, &str)],
        durations: Durations,
    ) {
        let value = Value::Durations(Box::new(durations));
        self.tell(family, Kind::Histogram, labels, value);
    }

    /// A family is told once, whoever tells of it, and so is a sample: what two parts tell of the same labels is added.
    fn tell(&mut self, family: &'static Family, kind: Kind, labels: &[(&str, &str)], value: Value) {
        debug_assert_eq!(
            kind == Kind::Counter,
            family.name.ends_with("_total"),
            "{}",
            family.name
        );
        let told = self.0.entry(family.name).or_insert_with(|| Told {
            help: family.help,
            kind,
            samples: BTreeMap::new(),
        });
        debug_assert_eq!(told.kind, kind, "{} is of one kind", family.name);
        if told.kind != kind {
            return;
        }
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        match told.samples.get_mut(&labels) {
            Some(known) => known.add(&value),
            None => {
                told.samples.insert(labels, value);
            }
        }
    }
}

impl Measures for Samples {
    fn counter(&mut self, family: &'static Family, labels: &[(&str, &str)], value: u64) {
        self.tell(family, Kind::Counter, labels, Value::Count(value));
    }

    fn gauge(&mut self, family: &'static Family, labels: &[(&str, &str)], value: f64) {
        self.tell(family, Kind::Gauge, labels, Value::Number(value));
    }
}

impl Value {
    fn add(&mut self, other: &Value) {
        match (self, other) {
            (Value::Count(sum), Value::Count(more)) => *sum += more,
            (Value::Number(sum), Value::Number(more)) => *sum += more,
            (Value::Durations(sum), Value::Durations(more)) => sum.merge(more),
            // One kind of number for one name: see `Samples::total`.
            _ => debug_assert!(false, "a family of two kinds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Samples, Value};
    use crate::measure::{Family, Measures};

    static PETS: Family = Family {
        name: "pets_total",
        help: "Pets that were let in",
    };

    #[test]
    fn what_two_parts_tell_is_one_family() {
        let mut samples = Samples::default();
        samples.counter(&PETS, &[("kind", "dog")], 1);
        samples.counter(&PETS, &[("kind", "cat")], 2);
        samples.counter(&PETS, &[("kind", "dog")], 3);
        let families: Vec<_> = samples.families().collect();
        let [(name, told)] = families.as_slice() else {
            panic!("one family")
        };
        assert_eq!(*name, "pets_total");
        let counts: Vec<_> = told.samples.iter().collect();
        let of = |kind: &str| vec![("kind".to_owned(), kind.to_owned())];
        assert_eq!(
            counts,
            [
                (&of("cat"), &Value::Count(2)),
                (&of("dog"), &Value::Count(4))
            ]
        );
    }
}
