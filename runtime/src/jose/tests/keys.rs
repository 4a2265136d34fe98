//! Key sets: what is a key for signatures, and what is passed over.

use super::{
    check, claims,
    mint::{self, ED, P256, RSA, encode},
    rules,
};
use crate::jose::{Algs, Audience, KeyId, KeySet, Refusal, Rules, alg::Alg};
use serde_json::{Value, json};

fn jwk(of: &mint::Signer, changes: Value) -> Value {
    let mut jwk = of.jwk.clone();
    if let (Some(all), Value::Object(changes)) = (jwk.as_object_mut(), changes) {
        all.extend(changes);
    }
    jwk
}

#[test]
fn a_key_is_fit_or_passed_over() {
    let short = encode([0xff; 128]);
    for (name, key, fit) in [
        ("as it is", RSA.jwk.clone(), true),
        (
            "for anything",
            jwk(&RSA, json!({ "use": "sig", "key_ops": ["verify"] })),
            true,
        ),
        ("its own alg", jwk(&RSA, json!({ "alg": "RS256" })), true),
        (
            "a zero before n",
            jwk(&RSA, json!({ "n": zero_before(&RSA.jwk["n"]) })),
            true,
        ),
        (
            "with a chain",
            jwk(&RSA, json!({ "x5c": ["MII"], "x5t": "a" })),
            true,
        ),
        ("for encryption", jwk(&RSA, json!({ "use": "enc" })), false),
        (
            "to sign only",
            jwk(&RSA, json!({ "key_ops": ["sign"] })),
            false,
        ),
        (
            "key_ops text",
            jwk(&RSA, json!({ "key_ops": "verify" })),
            false,
        ),
        ("another's alg", jwk(&RSA, json!({ "alg": "ES256" })), false),
        (
            "an alg for encryption",
            jwk(&RSA, json!({ "alg": "RSA-OAEP" })),
            false,
        ),
        ("no such alg", jwk(&RSA, json!({ "alg": "XX" })), false),
        ("kid number", jwk(&RSA, json!({ "kid": 1 })), false),
        ("1024 bits", jwk(&RSA, json!({ "n": short })), false),
        (
            "16384 bits",
            jwk(&RSA, json!({ "n": encode([0xff; 2048]) })),
            false,
        ),
        ("exponent 1", jwk(&RSA, json!({ "e": encode([1]) })), false),
        (
            "even exponent",
            jwk(&RSA, json!({ "e": encode([1, 0]) })),
            false,
        ),
        ("no exponent", jwk(&RSA, json!({ "e": "" })), false),
        (
            "long exponent",
            jwk(&RSA, json!({ "e": encode([1; 16]) })),
            false,
        ),
        ("n padded", jwk(&RSA, json!({ "n": "AQAB=" })), false),
        ("P-256", P256.jwk.clone(), true),
        (
            "not on the curve",
            jwk(&P256, json!({ "y": encode([1; 32]) })),
            false,
        ),
        (
            "the origin",
            jwk(&P256, json!({ "x": encode([0; 32]), "y": encode([0; 32]) })),
            false,
        ),
        (
            "x too long",
            jwk(&P256, json!({ "x": encode([1; 33]) })),
            false,
        ),
        (
            "another curve",
            jwk(&P256, json!({ "crv": "P-384" })),
            false,
        ),
        (
            "secp256k1",
            jwk(&P256, json!({ "crv": "secp256k1" })),
            false,
        ),
        ("no curve", jwk(&P256, json!({ "crv": null })), false),
        ("Ed25519", ED.jwk.clone(), true),
        ("X25519", jwk(&ED, json!({ "crv": "X25519" })), false),
        ("Ed448", jwk(&ED, json!({ "crv": "Ed448" })), false),
        ("short x", jwk(&ED, json!({ "x": encode([1; 31]) })), false),
        (
            "secret",
            json!({ "kty": "oct", "k": encode([1; 32]) }),
            true,
        ),
        (
            "short secret",
            json!({ "kty": "oct", "k": encode([1; 31]) }),
            false,
        ),
        (
            "short for HS512",
            json!({ "kty": "oct", "k": encode([1; 63]), "alg": "HS512" }),
            false,
        ),
        (
            "secret for wrapping",
            json!({ "kty": "oct", "k": encode([1; 32]), "alg": "A128KW" }),
            false,
        ),
        ("no type", json!({ "k": "AA" }), false),
        ("unknown type", json!({ "kty": "AKP", "pub": "AA" }), false),
        ("no key", json!(1), false),
    ] {
        let set = json!({ "keys": [key, mint::P384.jwk] }).to_string();
        let set = KeySet::parse(set.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let got = (set.len(), set.skipped());
        assert_eq!(got, if fit { (2, 0) } else { (1, 1) }, "{name}");
    }
}

fn zero_before(n: &Value) -> String {
    let n = crate::jose::base64url(n.as_str().expect("n")).expect("base64url");
    encode([&[0], n.as_slice()].concat())
}

#[test]
fn a_key_set_is_one_or_not() {
    let key = RSA.jwk.to_string();
    let many = |n: usize| format!(r#"{{"keys":[{}]}}"#, vec![key.as_str(); n].join(","));
    for (name, text, good) in [
        ("one", many(1), true),
        ("128", many(128), true),
        ("129", many(129), false),
        (
            "more members",
            format!(r#"{{"keys":[{key}],"x":{{"y":[1]}}}}"#),
            true,
        ),
        ("none", many(0), false),
        (
            "unfit",
            r#"{"keys":[{"kty":"oct","k":"AA"}]}"#.to_owned(),
            false,
        ),
        ("no list", r#"{"keys":{}}"#.to_owned(), false),
        ("no keys", "{}".to_owned(), false),
        ("a key", key.clone(), false),
        ("a list", format!("[{key}]"), false),
        (
            "keys twice",
            format!(r#"{{"keys":[],"keys":[{key}]}}"#),
            false,
        ),
        ("HTML", "<html>not found</html>".to_owned(), false),
        ("nothing", String::new(), false),
        (
            "deep",
            format!(
                r#"{{"keys":[{key}],"x":{}{}}}"#,
                "[".repeat(99),
                "]".repeat(99)
            ),
            false,
        ),
        (
            "huge",
            format!(r#"{{"keys":[{key}],"x":"{}"}}"#, "x".repeat(1024 * 1024)),
            false,
        ),
    ] {
        assert_eq!(KeySet::parse(text.as_bytes()).is_ok(), good, "{name}");
    }
}

#[test]
fn keys_are_found_by_what_the_token_names() {
    let named = jwk(&P256, json!({ "kid": "k", "x5t": "t", "x5t#S256": "s" }));
    let both = jwk(&P256, json!({ "kid": "k", "x5t": "k" }));
    let table = [
        (KeyId::Kid, &named, json!({ "kid": "k" }), true),
        (KeyId::Kid, &named, json!({ "kid": "t", "x5t": "t" }), false),
        (KeyId::Kid, &named, json!({}), false),
        (KeyId::X5t, &named, json!({ "x5t": "t" }), true),
        (KeyId::X5t, &named, json!({ "kid": "t" }), false),
        (KeyId::X5tS256, &named, json!({ "x5t#S256": "s" }), true),
        (KeyId::X5tS256, &named, json!({ "x5t": "s" }), false),
        (
            KeyId::KidX5t,
            &named,
            json!({ "kid": "k", "x5t": "t" }),
            true,
        ),
        (KeyId::KidX5t, &named, json!({ "kid": "k" }), false),
        (KeyId::KidX5t, &both, json!({ "kid": "k" }), true),
    ];
    for (by, key, names, found) in table {
        let set = json!({ "keys": [key] }).to_string();
        let keys = KeySet::parse(set.as_bytes()).expect("a key set");
        let rules = Rules {
            key_id: by,
            any_key: false,
            ..rules()
        };
        let mut header = names.clone();
        header["alg"] = "ES256".into();
        let token = P256.with_header(&header, &claims());
        let checked = check(&rules, &token, &keys);
        assert_eq!(checked.is_ok(), found, "{by:?} {names}");
        assert!(
            found || matches!(checked, Err(Refusal::UnknownKey)),
            "{checked:?}"
        );
    }
}

/// AUTH-20: every key of that name is tried, and then every other that fits.
#[test]
fn auth_20_names_are_hints() {
    let (one, two) = (mint::rsa("same"), mint::rsa("same"));
    let set = json!({ "keys": [one.jwk, two.jwk, P256.jwk] }).to_string();
    let keys = KeySet::parse(set.as_bytes()).expect("a key set");
    let strict = Rules {
        any_key: false,
        ..rules()
    };
    for (signer, kid, edge, validator) in [
        (&one, Some("same"), true, true),
        (&two, Some("same"), true, true),
        (&two, Some("other"), true, false),
        (&two, None, true, false),
        (&two, Some("p256"), true, false),
        (&*RSA, Some("same"), false, false),
    ] {
        let mut header = json!({ "alg": "RS256" });
        if let Some(kid) = kid {
            header["kid"] = kid.into();
        }
        let token = signer.with_header(&header, &claims());
        assert_eq!(check(&rules(), &token, &keys).is_ok(), edge, "{kid:?}");
        assert_eq!(check(&strict, &token, &keys).is_ok(), validator, "{kid:?}");
    }
}

/// AUTH-23 and AUTH-34.
#[test]
fn auth_23_audiences() {
    let text = mint::key_set().to_string();
    let keys = KeySet::parse(text.as_bytes()).expect("a key set");
    for (asked, aud, good) in [
        (Audience::Anybody, json!("x"), true),
        (Audience::Anybody, json!([]), true),
        (Audience::All(&["a", "b"]), json!(["b", "c", "a"]), true),
        (Audience::All(&["a", "b"]), json!(["a"]), false),
        (Audience::All(&["a"]), json!("a"), true),
        (Audience::Any(&["a", "b"]), json!("b"), true),
        (Audience::Any(&["a", "b"]), json!(["c", "b"]), true),
        (Audience::Any(&["a", "b"]), json!(["c"]), false),
        (Audience::Any(&["a", "b"]), json!([]), false),
    ] {
        let rules = Rules {
            audience: asked,
            ..rules()
        };
        let mut claims = claims();
        claims["aud"] = aud.clone();
        let token = P256.token("ES256", &claims);
        assert_eq!(
            check(&rules, &token, &keys).is_ok(),
            good,
            "{asked:?} {aud}"
        );
    }
}

/// AUTH-19: what the edge accepts, and nothing symmetric.
#[test]
fn auth_19_the_edge_takes_nine_algorithms() {
    let accepted = [
        Alg::Rs256,
        Alg::Rs384,
        Alg::Rs512,
        Alg::Ps256,
        Alg::Ps384,
        Alg::Ps512,
        Alg::Es256,
        Alg::Es384,
        Alg::Es512,
    ];
    let refused = [Alg::Hs256, Alg::Hs384, Alg::Hs512, Alg::EdDsa];
    assert!(accepted.iter().all(|alg| Algs::EDGE.contains(*alg)));
    assert!(!refused.iter().any(|alg| Algs::EDGE.contains(*alg)));
}

/// A name that is not known is said, once and only then.
#[test]
fn unknown_keys_are_told() {
    let text = mint::key_set().to_string();
    let keys = KeySet::parse(text.as_bytes()).expect("a key set");
    let stranger = mint::rsa("new");
    for (token, expected) in [
        (stranger.token("RS256", &claims()), Some("new")),
        (RSA.token("RS256", &claims()), None),
        (mint::rsa("rsa").token("RS256", &claims()), None),
        (stranger.token("HS256", &claims()), None),
    ] {
        let mut told = None;
        let now = std::time::Duration::from_secs(super::NOW);
        let _ = rules().check(&token, &keys, now, |name| told = Some(name.to_owned()));
        assert_eq!(told.as_deref(), expected);
    }
}
