//! Why a token is not believed. These texts go to logs, and to clients where errors are explained: none repeats
//! anything of the token.

use super::json::BadJson;
use std::fmt;

/// The first reason that was found, in the order in which tokens are checked (AUTH-22).
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the token is too long")]
    TooLong,
    #[error("the token has not three parts")]
    NotThreeParts,
    #[error("the token's {0} is not base64url")]
    Base64(Part),
    #[error("the token's {0} is not readable: {1}")]
    Json(Part, #[source] BadJson),
    #[error("the token asks for an extension that is not known here")]
    Critical,
    #[error("the token's claims are not encoded")]
    Unencoded,
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    #[error("the token is of another type")]
    Type,
    #[error("the token's key id is none")]
    KeyId,
    #[error("no key set could be fetched yet")]
    NoKeys,
    #[error("the token's key is not known")]
    UnknownKey,
    #[error("the token's key is not for this algorithm")]
    OtherKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token's `{0}` is of the wrong type")]
    Claim(&'static str),
    #[error("the token names no issuer")]
    NoIssuer,
    #[error("the token is of another issuer")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token never expires")]
    NoExpiry,
    #[error("the token has expired")]
    Expired,
    #[error("the token was issued in the future")]
    IssuedLater,
    #[error("the token was revoked")]
    Revoked,
}

/// A part of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Header,
    Claims,
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Header => "header",
            Part::Claims => "claims",
            Part::Signature => "signature",
        })
    }
}
