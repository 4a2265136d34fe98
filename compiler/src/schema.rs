//! Wrong types, unknown keys, wrong places: `schemas/**` against the file, in our words.
//!
//! The schema files say which keys this gwc builds and what they take; `schema/refused.rs` lists the keys that the config
//! language has besides, each with its reason. `wording.rs` is the only file that knows `jsonschema`.

mod bundle;
mod keys;
mod part;
mod refused;
mod slots;
mod wording;

use crate::{
    diagnostic::Diagnostic,
    json::Node,
    namespace::{self, Scope},
};

pub use bundle::bundle;
pub use part::{PartError, names, part};
pub use slots::check as check_slots;

/// Checks the whole file. What a text must look like inside (durations, hosts, paths) is `config`'s to say.
pub fn check(root: &Node) -> Vec<Diagnostic> {
    let mut findings = wording::check(root);
    let mut extra = |object: &Node, scope| {
        if let Some(node) = object.get("extra_config") {
            findings.extend(namespace::check(node, scope));
        }
    };
    extra(root, Scope::Service);
    for endpoint in root.get("endpoints").map(Node::items).unwrap_or_default() {
        extra(endpoint, Scope::Endpoint);
        for backend in endpoint.get("backend").map(Node::items).unwrap_or_default() {
            extra(backend, Scope::Backend);
        }
    }
    findings
}

/// Whether the config language has this key at this level, beside `extra_config`.
pub fn is_key_of(key: &str, scope: Scope) -> bool {
    keys::Place::of(scope).is_some_and(|place| place.has(key))
}
