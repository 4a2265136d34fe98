//! `auth/signer`: values of a backend's answer become tokens that the gateway signs.
//!
//! The answer is read as a whole, which a gateway otherwise never does, and nothing of it goes to the client before
//! everything that is to be signed is signed ([`answer`], [`splice`]). [`sign`] ends the handler of such an endpoint;
//! [`load`] gets the private key.

mod answer;
mod load;
mod splice;
mod token;

use crate::{
    call::Call,
    cx::Cx,
    endpoint::Decision,
    forward::forward,
    gate::{Part, Start},
    jose::{Alg, SigningKey},
    jwks::Named,
    reject::Own,
    text::Text,
};
use http::{HeaderValue, StatusCode, header};
use load::Secret;
use std::sync::OnceLock;

/// What is signed, with which key, and how. Every setter documents its default.
pub struct Signer {
    alg: Alg,
    kid: &'static str,
    names: &'static [&'static str],
    keys: Named,
    typ: &'static str,
    json: bool,
    composed: bool,
    secret: OnceLock<&'static Secret>,
}

impl Signer {
    /// The top-level members `names` of an answer are signed with `alg` and the key `kid`, which is in the private key set
    /// that [`Signer::keys_at`] or [`Signer::keys_in`] names.
    pub const fn new(alg: Alg, kid: &'static str, names: &'static [&'static str]) -> Signer {
        Signer {
            alg,
            kid,
            names,
            keys: Named::NOTHING,
            typ: "JWT",
            json: false,
            composed: false,
            secret: OnceLock::new(),
        }
    }

    /// The URL of the private key set: `https`, unless [`Signer::insecure_keys`]. It may have slots, and is
    /// fetched once.
    #[must_use]
    pub const fn keys_at(mut self, url: &'static str) -> Signer {
        self.keys.url = Some(Text::new(url));
        self
    }

    /// The file of the private key set. It is read once; a gateway that cannot read it does not start.
    #[must_use]
    pub const fn keys_in(mut self, path: &'static str) -> Signer {
        self.keys.file = Some(path);
        self
    }

    /// A PEM file with more authorities that may vouch for the key set's server. Default: those of the system only.
    #[must_use]
    pub const fn keys_ca(mut self, path: &'static str) -> Signer {
        self.keys.ca = Some(path);
        self
    }

    /// The SHA-256 of public keys (`SubjectPublicKeyInfo`) in base64url, one of which must be the own key of the key
    /// set's server, or of an authority that vouches for it. Default: none.
    #[must_use]
    pub const fn keys_fingerprints(mut self, sha256: &'static [&'static str]) -> Signer {
        self.keys.fingerprints = sha256;
        self
    }

    /// The TLS 1.2 cipher suites of the fetch, by their IANA names; TLS 1.3 has its own. Default: the six that are safe.
    #[must_use]
    pub const fn keys_cipher_suites(mut self, names: &'static [&'static str]) -> Signer {
        self.keys.cipher_suites = names;
        self
    }

    /// `http` will do, and no certificate is checked: whoever is on the way can read the private key, or give another.
    #[must_use]
    pub const fn insecure_keys(mut self) -> Signer {
        self.keys.insecure = true;
        self
    }

    /// `typ` in the header of a token. Default `JWT`.
    #[must_use]
    pub const fn typ(mut self, typ: &'static str) -> Signer {
        self.typ = typ;
        self
    }

    /// A token is JSON in a text (RFC 7515 7.2.2, flattened). Default: compact (7.1).
    #[must_use]
    pub const fn json(mut self) -> Signer {
        self.json = true;
        self
    }

    /// The answer is one of the gateway's own, as of a `json` endpoint: 200 and JSON, without the backend's headers;
    /// the backend must answer 200 or 201. Default: status and headers are the backend's.
    #[must_use]
    pub const fn composed(mut self) -> Signer {
        self.composed = true;
        self
    }

    /// None: it has not come yet.
    fn key(&self) -> Option<&'static SigningKey> {
        self.secret.get()?.get()
    }
}

impl Part for Signer {
    fn key(&self) -> &'static str {
        "auth/signer"
    }

    fn start(&'static self, start: &mut Start) {
        match Secret::open(self.keys, self.kid, self.alg, start) {
            // A second start would bring the same.
            Ok(secret) => drop(self.secret.set(secret)),
            Err(why) => start.fail(format!("auth/signer: {why}")),
        }
    }
}

/// Ends a handler: as [`crate::forward`], but what `signer` names in the answer is signed before the client gets it.
///
/// # Errors
/// Those of [`crate::forward`]; 503 as long as there is no key: the backend is not asked for what could not be signed.
pub fn sign(cx: &mut Cx, call: &'static Call, signer: &'static Signer) -> Decision {
    let mut next = forward(cx, call)?;
    if signer.key().is_none() {
        return Err(refusal(
            cx,
            StatusCode::SERVICE_UNAVAILABLE,
            "there is no key to sign with yet",
        )
        .with(header::RETRY_AFTER, const { HeaderValue::from_static("5") })
        .into());
    }
    next.then = Some(signer);
    Ok(next)
}

/// The client learns why only where errors are explained; the log does.
fn refusal(cx: &Cx, status: StatusCode, why: &str) -> Own {
    let message = match status {
        _ if cx.core.gateway().error_detail => why,
        StatusCode::SERVICE_UNAVAILABLE => "the answer cannot be signed yet",
        _ => "the upstream's answer cannot be signed",
    };
    let id = cx.marks.request_id.to_str().unwrap_or_default();
    let json = serde_json::json!({ "message": message, "request_id": id });
    Own::new(status, json.to_string()).because(why.to_owned())
}
