//! The issuer's keys, one for each kind of signature, and tokens that they sign.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds that a token lives: longer than any measurement.
const LIFE: u64 = 6 * 60 * 60;

#[derive(Debug, Clone, Copy)]
pub enum Alg {
    Rs256,
    Es256,
    EdDsa,
}

pub struct Keys {
    rsa: RsaKeyPair,
    elliptic: EcdsaKeyPair,
    edwards: Ed25519KeyPair,
    random: SystemRandom,
}

impl Alg {
    pub fn name(self) -> &'static str {
        match self {
            Alg::Rs256 => "RS256",
            Alg::Es256 => "ES256",
            Alg::EdDsa => "EdDSA",
        }
    }
}

impl Keys {
    /// Fresh ones; RSA has 2048 bits.
    pub fn new() -> Keys {
        Keys {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
            elliptic: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
            edwards: Ed25519KeyPair::generate().expect("a key"),
            random: SystemRandom::new(),
        }
    }

    /// The key set that a gateway fetches. A key is named as its `alg`.
    pub fn set(&self) -> String {
        let rsa = self.rsa.public_key();
        let n = encode(rsa.modulus().big_endian_without_leading_zero());
        let e = encode(rsa.exponent().big_endian_without_leading_zero());
        let (x, y) = self.elliptic.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (encode(x), encode(y));
        let ed = encode(self.edwards.public_key());
        json!({ "keys": [
            { "kid": "RS256", "kty": "RSA", "use": "sig", "n": n, "e": e },
            { "kid": "ES256", "kty": "EC", "crv": "P-256", "x": x, "y": y },
            { "kid": "EdDSA", "kty": "OKP", "crv": "Ed25519", "x": ed },
        ] })
        .to_string()
    }

    /// The token of user `n` for `audience`, with the claims that tokens have.
    pub fn token(&self, alg: Alg, issuer: &str, audience: &str, n: usize) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a clock after 1970").as_secs();
        let header = json!({ "alg": alg.name(), "kid": alg.name(), "typ": "JWT" });
        let claims = json!({
            "iss": issuer, "aud": [audience], "sub": format!("user-{n:06}"), "owner": "hanzo",
            "name": "A User", "email": format!("user-{n}@id.test"), "roles": ["viewer", "editor"],
            "iat": now, "exp": now + LIFE,
        });
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let signature = encode(self.sign(alg, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn sign(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        match alg {
            Alg::Rs256 => {
                let mut out = vec![0; self.rsa.public_modulus_len()];
                let signed = self
                    .rsa
                    .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut out);
                signed.expect("a signature");
                out
            }
            Alg::Es256 => {
                let signed = self.elliptic.sign(&self.random, message);
                signed.expect("a signature").as_ref().to_vec()
            }
            Alg::EdDsa => self.edwards.sign(message).as_ref().to_vec(),
        }
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
