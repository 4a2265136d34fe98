//! Names in `input_headers` that are nearly the name of a header: `Authorisation`, `Contet-Type`.

use crate::{
    config::Endpoint,
    diagnostic::{Diagnostic, codes},
    source::Spanned,
};

/// What clients, browsers and SDKs send. Long names only: of short ones everything is near.
const KNOWN: [&str; 31] = [
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Authorization",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "OpenAI-Beta",
    "OpenAI-Organization",
    "OpenAI-Project",
    "Referer",
    "User-Agent",
    "X-Api-Key",
    "X-Correlation-Id",
    "X-Csrf-Token",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Request-Id",
    "X-Requested-With",
    "anthropic-beta",
    "anthropic-version",
    "traceparent",
];

/// Real headers that are near another real one.
const REAL: [&str; 6] = [
    "if-range",
    "x-api-keys",
    "content-types",
    "x-csrftoken",
    "x-requestid",
    "x-correlationid",
];

pub fn check(endpoint: &Endpoint, findings: &mut Vec<Diagnostic>) {
    let lists = endpoint
        .backends
        .iter()
        .map(|backend| &backend.input_headers);
    for entry in std::iter::once(&endpoint.input_headers)
        .chain(lists)
        .flatten()
    {
        if let Some(meant) = meant(entry) {
            findings.push(
                Diagnostic::new(
                    &codes::MISSPELT_HEADER,
                    format!("nobody sends a header called `{}`", entry.value),
                    entry.span,
                    "lets nothing through",
                )
                .help(format!("did you mean `{meant}`?"))
                .fix(entry.span, format!("\"{meant}\"")),
            );
        }
    }
}

/// The known header that this is one slip away from: a letter wrong, missing, too many, or two of them swapped.
fn meant(entry: &Spanned<String>) -> Option<&'static str> {
    let name = entry.to_ascii_lowercase();
    let same = |known: &&str| known.eq_ignore_ascii_case(&name);
    if KNOWN.iter().any(same) || REAL.contains(&name.as_str()) {
        return None;
    }
    let slip = |known: &&&str| {
        // One slip is one letter more or less at most; to count slips takes long, and most names are compared in vain.
        if known.len().abs_diff(name.chars().count()) > 1 {
            return false;
        }
        // `X_Request_Id` is a name of its own, and so is one that only lacks its dashes.
        strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase()) == 1
    };
    KNOWN.iter().find(slip).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn one_slip_is_seen_and_other_names_are_left_alone() {
        for (name, expected) in [
            ("Authorisation", Some("Authorization")),
            ("Contet-Type", Some("Content-Type")),
            ("content-tpye", Some("Content-Type")),
            ("Referrer", Some("Referer")),
            ("X-Request-ID", None),
            ("X-Request-Idd", Some("X-Request-Id")),
            ("If-Range", None),
            ("X-Requestid", None),
            ("Accept", None),
            ("X-Api-Keys", None),
            ("X-Project-Id", None),
            ("X-Widget", None),
            ("*", None),
            ("", None),
        ] {
            let entry = Spanned::new(name.to_owned(), Span::new(0, 0));
            assert_eq!(meant(&entry), expected, "{name}");
        }
    }
}
