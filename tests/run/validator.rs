//! `auth/validator`: who gets in, who does not and what they are told, what the backend learns of them.
//! `validator/keys.rs` is about the issuer's keys.

mod keys;

use harness::{Gateway, Issuer, Launch, Origin, gateway::ORIGIN, issuer::claims, within};
use serde_json::{Value, json};
use std::time::Duration;

const KEYS: &str = "keys.test:7000";
const DEAD: &str = "dead.test:7001";

/// The gateway of `tests/golden/validator.json`.
fn launch(origin: &Origin, issuer: &Issuer) -> Launch {
    Launch::golden("validator")
        .resolve(ORIGIN, origin.address)
        .resolve(KEYS, issuer.server.address)
        .resolve(DEAD, harness::gateway::refusing())
}

fn ask(gateway: &Gateway, path: &str, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let answer = gateway.ask(&format!("GET {path}"), &[("Authorization", &bearer)]);
    answer.status
}

/// AUTH-34: an empty body, and the challenge of RFC 6750.
#[test]
fn without_a_good_token_nobody_gets_in() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let good = issuer.token(&claims(json!({})));
    let invalid = r#"Bearer error="invalid_token""#;
    for (header, challenge, why) in [
        (None, "Bearer", "there is no token"),
        (Some(String::new()), "Bearer", "there is no token"),
        (Some("Bearer x".to_owned()), invalid, "has not three parts"),
        (
            Some("Basic eDp5".to_owned()),
            invalid,
            "has not three parts",
        ),
        // API keys are for endpoints without a validator.
        (
            Some("Bearer hk-0123456789abcdef".to_owned()),
            invalid,
            "has not three parts",
        ),
        (Some(format!("Bearer {good}x")), invalid, "is not base64url"),
        (
            Some(format!(
                "Bearer {}",
                issuer.token(&claims(json!({ "exp": 1 })))
            )),
            invalid,
            "has expired",
        ),
        (
            Some(format!(
                "Bearer {}",
                issuer.token(&claims(json!({ "iss": "x" })))
            )),
            invalid,
            "another issuer",
        ),
        (
            Some(format!(
                "Bearer {}",
                Issuer::secret_token(&claims(json!({})))
            )),
            invalid,
            "algorithm",
        ),
    ] {
        let fields: Vec<_> = header
            .iter()
            .map(|h| ("Authorization", h.as_str()))
            .collect();
        let answer = gateway.ask("GET /closed", &fields);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (401, ""),
            "{header:?}"
        );
        assert_eq!(
            answer.headers.get("www-authenticate"),
            Some(challenge),
            "{header:?}"
        );
        assert_eq!(answer.headers.get("content-type"), None);
        let id = answer
            .headers
            .get("x-request-id")
            .expect("an id")
            .to_owned();
        let line = gateway.line("the refusal in the access log", |line| line.contains(&id));
        assert!(line.contains("refused") && line.contains(why), "{line}");
        assert!(!line.contains(&good), "a token in the log");
    }
    assert_eq!(origin.count(), 0, "a refused request got through");
    assert_eq!(gateway.get("/open").status, 200, "no validator, no token");
    assert_eq!(ask(&gateway, "/closed", &good), 200);
    assert_eq!(ask(&gateway, "/closed", &good), 200, "remembered");
}

#[test]
fn what_each_endpoint_asks_for() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let table: &[(&str, Value, u16)] = &[
        ("/closed", json!({ "exp": null }), 401),
        (
            "/closed",
            json!({ "nbf": harness::issuer::now() + 60 }),
            401,
        ),
        ("/audience/all", json!({ "aud": ["a", "b", "c"] }), 200),
        ("/audience/all", json!({ "aud": ["a"] }), 401),
        ("/audience/all", json!({}), 401),
        ("/audience/any", json!({ "aud": "b" }), 200),
        ("/audience/any", json!({ "aud": ["c"] }), 401),
        ("/roles", json!({ "roles": ["editor", "x"] }), 200),
        ("/roles", json!({ "roles": "x admin" }), 200),
        ("/roles", json!({ "roles": ["x", 1, null] }), 403),
        ("/roles", json!({ "roles": { "admin": true } }), 403),
        ("/roles", json!({ "realm": { "roles": ["admin"] } }), 403),
        ("/roles", json!({}), 403),
        (
            "/roles/nested",
            json!({ "realm": { "roles": ["admin"] } }),
            200,
        ),
        (
            "/roles/nested",
            json!({ "realm.roles": ["admin"], "roles": ["admin"] }),
            403,
        ),
        ("/scopes/any", json!({ "scope": "write" }), 200),
        ("/scopes/any", json!({ "scope": ["read"] }), 200),
        ("/scopes/any", json!({ "scope": "readwrite" }), 403),
        ("/scopes/any", json!({ "scope": [] }), 403),
        (
            "/scopes/all",
            json!({ "resource": { "scope": "read x write" } }),
            200,
        ),
        (
            "/scopes/all",
            json!({ "resource": { "scope": "read" } }),
            403,
        ),
    ];
    for (path, changes, expected) in table {
        let token = issuer.token(&claims(changes.clone()));
        for round in ["checked", "remembered"] {
            let got = ask(&gateway, path, &token);
            assert_eq!(got, *expected, "{path} {changes}, {round}");
        }
    }
    let token = Issuer::secret_token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/secret", &token), 200);
    assert_eq!(ask(&gateway, "/rsa", &token), 401);
    assert_eq!(
        ask(&gateway, "/dead", &issuer.token(&claims(json!({})))),
        401
    );
    let poor = issuer.token(&claims(json!({})));
    let answer = gateway.ask("GET /roles", &[("Authorization", &poor)]);
    assert_eq!((answer.status, answer.text().as_str()), (403, ""));
    assert_eq!(
        answer.headers.get("www-authenticate"),
        Some(r#"Bearer error="insufficient_scope""#)
    );
}

#[test]
fn a_token_comes_in_a_header_or_a_cookie() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let good = issuer.token(&claims(json!({})));
    let old = issuer.token(&claims(json!({ "exp": harness::issuer::now() - 30 })));
    let cookie = |name: &str| format!("a=b; {name}={good}");
    let bearer = format!("bearer {good}");
    for (path, fields, expected) in [
        ("/closed", vec![("Authorization", good.as_str())], 200),
        ("/closed", vec![("Authorization", &bearer)], 200),
        ("/closed", vec![("Cookie", &cookie("access_token"))], 200),
        (
            "/closed",
            vec![("Authorization", ""), ("Cookie", &cookie("access_token"))],
            200,
        ),
        (
            "/closed",
            vec![("Authorization", "x"), ("Cookie", &cookie("access_token"))],
            401,
        ),
        (
            "/closed",
            vec![("Authorization", &good), ("Authorization", &good)],
            401,
        ),
        ("/closed", vec![("Cookie", &cookie("session"))], 401),
        ("/closed", vec![("X-Token", &good)], 401),
        ("/closed", vec![("Authorization", &old)], 401),
        ("/elsewhere", vec![("X-Token", &bearer)], 200),
        ("/elsewhere", vec![("Cookie", &cookie("session"))], 200),
        ("/elsewhere", vec![("Authorization", &bearer)], 401),
        // Its leeway is a minute.
        ("/elsewhere", vec![("X-Token", &old)], 200),
    ] {
        let answer = gateway.ask(&format!("GET {path}"), &fields);
        assert_eq!(answer.status, expected, "{path} {fields:?}");
    }
    gateway.line("a refusal as an error, for `operation_debug`", |line| {
        line.contains("ERROR") && line.contains("there is no token")
    });
}

/// AUTH-35, as far as a validator goes: the claim in place of the client's word, and nothing but one header's worth.
#[test]
fn claims_become_headers() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let forged = [
        ("X-User-Id", "root"),
        ("x_user_id", "root"),
        ("X-Roles", "root"),
        ("X-Org", "root"),
        ("X-Plan", "root"),
        ("X-Tenant-Id", "root"),
    ];
    for (changes, expected) in [
        (
            json!({ "roles": ["a", "b"], "org": { "name": "acme" }, "https://id.test/plan": 7, "tenant": true }),
            [
                vec!["me"],
                vec!["a,b"],
                vec!["acme"],
                vec!["7"],
                vec!["true"],
            ],
        ),
        (
            json!({ "sub": "", "roles": [], "org": "acme", "tenant": null }),
            [vec![""], vec![""], vec![], vec![], vec![]],
        ),
        (
            json!({ "sub": "a\r\nX-Roles: admin", "org": { "name": "b\nc" }, "https://id.test/plan": { "a": 1.5 } }),
            [vec![], vec![], vec![], vec![r#"{"a":1.5}"#], vec![]],
        ),
    ] {
        let token = issuer.token(&claims(changes.clone()));
        let mut fields = forged.to_vec();
        fields.push(("Authorization", &token));
        for round in ["checked", "remembered"] {
            assert_eq!(gateway.ask("GET /closed", &fields).status, 200, "{changes}");
            let got = origin.last().headers;
            let names = ["x-user-id", "x-roles", "x-org", "x-plan", "x-tenant-id"];
            let values = names.map(|name| got.all(name));
            assert_eq!(values, expected, "{changes}, {round}");
            assert_eq!(
                got.get("authorization"),
                None,
                "it is not in `input_headers`"
            );
        }
    }
    let token = issuer.token(&claims(json!({ "roles": ["a", "b"] })));
    assert_eq!(ask(&gateway, "/lists", &token), 200);
    assert_eq!(origin.last().headers.all("x-roles"), ["a", "b"]);
}

/// What is remembered of a token is forgotten when it expires.
#[test]
fn a_remembered_token_expires() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).one_worker().start();
    let token = issuer.token(&claims(json!({ "exp": harness::issuer::now() + 2 })));
    assert_eq!(ask(&gateway, "/closed", &token), 200);
    within(Duration::from_secs(20), "the end of the token", || {
        (ask(&gateway, "/closed", &token) == 401).then_some(())
    });
}
