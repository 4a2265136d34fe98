//! `env`: every variable that this gateway reads, what is in effect, and where that comes from.

use super::{
    environment::Environment,
    variables::{VARIABLES, Variable},
};
use crate::{gate, gateway::Gateway, settings::Overrides};
use serde_json::{Value, json};
use std::{env, fmt::Write};

/// One variable as it is.
struct Row {
    name: &'static str,
    alias: Option<&'static str>,
    what: &'static str,
    value: String,
    source: String,
    default: String,
}

/// Instead of a secret.
const HIDDEN: &str = "(hidden)";

/// The gateway's own variables, then those of its parts.
fn rows(gateway: &Gateway, flags: &Overrides, environment: &Environment) -> Vec<Row> {
    let own = VARIABLES
        .iter()
        .zip(environment.texts())
        .map(|(variable, set)| {
            let (value, source) = in_effect(gateway, flags, variable, set.as_ref());
            Row {
                name: variable.name,
                alias: variable.alias,
                what: variable.what,
                value,
                source,
                default: (variable.default)(gateway),
            }
        });
    own.chain(of_parts(gateway)).collect()
}

/// What parts read when they start. Two parts may read the same variable; the first one tells about it.
fn of_parts(gateway: &Gateway) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for variable in variables(gateway) {
        if rows.iter().any(|row| row.name == variable.name) {
            continue;
        }
        let set = env::var_os(variable.name).filter(|text| !text.is_empty());
        let (value, source) = match set {
            Some(_) if variable.secret => (HIDDEN.to_owned(), "environment"),
            Some(text) => (text.to_string_lossy().into_owned(), "environment"),
            None if variable.configured => (variable.default.clone(), "config"),
            None => (variable.default.clone(), "default"),
        };
        rows.push(Row {
            name: variable.name,
            alias: None,
            what: variable.what,
            value,
            source: source.to_owned(),
            default: variable.default,
        });
    }
    rows
}

/// Those of the gateway's gates and parts.
pub(super) fn variables(gateway: &Gateway) -> impl Iterator<Item = gate::Variable> {
    let gates = gateway.gates.iter().flat_map(|gate| gate.variables());
    let parts = gateway.parts.iter().flat_map(|part| part.variables());
    gates.chain(parts)
}

/// The value of one of the gateway's own, and where it comes from, the strongest first.
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
pub(super) fn text(
    gateway: &Gateway,
    flags: &Overrides,
    environment: &Environment,
    warnings: &[String],
) -> String {
    let mut out = String::new();
    for row in rows(gateway, flags, environment) {
        let alias = row
            .alias
            .map_or(String::new(), |alias| format!(" Also read as {alias}."));
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}={}  ({})\n    {}{alias}",
            row.name, row.value, row.source, row.what
        );
        if row.default != row.value {
            let _ = writeln!(out, "    Default: {}", row.default);
        }
    }
    for warning in warnings {
        let _ = writeln!(out, "\nwarning: {warning}");
    }
    out
}

/// The table as `env --json` prints it.
pub(super) fn json(gateway: &Gateway, flags: &Overrides, environment: &Environment) -> Vec<Value> {
    let row = |row: Row| {
        json!({
            "name": row.name,
            "alias": row.alias,
            "value": row.value,
            "source": row.source,
            "default": row.default,
            "what": row.what,
        })
    };
    rows(gateway, flags, environment)
        .into_iter()
        .map(row)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::environment;
    use std::ffi::OsString;

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
            let get = |name: &str| {
                let found = set.iter().find(|(n, _)| *n == name);
                found.map(|(_, text)| OsString::from(text))
            };
            let environment = environment::read(get).expect("all values are good");
            let text = text(&GATEWAY, &flags, &environment, &[]);
            assert!(
                text.lines().any(|line| line == expected),
                "no line `{expected}` in\n{text}"
            );
        }
    }
}
