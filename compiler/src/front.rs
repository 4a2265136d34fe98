//! Text → [`Config`]: the passes that know nothing of a plan, in their order.

use crate::{
    check,
    config::{self, Config},
    diagnostic::{Class, Diagnostic},
    json, schema,
    source::Source,
};

/// Reads and judges one file. All passes run, so that one run tells everything; there is a config when nothing invalid
/// was found. Findings are in the order of the file.
pub fn read(source: &Source) -> (Option<Config>, Vec<Diagnostic>) {
    let (root, mut findings) = json::parse(source);
    let Some(root) = root else { return (None, findings) };
    findings.extend(schema::check(&root));
    let (config, more) = config::read(&root);
    findings.extend(more);
    if let Some(config) = &config {
        findings.extend(check::check(config));
    }
    findings.sort_by_key(|finding| finding.labels[0].span.start);
    let invalid = findings.iter().any(|finding| finding.code.class == Class::Invalid);
    (config.filter(|_| !invalid), findings)
}
