//! Tokens that are taken back before they expire: the place where whoever knows of them is asked.
//!
//! It stands in every gateway that checks tokens, so that no check can forget it; where nothing revokes, it costs one
//! load. What a token can be revoked by is worked out once per token, and may be remembered with it: that it *is*
//! revoked never is, so that a token which was believed a moment ago is refused now.

use super::claims::Claims;
use std::sync::OnceLock;

/// Who knows of revoked tokens.
pub(crate) trait Revoked: Sync {
    /// What a token with these claims can be revoked by.
    fn marks(&self, claims: &Claims) -> Box<[Mark]>;

    /// Whether something with this mark was revoked. Asked for every request: no lock, no allocation.
    fn has(&self, mark: Mark) -> bool;
}

/// A claim and its value, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(pub u64, pub u64);

static REVOKED: OnceLock<&'static dyn Revoked> = OnceLock::new();

/// From now on `revoked` is asked about every token. Only the first call has an effect.
#[cfg(feature = "revoker")]
pub(crate) fn ask(revoked: &'static dyn Revoked) {
    // A gateway has one; a second start would bring the same.
    let _ = REVOKED.set(revoked);
}

/// What one token can be revoked by; to be kept with whatever is remembered of the token.
#[derive(Debug, Default)]
pub(crate) struct Revocable(Box<[Mark]>);

impl Revocable {
    pub fn of(claims: &Claims) -> Revocable {
        REVOKED
            .get()
            .map_or_else(Revocable::default, |r| Revocable(r.marks(claims)))
    }

    /// To be asked before each use of the token, also of one that is remembered.
    pub fn is_revoked(&self) -> bool {
        let has = |revoked: &&dyn Revoked| self.0.iter().any(|mark| revoked.has(*mark));
        !self.0.is_empty() && REVOKED.get().is_some_and(has)
    }
}
