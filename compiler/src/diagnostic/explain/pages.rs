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
    "unknown-key",
    "misplaced-key",
    "missing-key",
    "wrong-type",
    "wrong-value",
    "wrong-version",
    "unknown-namespace",
    "misplaced-namespace",
    "duplicate-namespace",
    "bad-slot",
    "misplaced-slot",
    "unknown-definition",
    "definition-cycle",
    "misplaced-definition",
    "unused-definition",
    "dollar-comment",
    "bad-duration",
    "bad-host",
    "bad-address",
    "bad-method",
    "bad-header",
    "bad-url",
    "bad-file",
    "bad-fingerprint",
    "bad-header-value",
    "bad-origin",
    "bad-pattern",
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
    "no-key-set",
    "no-certificate",
    "no-authority",
    "no-tls-version",
    "unchecked-scopes",
    "name-clash",
    "taken-port",
    "shard-key",
    "limit-key",
    "cors-twice",
    "two-endings",
    "cluster-settings",
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
    "zero-default",
    "stdout-only",
    "misspelt-header",
    "content-type-dropped",
    "sdk-header-dropped",
    "short-timeout",
    "unused-param",
    "double-slash",
    "self-call",
    "websocket-blocked",
    "no-limit",
    "unreachable-limit",
    "claim-not-forwarded",
    "shard-key-dropped",
    "dotted-key",
    "cors-origin",
    "cors-method",
    "redirect-loop",
    "inert-namespace",
    "service-name",
    "guarded-preflight",
    "body-on-get",
    "body-required",
    "sample-rate",
    "insecure-upstreams",
    "public-client-roots",
    "trust-everyone",
    "client-identity",
    "literal-secret",
    "open-write",
    "open-twin",
    "exposed-internals",
    "mixed-schemes",
    "client-chosen-limit",
    "untrusted-address",
    "unbound-token",
    "insecure-keys",
    "symmetric-key",
    "dead-expression",
    "cors-credentials",
    "cors-loose-origin",
    "debug-endpoint",
    "shared-answers",
    "development-mode",
    "service-limit",
    "forgotten-name",
    "short-window",
    "burst-one",
    "keys-downloaded",
    "websocket-tunnelled",
    "breaker-sees-status",
    "cors-obeyed",
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
