//! The findings that a config had on the day it became strict: known again wherever they move, and hidden.
//!
//! ```json
//! { "version": 1,
//!   "files": { "configs/a/gateway.json": [
//!     { "code": "query-dropped", "at": "GET /v1/users", "message": "…", "count": 1 } ] } }
//! ```
//!
//! A file goes by its path from the baseline's directory. What is invalid is never in it, as `--allow` never takes it: no
//! gateway could be built. Entries have an order, so that a diff of two baselines reads well.

mod owner;
mod text;

use crate::{
    diagnostic::{Class, Diagnostic},
    json,
    source::Source,
};
use std::{collections::BTreeMap, fmt};

pub use text::BaselineError;

/// What is known, by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    files: BTreeMap<String, BTreeMap<Entry, usize>>,
}

/// What makes two findings the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// A route, or a path of keys.
    at: String,
    /// The name of the code.
    code: String,
    message: String,
}

/// An entry that has more findings than the config; displays as what to tell the author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    entry: Entry,
    known: usize,
    found: usize,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { at, code, message } = &self.entry;
        write!(f, "[{code}] at {at}: {message}")?;
        if self.found > 0 {
            write!(f, " ({} of {} left)", self.found, self.known)?;
        }
        Ok(())
    }
}

impl Baseline {
    /// Takes down the findings of a file; returns how many, and those that it does not take.
    pub fn record(
        &mut self,
        file: &str,
        source: &Source,
        findings: Vec<Diagnostic>,
    ) -> (usize, Vec<Diagnostic>) {
        let mut entries = BTreeMap::new();
        let mut taken = 0;
        let rest = each(source, findings, |entry| {
            *entries.entry(entry).or_default() += 1;
            taken += 1;
            true
        });
        // Not added to what is there: a file that is named twice has its findings once.
        self.files.insert(file.to_owned(), entries);
        (taken, rest)
    }

    /// The findings of a file that are new, and the entries that no longer occur.
    pub fn hide(
        &self,
        file: &str,
        source: &Source,
        findings: Vec<Diagnostic>,
    ) -> (Vec<Diagnostic>, Vec<Gone>) {
        let Some(entries) = self.files.get(file) else {
            return (findings, Vec::new());
        };
        if json::parse(source).0.is_none() {
            // Nobody can tell what is gone from a text that cannot be read.
            return (findings, Vec::new());
        }
        let mut left = entries.clone();
        let new = each(source, findings, |entry| match left.get_mut(&entry) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        });
        let gone = left
            .into_iter()
            .filter(|&(_, left)| left > 0)
            .map(|(entry, left)| {
                let known = entries[&entry];
                Gone {
                    entry,
                    known,
                    found: known - left,
                }
            })
            .collect();
        (new, gone)
    }
}

/// The findings that `take` does not take, and those that no baseline can have.
fn each(
    source: &Source,
    findings: Vec<Diagnostic>,
    mut take: impl FnMut(Entry) -> bool,
) -> Vec<Diagnostic> {
    let (Some(root), _) = json::parse(source) else {
        return findings;
    };
    findings
        .into_iter()
        .filter(|finding| {
            finding.code.class == Class::Invalid
                || !take(Entry {
                    at: owner::owner(&root, finding.labels[0].span.start),
                    code: finding.code.name.to_owned(),
                    message: finding.message.clone(),
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front;

    const OLD: &str = r#"{ "version": 3, "host": ["http://a"], "output_encoding": "no-op", "endpoints": [
        { "endpoint": "/a", "backend": [{ "url_pattern": "/a" }] },
        { "endpoint": "/b", "backend": [{ "url_pattern": "/b" }] }
    ] }"#;

    fn config(text: &str) -> (Source, Vec<Diagnostic>) {
        let source = Source::new("gateway.json", text);
        let (_, findings) = front::read(&source);
        (source, findings)
    }

    /// What is new and what is gone in `text`, with the baseline of [`OLD`].
    fn check(text: &str, new: &[&str], gone: &[&str]) {
        let (source, findings) = config(OLD);
        let mut baseline = Baseline::default();
        assert_eq!(baseline.record("f", &source, findings).0, 2);
        let (source, findings) = config(text);
        let (left, missing) = baseline.hide("f", &source, findings);
        let left: Vec<_> = left.iter().map(|finding| finding.code.name).collect();
        let missing: Vec<_> = missing.iter().map(|gone| gone.entry.at.as_str()).collect();
        assert_eq!((left.as_slice(), missing.as_slice()), (new, gone), "{text}");
    }

    #[test]
    fn those_and_only_those_are_hidden() {
        check(OLD, &[], &[]);
        // Moved, and the other way round.
        check(
            r#"{ "version": 3, "host": ["http://a"],

                "output_encoding": "no-op", "endpoints": [
                { "endpoint": "/b", "backend": [{ "url_pattern": "/b" }] },
                { "endpoint": "/a", "backend": [{ "url_pattern": "/a" }] } ] }"#,
            &[],
            &[],
        );
        // Another endpoint with the same habit.
        check(
            &OLD.replace("\"/b\"", "\"/c\""),
            &["query-dropped"],
            &["GET /b"],
        );
        // What is invalid is always shown.
        check(
            &OLD.replace("\"version\": 3", "\"version\": 3, \"prot\": 1"),
            &["unknown-key"],
            &[],
        );
        // A text that is not JSON tells nothing of what is gone.
        check(&OLD[..20], &["syntax"], &[]);
    }

    #[test]
    fn a_file_of_another_name_has_nothing_hidden() {
        let (source, findings) = config(OLD);
        let mut baseline = Baseline::default();
        baseline.record("f", &source, findings.clone());
        assert_eq!(
            baseline.hide("g", &source, findings.clone()),
            (findings, Vec::new())
        );
    }
}
