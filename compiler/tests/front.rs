//! The front end as a whole: it never panics, whatever it is given, and real configs come out with findings that a person
//! can act on.

use gwc::{
    diagnostic::{Diagnostic, render_human, render_json},
    front, json,
    source::Source,
};
use std::{collections::BTreeMap, fs, path::Path};

/// One of everything that is built, and nothing to complain about.
const VALID: &str = r#"{
  "$schema": "https://example.com/schema.json",
  "@comment": "a bit of everything",
  "version": 3, "name": "käse \u00e9", "port": "${env:PORT:-8080}", "listen_ip": "::1",
  "timeout": "1m30s", "cache_ttl": "0s", "output_encoding": "no-op",
  "host": ["http://[2001:db8::1]:8000", "${env:USERS_URL:-users.internal}"],
  "read_header_timeout": "5s", "idle_timeout": "1.5m", "max_header_bytes": 65536, "use_h2c": true,
  "max_shutdown_wait_time": "20s", "dns_cache_ttl": "30s", "dialer_timeout": "250ms",
  "disable_keep_alives": false, "max_idle_connections_per_host": 64, "idle_connection_timeout": "90s",
  "extra_config": {
    "router": {
      "return_error_msg": true, "error_body": { "404": { "_links": [] }, "405": null },
      "health_path": "/health", "trusted_proxies": ["10.0.0.0/8", "fd00::1"], "remote_ip_headers": ["X-Real-IP"],
      "max_payload": 1048576
    },
    "telemetry/logging": { "level": "${env:LOG_LEVEL:-info}", "prefix": "[GW]", "format": "logstash" },
    "github.com/hanzoai/gateway/server": { "max_connections": 10000, "max_headers": 100, "max_uri_bytes": 8192 }
  },
  "endpoints": [
    {
      "endpoint": "/v1/orgs/{org}/files/*", "method": "post", "timeout": "2h",
      "input_headers": ["Authorization", "Content-Type"], "input_query_strings": ["page"],
      "extra_config": { "auth/public": true, "proxy": { "max_payload": 10 } },
      "backend": [{ "host": ["https://files:8443/"], "url_pattern": "/{org}/x-{org}/*", "encoding": "no-op" }]
    },
    { "endpoint": "/%C3%A9", "input_query_strings": ["*"], "backend": [{ "url_pattern": "/a?x=1&z=*" }] }
  ]
}"#;

fn run(text: &str) -> Vec<Diagnostic> {
    let source = Source::new("gateway.json", text);
    let (_, findings) = front::read(&source);
    // The places must be inside the file, or printing them would be the panic.
    render_human(&findings, &source, false);
    render_json(&findings, &source);
    findings
}

#[test]
fn a_valid_config_has_no_findings() {
    let source = Source::new("gateway.json", VALID);
    let (config, findings) = front::read(&source);
    assert!(
        findings.is_empty(),
        "{}",
        render_human(&findings, &source, false)
    );
    assert!(config.is_some());
}

#[test]
fn prefixes_do_not_panic() {
    let text = VALID;
    for (end, _) in text.char_indices() {
        let findings = run(&text[..end]);
        assert!(
            !findings.is_empty(),
            "half a config is an error: {}",
            &text[..end]
        );
    }
}

#[test]
fn mutations_do_not_panic() {
    let text = VALID;
    // Numerical Recipes' constants: the same bytes in every run.
    let mut state: u32 = 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    const BYTES: &[u8] = b"{}[]\",:*/%?#.-_0159aeZ \n\\\x00\x7f";
    for _ in 0..2_000 {
        let mut bytes = text.as_bytes().to_vec();
        let at = next(bytes.len());
        match next(3) {
            0 => bytes[at] = BYTES[next(BYTES.len())],
            1 => bytes.insert(at, BYTES[next(BYTES.len())]),
            _ => drop(bytes.remove(at)),
        }
        // Half a character is refused when the file is read, before any of this.
        if let Ok(text) = String::from_utf8(bytes) {
            run(&text);
            nothing_is_dropped(&text);
        }
    }
}

/// An endpoint that could not be read must have been complained about.
fn nothing_is_dropped(text: &str) {
    let source = Source::new("gateway.json", text);
    let (Some(config), _) = front::read(&source) else {
        return;
    };
    let (Some(root), _) = json::parse(&source) else {
        return;
    };
    let written = root.get("endpoints").map_or(0, |list| list.items().len());
    assert_eq!(
        config.endpoints.len(),
        written,
        "an endpoint is silently lost: {text}"
    );
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        assert_eq!(run(&open.repeat(100_000)).len(), 1, "{open}");
    }
}

/// What is written down expanded must be read again.
#[test]
fn nesting_is_counted_where_definitions_are_used() {
    let codes = |depth: usize| -> Vec<_> {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let findings = run(&format!(
            r#"{{"version": 3, "output_encoding": "no-op", "$define": {{"deep": {{"deny": {deep}}}}},
                "endpoints": [{{"endpoint": "/a", "input_query_strings": [],
                    "backend": [{{"host": ["http://a"], "$use": "deep"}}]}}]}}"#,
        ));
        findings.iter().map(|finding| finding.code.name).collect()
    };
    assert_eq!(codes(123), ["unsupported-key"]);
    assert_eq!(codes(124), ["unsupported-key", "syntax"]);
}

/// As long as the file allows; each pass is linear in it, and none recurses.
#[test]
fn a_chain_of_definitions_may_be_long() {
    const LENGTH: usize = 5_000;
    let links: Vec<String> = (0..LENGTH)
        .map(|n| format!(r#""d{n}": {{"$use": "d{}"}}"#, n + 1))
        .collect();
    let config = |last: &str| {
        format!(
            r#"{{"version": 3, "output_encoding": "no-op", "$define": {{{}, "d{LENGTH}": {last}}}, "endpoints": [
                {{"endpoint": "/a", "$use": "d0", "backend": [{{"host": ["http://a"]}}]}}]}}"#,
            links.join(", ")
        )
    };
    assert_eq!(run(&config(r#"{"input_query_strings": []}"#)), []);
    let circle = run(&config(r#"{"$use": "d0", "input_query_strings": []}"#));
    let codes: Vec<_> = circle.iter().map(|finding| finding.code.name).collect();
    assert_eq!(codes, ["definition-cycle"]);
    assert_eq!(circle[0].notes, ["and 4990 more on the way"]);
}

/// How often each finding is in a real config; the folder with them is beside the checkout, or not there at all.
fn real(name: &str) -> Option<BTreeMap<&'static str, usize>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/conformance/configs")
        .join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {name} is not there");
        return None;
    };
    let mut counts = BTreeMap::new();
    for finding in run(&text) {
        *counts.entry(finding.code.name).or_default() += 1;
    }
    Some(counts)
}

#[test]
fn the_hanzo_config_says_what_its_authors_never_knew() {
    let Some(counts) = real("hanzo-193.json") else {
        return;
    };
    let expected = BTreeMap::from([
        // Telemetry.
        ("unsupported-namespace", 1),
        ("unsupported-encoding", 2),
        ("one-segment", 110),
        ("query-dropped", 193),
        // X-Org-Id, where no validator sets it; X-Hanzo-Test, which none sets.
        ("client-identity", 35),
        ("stripped-header", 2),
        // 60 endpoints with 100 per minute, 5 with 50.
        ("burst-one", 65),
        ("keys-downloaded", 156),
        ("unbound-token", 156),
        ("websocket-tunnelled", 2),
        ("sdk-header-dropped", 1),
        // Of the gateway as a whole.
        ("service-limit", 1),
        ("untrusted-address", 1),
    ]);
    assert_eq!(counts, expected);
}

#[test]
fn the_lux_config_is_closed_where_it_says_so() {
    let Some(counts) = real("lux.json") else {
        return;
    };
    let expected = BTreeMap::from([
        ("unsupported-value", 1),
        ("query-dropped", 14),
        ("websocket-tunnelled", 1),
        ("service-limit", 1),
        ("untrusted-address", 1),
    ]);
    assert_eq!(counts, expected);
}
