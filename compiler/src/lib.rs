//! gwc: from a `gateway.json` to one purpose-built gateway binary.
//!
//! The passes, in order; each returns its result beside its findings. Those that only read run to the end, so that one
//! run tells everything; a plan is made of a config without errors:
//!
//! | pass | file | from → to |
//! |---|---|---|
//! | read | [`json`] | text → [`json::Node`] (values with spans) |
//! | expand | [`expand`] | `$defaults`, `$define`, `$use` → what they stand for |
//! | schema | [`schema`] | wrong types, unknown keys, wrong places |
//! | type | [`config`] | `Node` → [`config::Config`] |
//! | check | [`check`] | what a schema cannot say (all of these: [`front::read`]) |
//! | lower | [`lower`] | `Config` → [`plan::Plan`] |
//! | emit | [`emit`] | `Plan` → [`emit::Tree`] (files in memory) |
//! | build | [`cargo`] | tree → disk → cargo → binary |
//!
//! [`mend`] applies fixes, [`baseline`] knows old findings again.
//! [`secret`] finds what must not be shown, and hides it.
//! Beside the passes, [`describe`] and [`matching`] read a plan to say what its gateway will do, and change nothing.
//!
//! [`namespace`] holds one row per `extra_config` key, and is the one place to add another. Only `main`, the tree
//! writer and the cargo driver touch the file system.

pub mod baseline;
pub mod cargo;
pub mod check;
pub mod config;
pub mod dedupe;
pub mod defaults;
pub mod describe;
pub mod diagnostic;
pub mod diff;
pub mod emit;
pub mod expand;
pub mod front;
pub mod json;
pub mod layout;
pub mod lower;
pub mod matching;
pub mod mend;
pub mod namespace;
pub mod plan;
pub mod schema;
pub mod secret;
pub mod source;
