//! Text → [`Config`]: the passes that know nothing of a plan, in their order.

use crate::{
    check,
    config::{self, Config},
    diagnostic::{Class, Diagnostic},
    expand, json, schema,
    source::{Source, Span},
};
use std::collections::{HashMap, HashSet};

/// Reads and judges one file. All passes run, so that one run tells everything; there is a config when nothing invalid
/// was found. Findings are in the order of the file.
pub fn read(source: &Source) -> (Option<Config>, Vec<Diagnostic>) {
    let (root, mut findings) = json::parse(source);
    let Some(root) = root else {
        return (None, findings);
    };
    let (root, more) = expand::expand(&root);
    findings.extend(more);
    let slots = schema::check_slots(&root);
    let (config, more) = config::read(&root);
    let others = schema::check(&root).into_iter().chain(more);
    // A text with a slot where none can be is not judged as the text that it is not meant to be.
    findings.extend(others.filter(|finding| !slots.iter().any(|slot| overlap(slot, finding))));
    findings.extend(slots.iter().cloned());
    if let Some(config) = &config {
        // What is invalid has been told; what follows from reading it anyhow is noise.
        let invalid: HashSet<Span> = findings
            .iter()
            .filter(|finding| is_invalid(finding))
            .map(place)
            .collect();
        findings.extend(
            check::check(config)
                .into_iter()
                .filter(|finding| !invalid.contains(&place(finding)))
                .filter(|finding| !slots.iter().any(|slot| overlap(slot, finding))),
        );
    }
    findings.sort_by_key(|finding| place(finding).start);
    let findings = once(findings);
    let whole = !findings.iter().any(is_invalid);
    (config.filter(|_| whole), findings)
}

/// A definition is judged wherever it is used; what is said about it is said once, at the place where it stands.
fn once(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<(Diagnostic, usize)> = Vec::with_capacity(findings.len());
    let mut index: HashMap<_, Vec<usize>> = HashMap::new();
    for finding in findings {
        let key = (finding.code.name, place(&finding));
        let alike = index.entry(key).or_default();
        if let Some(&at) = alike.iter().find(|&&at| kept[at].0 == finding) {
            kept[at].1 += 1;
        } else {
            alike.push(kept.len());
            kept.push((finding, 1));
        }
    }
    let told = |(mut finding, places): (Diagnostic, usize)| {
        if places == 1 {
            return finding;
        }
        finding.places = places;
        finding.note(format!(
            "it counts in {places} places, by `$use` or `$defaults`"
        ))
    };
    kept.into_iter().map(told).collect()
}

fn overlap(one: &Diagnostic, other: &Diagnostic) -> bool {
    place(one).start < place(other).end && place(other).start < place(one).end
}

fn is_invalid(finding: &Diagnostic) -> bool {
    finding.code.class == Class::Invalid
}

fn place(finding: &Diagnostic) -> Span {
    finding.labels[0].span
}
