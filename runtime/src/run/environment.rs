//! The environment as it is: read by the table of [`super::variables`], and printed by `env`.

use super::{
    value::Invalid,
    variables::{VARIABLES, Variable},
};
use crate::{gateway::Gateway, settings::Overrides};
use serde_json::{Value, json};
use std::{ffi::OsString, fmt::Write};

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

/// Where a value in effect comes from, the strongest first.
fn in_effect(
    gateway: &Gateway,
    flags: &Overrides,
    variable: &Variable,
    set: Option<&(&'static str, String)>,
) -> (String, String) {
    if let Some(value) = (variable.flag)(flags) {
        return (value, "flag".to_owned());
    }
    match set {
        Some((name, text)) if *name == variable.name => (text.clone(), "environment".to_owned()),
        Some((name, text)) => (text.clone(), format!("environment, {name}")),
        None if variable.configured => ((variable.default)(gateway), "config".to_owned()),
        None => ((variable.default)(gateway), "default".to_owned()),
    }
}

/// The table as `env` prints it, for people.
pub(super) fn text(gateway: &Gateway, flags: &Overrides, environment: &Environment) -> String {
    let mut out = String::new();
    for (variable, set) in VARIABLES.iter().zip(&environment.texts) {
        let (value, source) = in_effect(gateway, flags, variable, set.as_ref());
        let default = (variable.default)(gateway);
        let alias = variable
            .alias
            .map_or(String::new(), |alias| format!(" Also read as {alias}."));
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}={value}  ({source})\n    {}{alias}",
            variable.name, variable.what
        );
        if default != value {
            let _ = writeln!(out, "    Default: {default}");
        }
    }
    for ignored in &environment.ignored {
        let _ = writeln!(out, "\nwarning: {ignored}");
    }
    out
}

/// The table as `env --json` prints it.
pub(super) fn json(gateway: &Gateway, flags: &Overrides, environment: &Environment) -> Vec<Value> {
    let row = |(variable, set): (&Variable, &Option<_>)| {
        let (value, source) = in_effect(gateway, flags, variable, set.as_ref());
        json!({
            "name": variable.name,
            "alias": variable.alias,
            "value": value,
            "source": source,
            "default": (variable.default)(gateway),
            "what": variable.what,
        })
    };
    VARIABLES.iter().zip(&environment.texts).map(row).collect()
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

    #[test]
    fn the_source_of_a_value_is_told() {
        static GATEWAY: Gateway = Gateway::new("test", "{}").port(9000);
        let flag = Overrides {
            port: Some(3),
            ..Overrides::default()
        };
        for (flags, set, expected) in [
            (Overrides::default(), vec![], "GATEWAY_PORT=9000  (config)"),
            (
                Overrides::default(),
                vec![("GATEWAY_PORT", "1")],
                "GATEWAY_PORT=1  (environment)",
            ),
            (
                Overrides::default(),
                vec![("KRAKEND_PORT", "2")],
                "GATEWAY_PORT=2  (environment, KRAKEND_PORT)",
            ),
            (flag, vec![("GATEWAY_PORT", "1")], "GATEWAY_PORT=3  (flag)"),
        ] {
            let environment = with(&set).expect("all values are good");
            let text = text(&GATEWAY, &flags, &environment);
            assert!(
                text.lines().any(|line| line == expected),
                "no line `{expected}` in\n{text}"
            );
        }
    }
}
