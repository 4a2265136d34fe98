//! Who answers for CORS: one namespace, for a browser takes one answer.

use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
};

const BOTH: [&str; 2] = ["security/cors", "github.com/hanzoai/gateway/cors"];

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let said = |extra: &&crate::config::Extra| BOTH.contains(&extra.namespace.key);
    let mut said = config.extra.iter().filter(said);
    if let (Some(one), Some(other)) = (said.next(), said.next()) {
        findings.push(
            Diagnostic::new(
                &codes::CORS_TWICE,
                "two namespaces answer for CORS",
                other.key.span,
                "and this one",
            )
            .label(one.key.span, "this one")
            .help(
                "keep one: `security/cors` for any pages, `github.com/hanzoai/gateway/cors` for those of Hanzo's hosts",
            ),
        );
    }
}
