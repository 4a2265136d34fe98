//! Who signs tokens: a key set server that can fall ill, and the keys behind it.

use crate::{
    Exchange, Key, Origin,
    key::{encode, unsigned},
};
use aws_lc_rs::hmac;
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
            _ => self.key.public(),
        };
        json!({ "keys": [key] }).to_string()
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
