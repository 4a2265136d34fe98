//! From two texts to the changes, field by field.

use super::*;

/// One endpoint, with these members of the root, of the endpoint and of its backend in place of the usual ones.
fn config(root: &str, endpoint: &str, backend: &str) -> String {
    let with = |usual: &str, more: &str| {
        if more.is_empty() {
            usual.to_owned()
        } else {
            let key = more.split(':').next().unwrap_or_default();
            let kept: Vec<&str> = usual
                .split(';')
                .filter(|member| !member.starts_with(key))
                .collect();
            format!("{};{more}", kept.join(";"))
        }
        .replace(';', ",")
    };
    format!(
        r#"{{{}, "endpoints": [{{{}, "backend": [{{{}}}]}}]}}"#,
        with(r#""version": 3;"output_encoding": "no-op""#, root),
        with(
            r#""endpoint": "/a/{id}";"input_query_strings": []"#,
            endpoint
        ),
        with(
            r#""url_pattern": "/b/{id}";"host": ["http://one"]"#,
            backend
        )
    )
}

fn side(text: &str) -> Side {
    read(&Source::new("gateway.json", text))
        .unwrap_or_else(|findings| panic!("{text}\n{findings:?}"))
}

/// `tag field: was → now`
fn told(old: &str, new: &str) -> Vec<String> {
    let changes = diff(&side(old), &side(new));
    let line = |change: &Change| {
        let (was, now) = words::pair(change.old.as_ref(), change.new.as_ref());
        format!("{} {}: {was} → {now}", change.tag.name(), change.field)
    };
    changes.iter().map(line).collect()
}

/// Which object a row changes.
#[derive(Clone, Copy)]
enum In {
    Root,
    Endpoint,
    Backend,
}

#[test]
fn one_change_is_one_line() {
    use In::{Backend, Endpoint, Root};
    #[rustfmt::skip] // A table: where, before, after, what is told.
    let table = [
        (Root, "", r#""name": "x""#, "cosmetic name: – → x"),
        (Root, "", r#""port": 8080"#, ""),
        (Root, "", r#""port": 9000"#, "breaking port: 8080 → 9000"),
        (Root, "", r#""port": "${env:PORT:-8080}""#, "breaking port: 8080 → ${env:PORT:-8080}"),
        (Root, r#""port": "${env:PORT}""#, r#""port": "${env:PORT}""#, ""),
        (Root, "", r#""extra_config": {"telemetry/logging": {"level": "${env:L}"}}"#, "behaviour log level: – → ${env:L}"),
        (Backend, r#""host": ["http://${env:H:-h}"]"#, r#""host": ["http://${env:H:-i}"]"#,
            "behaviour upstream: http://${env:H:-h} → http://${env:H:-i}"),
        (Root, "", r#""timeout": "2000ms""#, ""),
        (Root, "", r#""timeout": "1s""#, "breaking timeout: 2s → 1s"),
        (Root, "", r#""use_h2c": true"#, ""),
        (Root, "", r#""use_h2c": false"#, "behaviour use_h2c: true → false"),
        (Root, "", r#""@comment": "x""#, ""),
        (Root, "", r#""extra_config": {"telemetry/logging": {"level": "ERROR"}}"#, "behaviour log level: – → error"),
        (Root, "", r#""extra_config": {"github_com/devopsfaith/krakend-gologging": {"prefix": "x"}}"#, "behaviour log prefix: – → x"),
        (Root, "", r#""extra_config": {"router": {"max_payload": 1024}}"#, "breaking max_payload: – → 1 KiB"),
        (Root, "", r#""extra_config": {"router": {"trusted_proxies": ["10.0.0.0/9"]}}"#,
            "behaviour trusted_proxies: 9 entries → 10.0.0.0/9"),
        (Root, r#""extra_config": {"router": {"app_engine": true}}"#, "", "behaviour router: app_engine: true → –"),
        (Root, r#""extra_config": {"security/cors": {"allow_origins": ["a", "b"]}}"#, r#""extra_config": {"security/cors": {"@c": 1, "allow_origins": ["b", "a"]}}"#, ""),
        (Root, r#""extra_config": {"security/cors": {"allow_origins": ["a"]}}"#, r#""extra_config": {"security/cors": {"allow_origins": ["*"]}}"#,
            "security-relaxing security/cors: allow_origins: a → *"),
        (Root, "", r#""allow_insecure_connections": true"#, ""),

        (Endpoint, "", r#""method": "GET""#, ""),
        (Endpoint, "", r#""output_encoding": "json""#, "breaking output_encoding: no-op → json"),
        (Endpoint, "", r#""cache_ttl": "1m""#, "behaviour cache_ttl: – → 1m"),
        (Endpoint, "", r#""input_headers": ["*"]"#, "security-relaxing headers: content-type → all"),
        (Endpoint, r#""input_headers": ["A", "B"]"#, r#""input_headers": ["b", "a"]"#, ""),
        (Endpoint, r#""input_headers": ["A", "B"]"#, r#""input_headers": ["b"]"#, "breaking headers: a, b → b"),
        (Endpoint, r#""input_headers": ["A"]"#, r#""input_headers": ["a", "X-User-Id"]"#, "security-relaxing identity headers: – → x-user-id"),
        // What a guard said in a header is gone with it: one change, and not three.
        (Endpoint, r#""input_headers": ["A", "X-User-Id"], "extra_config": {"auth/validator": {"jwk_url": "https://a/k", "propagate_claims": [["sub", "X-User-Id"]]}}"#,
            r#""input_headers": ["A", "X-User-Id"]"#, "security-relaxing auth/validator: jwk_url https://a/k, propagate_claims [[\"sub\",\"X-User-Id\"]] → –"),
        (Endpoint, "", r#""input_query_strings": ["q"]"#, "behaviour query: none → q"),
        (Endpoint, "", r#""extra_config": {"auth/public": true}"#, "security-relaxing auth/public: – → true"),
        (Endpoint, "", r#""extra_config": {"proxy": {"max_payload": 1000}}"#, "breaking max_payload: – → 1000 bytes"),
        (Endpoint, r#""extra_config": {"validation/cel": [{"check_expr": "true"}]}"#, "",
            r#"security-relaxing validation/cel: [{"check_expr":"true"}] → –"#),
        (Endpoint, r#""extra_config": {"github.com/devopsfaith/krakend-jose/validator": {"jwk_url": "https://u"}}"#, r#""extra_config": {"auth/validator": {"jwk_url": "https://u"}}"#, ""),
        (Endpoint, r#""extra_config": {"auth/validator": {"alg": "RS256", "jwk_url": "https://u"}}"#, r#""extra_config": {"auth/validator": {"jwk_url": "https://v", "alg": "RS256"}}"#,
            "security-relaxing auth/validator: jwk_url: https://u → https://v"),
        (Endpoint, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 60, "every": "60s"}}"#, r#""extra_config": {"qos/ratelimit/router": {"every": "1m", "max_rate": 60.0}}"#, ""),
        (Endpoint, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 60}}"#, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 600}}"#,
            "security-relaxing qos/ratelimit/router: max_rate: 60 per 1s → 600 per 1s"),
        (Endpoint, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 60, "store": "redis://:hunter2@a"}}"#,
            r#""extra_config": {"qos/ratelimit/router": {"max_rate": 60, "store": "redis://:hunter3@a"}}"#,
            "behaviour qos/ratelimit/router: store: (secret) → (secret)"),
        (Endpoint, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 60}}"#, r#""extra_config": {"qos/ratelimit/router": {"max_rate": 0}}"#,
            "security-relaxing qos/ratelimit/router: max_rate: 60 per 1s → –"),

        (Backend, "", r#""host": ["http://one:80"]"#, ""),
        (Backend, "", r#""host": ["http://two"]"#, "behaviour upstream: http://one → http://two"),
        (Backend, "", r#""url_pattern": "/c/{id}""#, "behaviour template: /b/{1} → /c/{1}"),
        (Backend, "", r#""method": "POST""#, "behaviour method: – → POST"),
        (Backend, r#""deny": ["a"]"#, "", "security-relaxing deny: a → –"),
        (Backend, r#""extra_config": {"auth/client-credentials": {"client_secret": "a"}}"#, r#""extra_config": {"auth/client-credentials": {"client_secret": "b"}}"#,
            "behaviour auth/client-credentials: client_secret: (secret) → (secret)"),
    ];
    for (place, old, new, expected) in table {
        let at = |text| match place {
            Root => config(text, "", ""),
            Endpoint => config("", text, ""),
            Backend => config("", "", text),
        };
        assert_eq!(
            told(&at(old), &at(new)).join("\n"),
            expected,
            "{old} to {new}"
        );
    }
}

/// Endpoints of these paths, each with these members.
fn routes(list: &[(&str, &str)]) -> String {
    let endpoint = |(path, more): &(&str, &str)| {
        format!(
            r#"{{"endpoint": "{path}", {more} "backend": [{{"host": ["http://one"], "url_pattern": "/x"}}]}}"#
        )
    };
    let list: Vec<String> = list.iter().map(endpoint).collect();
    format!(
        r#"{{"version": 3, "output_encoding": "no-op", "endpoints": [{}]}}"#,
        list.join(", ")
    )
}

#[test]
fn routes_are_matched_by_method_and_shape() {
    const GUARD: &str = r#""extra_config": {"auth/validator": {"jwk_url": "https://u"}},"#;
    #[rustfmt::skip] // A table: before, after, what is told.
    let table: [(&[_], &[_], &str); 8] = [
        (&[("/a", ""), ("/b", GUARD)], &[("/b", GUARD), ("/a", "")], ""),
        (&[("/a/{x}", "")], &[("/a/{y}", "")], "cosmetic path: /a/{x} → /a/{y}"),
        (&[("/a", ""), ("/b", "")], &[("/a", "")], "breaking endpoint: to http://one/x → –"),
        (&[("/a", "")], &[("/a", ""), ("/b", "")], "behaviour endpoint: – → to http://one/x"),
        (&[("/a", "")], &[("/a", r#""method": "POST","#)],
            "breaking endpoint: to http://one/x → –\nbehaviour endpoint: – → to http://one/x"),
        (&[("/a/*", "")], &[("/a/*", ""), ("/a/b", "")], "behaviour endpoint: taken by GET /a/* → to http://one/x"),
        (&[("/a/*", GUARD)], &[("/a/*", GUARD), ("/a/b", "")],
            "security-relaxing endpoint: taken by GET /a/* (guards lost: auth/validator) → to http://one/x"),
        (&[("/*", ""), ("/a/{x}", ""), ("/a/b", GUARD)], &[("/*", ""), ("/a/{x}", "")],
            "security-relaxing endpoint: to http://one/x, behind auth/validator → taken by GET /a/{x} (guards lost: auth/validator)"),
    ];
    for (old, new, expected) in table {
        assert_eq!(
            told(&routes(old), &routes(new)).join("\n"),
            expected,
            "{old:?} to {new:?}"
        );
    }
}

#[test]
fn several_backends_are_told_apart() {
    let config = |second: &str| {
        format!(
            r#"{{"version": 3, "endpoints": [{{"endpoint": "/a", "input_query_strings": [], "backend": [
                {{"host": ["http://one"], "url_pattern": "/1"}}, {{"host": ["http://two"], "url_pattern": "{second}"}}]}}]}}"#
        )
    };
    assert_eq!(
        told(&config("/2"), &config("/3")),
        ["behaviour backend 2: template: /2 → /3"]
    );
}

/// The same for TLS, in front of an https upstream.
#[test]
fn tls() {
    const KEYS: &str = r#""keys": [{"public_key": "a.crt", "private_key": "a.key"}]"#;
    let listener = |more: &str| format!(r#""tls": {{{KEYS}{more}}}"#);
    let mutual = |more: &str| {
        listener(&format!(
            r#"; "enable_mtls": true; "ca_certs": ["a.pem"]; "disable_system_ca_pool": true{more}"#
        ))
    };
    let client = |inside: &str| format!(r#""client_tls": {{"min_version": "TLS12"{inside}}}"#);
    let none = String::new();
    #[rustfmt::skip] // A table: before, after, what is told.
    let table = [
        (&none, &listener(""), "breaking tls: – → on\nbehaviour tls: keys: – → a.crt with a.key"),
        (&listener(""), &listener(r#"; "disabled": true"#), "security-relaxing tls: on → –\nbehaviour tls: keys: a.crt with a.key → –"),
        (&listener(""), &listener(r#"; "min_version": "TLS12""#), "security-relaxing tls: min_version: – → 1.2"),
        (&listener(r#"; "min_version": "TLS12""#), &listener(r#"; "min_version": "TLS13""#), "breaking tls: min_version: 1.2 → –"),
        (&listener(""), &listener(r#"; "curve_preferences": [23]"#), "security-relaxing tls: curve_preferences: – → P-256"),
        (&mutual(""), &mutual(r#"; "min_version": "TLS13""#), ""),
        (&none, &client(r#"; "ca_certs": ["a.pem"]"#), "security-relaxing client_tls: ca_certs: – → a.pem"),
        (&client(r#"; "ca_certs": ["a.pem"]"#), &client(r#"; "ca_certs": ["a.pem"]; "disable_system_ca_pool": true"#), "breaking client_tls: disable_system_ca_pool: – → true"),
        (&none, &r#""client_tls": {}"#.to_owned(), "breaking client_tls: min_version: – → 1.3"),
        (&none, &client(r#"; "allow_insecure_connections": true"#), "security-relaxing allow_insecure_connections: – → true"),
        (&client(r#"; "allow_insecure_connections": true"#), &none, "breaking allow_insecure_connections: true → –"),
        (&r#""allow_insecure_connections": true"#.to_owned(), &client(r#"; "allow_insecure_connections": true"#), ""),
    ];
    for (old, new, expected) in table {
        let at = |root: &str| config(root, "", r#""host": ["https://one"]"#);
        assert_eq!(
            told(&at(old), &at(new)).join("\n"),
            expected,
            "{old} to {new}"
        );
    }
    let without = listener("");
    let mut told = told(&config(&mutual(""), "", ""), &config(&without, "", ""));
    told.retain(|line| line.contains("enable_mtls"));
    assert_eq!(told, ["security-relaxing tls: enable_mtls: true → –"]);
}
