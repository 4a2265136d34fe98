//! What a validator asks of a token, and the whole check.

use super::{
    alg::Algs,
    base64url,
    claims::Claims,
    json,
    key::Key,
    key_set::KeySet,
    refusal::{Part, Refusal},
    token::{Header, Token},
};
use std::time::Duration;

/// Signatures that are checked for one token, where it does not name its key: each costs microseconds of a core.
const MAX_TRIES: usize = 8;
/// Levels of claims.
pub(super) const CLAIMS_DEPTH: u8 = 16;

/// What a token must be to be believed.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub algs: Algs,
    /// Exactly this `iss`. None: whatever it is.
    pub issuer: Option<&'static str>,
    pub audience: Audience,
    /// How far the clocks of issuer and gateway may be apart.
    pub leeway: Duration,
    /// Whether a token without `exp` is refused (AUTH-22).
    pub must_expire: bool,
    pub key_id: KeyId,
    /// Whether a key that the token does not name may have signed it (AUTH-20).
    pub any_key: bool,
}

/// Whom a token must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Anybody,
    /// Each of these.
    All(&'static [&'static str]),
    /// At least one of these.
    Any(&'static [&'static str]),
}

/// How a token names its key: `key_identify_strategy` of `auth/validator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyId {
    /// By `kid`.
    Kid,
    /// By `x5t`, the SHA-1 of the key's certificate.
    X5t,
    /// By `x5t#S256`, the SHA-256 of the key's certificate.
    X5tS256,
    /// By `kid` and `x5t`; a token without `x5t` names its `kid` in both places.
    KidX5t,
}

impl KeyId {
    pub(super) fn names(self, header: &Header, key: &Key) -> bool {
        match self {
            KeyId::Kid => key.kid == header.kid,
            KeyId::X5t => key.x5t == header.x5t,
            KeyId::X5tS256 => key.x5t_s256 == header.x5t_s256,
            KeyId::KidX5t => {
                let second = header.x5t.as_ref().or(header.kid.as_ref());
                key.kid == header.kid && key.x5t.as_ref() == second
            }
        }
    }

    /// What the token names, to remember that it is unknown.
    fn of(self, header: &Header) -> &str {
        let id = match self {
            KeyId::Kid | KeyId::KidX5t => &header.kid,
            KeyId::X5t => &header.x5t,
            KeyId::X5tS256 => &header.x5t_s256,
        };
        id.as_deref().unwrap_or_default()
    }
}

impl Rules {
    /// The claims of `token`, if `keys` vouch for it and it is valid `now` (since 1970).
    ///
    /// `unknown` is told the name of a key that is not in `keys`.
    pub fn check(
        &self,
        token: &str,
        keys: &KeySet,
        now: Duration,
        unknown: impl FnOnce(&str),
    ) -> Result<Claims, Refusal> {
        let token = Token::parse(token)?;
        if !self.algs.contains(token.header.alg) {
            return Err(Refusal::Algorithm);
        }
        let checked = self.check_signature(&token, keys);
        if matches!(checked, Err(Refusal::UnknownKey)) {
            unknown(self.key_id.of(&token.header));
        }
        checked?;
        let bytes = base64url(token.claims).ok_or(Refusal::Base64(Part::Claims))?;
        let claims = json::object(&bytes, CLAIMS_DEPTH)
            .map_err(|error| Refusal::Json(Part::Claims, error))?;
        let claims = Claims::new(claims)?;
        self.check_claims(&claims, now.as_secs_f64())?;
        Ok(claims)
    }

    fn check_signature(&self, token: &Token<'_>, keys: &KeySet) -> Result<(), Refusal> {
        if keys.len() == 0 {
            return Err(Refusal::NoKeys);
        }
        let signature = base64url(token.signature).ok_or(Refusal::Base64(Part::Signature))?;
        let (alg, message) = (token.header.alg, token.signed.as_bytes());
        let mut named = keys.named(&token.header, self.key_id).peekable();
        let known = named.peek().is_some();
        let mut named = named.filter(|key| key.is_for(alg)).peekable();
        let fit = named.peek().is_some();
        let signed = |key: &Key| key.verifies(alg, message, &signature);
        if named.take(MAX_TRIES).any(signed) {
            return Ok(());
        }
        if self.any_key {
            let others = |key: &&Key| !self.key_id.names(&token.header, key);
            if keys.fit(alg).filter(others).take(MAX_TRIES).any(signed) {
                return Ok(());
            }
        }
        Err(match (known, fit) {
            (false, _) => Refusal::UnknownKey,
            (true, false) => Refusal::OtherKey,
            (true, true) => Refusal::Signature,
        })
    }

    /// In the order of AUTH-22.
    fn check_claims(&self, claims: &Claims, now: f64) -> Result<(), Refusal> {
        if let Some(issuer) = self.issuer {
            match claims.text("iss") {
                None | Some("") => return Err(Refusal::NoIssuer),
                Some(iss) if iss != issuer => return Err(Refusal::Issuer),
                Some(_) => {}
            }
        }
        if !self.audience.accepts(claims) {
            return Err(Refusal::Audience);
        }
        let leeway = self.leeway.as_secs_f64();
        if claims.not_before.is_some_and(|nbf| now + leeway < nbf) {
            return Err(Refusal::NotYet);
        }
        match claims.expires {
            None if self.must_expire => return Err(Refusal::NoExpiry),
            Some(exp) if now - leeway > exp => return Err(Refusal::Expired),
            _ => {}
        }
        if claims.issued_at.is_some_and(|iat| now + leeway < iat) {
            return Err(Refusal::IssuedLater);
        }
        Ok(())
    }
}

impl Audience {
    /// AUTH-23 for `Any`, AUTH-34 for `All`.
    fn accepts(self, claims: &Claims) -> bool {
        let is_for = |name: &&str| claims.audience().any(|aud| aud == *name);
        match self {
            Audience::Anybody => true,
            Audience::All(names) => names.iter().all(is_for),
            Audience::Any(names) => names.iter().any(is_for),
        }
    }
}
