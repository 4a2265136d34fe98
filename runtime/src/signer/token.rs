//! A token in the making: claims as the backend wrote them, a header, a signature.

use super::Signer;
use crate::jose::{SigningKey, encoded};
use serde_json::json;

impl Signer {
    /// The token of `claims`, as the text that stands for them. `None` if the cryptography fails.
    pub(super) fn token(&self, key: &SigningKey, claims: &str) -> Option<String> {
        let header = json!({ "alg": key.alg(), "kid": self.kid, "typ": self.typ });
        let (header, payload) = (encoded(header.to_string()), encoded(claims));
        let signed = format!("{header}.{payload}");
        let signature = encoded(key.sign(signed.as_bytes())?);
        Some(if self.json {
            let object = json!({ "payload": payload, "protected": header, "signature": signature });
            object.to_string()
        } else {
            format!("{signed}.{signature}")
        })
    }
}
