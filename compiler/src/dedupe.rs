//! A repetitive config → the same one, said once: `$defaults`, `$define` and `$use` written by gwc.
//!
//! `dedupe/defaults.rs` finds what most of them say, `dedupe/shapes.rs` what several say, `dedupe/names.rs` names that.
//! The proposal is expanded and compared before anyone sees it.

mod defaults;
mod names;
mod shapes;

use crate::{
    expand::{SAME_PATH, expand, plain, same},
    json::{Kind, Member, Node},
    source::{Span, Spanned},
};

/// Why there is no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something in it has a meaning of its own in definitions: a `null`, say.
    #[error("what would be written does not expand to this config again, so nothing is written")]
    NotEqual,
}

/// Rewrites an expanded tree; comments are not carried over.
///
/// # Errors
///
/// If the rewritten config would not mean exactly the same, in what gwc does not build too.
pub fn dedupe(expanded: &Node) -> Result<Node, Error> {
    let before = plain(expanded);
    let proposal = propose(&before);
    let (after, findings) = expand(&proposal);
    if findings.is_empty() && same(&plain(&after), &before) {
        Ok(proposal)
    } else {
        Err(Error::NotEqual)
    }
}

fn propose(root: &Node) -> Node {
    let mut endpoints = root
        .get("endpoints")
        .map(|list| list.items().to_vec())
        .unwrap_or_default();
    endpoints.iter_mut().for_each(name_same_paths);
    let backend = defaults::take(backends(&mut endpoints), &[]);
    let endpoint = defaults::take(endpoints.iter_mut().collect(), &["endpoint", "backend"]);
    let definitions = shapes::define(&mut endpoints);

    let defaults = [("endpoint", endpoint), ("backend", backend)];
    let defaults = defaults
        .into_iter()
        .filter(|(_, node)| !node.members().is_empty());
    let defaults: Vec<_> = defaults.map(|(key, node)| member(key, node)).collect();
    let mut members: Vec<_> = root
        .members()
        .iter()
        .filter(|m| m.key.value != "endpoints")
        .cloned()
        .collect();
    if !defaults.is_empty() {
        members.push(member("$defaults", object(defaults)));
    }
    if !definitions.is_empty() {
        members.push(member("$define", object(definitions)));
    }
    members.extend(
        root.member("endpoints")
            .map(|_| member("endpoints", list(endpoints))),
    );
    object(members)
}

/// Writes [`SAME_PATH`] where a backend is called by the path of its endpoint.
fn name_same_paths(endpoint: &mut Node) {
    let Some(path) = endpoint.get("endpoint").cloned() else {
        return;
    };
    for backend in backends(std::slice::from_mut(endpoint)) {
        if let Some(pattern) = value_mut(backend, "url_pattern").filter(|node| **node == path) {
            *pattern = text(SAME_PATH);
        }
    }
}

/// All backend objects.
fn backends(endpoints: &mut [Node]) -> Vec<&mut Node> {
    endpoints
        .iter_mut()
        .filter_map(|endpoint| value_mut(endpoint, "backend"))
        .filter_map(|list| match &mut list.kind {
            Kind::Array(items) => Some(items),
            _ => None,
        })
        .flatten()
        .collect()
}

fn value_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.kind {
        Kind::Object(members) => members
            .iter_mut()
            .find(|member| member.key.value == key)
            .map(|member| &mut member.value),
        _ => None,
    }
}

fn node(kind: Kind) -> Node {
    Node {
        span: Span::default(),
        kind,
    }
}

fn object(members: Vec<Member>) -> Node {
    node(Kind::Object(members))
}

fn list(items: Vec<Node>) -> Node {
    node(Kind::Array(items))
}

fn text(text: &str) -> Node {
    node(Kind::String(text.to_owned()))
}

fn member(key: &str, value: Node) -> Member {
    Member {
        key: Spanned::new(key.to_owned(), Span::default()),
        value,
    }
}
