//! Which tokens are refused, and in which words (AUTH 1.8, AUTH-19..23).

use super::{Edge, ISSUER, somebody};
use harness::{Issuer, issuer::now};
use serde_json::{Value, json};

#[test]
fn e1_and_e2_byte_for_byte() {
    let edge = Edge::start("hardened");
    let anonymous = edge.get("/free", &[]);
    assert_eq!(anonymous.status, 401);
    assert_eq!(
        anonymous.text(),
        r#"{"error":"unauthorized","message":"Authentication required"}"#
    );
    assert_eq!(anonymous.headers.get("www-authenticate"), Some("Bearer"));
    let invalid = edge.get("/free", &[("Authorization", "Bearer a.b")]);
    assert_eq!(invalid.status, 401);
    assert_eq!(
        invalid.text(),
        r#"{"detail":"failed to parse JWT: the token has not three parts","error":"unauthorized","message":"Invalid token"}"#
    );
    for answer in [&anonymous, &invalid] {
        assert_eq!(
            answer.headers.get("content-type"),
            Some("application/json; charset=utf-8")
        );
        assert!(answer.headers.has("x-request-id"));
    }
}

#[test]
fn auth_21_to_23_what_a_token_must_say() {
    let edge = Edge::start("identity");
    let now = now();
    let good = [
        json!({ "aud": "app" }),
        json!({ "aud": ["other", "app"] }),
        json!({ "exp": now - 60 }),
        json!({ "nbf": now + 60, "iat": now + 60 }),
        json!({ "nbf": now, "iat": now }),
    ];
    for claims in good {
        let mut all = somebody();
        all.as_object_mut()
            .expect("claims")
            .extend(claims.as_object().expect("claims").clone());
        assert_eq!(edge.get_as("/all/x", all).status, 200, "{claims}");
    }
    let bad: &[(Value, &str)] = &[
        (
            json!({ "iss": Value::Null }),
            "invalid token: missing issuer",
        ),
        (json!({ "iss": "" }), "invalid token: missing issuer"),
        (
            json!({ "iss": format!("{ISSUER}/") }),
            "token validation failed",
        ),
        (
            json!({ "iss": "https://id.test.evil.com" }),
            "token validation failed",
        ),
        (
            json!({ "iss": "https://x.id.test" }),
            "token validation failed",
        ),
        (
            json!({ "iss": format!("{ISSUER} ") }),
            "token validation failed",
        ),
        (json!({ "aud": Value::Null }), "token validation failed"),
        (json!({ "aud": "other" }), "token validation failed"),
        (json!({ "aud": [] }), "token validation failed"),
        (json!({ "aud": "api,app" }), "token validation failed"),
        (json!({ "exp": Value::Null }), "token validation failed"),
        (json!({ "exp": now - 180 }), "token validation failed"),
        (json!({ "nbf": now + 180 }), "token validation failed"),
        (json!({ "iat": now + 180 }), "token validation failed"),
        (json!({ "isAdmin": "true" }), "failed to parse JWT"),
        (json!({ "phone": 49 }), "failed to parse JWT"),
        (json!({ "owner": ["hanzo"] }), "failed to parse JWT"),
        (json!({ "email": { "x": 1 } }), "failed to parse JWT"),
        (
            json!({ "sub": "a\r\nX-Roles: admin" }),
            "failed to parse JWT",
        ),
        (json!({ "sub": " root" }), "failed to parse JWT"),
        (json!({ "owner": "admin\t" }), "failed to parse JWT"),
    ];
    for (claims, detail) in bad {
        let answer = edge.get_as("/all/x", claims.clone());
        assert_eq!(answer.status, 401, "{claims}");
        let told = answer.json();
        let told = told["detail"].as_str().expect("a detail");
        assert!(told.starts_with(detail), "{claims}: {told}");
    }
    assert_eq!(edge.origin.count(), 5);
}

#[test]
fn auth_19_and_20_which_keys_and_algorithms() {
    let edge = Edge::start("identity");
    let claims = json!({ "iss": ISSUER, "aud": "api", "exp": now() + 600, "sub": "u1" });
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid });
    let sign = |header: Value| edge.issuer.key().sign(&header, &claims);
    let unsigned = {
        let token = sign(header("none", "k1"));
        token[..=token.rfind('.').expect("a dot")].to_owned()
    };
    let broken = {
        let mut token = sign(header("ES256", "k1"));
        let last = if token.ends_with('A') { "Q" } else { "A" };
        token.replace_range(token.len() - 1.., last);
        token
    };
    let other = Issuer::start("k1")
        .key()
        .sign(&header("ES256", "k1"), &claims);
    for (token, status) in [
        (sign(header("ES256", "k1")), 200),
        (sign(header("none", "k1")), 401),
        (sign(header("HS256", "k1")), 401),
        (sign(header("EdDSA", "k1")), 401),
        (sign(header("ES384", "k1")), 401),
        (unsigned, 401),
        (broken, 401),
        (other, 401),
    ] {
        let answer = edge.get("/all/x", &[("Authorization", &format!("Bearer {token}"))]);
        assert_eq!(answer.status, status, "{token}: {}", answer.text());
    }
}
