//! The environment as it is, read by the table of [`super::variables`].

use super::{value::Invalid, variables::VARIABLES};
use crate::settings::Overrides;
use std::ffi::OsString;

/// What the environment said.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub overrides: Overrides,
    pub ignored: Vec<Ignored>,
    /// Name and text of each row of [`VARIABLES`] that is set.
    texts: Vec<Option<(&'static str, String)>>,
}

/// A value that was not meant for us.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name}={text} is Kubernetes' link to a service of that name, not a port: ignored (enableServiceLinks: false \
     keeps it away)"
)]
pub(super) struct Ignored {
    name: &'static str,
    text: String,
}

/// A variable with a value that it cannot have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub(super) struct BadVariable {
    name: &'static str,
    why: Invalid,
}

/// Reads every variable through `get`; all that is wrong is reported at once.
pub(super) fn read(
    get: impl Fn(&str) -> Option<OsString>,
) -> Result<Environment, Vec<BadVariable>> {
    let mut environment = Environment::default();
    let mut bad = Vec::new();
    for variable in VARIABLES {
        let mut found = None;
        for name in [Some(variable.name), variable.alias].into_iter().flatten() {
            let Some(text) = get(name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let Ok(text) = text.into_string() else {
                bad.push(BadVariable {
                    name,
                    why: Invalid::NotUtf8,
                });
                continue;
            };
            // Kubernetes sets NAME_PORT for every service NAME of the namespace, and ours is likely called `gateway`.
            if name.ends_with("_PORT") && text.contains("://") {
                environment.ignored.push(Ignored { name, text });
            } else if found.is_none() {
                if let Err(why) = (variable.read)(&mut environment.overrides, &text) {
                    bad.push(BadVariable { name, why });
                }
                found = Some((name, text));
            }
        }
        environment.texts.push(found);
    }
    if bad.is_empty() {
        Ok(environment)
    } else {
        Err(bad)
    }
}

impl Environment {
    /// Name and text of what was set, for each row of [`VARIABLES`].
    pub fn texts(&self) -> &[Option<(&'static str, String)>] {
        &self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn with(set: &[(&str, &str)]) -> Result<Environment, Vec<BadVariable>> {
        read(|name| {
            set.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, text)| OsString::from(text))
        })
    }

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for variable in VARIABLES {
            assert!(seen.insert(variable.name), "{} stands twice", variable.name);
        }
    }

    #[test]
    fn the_port_has_two_names_and_a_namesake() {
        const LINK: &str = "tcp://10.0.0.1:80";
        for (set, port, ignored) in [
            (vec![], None, 0),
            (vec![("GATEWAY_PORT", "")], None, 0),
            (vec![("GATEWAY_PORT", "1")], Some(1), 0),
            (vec![("KRAKEND_PORT", "2")], Some(2), 0),
            (
                vec![("GATEWAY_PORT", "1"), ("KRAKEND_PORT", "2")],
                Some(1),
                0,
            ),
            (vec![("GATEWAY_PORT", LINK)], None, 1),
            (
                vec![("GATEWAY_PORT", LINK), ("KRAKEND_PORT", "2")],
                Some(2),
                1,
            ),
        ] {
            let environment = with(&set).expect("all values are good");
            assert_eq!(environment.overrides.port, port, "for {set:?}");
            assert_eq!(environment.ignored.len(), ignored, "for {set:?}");
        }
    }

    #[test]
    fn every_bad_value_is_named() {
        let bad = with(&[
            ("GATEWAY_PORT", "http"),
            ("GATEWAY_WORKERS", "0"),
            ("GATEWAY_LAME_DUCK", "5s"),
        ])
        .expect_err("two are bad");
        let told: Vec<_> = bad.iter().map(BadVariable::to_string).collect();
        assert_eq!(
            told,
            [
                "GATEWAY_PORT: `http` is no port: give a number from 0 (any free port) to 65535",
                "GATEWAY_WORKERS: `0` is no number of workers: give 1 to 1024",
            ]
        );
    }
}
