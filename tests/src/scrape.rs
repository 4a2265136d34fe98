//! What a scrape says, read by whoever does not trust it: `OpenMetrics` 1.0 and the text format 0.0.4 of Prometheus, as
//! strictly as their documents write them. What neither document asks for is no reason to refuse.

mod histogram;
mod line;

use line::{Line, Sample};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Prometheus,
    OpenMetrics,
}

/// One scrape, found to be faultless.
#[derive(Debug, Default)]
pub struct Scrape {
    /// By the name that its samples begin with: a counter's ends in `_total`.
    pub families: BTreeMap<String, Family>,
    samples: Vec<Sample>,
}

#[derive(Debug)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// Without `le`.
    pub labels: BTreeSet<String>,
}

/// The family whose lines are being read.
struct Open {
    /// As its `# TYPE` calls it.
    name: String,
    kind: String,
    help: Option<String>,
    samples: Vec<Sample>,
}

impl Scrape {
    /// # Errors
    /// The first fault, with its line.
    pub fn read(text: &str, format: Format) -> Result<Scrape, String> {
        let body = match format {
            Format::Prometheus => text,
            Format::OpenMetrics => text
                .strip_suffix("# EOF\n")
                .ok_or("it does not end in `# EOF`")?,
        };
        if !body.is_empty() && !body.ends_with('\n') {
            return Err("the last line has no end".to_owned());
        }
        let mut scrape = Scrape::default();
        let (mut helps, mut names) = (BTreeMap::new(), BTreeSet::new());
        let mut open: Option<Open> = None;
        for text in body.lines() {
            let at = |why: String| format!("{why}: {text}");
            match line::read(text).map_err(at)? {
                Line::Help(name, help) => {
                    if helps.insert(name.to_owned(), help).is_some() {
                        return Err(at("a second HELP".to_owned()));
                    }
                }
                Line::Type(name, kind) => {
                    if let Some(family) = open.take() {
                        scrape.close(family, format)?;
                    }
                    if !names.insert(name.to_owned()) {
                        return Err(at("a family twice".to_owned()));
                    }
                    open = Some(Open {
                        name: name.to_owned(),
                        kind: kind.to_owned(),
                        help: helps.get(name).cloned(),
                        samples: Vec::new(),
                    });
                }
                Line::Unit(name, unit) => {
                    let suffix = format!("_{unit}");
                    if format != Format::OpenMetrics || !name.ends_with(&suffix) {
                        return Err(at("a UNIT that the name does not have".to_owned()));
                    }
                }
                Line::Sample(sample) => {
                    let family = open
                        .as_mut()
                        .filter(|family| family.takes(&sample, format))
                        .ok_or_else(|| at("a sample of no family".to_owned()))?;
                    family.samples.push(sample);
                }
            }
        }
        if let Some(family) = open {
            scrape.close(family, format)?;
        }
        if let Some(name) = helps.keys().find(|name| !names.contains(*name)) {
            return Err(format!("a HELP of what has no TYPE: {name}"));
        }
        Ok(scrape)
    }

    fn close(&mut self, family: Open, format: Format) -> Result<(), String> {
        let name = family.counted_as(format);
        let at = |why: &str| format!("{why}: {name}");
        if family.samples.is_empty() {
            return Err(at("a family without a sample"));
        }
        let mut seen = BTreeSet::new();
        for sample in &family.samples {
            if !seen.insert((&sample.name, &sample.labels)) {
                return Err(format!("a sample twice: {sample:?}"));
            }
            if family.kind == "counter" && !(sample.value >= 0.0 && sample.value.is_finite()) {
                return Err(format!("a counter that cannot count: {sample:?}"));
            }
        }
        if family.kind == "histogram" {
            histogram::check(&family.name, &family.samples, format)?;
        }
        let labels = |sample: &Sample| -> BTreeSet<String> {
            let names = sample.labels.keys().filter(|name| *name != "le");
            names.cloned().collect()
        };
        let first = labels(&family.samples[0]);
        if family.samples.iter().any(|sample| labels(sample) != first) {
            return Err(at("samples with different labels"));
        }
        let help = family.help.filter(|help| !help.trim().is_empty());
        let told = Family {
            kind: family.kind,
            help: help.ok_or_else(|| at("no HELP"))?,
            labels: first,
        };
        self.families.insert(name, told);
        self.samples.extend(family.samples);
        Ok(())
    }

    /// The sample with this name and exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let same = |sample: &&Sample| {
            let wanted = labels
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            sample.name == name && sample.labels == wanted.collect()
        };
        self.samples.iter().find(same).map(|sample| sample.value)
    }

    /// As [`Scrape::value`], of what is counted in ones.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        self.value(name, labels).map(whole)
    }

    /// Of all samples with this name and at least these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let has = |sample: &Sample| {
            let mut wanted = labels.iter();
            wanted.all(|(name, value)| sample.labels.get(*name).is_some_and(|v| v == value))
        };
        let found = self.samples.iter().filter(|s| s.name == name && has(s));
        found.map(|sample| whole(sample.value)).sum()
    }

    /// The values of `label` in the samples with this name.
    pub fn values_of(&self, name: &str, label: &str) -> BTreeSet<&str> {
        let named = self.samples.iter().filter(|sample| sample.name == name);
        named
            .filter_map(|sample| sample.labels.get(label).map(String::as_str))
            .collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "it is whole, positive and small"
)]
fn whole(value: f64) -> u64 {
    assert!(
        value.trunc() == value && (0.0..1e15).contains(&value),
        "{value} counts nothing"
    );
    value as u64
}

impl Open {
    fn takes(&self, sample: &Sample, format: Format) -> bool {
        let Some(rest) = sample.name.strip_prefix(&self.name) else {
            return false;
        };
        match self.kind.as_str() {
            "counter" if format == Format::OpenMetrics => rest == "_total",
            "counter" => rest.is_empty() && self.name.ends_with("_total"),
            "gauge" => rest.is_empty() && !self.name.ends_with("_total"),
            "histogram" => matches!(rest, "_bucket" | "_sum" | "_count"),
            _ => false,
        }
    }

    fn counted_as(&self, format: Format) -> String {
        if format == Format::OpenMetrics && self.kind == "counter" {
            format!("{}_total", self.name)
        } else {
            self.name.clone()
        }
    }
}
