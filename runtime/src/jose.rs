//! Signed tokens: JWS in its compact form (RFC 7515) that carry claims (RFC 7519), and the keys that vouch for them
//! (RFC 7517).
//!
//! A token is bytes of a stranger until its signature is checked, and a signature means nothing until it is settled
//! which key and which algorithm may have made it. So the order is: bounds, header, algorithm against a list, key,
//! signature, and only then are claims read. Nothing here waits or fetches; [`crate::jwks`] does.
//!
//! | | |
//! |---|---|
//! | [`alg`] | the algorithms, and sets of them |
//! | [`json`] | objects without duplicate names, bounded in depth |
//! | [`token`] | a text into header, claims and signature |
//! | [`key`], [`key_set`] | JWK and JWKS |
//! | [`rules`] | what a validator asks of a token, and the whole check |
//! | [`signing_key`] | the private half of a JWK |
//! | [`claims`] | what a checked token says |
//! | [`revocation`] | whether a token was taken back |
//! | [`remembered`] | checked tokens, per core |

mod alg;
mod claims;
mod json;
mod key;
mod key_set;
mod refusal;
mod remembered;
mod revocation;
mod rules;
#[cfg(feature = "signer")]
mod signing_key;
mod token;

pub use alg::Alg;
pub(crate) use alg::Algs;
pub(crate) use claims::Claims;
pub(crate) use key_set::{BadKeySet, KeySet, MAX_BYTES as MAX_KEY_SET};
pub(crate) use refusal::Refusal;
pub(crate) use remembered::Remembered;
pub(crate) use revocation::Revocable;
#[cfg(feature = "revoker")]
pub(crate) use revocation::{Mark, Revoked, ask as revoke_by};
pub use rules::KeyId;
pub(crate) use rules::{Audience, Rules};
#[cfg(feature = "signer")]
pub(crate) use signing_key::{NoSigningKey, SigningKey};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

#[cfg(test)]
mod tests;

/// Strict base64url: no padding, no white space, no bits after the end.
pub(crate) fn base64url(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What [`base64url`] reads.
#[cfg(feature = "signer")]
pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether bytes are an object that a token can have as claims: that means one thing, and is no deeper than what a
/// validator reads.
#[cfg(feature = "signer")]
pub(crate) fn are_claims(bytes: &[u8]) -> bool {
    json::object(bytes, rules::CLAIMS_DEPTH).is_ok()
}
