//! What is wrong with `$defaults`, `$define` and `$use`, and which keys only look like them.

use super::{Definitions, is_object, usage, uses};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::{Kind, Member, Node, is_comment},
};

/// What an object is, as far as keys with `$` go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Endpoint,
    Backend,
    /// The root's `$defaults`.
    Defaults,
    /// A definition: of an endpoint, of a backend, or of a part of them.
    Body,
    Other,
}

struct Judge<'a> {
    definitions: &'a Definitions<'a>,
    findings: Vec<Diagnostic>,
}

pub fn judge<'a>(root: &'a Node, definitions: &'a Definitions<'a>) -> Vec<Diagnostic> {
    let mut judge = Judge {
        definitions,
        findings: Vec::new(),
    };
    judge.object(root, Place::Root);
    judge.findings.extend(usage::judge(root, definitions));
    judge.findings
}

impl<'a> Judge<'a> {
    fn object(&mut self, object: &'a Node, place: Place) {
        for member in object.members() {
            let key = member.key.value.as_str();
            match (place, key) {
                (_, "$schema" | "$comment") => {}
                (Place::Endpoint | Place::Backend | Place::Body, "$use") => self.names(object),
                (Place::Root, "$defaults") => {
                    if self.is_object(member) {
                        self.object(&member.value, Place::Defaults);
                    }
                }
                (Place::Root, "$define") => {
                    let bodies = if self.is_object(member) {
                        member.value.members()
                    } else {
                        &[]
                    };
                    for body in bodies.iter().filter(|body| !is_comment(&body.key)) {
                        if self.is_object(body) {
                            self.object(&body.value, Place::Body);
                        }
                    }
                }
                (_, "$use" | "$defaults" | "$define") => self.misplaced(member),
                _ if key.starts_with('$') => self.comment(member),
                _ if is_comment(key) => {}
                (Place::Defaults, "endpoint" | "backend") => {
                    if self.is_object(member) {
                        let inner = if key == "backend" {
                            Place::Backend
                        } else {
                            Place::Endpoint
                        };
                        self.object(&member.value, inner);
                    }
                }
                (Place::Defaults, _) => self.unknown_default(member),
                // An answer's text, in which any key means what its reader makes of it.
                (_, "error_body") => {}
                (Place::Root, "endpoints") => self.value(&member.value, Place::Endpoint),
                (Place::Endpoint | Place::Body, "backend") => {
                    self.value(&member.value, Place::Backend);
                }
                _ => self.value(&member.value, Place::Other),
            }
        }
    }

    fn value(&mut self, value: &'a Node, place: Place) {
        match &value.kind {
            Kind::Array(items) if place == Place::Other => {
                for item in items {
                    self.value(item, place);
                }
            }
            Kind::Array(items) => items.iter().for_each(|item| self.object(item, place)),
            Kind::Object(_) => self.object(value, Place::Other),
            _ => {}
        }
    }

    fn is_object(&mut self, member: &Member) -> bool {
        let fits = is_object(&member.value);
        if !fits {
            let found = member.value.type_name();
            let message = format!("`{}` takes an object, not {found}", member.key.value);
            let place = member.value.start();
            self.findings.push(
                Diagnostic::new(&codes::WRONG_TYPE, message, place, "").help("write an object"),
            );
        }
        fits
    }

    fn names(&mut self, object: &'a Node) {
        for name in uses(object) {
            let Some(text) = name.as_str() else {
                let message = format!("`$use` takes names, not {}", name.type_name());
                self.findings.push(
                    Diagnostic::new(&codes::WRONG_TYPE, message, name.start(), "")
                        .help("write the name of a definition, or a list of names"),
                );
                continue;
            };
            if !is_comment(text) && self.definitions.get(text).is_some() {
                continue;
            }
            let message = format!("nothing is defined as `{text}`");
            let finding =
                Diagnostic::new(&codes::UNKNOWN_DEFINITION, message, name.span, "used here");
            let known = self
                .definitions
                .all
                .iter()
                .map(|member| member.key.value.as_str());
            self.findings.push(
                match nearest(text, known.filter(|name| !is_comment(name))) {
                    Some(near) => finding
                        .help(format!("did you mean `{near}`?"))
                        .fix(name.span, serde_json::Value::from(near).to_string()),
                    None => finding.help("define it in the root's `$define`"),
                },
            );
        }
    }

    fn misplaced(&mut self, member: &Member) {
        let key = member.key.value.as_str();
        let help = match key {
            "$use" => "endpoints, backends and definitions read it; move it to one of them",
            _ => "move it to the root",
        };
        let message = format!("`{key}` is not read here");
        self.findings.push(
            Diagnostic::new(&codes::MISPLACED_DEFINITION, message, member.key.span, "").help(help),
        );
    }

    fn comment(&mut self, member: &Member) {
        let key = &member.key.value;
        let message = format!("`{key}` is a comment");
        let finding = Diagnostic::new(
            &codes::DOLLAR_COMMENT,
            message,
            member.key.span,
            "never read",
        );
        self.findings.push(match nearest(key, super::READ) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("write `$comment`, or begin the key with `@`, `_` or `#`"),
        });
    }

    fn unknown_default(&mut self, member: &Member) {
        let key = &member.key.value;
        let message = format!("`$defaults` has no key `{key}`");
        let finding = Diagnostic::new(&codes::UNKNOWN_KEY, message, member.key.span, "");
        self.findings
            .push(match nearest(key, ["endpoint", "backend"]) {
                Some(near) => finding
                    .help(format!("did you mean `{near}`?"))
                    .fix(member.key.span, format!("\"{near}\"")),
                None => finding.help("it holds `endpoint`, `backend` or both"),
            });
    }
}
