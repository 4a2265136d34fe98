//! Who may call: the steps of handlers.

#[cfg(feature = "edge")]
pub use crate::edge::must_be_known;
pub use crate::validator::require;
