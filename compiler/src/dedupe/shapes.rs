//! What several endpoints say, as definitions: blocks (one namespace, one list of headers), profiles (all that an endpoint
//! says besides path, method and backend), backends without their path, and whole calls (profile and backend).

use super::{
    list, member,
    names::{self, Names},
    object, text,
};
use crate::json::{Layout, Member, Node, print};
use std::collections::BTreeMap;

/// Endpoints with the same profile and backends from which on these are one definition: for two it costs what it saves.
const CALL_USES: usize = 3;
/// Shorter things are as clear as a name.
const WORTH: usize = 40;

/// What an endpoint stands for, without its own path and method.
struct Unit {
    profile: Node,
    backend: Option<Node>,
    /// Places in the list of endpoints.
    of: Vec<usize>,
}

/// Writes `$use` into the endpoints, and returns what they use, in order of first use.
pub fn define(endpoints: &mut [Node]) -> Vec<Member> {
    let units = units(endpoints);
    let mut names = Names::default();
    let mut definitions = Vec::new();
    // Whole calls first: theirs are the names that people will write most.
    let called: Vec<_> = units
        .iter()
        .map(|unit| call_name(unit, &mut names))
        .collect();
    let backends = backends(&units, &mut names, &mut definitions);
    let profiles = profiles(&units, &mut names, &mut definitions);
    for (unit, name) in units.into_iter().zip(called) {
        let mut body = profiles[&key(&unit.profile)].clone();
        if let Some(backend) = &unit.backend {
            let calls = backend.items().iter().map(|call| with_use(call, &backends));
            body.push(member("backend", list(calls.collect())));
        }
        if let Some(name) = name {
            definitions.push(member(&name, object(body)));
            body = vec![member("$use", text(&name))];
        }
        for at in unit.of {
            let (mut members, _) = split(&endpoints[at], &["endpoint", "method"]);
            members.extend(body.iter().cloned());
            endpoints[at] = object(members);
        }
    }
    definitions
}

fn call_name(unit: &Unit, names: &mut Names) -> Option<String> {
    let call = unit.backend.as_ref()?.items().first()?;
    (unit.of.len() >= CALL_USES).then(|| names.take(&names::of_call(call)))
}

fn units(endpoints: &[Node]) -> Vec<Unit> {
    let mut groups: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let parts: Vec<_> = endpoints
        .iter()
        .map(|endpoint| {
            let (_, rest) = split(endpoint, &["endpoint", "method"]);
            let (backend, profile) = split(&object(rest), &["backend"]);
            (
                object(profile),
                backend.into_iter().next().map(|member| member.value),
            )
        })
        .collect();
    for (at, (profile, backend)) in parts.iter().enumerate() {
        let backend = backend.as_ref().map(key).unwrap_or_default();
        groups.entry((key(profile), backend)).or_default().push(at);
    }
    let mut units: Vec<_> = groups
        .into_values()
        .flat_map(|of| {
            let apart = if of.len() >= CALL_USES {
                vec![of]
            } else {
                of.into_iter().map(|at| vec![at]).collect()
            };
            apart.into_iter().map(|of| {
                let (profile, backend) = parts[of[0]].clone();
                Unit {
                    profile,
                    backend,
                    of,
                }
            })
        })
        .collect();
    units.sort_by_key(|unit| unit.of[0]);
    units
}

/// Defines what two or more backends say besides their path; text of it → its name.
fn backends(
    units: &[Unit],
    names: &mut Names,
    definitions: &mut Vec<Member>,
) -> BTreeMap<String, String> {
    let calls = units
        .iter()
        .filter_map(|unit| unit.backend.as_ref())
        .flat_map(Node::items);
    let shapes = repeated(calls.map(|call| object(split(call, &["url_pattern"]).1)));
    shapes
        .into_iter()
        .map(|shape| {
            let name = names.take(&names::of_shape(&shape));
            let found = (key(&shape), name.clone());
            definitions.push(member(&name, shape));
            found
        })
        .collect()
}

fn with_use(call: &Node, names: &BTreeMap<String, String>) -> Node {
    let (mut path, rest) = split(call, &["url_pattern"]);
    match names.get(&key(&object(rest))) {
        Some(name) => {
            path.push(member("$use", text(name)));
            object(path)
        }
        None => call.clone(),
    }
}

/// Text of a profile → what an endpoint writes for it.
fn profiles(
    units: &[Unit],
    names: &mut Names,
    definitions: &mut Vec<Member>,
) -> BTreeMap<String, Vec<Member>> {
    let mut all: Vec<(&Node, usize)> = Vec::new();
    for unit in units {
        match all.iter_mut().find(|(other, _)| **other == unit.profile) {
            Some((_, uses)) => *uses += 1,
            None => all.push((&unit.profile, 1)),
        }
    }
    let blocks = repeated(all.iter().flat_map(|(profile, _)| blocks(profile)));
    let blocks: Vec<_> = blocks
        .into_iter()
        .map(|block| {
            let name = names.take(&names::of_profile(&block));
            definitions.push(member(&name, block.clone()));
            (name, block)
        })
        .collect();
    all.into_iter()
        .map(|(profile, uses)| {
            let mut body = by_blocks(profile, &blocks);
            let is_name = matches!(body.as_slice(), [only] if only.key.value == "$use");
            if uses > 1 && !is_name && key(&object(body.clone())).len() > WORTH {
                let name = names.take(&names::of_profile(profile));
                definitions.push(member(&name, object(body)));
                body = vec![member("$use", text(&name))];
            }
            (key(profile), body)
        })
        .collect()
}

/// The parts of a profile that can be named: each namespace, each long list.
fn blocks(profile: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    for part in profile.members() {
        if part.key.value == "extra_config" && !part.value.members().is_empty() {
            let spaces = part.value.members().iter();
            found.extend(
                spaces.map(|space| object(vec![member(&part.key, object(vec![space.clone()]))])),
            );
        } else {
            found.push(object(vec![part.clone()]));
        }
    }
    found
}

fn by_blocks(profile: &Node, known: &[(String, Node)]) -> Vec<Member> {
    let parts = blocks(profile);
    let used: Vec<_> = known
        .iter()
        .filter(|(_, block)| parts.contains(block))
        .collect();
    let mut body = Vec::new();
    match used.as_slice() {
        [] => return profile.members().to_vec(),
        [(name, _)] => body.push(member("$use", text(name))),
        many => body.push(member(
            "$use",
            list(many.iter().map(|(name, _)| text(name)).collect()),
        )),
    }
    let mut spaces = Vec::new();
    for part in parts
        .iter()
        .filter(|part| used.iter().all(|(_, block)| block != *part))
    {
        let only = &part.members()[0];
        if only.key.value == "extra_config" && !only.value.members().is_empty() {
            spaces.extend(only.value.members().iter().cloned());
        } else {
            body.push(only.clone());
        }
    }
    if !spaces.is_empty() {
        body.push(member("extra_config", object(spaces)));
    }
    body
}

/// What is there twice or more and is worth a name, in order of first appearance.
fn repeated(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut counts: Vec<(Node, usize)> = Vec::new();
    for node in nodes {
        match counts.iter_mut().find(|(other, _)| *other == node) {
            Some((_, count)) => *count += 1,
            None => counts.push((node, 1)),
        }
    }
    counts.retain(|(node, count)| *count > 1 && key(node).len() > WORTH);
    counts.into_iter().map(|(node, _)| node).collect()
}

/// The members with these keys, and the others.
fn split(node: &Node, keys: &[&str]) -> (Vec<Member>, Vec<Member>) {
    node.members()
        .iter()
        .cloned()
        .partition(|member| keys.contains(&member.key.as_str()))
}

fn key(node: &Node) -> String {
    print(node, Layout::Lines)
}
