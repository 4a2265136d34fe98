//! Definitions that use themselves, and those that nothing uses.

use super::{Definitions, uses};
use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Member, Node, is_comment},
};
use std::collections::HashSet;

struct Usage<'a> {
    definitions: Definitions<'a>,
    /// Definitions below which there is no circle that is not told yet.
    done: HashSet<&'a str>,
    findings: Vec<Diagnostic>,
}

pub fn judge<'a>(root: &'a Node, definitions: Definitions<'a>) -> Vec<Diagnostic> {
    let mut usage = Usage {
        definitions,
        done: HashSet::new(),
        findings: Vec::new(),
    };
    usage.all(root);
    usage.findings
}

impl<'a> Usage<'a> {
    fn all(&mut self, root: &'a Node) {
        let all = self.definitions.0.map(Node::members).unwrap_or_default();
        for definition in all {
            self.circle(definition, &mut Vec::new());
        }
        let mut used = HashSet::new();
        let start = root
            .members()
            .iter()
            .filter(|member| member.key.value != "$define");
        start.for_each(|member| self.reach(&member.value, &mut used));
        for definition in all {
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

    fn reach(&self, node: &'a Node, used: &mut HashSet<&'a str>) {
        for name in uses(node).into_iter().filter_map(Node::as_str) {
            if used.insert(name)
                && let Some(definition) = self.definitions.get(name)
            {
                self.reach(&definition.value, used);
            }
        }
        node.items().iter().for_each(|item| self.reach(item, used));
        let members = node
            .members()
            .iter()
            .filter(|member| !is_comment(&member.key) || member.key.value == "$defaults");
        members.for_each(|member| self.reach(&member.value, used));
    }

    /// `path`: who uses whom, down to `at`.
    fn circle(&mut self, at: &'a Member, path: &mut Vec<(&'a Member, &'a Node)>) {
        if self.done.contains(at.key.value.as_str()) {
            return;
        }
        for name in uses(&at.value) {
            let Some(next) = name.as_str().and_then(|text| self.definitions.get(text)) else {
                continue;
            };
            path.push((at, name));
            let start = path
                .iter()
                .position(|(member, _)| member.key.value == next.key.value);
            match start {
                Some(start) => {
                    let message = format!("the definition `{}` uses itself", next.key.value);
                    let mut finding = Diagnostic::new(
                        &codes::DEFINITION_CYCLE,
                        message,
                        name.span,
                        "closes the circle",
                    )
                    .help("remove one of these `$use`");
                    for (_, name) in &path[start..path.len() - 1] {
                        finding = finding.label(name.span, "by way of this");
                    }
                    self.findings.push(finding);
                }
                None => self.circle(next, path),
            }
            path.pop();
        }
        self.done.insert(&at.key.value);
    }
}
