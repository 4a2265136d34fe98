//! Who may call: the steps of handlers.

pub use crate::validator::require;
