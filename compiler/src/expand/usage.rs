//! Definitions that use themselves, and those that nothing uses.

use super::{Definitions, uses};
use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Member, Node, is_comment},
};
use std::collections::{HashMap, HashSet};

/// Steps of a circle that are pointed at: more than anyone has on purpose.
const SHOWN: usize = 10;

struct Usage<'a> {
    definitions: &'a Definitions<'a>,
    /// Definitions below which there is no circle that is not told yet.
    done: HashSet<&'a str>,
    findings: Vec<Diagnostic>,
}

pub fn judge<'a>(root: &'a Node, definitions: &'a Definitions<'a>) -> Vec<Diagnostic> {
    let mut usage = Usage {
        definitions,
        done: HashSet::new(),
        findings: Vec::new(),
    };
    for definition in definitions.all {
        usage.circles(definition);
    }
    usage.unused(root);
    usage.findings
}

impl<'a> Usage<'a> {
    fn unused(&mut self, root: &'a Node) {
        let mut used = HashSet::new();
        let mut reached: Vec<&Node> = root
            .members()
            .iter()
            .filter(|member| member.key.value != "$define")
            .map(|member| &member.value)
            .collect();
        while let Some(node) = reached.pop() {
            self.reach(node, &mut used, &mut reached);
        }
        for definition in self.definitions.all {
            let name = definition.key.value.as_str();
            if !used.contains(name) && !is_comment(name) {
                let message = format!("nothing uses the definition `{name}`");
                self.findings.push(
                    Diagnostic::new(&codes::UNUSED_DEFINITION, message, definition.key.span, "")
                        .help(format!(
                            "remove it, or write `\"$use\": \"{name}\"` where it belongs"
                        )),
                );
            }
        }
    }

    /// `more`: the bodies of what is used here for the first time.
    fn reach(&self, node: &'a Node, used: &mut HashSet<&'a str>, more: &mut Vec<&'a Node>) {
        for name in uses(node).into_iter().filter_map(Node::as_str) {
            if used.insert(name)
                && let Some(definition) = self.definitions.get(name)
            {
                more.push(&definition.value);
            }
        }
        node.items()
            .iter()
            .for_each(|item| self.reach(item, used, more));
        let members = node
            .members()
            .iter()
            .filter(|member| !is_comment(&member.key) || member.key.value == "$defaults");
        members.for_each(|member| self.reach(&member.value, used, more));
    }

    /// Follows every way down from a definition; without recursion, for a way may be as long as the file.
    fn circles(&mut self, start: &'a Member) {
        if self.done.contains(start.key.value.as_str()) {
            return;
        }
        let mut way = vec![Step::at(start)];
        let mut on_way = HashMap::from([(start.key.value.as_str(), 0)]);
        while let Some(step) = way.last_mut() {
            let Some(&name) = step.names.get(step.next) else {
                let key = step.at.key.value.as_str();
                on_way.remove(key);
                self.done.insert(key);
                way.pop();
                continue;
            };
            step.next += 1;
            let Some(next) = name.as_str().and_then(|text| self.definitions.get(text)) else {
                continue;
            };
            let key = next.key.value.as_str();
            if let Some(&start) = on_way.get(key) {
                self.findings.push(circle(next, name, &way[start..]));
            } else if !self.done.contains(key) {
                on_way.insert(key, way.len());
                way.push(Step::at(next));
            }
        }
    }
}

/// A definition on the way, and how far its `$use` has been followed.
struct Step<'a> {
    at: &'a Member,
    names: Vec<&'a Node>,
    next: usize,
}

impl<'a> Step<'a> {
    fn at(at: &'a Member) -> Step<'a> {
        Step {
            at,
            names: uses(&at.value),
            next: 0,
        }
    }
}

/// `name` leads back to the definition that `way` began with.
fn circle(first: &Member, name: &Node, way: &[Step<'_>]) -> Diagnostic {
    let message = format!("the definition `{}` uses itself", first.key.value);
    let mut finding = Diagnostic::new(
        &codes::DEFINITION_CYCLE,
        message,
        name.span,
        "closes the circle",
    )
    .help("remove one of these `$use`");
    let between = &way[..way.len() - 1];
    for step in between.iter().take(SHOWN) {
        finding = finding.label(step.names[step.next - 1].span, "by way of this");
    }
    match between.len().saturating_sub(SHOWN) {
        0 => finding,
        more => finding.note(format!("and {more} more on the way")),
    }
}
