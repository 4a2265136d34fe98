//! Text → [`Config`]: the passes that know nothing of a plan, in their order.

use crate::{
    check,
    config::{self, Config},
    diagnostic::{Class, Diagnostic},
    json, schema,
    source::{Source, Span},
};
use std::collections::HashSet;

/// Reads and judges one file. All passes run, so that one run tells everything; there is a config when nothing invalid
/// was found. Findings are in the order of the file.
pub fn read(source: &Source) -> (Option<Config>, Vec<Diagnostic>) {
    let (root, mut findings) = json::parse(source);
    let Some(root) = root else {
        return (None, findings);
    };
    findings.extend(schema::check(&root));
    let (config, more) = config::read(&root);
    findings.extend(more);
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
                .filter(|finding| !invalid.contains(&place(finding))),
        );
    }
    findings.sort_by_key(|finding| place(finding).start);
    let whole = !findings.iter().any(is_invalid);
    (config.filter(|_| whole), findings)
}

fn is_invalid(finding: &Diagnostic) -> bool {
    finding.code.class == Class::Invalid
}

fn place(finding: &Diagnostic) -> Span {
    finding.labels[0].span
}
