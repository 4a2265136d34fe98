//! One key of a key set (JWK, RFC 7517 4): which algorithms it may check, and the check.

use super::{alg::Alg, base64url};
use aws_lc_rs::{
    hmac,
    signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents},
};
use serde_json::{Map, Value};

/// Bits of an RSA modulus. Shorter ones can be factored, longer ones only cost time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Bytes of a symmetric key; the least is the hash's own length (RFC 7518 3.2).
const MAX_SECRET: usize = 1024;

/// A key that is fit to check signatures.
pub(crate) struct Key {
    pub kid: Option<String>,
    pub x5t: Option<String>,
    pub x5t_s256: Option<String>,
    /// One per algorithm it may be used with; a key that names its `alg` has that one.
    checks: Vec<(Alg, Check)>,
}

enum Check {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

/// Why a key of a set is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it is not a JWK")]
    Malformed,
    #[error("its type, curve or algorithm is not known here")]
    Unknown,
    #[error("it is not for signatures")]
    OtherUse,
    #[error("it is too short, too long or weak")]
    Weak,
}

impl Key {
    pub fn read(jwk: &Map<String, Value>) -> Result<Key, Unfit> {
        if !is_for_signatures(jwk)? {
            return Err(Unfit::OtherUse);
        }
        let only = match text(jwk, "alg")? {
            Some(name) => Some(Alg::named(name).ok_or(Unfit::Unknown)?),
            None => None,
        };
        let allowed = |alg: Alg| only.is_none_or(|only| only == alg);
        let checks = match text(jwk, "kty")?.ok_or(Unfit::Malformed)? {
            "RSA" => rsa(jwk, allowed)?,
            "EC" => elliptic(jwk, allowed)?,
            "OKP" => edwards(jwk, allowed)?,
            "oct" => secret(jwk, allowed)?,
            _ => return Err(Unfit::Unknown),
        };
        if checks.is_empty() {
            return Err(Unfit::Unknown);
        }
        let owned = |name| text(jwk, name).map(|id| id.map(str::to_owned));
        Ok(Key {
            kid: owned("kid")?,
            x5t: owned("x5t")?,
            x5t_s256: owned("x5t#S256")?,
            checks,
        })
    }

    /// Whether it may be used with `alg` at all.
    pub fn is_for(&self, alg: Alg) -> bool {
        self.checks.iter().any(|(a, _)| *a == alg)
    }

    /// Whether `signature` of `message` was made with this key and `alg`.
    pub fn verifies(&self, alg: Alg, message: &[u8], signature: &[u8]) -> bool {
        if signature_len(alg).is_some_and(|len| len != signature.len()) {
            return false;
        }
        let check = self.checks.iter().find(|(a, _)| *a == alg);
        match check {
            Some((_, Check::Public(key))) => key.verify_sig(message, signature).is_ok(),
            Some((_, Check::Secret(key))) => hmac::verify(key, message, signature).is_ok(),
            None => false,
        }
    }
}

/// `use` and `key_ops`, where they are said (RFC 7517 4.2, 4.3).
fn is_for_signatures(jwk: &Map<String, Value>) -> Result<bool, Unfit> {
    let used = text(jwk, "use")?.is_none_or(|usage| usage == "sig");
    let verifies = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|o| o == "verify"),
        Some(_) => return Err(Unfit::Malformed),
    };
    Ok(used && verifies)
}

fn rsa(
    jwk: &Map<String, Value>,
    allowed: impl Fn(Alg) -> bool,
) -> Result<Vec<(Alg, Check)>, Unfit> {
    static ALGS: [(Alg, &RsaParameters); 6] = [
        (Alg::Rs256, &signature::RSA_PKCS1_2048_8192_SHA256),
        (Alg::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
        (Alg::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
        (Alg::Ps256, &signature::RSA_PSS_2048_8192_SHA256),
        (Alg::Ps384, &signature::RSA_PSS_2048_8192_SHA384),
        (Alg::Ps512, &signature::RSA_PSS_2048_8192_SHA512),
    ];
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    let leading = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    // The exponent 1 makes every message its own signature.
    let exponent = e.iter().try_fold(0u64, |all, byte| {
        all.checked_mul(256).map(|all| all + u64::from(*byte))
    });
    let fair = exponent.is_some_and(|e| e >= 3 && e % 2 == 1 && e < 1 << 33);
    if !RSA_BITS.contains(&(n.len() * 8 - leading)) || !fair {
        return Err(Unfit::Weak);
    }
    let components = RsaPublicKeyComponents { n, e };
    ALGS.iter()
        .filter(|(alg, _)| allowed(*alg))
        .map(|(alg, how)| {
            let key = components.to_parsed_public_key(how);
            Ok((*alg, Check::Public(key.map_err(|_| Unfit::Malformed)?)))
        })
        .collect()
}

/// The curve says which algorithm; a token's `alg` does not get to choose (RFC 7518 3.4).
fn elliptic(
    jwk: &Map<String, Value>,
    allowed: impl Fn(Alg) -> bool,
) -> Result<Vec<(Alg, Check)>, Unfit> {
    let (alg, how, size) = match text(jwk, "crv")?.ok_or(Unfit::Malformed)? {
        "P-256" => (Alg::Es256, &signature::ECDSA_P256_SHA256_FIXED, 32),
        "P-384" => (Alg::Es384, &signature::ECDSA_P384_SHA384_FIXED, 48),
        "P-521" => (Alg::Es512, &signature::ECDSA_P521_SHA512_FIXED, 66),
        _ => return Err(Unfit::Unknown),
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != size || y.len() != size {
        return Err(Unfit::Malformed);
    }
    if !allowed(alg) {
        return Err(Unfit::Unknown);
    }
    // Uncompressed (SEC 1 2.3.3). A point that is not on the curve is refused by the parser.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let key = ParsedPublicKey::new(how, point).map_err(|_| Unfit::Malformed)?;
    Ok(vec![(alg, Check::Public(key))])
}

fn edwards(
    jwk: &Map<String, Value>,
    allowed: impl Fn(Alg) -> bool,
) -> Result<Vec<(Alg, Check)>, Unfit> {
    if text(jwk, "crv")? != Some("Ed25519") || !allowed(Alg::EdDsa) {
        return Err(Unfit::Unknown);
    }
    let x = bytes(jwk, "x")?;
    if x.len() != signature::ED25519_PUBLIC_KEY_LEN {
        return Err(Unfit::Malformed);
    }
    let key = ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| Unfit::Malformed)?;
    Ok(vec![(Alg::EdDsa, Check::Public(key))])
}

fn secret(
    jwk: &Map<String, Value>,
    allowed: impl Fn(Alg) -> bool,
) -> Result<Vec<(Alg, Check)>, Unfit> {
    let key = bytes(jwk, "k")?;
    let algs = [
        (Alg::Hs256, hmac::HMAC_SHA256, 32),
        (Alg::Hs384, hmac::HMAC_SHA384, 48),
        (Alg::Hs512, hmac::HMAC_SHA512, 64),
    ];
    let mut checks = Vec::new();
    for (alg, hash, least) in algs {
        if allowed(alg) && (least..=MAX_SECRET).contains(&key.len()) {
            checks.push((alg, Check::Secret(Box::new(hmac::Key::new(hash, &key)))));
        }
    }
    if checks.is_empty() && algs.iter().any(|(alg, ..)| allowed(*alg)) {
        return Err(Unfit::Weak);
    }
    Ok(checks)
}

/// Where the algorithm fixes it. An RSA signature is as long as its key, which the library checks.
fn signature_len(alg: Alg) -> Option<usize> {
    match alg {
        Alg::Hs256 => Some(32),
        Alg::Hs384 => Some(48),
        Alg::Hs512 | Alg::Es256 | Alg::EdDsa => Some(64),
        Alg::Es384 => Some(96),
        Alg::Es512 => Some(132),
        _ => None,
    }
}

pub(super) fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Unfit> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unfit::Malformed),
    }
}

pub(super) fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unfit> {
    text(jwk, name)?.and_then(base64url).ok_or(Unfit::Malformed)
}

/// A number as bytes. Some issuers put a zero before it, though RFC 7518 6.3.1.1 says not to.
pub(super) fn number(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unfit> {
    let mut bytes = bytes(jwk, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    Ok(bytes)
}
