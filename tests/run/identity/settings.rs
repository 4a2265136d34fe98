//! The environment on top of the config (AUTH 1.1): read once, listed by `env`, and what makes no sense stops the start.

use super::{Edge, REVOKER_TOKEN, believed, somebody};
use harness::{Issuer, Launch, Origin, compiler::compiled, gateway::ORIGIN};
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn auth_1_1_variables_go_before_the_config() {
    let edge = Edge::with("identity", |launch| {
        launch
            .env("BILLING_ENABLED", "false")
            .env("AUTH_REQUIRE", "true")
            .env("AUTH_ISSUER", "https://other.test")
            .env("AUTH_AUDIENCE", "one, two")
            .env("AUTH_PUBLIC_PATHS", "/all/free, /listed")
    });
    let of = |issuer: &str, audience: &str| json!({ "sub": "u1", "iss": issuer, "aud": audience });
    for (path, claims, status) in [
        ("/all/x", None, 401),
        ("/all/free/x", None, 200),
        ("/listed", None, 200),
        ("/open/x", None, 401),
        ("/all/x", Some(of("https://other.test", "two")), 200),
        ("/all/x", Some(of("https://other.test", "api")), 401),
        ("/all/x", Some(of("https://id.test", "two")), 401),
    ] {
        let answer = match &claims {
            None => edge.get(path, &[]),
            Some(claims) => edge.get_as(path, claims.clone()),
        };
        assert_eq!(answer.status, status, "{path} {claims:?}");
    }
}

#[test]
fn auth_1_1_what_makes_no_sense_stops_the_start() {
    for (name, value, told) in [
        (
            "AUTH_ENABLED",
            "no",
            "AUTH_ENABLED: `no` is neither `true` nor `false`",
        ),
        ("AUTH_REQUIRE", "1", "AUTH_REQUIRE: `1` is neither"),
        (
            "AUTH_PUBLIC_PATHS",
            "/a,",
            "AUTH_PUBLIC_PATHS: an empty item",
        ),
        (
            "AUTH_PUBLIC_PATHS",
            "/",
            "AUTH_PUBLIC_PATHS: `/` stands for every path",
        ),
        (
            "AUTH_PUBLIC_PATHS",
            "a",
            "AUTH_PUBLIC_PATHS: `a` does not start with",
        ),
        ("AUTH_AUDIENCE", "a,,b", "AUTH_AUDIENCE: an empty item"),
        ("AUTH_AUDIENCE", ",", "AUTH_AUDIENCE: an empty item"),
        ("AUTH_JWKS_URL", "id.test/jwks", "AUTH_JWKS_URL: "),
        ("AUTH_BILLING_URL", "commerce", "AUTH_BILLING_URL: "),
        ("BILLING_ENABLED", "yes", "BILLING_ENABLED: `yes`"),
        ("BILLING_PATHS", "/v1,,", "BILLING_PATHS: an empty item"),
        (
            "WIDGET_ALLOWED_ORIGINS",
            ",",
            "WIDGET_ALLOWED_ORIGINS: an empty item",
        ),
        (
            "WIDGET_ALLOWED_ORIGINS",
            "https://a.b",
            "WIDGET_ALLOWED_ORIGINS: `https://a.b` is more",
        ),
    ] {
        let out = Command::new(compiled("identity"))
            .args(["--listen", "127.0.0.1:0"])
            .env(name, value)
            .output()
            .expect("run the gateway");
        let said = String::from_utf8_lossy(&out.stdout);
        assert_eq!(out.status.code(), Some(1), "{name}={value}: {said}");
        assert!(said.contains(told), "{name}={value}: {said}");
    }
    let out = Command::new(compiled("hardened"))
        .args(["--listen", "127.0.0.1:0"])
        .env("REVOKER_TOKEN", REVOKER_TOKEN)
        .output()
        .expect("run the gateway");
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("COMMERCE_SERVICE_TOKEN is not set"), "{said}");
}

#[test]
fn auth_1_1_env_lists_them_and_hides_the_secret() {
    let out = Command::new(compiled("identity"))
        .args(["env", "--json"])
        .env("COMMERCE_SERVICE_TOKEN", "very-secret")
        .env("AUTH_REQUIRE", "true")
        .output()
        .expect("run the gateway");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(!text.contains("very-secret"), "{text}");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let row = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not listed"));
        (row["value"].clone(), row["source"].clone())
    };
    for (name, value, source) in [
        ("AUTH_ENABLED", "true", "default"),
        ("AUTH_JWKS_URL", "http://id.test/jwks", "config"),
        ("AUTH_ISSUER", "https://id.test", "config"),
        ("AUTH_AUDIENCE", "api,app", "config"),
        ("AUTH_REQUIRE", "true", "environment"),
        ("AUTH_PUBLIC_PATHS", "/open,/.well-known/", "config"),
        ("AUTH_PUBLIC_HOSTS", "", "default"),
        (
            "AUTH_BILLING_URL",
            "http://commerce.test:8001/base",
            "config",
        ),
        ("BILLING_ENABLED", "true", "default"),
        ("COMMERCE_SERVICE_TOKEN", "(hidden)", "environment"),
        ("WIDGET_ALLOWED_ORIGINS", "hanzo.ai,localhost", "config"),
    ] {
        assert_eq!(row(name), (json!(value), json!(source)), "{name}");
    }
}

#[test]
fn auth_4_public_hosts_are_said_to_have_no_effect() {
    let edge = Edge::with("identity", |launch| {
        launch
            .env("AUTH_PUBLIC_HOSTS", "hanzo.id")
            .env("BILLING_ENABLED", "false")
    });
    edge.gateway.line("a warning", |line| {
        line.contains("AUTH_PUBLIC_HOSTS has no effect")
    });
}

#[test]
fn a_mock_has_no_keys_and_its_tokens_are_refused() {
    let (issuer, origin) = (Issuer::start("k1"), Origin::ok());
    let gateway = Launch::golden("identity")
        .resolve(ORIGIN, origin.address)
        .resolve("id.test:80", issuer.server.address)
        .args(&["--mock"])
        .start();
    let token = format!("Bearer {}", issuer.token(&believed(somebody())));
    let ask = |token: &str| {
        gateway
            .ask("GET /all/x", &[("Authorization", token)])
            .status
    };
    assert_eq!(ask(&token), 401);
    assert_eq!(ask("Bearer hk-live"), 200);
    assert_eq!(issuer.server.count(), 0, "nothing is fetched");
}
