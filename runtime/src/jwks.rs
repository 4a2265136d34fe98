//! Key sets that are kept fresh: one [`Store`] per source and process, however many validators name it.
//!
//! The control thread fetches, the cores read a snapshot without a lock. No request ever waits for an issuer: a token
//! whose key is not known is refused now, and the set is fetched again behind its back (AUTH-24, BUG-6).

mod keep;
#[cfg(feature = "metrics")]
mod measure;
mod source;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod trust;
mod unknown;

#[cfg(feature = "metrics")]
pub(crate) use measure::measure;
#[cfg(feature = "signer")]
pub(crate) use source::Place;
pub(crate) use source::{BadSource, Named, Source};
pub(crate) use status::Report;
pub(crate) use store::{Store, all};
#[cfg(feature = "signer")]
pub(crate) use trust::BadTrust;
