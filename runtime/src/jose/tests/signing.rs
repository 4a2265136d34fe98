//! Private keys: what they sign is what the public half vouches for, and which ones are none.

use super::{NOW, mint, rules};
use crate::jose::{
    Alg, Algs, Audience, KeySet, Rules,
    signing_key::{NoSigningKey, SigningKey},
};
use serde_json::{Value, json};
use std::time::Duration;

fn find(jwk: &Value, alg: Alg) -> Result<SigningKey, NoSigningKey> {
    let set = json!({ "keys": [{ "kty": "EC", "kid": "another" }, jwk, "no key"] });
    let kid = jwk["kid"].as_str().expect("a kid");
    SigningKey::find(set.to_string().as_bytes(), kid, alg)
}

#[test]
fn what_a_private_key_signs_its_public_key_vouches_for() {
    for (key, alg, name) in [
        (&*mint::RSA, Alg::Rs256, "RS256"),
        (&mint::RSA, Alg::Rs384, "RS384"),
        (&mint::RSA, Alg::Rs512, "RS512"),
        (&mint::RSA, Alg::Ps256, "PS256"),
        (&mint::RSA, Alg::Ps384, "PS384"),
        (&mint::RSA, Alg::Ps512, "PS512"),
        (&mint::P256, Alg::Es256, "ES256"),
        (&mint::P384, Alg::Es384, "ES384"),
        (&mint::P521, Alg::Es512, "ES512"),
        (&mint::ED, Alg::EdDsa, "EdDSA"),
        (&mint::SECRET, Alg::Hs256, "HS256"),
        (&mint::SECRET, Alg::Hs384, "HS384"),
        (&mint::SECRET, Alg::Hs512, "HS512"),
    ] {
        let private = find(&key.private(), alg).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(private.alg(), name);
        let header = mint::encode(json!({ "alg": name, "kid": key.kid() }).to_string());
        let claims = mint::encode(json!({ "sub": "me", "exp": NOW + 60 }).to_string());
        let signed = format!("{header}.{claims}");
        let signature = private.sign(signed.as_bytes()).expect("a signature");
        let token = format!("{signed}.{}", mint::encode(signature));
        let public = json!({ "keys": [key.jwk] }).to_string();
        let keys = KeySet::parse(public.as_bytes()).expect("a key set");
        let rules = Rules {
            algs: Algs::of(&[alg]),
            issuer: None,
            audience: Audience::Anybody,
            ..rules()
        };
        let checked = rules.check(&token, &keys, Duration::from_secs(NOW), |_| ());
        let claims = checked.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(claims.text("sub"), Some("me"), "{name}");
    }
}

/// The key with some members changed, or taken away by null.
fn changed(key: &mint::Signer, changes: Value) -> Value {
    let mut jwk = key.private();
    let object = jwk.as_object_mut().expect("an object");
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        if value.is_null() {
            object.remove(&name);
        } else {
            object.insert(name, value);
        }
    }
    jwk
}

#[test]
fn a_key_that_cannot_sign_is_refused() {
    use NoSigningKey::{Malformed, OtherAlg, OtherUse, Public, Weak};
    let (rsa, p256, ed) = (&*mint::RSA, &*mint::P256, &*mint::ED);
    let other = mint::P384.private();
    for (jwk, alg, why) in [
        (rsa.jwk.clone(), Alg::Rs256, Public),
        (p256.jwk.clone(), Alg::Es256, Public),
        (ed.jwk.clone(), Alg::EdDsa, Public),
        (changed(rsa, json!({ "p": null })), Alg::Rs256, Public),
        (rsa.private(), Alg::Es256, OtherAlg),
        (p256.private(), Alg::Rs256, OtherAlg),
        (p256.private(), Alg::Es384, OtherAlg),
        (p256.private(), Alg::EdDsa, OtherAlg),
        (mint::SECRET.private(), Alg::Rs256, OtherAlg),
        (
            changed(rsa, json!({ "alg": "RS512" })),
            Alg::Rs256,
            OtherAlg,
        ),
        (changed(rsa, json!({ "alg": "none" })), Alg::Rs256, OtherAlg),
        (changed(rsa, json!({ "use": "enc" })), Alg::Rs256, OtherUse),
        (
            changed(rsa, json!({ "key_ops": ["verify"] })),
            Alg::Rs256,
            OtherUse,
        ),
        (
            changed(rsa, json!({ "key_ops": "sign" })),
            Alg::Rs256,
            Malformed,
        ),
        (changed(rsa, json!({ "d": "AAAA" })), Alg::Rs256, Malformed),
        (
            changed(rsa, json!({ "d": "not base64!" })),
            Alg::Rs256,
            Malformed,
        ),
        (changed(rsa, json!({ "d": 7 })), Alg::Rs256, Malformed),
        (changed(rsa, json!({ "n": "AQAB" })), Alg::Rs256, Weak),
        (
            changed(p256, json!({ "d": other["d"] })),
            Alg::Es256,
            Malformed,
        ),
        (
            changed(p256, json!({ "x": other["x"] })),
            Alg::Es256,
            Malformed,
        ),
        (
            changed(ed, json!({ "x": mint::encode([1; 32]) })),
            Alg::EdDsa,
            Malformed,
        ),
        (changed(ed, json!({ "d": "AAAA" })), Alg::EdDsa, Malformed),
        (mint::secret("s", &[1; 31]).private(), Alg::Hs256, Weak),
        (mint::secret("s", &[1; 63]).private(), Alg::Hs512, Weak),
        (mint::secret("s", &[1; 1025]).private(), Alg::Hs256, Weak),
    ] {
        let found = find(&jwk, alg).map(|key| key.alg());
        assert_eq!(found, Err(why), "{:?} of {:?}", alg, jwk["kty"]);
    }
}

#[test]
fn a_set_has_the_key_once_or_not() {
    use NoSigningKey::{Missing, NotSet, Several, TooLong};
    let key = mint::ED.private();
    for (set, why) in [
        (json!({ "keys": [] }).to_string(), Missing),
        (
            json!({ "keys": [mint::P256.private()] }).to_string(),
            Missing,
        ),
        (json!({ "keys": [key, key] }).to_string(), Several),
        (json!([key]).to_string(), NotSet),
        (key.to_string(), NotSet),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), NotSet),
        (String::new(), NotSet),
        (" ".repeat(2 * 1024 * 1024), TooLong),
    ] {
        let found = SigningKey::find(set.as_bytes(), "ed", Alg::EdDsa).map(|key| key.alg());
        assert_eq!(found, Err(why), "{set:.80}");
    }
}

/// Whatever is wrong with a key, what is said about it has nothing of the key.
#[test]
fn errors_hold_no_secret() {
    let set = r#"{"keys":[{"kid":"ed","kty":"OKP","crv":"Ed25519","d":"c2VjcmV0"#;
    let why = SigningKey::find(set.as_bytes(), "ed", Alg::EdDsa).map(|key| key.alg());
    let told = format!("{} {why:?}", why.as_ref().expect_err("it is cut short"));
    assert!(!told.contains("c2VjcmV0"), "{told}");
}
