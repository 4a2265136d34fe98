//! Good tokens and bad ones: the examples of the RFCs, and a corpus of what people have tried.

mod bench;
mod hostile;
mod keys;
mod mint;
mod properties;
mod rfc;
#[cfg(feature = "signer")]
mod signing;

use super::{Alg, Algs, Audience, Claims, KeyId, KeySet, Refusal, Rules};
use serde_json::{Value, json};
use std::time::Duration;

/// When the tests are: 2026-01-01.
const NOW: u64 = 1_767_225_600;

/// What an edge asks for, of every algorithm but the symmetric ones.
fn rules() -> Rules {
    Rules {
        algs: Algs::of(&[
            Alg::Rs256,
            Alg::Rs384,
            Alg::Rs512,
            Alg::Ps256,
            Alg::Ps384,
            Alg::Ps512,
            Alg::Es256,
            Alg::Es384,
            Alg::Es512,
            Alg::EdDsa,
        ]),
        issuer: Some("https://id.test"),
        audience: Audience::Any(&["gateway", "other"]),
        leeway: Duration::from_mins(2),
        must_expire: true,
        key_id: KeyId::Kid,
        any_key: true,
    }
}

fn claims() -> Value {
    json!({ "iss": "https://id.test", "aud": "gateway", "sub": "me", "exp": NOW + 60, "iat": NOW })
}

fn check(rules: &Rules, token: &str, keys: &KeySet) -> Result<Claims, Refusal> {
    rules.check(token, keys, Duration::from_secs(NOW), |_| ())
}
