//! What ends an endpoint's handler, where two namespaces would.

use crate::{
    config::Endpoint,
    diagnostic::{Diagnostic, codes},
};

/// The Go gateway takes one of them and forgets the other (PIPE-5).
pub fn check(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    for backend in &endpoint.backends {
        let extras = endpoint.extra.iter().chain(&backend.extra);
        let mut ends = extras.filter(|extra| extra.namespace.ends);
        let Some(first) = ends.next() else { continue };
        for other in ends {
            findings.push(
                Diagnostic::new(
                    &codes::TWO_ENDINGS,
                    format!(
                        "`{}` and `{}` cannot both make the answer of one endpoint",
                        first.namespace.key, other.namespace.key
                    ),
                    other.key.span,
                    "and this one",
                )
                .label(first.key.span, "this one")
                .help("keep one of the two here; the other may have an endpoint of its own"),
            );
        }
    }
}
