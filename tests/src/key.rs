//! A key pair as an issuer holds it: its private and its public key set, tokens that it signs, and what is in them.

use aws_lc_rs::{
    encoding::AsBigEndian,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        UnparsedPublicKey,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// An ES256 key pair.
pub struct Key {
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    /// A fresh one of that name.
    pub fn new(kid: &str) -> Key {
        Key {
            kid: kid.to_owned(),
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
        }
    }

    /// The half that anybody may see.
    pub fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "x": encode(x), "y": encode(y) })
    }

    /// The key set that anybody may see.
    pub fn public_set(&self) -> String {
        json!({ "keys": [self.public()] }).to_string()
    }

    /// The key set that nobody may see.
    pub fn private_set(&self) -> String {
        let d = self.pair.private_key().as_be_bytes().expect("a number");
        let mut key = self.public();
        key["d"] = encode(d.as_ref()).into();
        json!({ "keys": [key] }).to_string()
    }

    /// Writes `public.json` and `private.json`.
    pub fn write(&self, directory: &Path) {
        fs::write(directory.join("public.json"), self.public_set()).expect("write");
        fs::write(directory.join("private.json"), self.private_set()).expect("write");
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": "ES256", "kid": self.kid }), claims)
    }

    /// Signs as ES256 whatever the header says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("a signature");
        format!("{signed}.{}", encode(signature))
    }

    /// Header and payload of a token, if this key has signed it.
    pub fn open(&self, token: &str) -> (Value, String) {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            panic!("no token: {token}");
        };
        self.open_parts(header, payload, signature)
    }

    /// As [`Key::open`], of parts that are not joined by dots.
    pub fn open_parts(&self, header: &str, payload: &str, signature: &str) -> (Value, String) {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        let signed = format!("{header}.{payload}");
        key.verify(signed.as_bytes(), &decode(signature))
            .expect("the signature is good");
        let header = serde_json::from_slice(&decode(header)).expect("a header");
        let payload = String::from_utf8(decode(payload)).expect("text");
        (header, payload)
    }
}

/// Header and claims of a token, with the dot between them.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    )
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
