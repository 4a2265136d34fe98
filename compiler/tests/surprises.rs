//! What the authors of the real 193-endpoint config believe, and their engine never does: found by hand once, and by
//! `gwc validate` in one run since.

use gwc::{diagnostic::Diagnostic, front, source::Source};
use std::{fs, path::Path};

/// The folder with real configs is beside the checkout, or not there at all.
fn findings(name: &str) -> Option<Vec<Diagnostic>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/conformance/configs")
        .join(name);
    let Ok(text) = fs::read_to_string(path) else {
        println!("SKIPPED {name}: not beside this checkout");
        return None;
    };
    Some(front::read(&Source::new(name, text)).1)
}

#[test]
fn what_was_found_by_hand_is_found() {
    let Some(findings) = findings("hanzo-193.json") else {
        return;
    };
    // Code, a part of the message, number of places.
    let expected = [
        ("burst-one", "lets one through at a time", 65),
        ("keys-downloaded", "downloads the key set for each", 156),
        ("query-dropped", "query strings are dropped", 193),
        ("one-segment", "`{path}` takes one segment", 110),
        ("client-identity", "any client could write `X-Org-Id`", 35),
        ("stripped-header", "`X-Hanzo-Test`", 2),
        ("websocket-tunnelled", "cannot upgrade", 2),
        ("sdk-header-dropped", "`anthropic-version`", 1),
        ("unbound-token", "issued for another service", 156),
        ("untrusted-address", "which proxies", 1),
        ("service-limit", "never reads it", 1),
    ];
    for (code, message, count) in expected {
        let of_code: Vec<_> = findings
            .iter()
            .filter(|finding| finding.code.name == code)
            .collect();
        assert_eq!(of_code.len(), count, "{code}");
        assert!(
            of_code.iter().all(|found| found.message.contains(message)),
            "{code}: {:?}",
            of_code[0].message
        );
    }
    let limit = findings
        .iter()
        .find(|finding| finding.code.name == "service-limit")
        .expect("counted above");
    let label = &limit.labels[0].text;
    assert!(
        label.starts_with("holds for 128 of 193 endpoints"),
        "{label}"
    );
}

/// What a namespace holds is judged before anything has checked its shape.
#[test]
fn values_of_any_shape_are_judged_without_a_panic() {
    let values = [
        "null",
        "true",
        "1",
        "-1.5e300",
        "\"\"",
        "\"x\"",
        "[]",
        "[1]",
        "[[]]",
        "{}",
        "{\"a\":[]}",
        "[[\"sub\",\"X-User-Id\"]]",
        "[{\"check_expr\":1}]",
        "{\"prometheus\":[1]}",
    ];
    let keys = [
        "alg",
        "jwk_url",
        "cache",
        "issuer",
        "audience",
        "scopes",
        "roles_key",
        "propagate_claims",
        "max_rate",
        "client_max_rate",
        "strategy",
        "key",
        "every",
        "allow_origins",
        "allow_methods",
        "allow_credentials",
        "ssl_redirect",
        "sts_seconds",
        "ssl_proxy_headers",
        "trace_sample_rate",
        "exporters",
        "shard_key_source",
        "client_secret",
        "trusted_proxies",
        "remote_ip_headers",
    ];
    let of_keys = |value: &str| {
        let members: Vec<_> = keys.map(|key| format!("\"{key}\": {value}")).into();
        format!("{{{}}}", members.join(", "))
    };
    let objects = values.map(of_keys);
    for value in values.into_iter().chain(objects.iter().map(String::as_str)) {
        let rows = gwc::namespace::NAMESPACES.iter();
        let members: Vec<_> = rows
            .map(|row| format!("\"{}\": {value}", row.key))
            .collect();
        let extra = format!("\"extra_config\": {{ {} }}", members.join(", "));
        let text = format!(
            "{{ \"version\": 3, \"output_encoding\": \"no-op\", {extra}, \"endpoints\": [{{ \"endpoint\": \"/a\", {extra}, \
             \"backend\": [{{ \"host\": [\"a\"], \"url_pattern\": \"/a\", {extra} }}] }}] }}"
        );
        let source = Source::new("gateway.json", text);
        let (_, findings) = front::read(&source);
        for label in findings.iter().flat_map(|finding| &finding.labels) {
            assert!(source.text.get(label.span.range()).is_some(), "{label:?}");
        }
    }
}
