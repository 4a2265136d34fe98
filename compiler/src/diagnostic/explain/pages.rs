//! The pages themselves: [`PAGES`] lists every file of `explain/`.

use crate::diagnostic::Code;

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($name, ".md")))),*]
    };
}

/// By the name of the code. A test sees to it that none is missing.
const PAGES: &[(&str, &str)] = pages![
    "syntax",
    "duplicate-key",
    "unknown-definition",
    "definition-cycle",
    "misplaced-definition",
    "unused-definition",
    "dollar-comment",
    "unknown-key",
    "misplaced-key",
    "missing-key",
    "wrong-type",
    "wrong-value",
    "wrong-version",
    "unknown-namespace",
    "misplaced-namespace",
    "duplicate-namespace",
    "bad-duration",
    "bad-host",
    "bad-address",
    "bad-method",
    "bad-header",
    "bad-path",
    "route-conflict",
    "reserved-path",
    "duplicate-param",
    "too-many-params",
    "too-deep",
    "unknown-param",
    "wildcard-without-source",
    "no-backend",
    "no-host",
    "name-clash",
    "no-op-backends",
    "unsupported-key",
    "unsupported-value",
    "unsupported-namespace",
    "enterprise-namespace",
    "unsupported-encoding",
    "unsupported-param",
    "inert-key",
    "inert-encoding",
    "inert-header",
    "stripped-header",
    "duplicate-entry",
    "query-dropped",
    "rest-dropped",
    "one-segment",
    "literal-colon",
    "zero-timeout",
    "stdout-only",
    "insecure-upstreams",
    "public-client-roots",
    "trust-everyone",
];

/// The page of a code, in Markdown.
pub fn page(code: &Code) -> Option<&'static str> {
    PAGES
        .iter()
        .find(|(name, _)| *name == code.name)
        .map(|&(_, page)| page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn no_page_is_left_over() {
        for (name, _) in PAGES {
            assert!(codes::ALL.iter().any(|code| code.name == *name), "{name}");
        }
    }
}
