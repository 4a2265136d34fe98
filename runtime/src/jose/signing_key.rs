//! The private half of a key set: a key that signs. Nothing here can be printed.

use super::{
    alg::Alg,
    json,
    key::{Unfit, bytes, number, text},
    key_set::MAX_BYTES,
};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding, RsaKeyPair,
    },
};
use serde_json::{Map, Value};

/// Levels of a key set, as for those that check.
const DEPTH: u8 = 6;
/// Bits of an RSA modulus, as for those that check.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
const MAX_SECRET: usize = 1024;

/// A key that makes signatures with one algorithm.
pub(crate) struct SigningKey {
    alg: Alg,
    secret: Secret,
}

enum Secret {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    /// Large, for its hash is half done.
    Hmac(Box<hmac::Key>),
}

/// Why a set has no such key. Never says anything of what stands there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSigningKey {
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Without the parser's words, which might quote a key.
    #[error("it is not a key set (JWKS), or means two things")]
    NotSet,
    #[error("it has no key with this `kid`")]
    Missing,
    #[error("it has several keys with this `kid`")]
    Several,
    #[error("the key is for another algorithm")]
    OtherAlg,
    #[error("the key is not for signatures (`use`, `key_ops`)")]
    OtherUse,
    #[error("the key has no private part")]
    Public,
    #[error("the key is too short, or too long")]
    Weak,
    #[error("the key is malformed, or its parts do not belong together")]
    Malformed,
}

impl From<Unfit> for NoSigningKey {
    fn from(_: Unfit) -> NoSigningKey {
        NoSigningKey::Malformed
    }
}

impl SigningKey {
    /// The key `kid` of a set, for `alg`.
    pub fn find(set: &[u8], kid: &str, alg: Alg) -> Result<SigningKey, NoSigningKey> {
        if set.len() > MAX_BYTES {
            return Err(NoSigningKey::TooLong);
        }
        let object = json::object(set, DEPTH).map_err(|_| NoSigningKey::NotSet)?;
        let Some(Value::Array(list)) = object.get("keys") else {
            return Err(NoSigningKey::NotSet);
        };
        let mut named = list
            .iter()
            .filter_map(Value::as_object)
            .filter(|jwk| jwk.get("kid").and_then(Value::as_str) == Some(kid));
        match (named.next(), named.next()) {
            (Some(jwk), None) => SigningKey::read(jwk, alg),
            (Some(_), Some(_)) => Err(NoSigningKey::Several),
            (None, _) => Err(NoSigningKey::Missing),
        }
    }

    fn read(jwk: &Map<String, Value>, alg: Alg) -> Result<SigningKey, NoSigningKey> {
        if text(jwk, "alg")?.is_some_and(|name| Alg::named(name) != Some(alg)) {
            return Err(NoSigningKey::OtherAlg);
        }
        let signs = match jwk.get("key_ops") {
            None => true,
            Some(Value::Array(operations)) => operations.iter().any(|o| o == "sign"),
            Some(_) => return Err(NoSigningKey::Malformed),
        };
        if !signs || text(jwk, "use")?.is_some_and(|usage| usage != "sig") {
            return Err(NoSigningKey::OtherUse);
        }
        let (kty, curve) = (text(jwk, "kty")?.unwrap_or_default(), text(jwk, "crv")?);
        let secret = match alg {
            Alg::Rs256 => rsa(jwk, kty, &signature::RSA_PKCS1_SHA256),
            Alg::Rs384 => rsa(jwk, kty, &signature::RSA_PKCS1_SHA384),
            Alg::Rs512 => rsa(jwk, kty, &signature::RSA_PKCS1_SHA512),
            Alg::Ps256 => rsa(jwk, kty, &signature::RSA_PSS_SHA256),
            Alg::Ps384 => rsa(jwk, kty, &signature::RSA_PSS_SHA384),
            Alg::Ps512 => rsa(jwk, kty, &signature::RSA_PSS_SHA512),
            Alg::Es256 if (kty, curve) == ("EC", Some("P-256")) => {
                elliptic(jwk, &signature::ECDSA_P256_SHA256_FIXED_SIGNING)
            }
            Alg::Es384 if (kty, curve) == ("EC", Some("P-384")) => {
                elliptic(jwk, &signature::ECDSA_P384_SHA384_FIXED_SIGNING)
            }
            Alg::Es512 if (kty, curve) == ("EC", Some("P-521")) => {
                elliptic(jwk, &signature::ECDSA_P521_SHA512_FIXED_SIGNING)
            }
            Alg::EdDsa if (kty, curve) == ("OKP", Some("Ed25519")) => edwards(jwk),
            Alg::Hs256 if kty == "oct" => symmetric(jwk, hmac::HMAC_SHA256, 32),
            Alg::Hs384 if kty == "oct" => symmetric(jwk, hmac::HMAC_SHA384, 48),
            Alg::Hs512 if kty == "oct" => symmetric(jwk, hmac::HMAC_SHA512, 64),
            _ => Err(NoSigningKey::OtherAlg),
        }?;
        Ok(SigningKey { alg, secret })
    }

    /// As tokens spell it.
    pub fn alg(&self) -> &'static str {
        self.alg.name()
    }

    /// The signature of `message`; `None` if the cryptography fails, which it does only where memory or randomness do.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Rsa(pair, how) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*how, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Secret::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Secret::Ed(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Secret::Hmac(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

/// With both primes and their derivatives: RFC 7518 6.3.2 asks for all or none, and none is slow and unchecked.
fn rsa(
    jwk: &Map<String, Value>,
    kty: &str,
    how: &'static dyn RsaEncoding,
) -> Result<Secret, NoSigningKey> {
    if kty != "RSA" {
        return Err(NoSigningKey::OtherAlg);
    }
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    let leading = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !RSA_BITS.contains(&(n.len() * 8 - leading)) {
        return Err(NoSigningKey::Weak);
    }
    let components = rsa::KeyPairComponents {
        public_key: rsa::PublicKeyComponents { n, e },
        d: private(jwk, "d")?,
        p: private(jwk, "p")?,
        q: private(jwk, "q")?,
        dP: private(jwk, "dp")?,
        dQ: private(jwk, "dq")?,
        qInv: private(jwk, "qi")?,
    };
    let pair = RsaKeyPair::from_components(&components).map_err(|_| NoSigningKey::Malformed)?;
    Ok(Secret::Rsa(pair, how))
}

fn elliptic(
    jwk: &Map<String, Value>,
    how: &'static EcdsaSigningAlgorithm,
) -> Result<Secret, NoSigningKey> {
    let (d, x, y) = (private(jwk, "d")?, bytes(jwk, "x")?, bytes(jwk, "y")?);
    // Uncompressed (SEC 1 2.3.3).
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    EcdsaKeyPair::from_private_key_and_public_key(how, &d, &point)
        .map(Secret::Ec)
        .map_err(|_| NoSigningKey::Malformed)
}

fn edwards(jwk: &Map<String, Value>) -> Result<Secret, NoSigningKey> {
    Ed25519KeyPair::from_seed_and_public_key(&private(jwk, "d")?, &bytes(jwk, "x")?)
        .map(Secret::Ed)
        .map_err(|_| NoSigningKey::Malformed)
}

fn symmetric(
    jwk: &Map<String, Value>,
    hash: hmac::Algorithm,
    least: usize,
) -> Result<Secret, NoSigningKey> {
    let key = private(jwk, "k")?;
    if (least..=MAX_SECRET).contains(&key.len()) {
        Ok(Secret::Hmac(Box::new(hmac::Key::new(hash, &key))))
    } else {
        Err(NoSigningKey::Weak)
    }
}

fn private(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, NoSigningKey> {
    if jwk.contains_key(name) {
        Ok(bytes(jwk, name)?)
    } else {
        Err(NoSigningKey::Public)
    }
}
