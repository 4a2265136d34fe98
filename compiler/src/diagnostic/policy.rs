//! `--allow` and `--deny`: what a run makes of the findings.

use super::{Class, Code, Diagnostic, Level, codes, nearest};
use thiserror::Error;

/// Which findings this run forgives and which it does not.
///
/// A name is a code (`query-dropped`) or a class (`surprising`, `unsafe`, `unsupported`, `difference`); `deny` also
/// takes `warnings`. Deny beats allow.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    allow: Vec<String>,
    deny: Vec<String>,
}

/// A name in `--allow` or `--deny` that means nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Neither a code nor a class.
    #[error("no finding is called `{name}`{}", suggest(.nearest.as_deref()))]
    Unknown {
        /// As given.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Only `--deny` takes it.
    #[error("`{0}` cannot be allowed: the config is wrong, and no gateway could be built from it")]
    Invalid(String),
}

fn suggest(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl Policy {
    /// Checks the names, so that a misspelt `--deny` does not silently deny nothing.
    pub fn new(allow: Vec<String>, deny: Vec<String>) -> Result<Policy, PolicyError> {
        for name in &allow {
            match class_of(name) {
                Some(Class::Invalid) => {
                    return Err(PolicyError::Invalid(name.clone()));
                }
                Some(_) => {}
                None => return Err(unknown(name, &[])),
            }
        }
        for name in &deny {
            if name != "warnings" && class_of(name).is_none() {
                return Err(unknown(name, &["warnings"]));
            }
        }
        Ok(Policy { allow, deny })
    }

    /// The level of a finding in this run; `None`: not to be shown.
    ///
    /// What is not supported and allowed stays visible, as a warning: the build goes on *without* it.
    pub fn level(&self, finding: &Diagnostic) -> Option<Level> {
        let code = finding.code;
        let level = code.class.level();
        if names(&self.deny, code)
            || (level == Level::Warning && self.deny.iter().any(|name| name == "warnings"))
        {
            return Some(Level::Error);
        }
        match code.class {
            Class::Invalid => Some(level),
            Class::Unsupported if names(&self.allow, code) => Some(Level::Warning),
            _ if names(&self.allow, code) => None,
            _ => Some(level),
        }
    }

    /// The findings that this run shows, each with its level.
    pub fn apply(&self, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        findings
            .into_iter()
            .filter_map(|mut finding| {
                finding.level = Some(self.level(&finding)?);
                Some(finding)
            })
            .collect()
    }
}

fn names(list: &[String], code: &Code) -> bool {
    list.iter()
        .any(|name| name == code.name || name == code.class.name())
}

/// The class of what a name names.
fn class_of(name: &str) -> Option<Class> {
    let class = Class::ALL.into_iter().find(|class| class.name() == name);
    class.or_else(|| {
        codes::ALL
            .iter()
            .find(|code| code.name == name)
            .map(|code| code.class)
    })
}

fn unknown(name: &str, extra: &[&'static str]) -> PolicyError {
    let known = codes::ALL
        .iter()
        .map(|code| code.name)
        .chain(Class::ALL.map(Class::name))
        .chain(extra.iter().copied());
    PolicyError::Unknown {
        name: name.to_owned(),
        nearest: nearest(name, known).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn level(allow: &[&str], deny: &[&str], code: &'static Code) -> Option<Level> {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let policy = Policy::new(list(allow), list(deny)).expect("known names");
        policy.level(&Diagnostic::new(code, "", Span::default(), ""))
    }

    #[test]
    fn levels() {
        use Level::{Error, Warning};
        let (surprise, unbuilt, hole) = (
            &codes::QUERY_DROPPED,
            &codes::UNSUPPORTED_KEY,
            &codes::TRUST_EVERYONE,
        );
        for (allow, deny, code, expected) in [
            (&[][..], &[][..], surprise, Some(Warning)),
            (&["query-dropped"], &[], surprise, None),
            (&["surprising"], &[], surprise, None),
            (&["query-dropped"], &["warnings"], surprise, Some(Error)),
            (&[], &["unsafe"], surprise, Some(Warning)),
            (&[], &["unsafe"], hole, Some(Error)),
            (&[], &["trust-everyone"], hole, Some(Error)),
            (&[], &[], unbuilt, Some(Error)),
            (&["unsupported-key"], &[], unbuilt, Some(Warning)),
            (&["unsupported"], &[], unbuilt, Some(Warning)),
        ] {
            assert_eq!(
                level(allow, deny, code),
                expected,
                "{allow:?} {deny:?} {}",
                code.name
            );
        }
    }

    #[test]
    fn names_are_checked() {
        let error = |allow: &str, deny: &str| {
            let list = |name: &str| {
                if name.is_empty() {
                    vec![]
                } else {
                    vec![name.to_owned()]
                }
            };
            Policy::new(list(allow), list(deny))
                .expect_err("a wrong name")
                .to_string()
        };
        assert_eq!(
            error("", "warning"),
            "no finding is called `warning`; did you mean `warnings`?"
        );
        assert_eq!(
            error("query-droped", ""),
            "no finding is called `query-droped`; did you mean `query-dropped`?"
        );
        assert!(error("unknown-key", "").contains("cannot be allowed"));
    }

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut names: Vec<_> = codes::ALL.iter().map(|code| code.name).collect();
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_lowercase())
        }));
        names.sort_unstable();
        assert!(
            names.windows(2).all(|pair| pair[0] != pair[1]),
            "two codes have one name"
        );
    }
}
