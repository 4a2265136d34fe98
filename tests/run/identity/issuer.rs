//! An issuer: a key of its own, the set with its public half, and tokens.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::Origin;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

pub const ISSUER: &str = "https://id.test";

pub struct Issuer {
    key: EcdsaKeyPair,
    jwks: Origin,
}

impl Issuer {
    /// Serves its key set at `/jwks`.
    pub fn start() -> Issuer {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref())
            .expect("the key");
        // 0x04, then both coordinates (SEC 1, 2.3.3).
        let point = key.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..65]));
        let set = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k1", "x": x, "y": y,
        }] })
        .to_string();
        let jwks = Origin::start(move |x| {
            x.body();
            x.reply(
                "200 OK",
                &[("Content-Type", "application/json")],
                set.as_bytes(),
            );
        });
        Issuer { key, jwks }
    }

    pub fn address(&self) -> SocketAddr {
        self.jwks.address
    }

    /// How often its key set was asked for.
    pub fn fetches(&self) -> usize {
        self.jwks.count()
    }

    /// A good token with these claims beside the registered ones, which they may replace; `null` leaves one out.
    pub fn token(&self, claims: Value) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let mut all = json!({ "iss": ISSUER, "aud": "api", "exp": now.as_secs() + 3600 });
        for (name, value) in claims.as_object().expect("claims").clone() {
            if value.is_null() && all.get(&name).is_some() {
                all.as_object_mut().expect("claims").remove(&name);
            } else {
                all[name] = value;
            }
        }
        self.sign(&json!({ "alg": "ES256", "kid": "k1", "typ": "JWT" }), &all)
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encoded(header.to_string().as_bytes()),
            encoded(claims.to_string().as_bytes())
        );
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("a signature");
        format!("{signed}.{}", encoded(signature.as_ref()))
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
