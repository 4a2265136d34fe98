//! Who signs tokens: a key set server that can fall ill, and the keys behind it.

use crate::{Exchange, Origin};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

/// The symmetric key of `/secret`.
const SECRET: [u8; 64] = [7; 64];

/// A running issuer. `/jwks` has its ES256 key, `/secret` an HS256 key.
pub struct Issuer {
    pub server: Origin,
    state: Arc<Mutex<State>>,
}

struct State {
    key: Arc<Key>,
    answer: Arc<Answer>,
}

type Answer = dyn Fn(&mut Exchange, &str) + Send + Sync;

/// A private key.
pub struct Key {
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl Issuer {
    /// With the key `kid`, in good health.
    pub fn start(kid: &str) -> Issuer {
        let state = Arc::new(Mutex::new(State {
            key: Arc::new(Key::new(kid)),
            answer: Arc::new(healthy),
        }));
        let seen = state.clone();
        let server = Origin::start(move |x| {
            let (set, answer) = {
                let state = seen.lock().expect("state");
                (state.set(x.target()), state.answer.clone())
            };
            answer(x, &set);
        });
        Issuer { server, state }
    }

    /// The key of this moment.
    pub fn key(&self) -> Arc<Key> {
        self.state.lock().expect("state").key.clone()
    }

    /// Another key in place of the one before.
    pub fn rotate(&self, kid: &str) {
        self.state.lock().expect("state").key = Arc::new(Key::new(kid));
    }

    /// From now on key sets are answered like this; the text is what would be right.
    pub fn answer(&self, answer: impl Fn(&mut Exchange, &str) + Send + Sync + 'static) {
        self.state.lock().expect("state").answer = Arc::new(answer);
    }

    /// In good health again.
    pub fn recover(&self) {
        self.answer(healthy);
    }

    /// A token with these claims, signed with the key of this moment.
    pub fn token(&self, claims: &Value) -> String {
        self.key().token(claims)
    }

    /// A token of `/secret`.
    pub fn secret_token(claims: &Value) -> String {
        let signed = unsigned(&json!({ "alg": "HS256", "kid": "s" }), claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", encode(tag))
    }
}

impl State {
    fn set(&self, target: &str) -> String {
        let key = match target {
            "/secret" => json!({ "kty": "oct", "kid": "s", "k": encode(SECRET) }),
            _ => self.key.jwk(),
        };
        json!({ "keys": [key] }).to_string()
    }
}

impl Key {
    /// A fresh key of that name.
    pub fn new(kid: &str) -> Key {
        Key {
            kid: kid.to_owned(),
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
        }
    }

    pub fn token(&self, claims: &Value) -> String {
        let signed = unsigned(&json!({ "alg": "ES256", "kid": self.kid }), claims);
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("a signature");
        format!("{signed}.{}", encode(signature))
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "x": encode(x), "y": encode(y) })
    }
}

/// Claims of a token that `tests/golden/validator.json` believes, with these in place of its own.
pub fn claims(changes: Value) -> Value {
    let now = now();
    let mut all = json!({ "iss": "https://id.test", "sub": "me", "exp": now + 3600, "iat": now });
    if let (Some(all), Value::Object(changes)) = (all.as_object_mut(), changes) {
        all.extend(changes);
    }
    all
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs()
}

fn healthy(x: &mut Exchange, set: &str) {
    x.reply(
        "200 OK",
        &[("Content-Type", "application/json")],
        set.as_bytes(),
    );
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    )
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
