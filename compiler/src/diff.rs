//! What changes between two configs, as the gateways that they become: order, layout and comments do not count.
//!
//! `facts.rs` resolves a config into values under names (from the plan that `emit` prints, so that both cannot drift),
//! this file compares two of them, `tag.rs` says how much a change matters, `render.rs` prints.

mod extra;
mod facts;
mod fold;
mod gateway;
mod headers;
mod markdown;
mod network;
mod order;
mod render;
mod route;
mod shape;
mod tag;
mod tls;
mod value;
mod words;

use crate::{
    diagnostic::{Class, Diagnostic},
    front, json,
    source::Source,
};
use facts::{Facts, Fields};
use std::collections::BTreeSet;

pub use facts::Field;
pub use markdown::render_markdown;
pub use render::{render_human, render_json};
pub use tag::Tag;
pub use value::Value;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whether it is there on one side or on both.
    pub kind: Kind,
    /// `POST /v1/messages`; `None`: the gateway as a whole.
    pub route: Option<String>,
    /// What changed.
    pub field: Field,
    /// Before; `None`: not there, or the default.
    pub old: Option<Value>,
    /// After.
    pub new: Option<Value>,
    /// How much it matters.
    pub tag: Tag,
    /// Why it has that tag.
    pub why: &'static str,
}

/// The shape of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only in the new config.
    Added,
    /// Only in the old config.
    Removed,
    /// In both, with another value.
    Changed,
}

impl Kind {
    /// In lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
        }
    }
}

/// A config that can be compared.
#[derive(Debug)]
pub struct Side(Facts);

/// Reads one side; when it is no valid config, what is wrong with it. What is only not built yet does not matter here:
/// it is compared like everything else.
pub fn read(source: &Source) -> Result<Side, Vec<Diagnostic>> {
    let (config, findings) = front::read(source);
    let (root, _) = json::parse(source);
    match (config, root) {
        (Some(config), Some(root)) => Ok(Side(facts::read(&config, &root, &findings))),
        _ => Err(findings
            .into_iter()
            .filter(|finding| finding.code.class == Class::Invalid)
            .collect()),
    }
}

/// All differences, the weightiest first, then by route and field.
pub fn diff(old: &Side, new: &Side) -> Vec<Change> {
    let (old, new) = (&old.0, &new.0);
    let mut changes = Vec::new();
    fields(None, &old.gateway, &new.gateway, &mut changes);
    let shapes: BTreeSet<_> = old.routes.keys().chain(new.routes.keys()).collect();
    for shape in shapes {
        match (old.routes.get(shape), new.routes.get(shape)) {
            (Some(before), Some(after)) => {
                let was = headers::settled(&before.fields, &after.fields);
                fields(Some(&after.name), &was, &after.fields, &mut changes);
            }
            (Some(gone), None) => changes.push(change(
                Kind::Removed,
                Some(&gone.name),
                &Field::key("endpoint"),
                Some(gone.value()),
                route::taker(gone, new.routes.values()).map(|other| gone.handed_to(other)),
            )),
            (None, Some(fresh)) => changes.push(change(
                Kind::Added,
                Some(&fresh.name),
                &Field::key("endpoint"),
                route::taker(fresh, old.routes.values()).map(|other| fresh.taken_from(other)),
                Some(fresh.value()),
            )),
            (None, None) => {}
        }
    }
    changes.sort_by(|a, b| (a.tag, &a.route, &a.field).cmp(&(b.tag, &b.route, &b.field)));
    changes
}

/// A namespace on both sides is compared key by key; one that comes or goes is one change.
fn fields(route: Option<&str>, old: &Fields, new: &Fields, changes: &mut Vec<Change>) {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for field in names {
        match (old.get(field), new.get(field)) {
            (Some(Value::Namespace(before)), Some(Value::Namespace(after))) => {
                let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
                for key in keys {
                    push(
                        route,
                        &field.inner(key),
                        before.get(key),
                        after.get(key),
                        changes,
                    );
                }
            }
            (before, after) => push(route, field, before, after, changes),
        }
    }
}

fn push(
    route: Option<&str>,
    field: &Field,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<Change>,
) {
    let kind = match (old, new) {
        (None, Some(_)) => Kind::Added,
        (Some(_), None) => Kind::Removed,
        _ if old == new => return,
        _ => Kind::Changed,
    };
    changes.push(change(kind, route, field, old.cloned(), new.cloned()));
}

fn change(
    kind: Kind,
    route: Option<&str>,
    field: &Field,
    old: Option<Value>,
    new: Option<Value>,
) -> Change {
    let (tag, why) = tag::judge(field, old.as_ref(), new.as_ref());
    Change {
        kind,
        route: route.map(str::to_owned),
        field: field.clone(),
        old,
        new,
        tag,
        why,
    }
}

#[cfg(test)]
mod tests;
