//! A set of keys (JWKS, RFC 7517 5), as an issuer publishes it or a file holds it.

use super::{
    alg::Alg,
    json::{self, BadJson},
    key::{Key, Unfit},
    rules::KeyId,
    token::Header,
};
use serde_json::Value;

/// Bytes of a set (AUTH-24).
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
/// Keys of a set, fit or not.
const MAX_KEYS: usize = 128;
/// Levels: the set, its list, a key, its certificate chain, and two for what others put there.
const DEPTH: u8 = 6;

/// The keys of an issuer that are fit to check signatures.
#[derive(Default)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
    skipped: usize,
}

/// Why bytes are not a key set. One without a single fit key is none: it would refuse everybody.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadKeySet {
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("{0}")]
    Json(#[source] BadJson),
    #[error("it has no list of `keys`")]
    NoList,
    #[error("it has more than {MAX_KEYS} keys")]
    TooMany,
    #[error("it has no key at all")]
    Empty,
    #[error("none of its {0} keys is fit to check signatures, the first because {1}")]
    NoneFit(usize, #[source] Unfit),
}

impl KeySet {
    /// Keys that are not fit are counted and passed over: an issuer may well have others for other uses.
    pub fn parse(bytes: &[u8]) -> Result<KeySet, BadKeySet> {
        if bytes.len() > MAX_BYTES {
            return Err(BadKeySet::TooLong);
        }
        let object = json::object(bytes, DEPTH).map_err(BadKeySet::Json)?;
        let Some(Value::Array(list)) = object.get("keys") else {
            return Err(BadKeySet::NoList);
        };
        if list.len() > MAX_KEYS {
            return Err(BadKeySet::TooMany);
        }
        let (mut keys, mut first) = (Vec::new(), None);
        for jwk in list {
            let key = jwk.as_object().ok_or(Unfit::Malformed);
            match key.and_then(Key::read) {
                Ok(key) => keys.push(key),
                Err(unfit) => first = first.or(Some(unfit)),
            }
        }
        match first {
            _ if list.is_empty() => Err(BadKeySet::Empty),
            Some(unfit) if keys.is_empty() => Err(BadKeySet::NoneFit(list.len(), unfit)),
            _ => Ok(KeySet {
                skipped: list.len() - keys.len(),
                keys,
            }),
        }
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many were passed over.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The keys that a token's header names. There may be several, for names are given by people.
    pub(super) fn named<'a>(
        &'a self,
        header: &'a Header,
        by: KeyId,
    ) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(move |key| by.names(header, key))
    }

    /// Every key that `alg` may be used with.
    pub(super) fn fit(&self, alg: Alg) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.is_for(alg))
    }
}
