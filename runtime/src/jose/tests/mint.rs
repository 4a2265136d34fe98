//! Signs tokens, good and bad ones alike: headers and claims are whatever the test says.

#[cfg(feature = "signer")]
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Pkcs8V1Der};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

/// One of each kind, made once.
pub static RSA: LazyLock<Signer> = LazyLock::new(|| rsa("rsa"));
pub static P256: LazyLock<Signer> =
    LazyLock::new(|| ecdsa("p256", "P-256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING));
pub static P384: LazyLock<Signer> =
    LazyLock::new(|| ecdsa("p384", "P-384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING));
pub static P521: LazyLock<Signer> =
    LazyLock::new(|| ecdsa("p521", "P-521", &signature::ECDSA_P521_SHA512_FIXED_SIGNING));
pub static ED: LazyLock<Signer> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let x = encode(pair.public_key().as_ref());
    Signer {
        jwk: json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed" }),
        pair: Pair::Edwards(pair),
    }
});
pub static SECRET: LazyLock<Signer> = LazyLock::new(|| secret("secret", &[7; 64]));

/// A private key, and the public half as its JWK.
pub struct Signer {
    pub jwk: Value,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Elliptic(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
    Secret(Vec<u8>),
}

pub fn rsa(kid: &str) -> Signer {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let public = pair.public_key();
    let n = encode(public.modulus().big_endian_without_leading_zero());
    let e = encode(public.exponent().big_endian_without_leading_zero());
    Signer {
        jwk: json!({ "kty": "RSA", "n": n, "e": e, "kid": kid, "use": "sig" }),
        pair: Pair::Rsa(pair),
    }
}

fn ecdsa(kid: &str, curve: &str, how: &'static EcdsaSigningAlgorithm) -> Signer {
    let pair = EcdsaKeyPair::generate(how).expect("a key");
    let point = pair.public_key().as_ref();
    let (x, y) = point[1..].split_at(point.len() / 2);
    Signer {
        jwk: json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y), "kid": kid }),
        pair: Pair::Elliptic(pair),
    }
}

pub fn secret(kid: &str, bytes: &[u8]) -> Signer {
    Signer {
        jwk: json!({ "kty": "oct", "k": encode(bytes), "kid": kid }),
        pair: Pair::Secret(bytes.to_vec()),
    }
}

impl Signer {
    /// Its JWK with the private half.
    #[cfg(feature = "signer")]
    pub fn private(&self) -> Value {
        let mut jwk = self.jwk.clone();
        match &self.pair {
            Pair::Rsa(pair) => {
                let der = AsDer::<Pkcs8V1Der>::as_der(pair).expect("PKCS #8");
                // Version, n and e come first; the parts of the private half have nothing else before them.
                let numbers = integers(der.as_ref());
                for (name, number) in ["d", "p", "q", "dp", "dq", "qi"].iter().zip(&numbers[3..]) {
                    jwk[name] = encode(number).into();
                }
            }
            Pair::Elliptic(pair) => {
                let d = pair.private_key().as_be_bytes().expect("a number");
                jwk["d"] = encode(d.as_ref()).into();
            }
            Pair::Edwards(pair) => {
                let seed = pair.seed().expect("a seed");
                jwk["d"] = encode(seed.as_be_bytes().expect("bytes").as_ref()).into();
            }
            // It has no other half.
            Pair::Secret(_) => {}
        }
        jwk
    }

    pub fn kid(&self) -> &str {
        self.jwk["kid"].as_str().expect("a kid")
    }

    /// A signature as `alg` has it, were it made with this key.
    pub fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let how: &'static dyn RsaEncoding = match alg {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(how, &random, message, &mut out).expect("signed");
                out
            }
            Pair::Elliptic(pair) => {
                let signed = pair.sign(&random, message).expect("signed");
                signed.as_ref().to_vec()
            }
            Pair::Edwards(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Secret(bytes) => {
                let how = match alg {
                    "HS384" => hmac::HMAC_SHA384,
                    "HS512" => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                let key = hmac::Key::new(how, bytes);
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }

    /// A token with this `alg` and `kid`, and these claims.
    pub fn token(&self, alg: &str, claims: &Value) -> String {
        let header = json!({ "alg": alg, "kid": self.kid() });
        self.with_header(&header, claims)
    }

    /// `alg` of the header says how it is signed.
    pub fn with_header(&self, header: &Value, claims: &Value) -> String {
        let alg = header["alg"].as_str().unwrap_or_default();
        self.raw(alg, &header.to_string(), &claims.to_string())
    }

    /// Header and claims as texts, which need not be JSON.
    pub fn raw(&self, alg: &str, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.sign(alg, signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }
}

/// The key set of the asymmetric keys above, and of the symmetric one too.
pub fn key_set() -> Value {
    let all = [&RSA, &P256, &P384, &P521, &ED, &SECRET];
    json!({ "keys": all.map(|signer| signer.jwk.clone()) })
}

/// The integers of the `RSAPrivateKey` (RFC 8017 A.1.2) inside of a PKCS #8 key.
#[cfg(feature = "signer")]
fn integers(pkcs8: &[u8]) -> Vec<&[u8]> {
    let (info, _) = unwrap(pkcs8);
    let (_version, rest) = unwrap(info);
    let (_algorithm, rest) = unwrap(rest);
    let (octets, _) = unwrap(rest);
    let (mut key, _) = unwrap(octets);
    let mut numbers = Vec::new();
    while !key.is_empty() {
        let (number, rest) = unwrap(key);
        numbers.push(number);
        key = rest;
    }
    numbers
}

/// The content of the DER value that comes first, and what follows it.
#[cfg(feature = "signer")]
fn unwrap(der: &[u8]) -> (&[u8], &[u8]) {
    let (long, rest) = (der[1], &der[2..]);
    let (length, rest) = if long < 0x80 {
        (usize::from(long), rest)
    } else {
        let (bytes, rest) = rest.split_at(usize::from(long & 0x7f));
        (
            bytes
                .iter()
                .fold(0, |all, byte| all * 256 + usize::from(*byte)),
            rest,
        )
    };
    rest.split_at(length)
}
