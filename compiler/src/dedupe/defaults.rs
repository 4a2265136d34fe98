//! What more than a third of all objects say.

use super::{member, node, object};
use crate::json::{Kind, Member, Node};

/// Takes what more than a third of `objects` agree on out of all of them, and returns it. Objects such as `extra_config` are
/// looked into, key by key. Who does not say it says `null` from now on.
pub fn take(mut objects: Vec<&mut Node>, without: &[&str]) -> Node {
    let views: Vec<&Node> = objects.iter().map(|object| &**object).collect();
    let mut defaults = common(&views, views.len(), 1);
    if let Kind::Object(members) = &mut defaults.kind {
        members.retain(|member| !without.contains(&member.key.as_str()));
    }
    for object in &mut objects {
        **object = subtract(object, &defaults);
    }
    defaults
}

fn common(objects: &[&Node], all: usize, depth: usize) -> Node {
    let mut keys: Vec<&str> = Vec::new();
    for member in objects.iter().flat_map(|object| object.members()) {
        if !keys.contains(&member.key.as_str()) {
            keys.push(&member.key);
        }
    }
    let members = keys.into_iter().filter_map(|key| {
        let values: Vec<&Node> = objects
            .iter()
            .filter_map(|object| object.get(key))
            .collect();
        let is_inner = depth > 0
            && values
                .iter()
                .all(|value| matches!(value.kind, Kind::Object(_)));
        let value = if is_inner {
            Some(common(&values, all, depth - 1)).filter(|node| !node.members().is_empty())
        } else {
            most(&values)
                .filter(|(_, times)| times * 3 > all)
                .map(|(value, _)| value.clone())
        };
        value.map(|value| member(key, value))
    });
    object(members.collect())
}

/// The most frequent value, and how often it is there. One that holds a `null` cannot be said from below.
fn most<'a>(values: &[&'a Node]) -> Option<(&'a Node, usize)> {
    let mut counts: Vec<(&Node, usize)> = Vec::new();
    for value in values.iter().filter(|value| !holds_null(value)) {
        match counts.iter_mut().find(|(other, _)| other == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    counts.into_iter().rev().max_by_key(|&(_, count)| count)
}

fn holds_null(node: &Node) -> bool {
    node.kind == Kind::Null
        || node.items().iter().any(holds_null)
        || node
            .members()
            .iter()
            .any(|member| holds_null(&member.value))
}

/// What an object must still say above `lower`.
fn subtract(own: &Node, lower: &Node) -> Node {
    if !matches!(own.kind, Kind::Object(_)) {
        return own.clone();
    }
    let mut members: Vec<Member> = Vec::new();
    for mine in own.members() {
        match lower.get(&mine.key) {
            Some(other) if *other == mine.value => {}
            Some(other) if is_object(other) && is_object(&mine.value) => {
                members.push(member(&mine.key, subtract(&mine.value, other)));
            }
            _ => members.push(mine.clone()),
        }
    }
    let missing = lower
        .members()
        .iter()
        .filter(|other| own.get(&other.key).is_none());
    members.extend(missing.map(|other| member(&other.key, node(Kind::Null))));
    object(members)
}

fn is_object(node: &Node) -> bool {
    matches!(node.kind, Kind::Object(_))
}
