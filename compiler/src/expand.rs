//! `$defaults`, `$define`, `$use`: what a config says once, put where it counts. [`Node`] → [`Node`], between reading and
//! the schema.
//!
//! An object's own keys win over what it `$use`s (a later name over an earlier one), and that wins over `$defaults`.
//! Objects merge key by key; of anything else the winner's value stands as it is, lists too. `null` takes away what a
//! lower layer says (RFC 7396), and `"url_pattern": "$endpoint"` is the path of the endpoint. Spans stay, so that a finding points at the place that its author wrote.
//!
//! `expand/judge.rs` and `usage.rs` are what there is to complain about; `expand/layer.rs` merges.

mod judge;
mod layer;
mod plain;
mod usage;

use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Kind, MAX_DEPTH, Member, Node},
    source::Span,
};
use std::collections::{HashMap, HashSet};

pub use plain::{plain, same};

/// The keys that are read here, and are gone afterwards.
const READ: [&str; 3] = ["$defaults", "$define", "$use"];

/// The expanded tree, and what is wrong with the definitions. Where something is wrong the rest is expanded all the same,
/// so that one run tells everything; all that leaves something out is an error.
pub fn expand(root: &Node) -> (Node, Vec<Diagnostic>) {
    let definitions = Definitions::of(root);
    let mut findings = judge::judge(root, &definitions);
    let defaults = |name| root.get("$defaults").and_then(|node| node.get(name));
    let expanded = map(root, |key, value| match key {
        "endpoints" => list(value, |endpoint| {
            let endpoint = definitions.apply(defaults("endpoint"), endpoint);
            map(&endpoint, |key, value| match key {
                "backend" => list(value, |backend| {
                    same_path(definitions.apply(defaults("backend"), backend), &endpoint)
                }),
                _ => value.clone(),
            })
        }),
        _ => value.clone(),
    });
    findings.extend(too_deep(&expanded, MAX_DEPTH).map(|place| {
        let message =
            format!("expanded, more than {MAX_DEPTH} objects and lists are inside one another");
        Diagnostic::new(&codes::SYNTAX, message, place, "one too many")
    }));
    (expanded, findings)
}

/// The place of the first object or list that is one too many: what is written down expanded must be read again.
fn too_deep(node: &Node, left: usize) -> Option<Span> {
    let inner = node
        .items()
        .iter()
        .chain(node.members().iter().map(|member| &member.value));
    let is_leaf = !matches!(node.kind, Kind::Array(_) | Kind::Object(_));
    match left {
        _ if is_leaf => None,
        0 => Some(node.start()),
        _ => inner
            .into_iter()
            .find_map(|inner| too_deep(inner, left - 1)),
    }
}

/// As `url_pattern` of a backend: the path of its endpoint.
pub const SAME_PATH: &str = "$endpoint";

/// Puts the endpoint's path in the place of [`SAME_PATH`]; one that the endpoint lacks is for the schema to say.
fn same_path(mut backend: Node, endpoint: &Node) -> Node {
    if let (Kind::Object(members), Some(path)) = (&mut backend.kind, endpoint.get("endpoint")) {
        let said = members
            .iter_mut()
            .filter(|member| member.key.value == "url_pattern");
        for member in said.filter(|member| member.value.as_str() == Some(SAME_PATH)) {
            member.value = path.clone();
        }
    }
    backend
}

/// The root's `$define`, by name.
struct Definitions<'a> {
    /// In the order of the file.
    all: &'a [Member],
    by_name: HashMap<&'a str, &'a Member>,
}

impl<'a> Definitions<'a> {
    fn of(root: &'a Node) -> Definitions<'a> {
        let all = root.get("$define").map(Node::members).unwrap_or_default();
        // Of two with one name (an error already) the first stays.
        let named = all.iter().rev().map(|member| (member.key.as_str(), member));
        Definitions {
            all,
            by_name: named.collect(),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Member> {
        self.by_name.get(name).copied()
    }

    /// The object with everything that it stands on.
    fn apply(&self, defaults: Option<&'a Node>, own: &'a Node) -> Node {
        if !is_object(own) {
            return own.clone();
        }
        let mut layers = Vec::new();
        let mut seen = HashSet::new();
        self.below(own, &mut seen, &mut layers);
        if let Some(defaults) = defaults.filter(|node| is_object(node)) {
            layers.push(defaults);
            self.below(defaults, &mut seen, &mut layers);
        }
        layer::merge(layers.into_iter().rev(), own)
    }

    /// The bodies that an object uses, the strongest first. One that comes twice counts where it is stronger, which
    /// bounds the work and ends a cycle (an error already). Without recursion, for a chain may be as long as the file.
    fn below(&self, object: &'a Node, seen: &mut HashSet<&'a str>, layers: &mut Vec<&'a Node>) {
        let mut names = uses(object);
        while let Some(name) = names.pop() {
            let found = name.as_str().and_then(|name| self.get(name));
            let Some(definition) = found.filter(|found| is_object(&found.value)) else {
                continue;
            };
            if seen.insert(&definition.key.value) {
                layers.push(&definition.value);
                names.extend(uses(&definition.value));
            }
        }
    }
}

/// The names in an object's `$use`: one, or a list of them.
fn uses(object: &Node) -> Vec<&Node> {
    match object.get("$use") {
        None => Vec::new(),
        Some(node) => match &node.kind {
            Kind::Array(items) => items.iter().collect(),
            _ => vec![node],
        },
    }
}

fn is_object(node: &Node) -> bool {
    matches!(node.kind, Kind::Object(_))
}

/// An object with its values changed, and without the keys that are read here.
fn map(object: &Node, change: impl Fn(&str, &Node) -> Node) -> Node {
    let Kind::Object(members) = &object.kind else {
        return object.clone();
    };
    let members = members
        .iter()
        .filter(|member| !READ.contains(&member.key.as_str()))
        .map(|member| Member {
            key: member.key.clone(),
            value: change(&member.key, &member.value),
        });
    Node {
        span: object.span,
        kind: Kind::Object(members.collect()),
    }
}

fn list(node: &Node, change: impl Fn(&Node) -> Node) -> Node {
    let Kind::Array(items) = &node.kind else {
        return node.clone();
    };
    Node {
        span: node.span,
        kind: Kind::Array(items.iter().map(change).collect()),
    }
}
