//! `auth/validator`: what it does not check, and whom it asks for keys (reference 6).

use super::{is_on, text};
use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Kind, Node},
};

pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if !matches!(node.kind, Kind::Object(_)) {
        return findings;
    }
    keys(node, &mut findings);
    bound(node, &mut findings);
    roles(node, &mut findings);
    scopes(node, &mut findings);
    findings
}

fn keys(node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(url) = node
        .member("jwk_url")
        .filter(|url| url.value.as_str().is_some())
    else {
        return;
    };
    let address = url.value.as_str().unwrap_or_default();
    if is_on(node, "disable_jwk_security") {
        let switch = node
            .member("disable_jwk_security")
            .map_or(url.key.span, |switch| switch.value.span);
        findings.push(
            Diagnostic::new(
                &codes::INSECURE_KEYS,
                "signing keys are taken from whoever answers",
                switch,
                "no certificate is checked",
            )
            .label(url.value.span, "fetched from here")
            .note("who can answer in that name can sign any token")
            .help("use https, and `jwk_local_ca` for a private root"),
        );
    } else if address
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
    {
        findings.push(
            Diagnostic::new(&codes::INSECURE_KEYS, "signing keys are fetched in the clear", url.value.span, "http")
                .note("who stands between can sign any token; the old engine refuses every request of such an endpoint with 401")
                .help("use https, or a file: `jwk_local_path`"),
        );
    }
    if let Some(alg) = node
        .get("alg")
        .filter(|alg| alg.as_str().is_some_and(|alg| alg.starts_with("HS")))
    {
        findings.push(
            Diagnostic::new(
                &codes::SYMMETRIC_KEY,
                "the key that checks tokens is the one that signs them, and it is at a URL",
                alg.span,
                "a shared secret",
            )
            .label(url.value.span, "whoever reads this can sign")
            .help("sign with RS256, ES256 or EdDSA: there the published key only checks"),
        );
    }
    let cached = is_on(node, "cache");
    if !cached && node.get("jwk_local_path").is_none() {
        let (place, label) = match node.get("cache") {
            Some(cache) => (cache.span, "off"),
            None => (url.value.span, "no `cache`"),
        };
        findings.push(
            Diagnostic::new(&codes::KEYS_DOWNLOADED, "keys are kept between requests; the Go engine downloads the key set for each, twice", place, label)
                .help("`\"cache\": true` says so, to both"),
        );
    }
}

/// A token of the right key may still be another service's, or another issuer's of the same keys (AUTH-22, AUTH-23).
fn bound(node: &Node, findings: &mut Vec<Diagnostic>) {
    let issuer = text(node, "issuer").is_some_and(|issuer| !issuer.is_empty());
    let audience = node
        .get("audience")
        .is_some_and(|audience| !audience.items().is_empty());
    let (message, missing) = match (issuer, audience) {
        (true, true) => return,
        (false, false) => (
            "any token of the key set opens this, whoever it was issued by and for",
            "`issuer` and `audience`",
        ),
        (true, false) => (
            "a token that was issued for another service opens this too",
            "`audience`",
        ),
        (false, true) => (
            "a token of any issuer with these keys opens this",
            "`issuer`",
        ),
    };
    findings.push(
        Diagnostic::new(
            &codes::UNBOUND_TOKEN,
            message,
            node.start(),
            format!("no {missing}"),
        )
        .help(format!("add {missing}")),
    );
}

fn roles(node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(key) = node
        .get("roles_key")
        .filter(|_| !is_on(node, "roles_key_is_nested"))
    else {
        return;
    };
    // A claim that is named by a URL has dots, and is no way into an object.
    let dotted = |name: &str| name.contains('.') && !name.starts_with("http");
    if key.as_str().is_some_and(dotted) {
        findings.push(
            Diagnostic::new(
                &codes::DOTTED_KEY,
                "the dots of this `roles_key` are part of a name",
                key.span,
                "one claim, with dots in its name",
            )
            .note("no such claim: no role, and every request is refused with 403")
            .help("add `\"roles_key_is_nested\": true` where it is a way into an object"),
        );
    }
}

fn scopes(node: &Node, findings: &mut Vec<Diagnostic>) {
    let Some(scopes) = node
        .member("scopes")
        .filter(|scopes| !scopes.value.items().is_empty())
    else {
        return;
    };
    if text(node, "scopes_key").is_none_or(str::is_empty) {
        findings.push(
            Diagnostic::new(
                &codes::UNCHECKED_SCOPES,
                "scopes are listed, and could never be looked at",
                scopes.key.span,
                "nothing says which claim holds them",
            )
            .note("the old engine skips the check: a token without any of them gets in")
            .help("add `\"scopes_key\": \"scope\"`, the claim of RFC 8693"),
        );
    }
}
