//! Nothing silent: whatever key of the schema is set to whatever value it takes, the plan changes or a finding says why
//! it does not.

use crate::{
    configs::{Judged, bases, judge},
    walk::{Key, keys, put},
};
use gwc::{
    diagnostic::{Class, Diagnostic},
    namespace,
};
use serde_json::Value;

/// Keys that are for editors.
const NOT_READ: [&str; 1] = ["/$schema"];

/// Values that ask for what happens anyway, and are there to be read by people.
fn is_statement(key: &Key, value: &Value) -> bool {
    [
        ("/endpoints/0/backend/0/encoding", Value::from("no-op")),
        ("/endpoints/0/extra_config/auth~1public", Value::from(true)),
        // Beside the address of a peer.
        (
            "/endpoints/0/backend/0/extra_config/github.com~1hanzoai~1gateway~1zap/no_discovery",
            Value::from(true),
        ),
    ]
    .contains(&(key.path().as_str(), value.clone()))
}

/// Where something is not built, a finding says so, and what it would have read is silent with it.
fn is_built(judged: &Judged) -> bool {
    let unsupported = |finding: &Diagnostic| finding.code.class == Class::Unsupported;
    !judged.findings.iter().any(unsupported)
}

/// In a namespace under one of its other names, of which all that there is to say about pairs is said once.
fn is_under_alias(key: &Key) -> bool {
    let mut names = key.owner.split('/').map(|part| part.replace("~1", "/"));
    names.any(|name| namespace::find(&name).is_some_and(|row| row.key != name))
}

/// In each config that is built some value of the key is heard, and each value in one of them: what a value does may be what is
/// there already.
#[test]
fn no_key_is_read_and_forgotten() {
    let (mut checked, mut silent) = (Vec::new(), Vec::new());
    for key in keys() {
        let path = key.path();
        let mut values = key.values();
        values.retain(|value| !is_default(&key, value) && !is_statement(&key, value));
        // Of an object that may be empty, its keys are what counts.
        let is_frame = values.is_empty() && key.schema["type"] == "object";
        if is_frame || NOT_READ.contains(&path.as_str()) {
            continue;
        }
        assert!(
            !values.is_empty(),
            "{path}: no value to try; give it an example"
        );
        let mut heard_anywhere = vec![false; values.len()];
        for base in bases() {
            let heard: Vec<bool> = values
                .iter()
                .map(|value| is_heard(&key, &base, value))
                .collect();
            if !heard.contains(&true) && is_built(&judge(&base)) {
                silent.push(format!("{path}: no value does anything in {base}"));
            }
            for (anywhere, here) in heard_anywhere.iter_mut().zip(heard) {
                *anywhere |= here;
            }
        }
        let unheard = values
            .iter()
            .zip(heard_anywhere)
            .filter(|(_, heard)| !heard);
        silent.extend(
            unheard.map(|(value, _)| format!("{path}: {value} does nothing in any config")),
        );
        checked.push(format!("{path} ({} values)", values.len()));
    }
    println!(
        "{} keys, each in {} configs:\n{}",
        checked.len(),
        bases().len(),
        checked.join("\n")
    );
    assert!(
        checked.len() > 80,
        "only {} keys: is this test still looking?",
        checked.len()
    );
    assert!(
        silent.is_empty(),
        "nothing silent: let it change the plan, or report that it does not\n{}",
        silent.join("\n")
    );
}

/// Defaults of what is below them, where everything below may say its own: a key, and what may stand beside it.
const OVERRULED: [(&str, &str); 2] = [("/host", "endpoints"), ("/timeout", "$defaults")];

/// Two keys of one object: neither silences the other.
#[test]
fn no_key_silences_its_neighbour() {
    let keys = keys();
    let (mut count, mut silent) = (0, Vec::new());
    let base = bases().swap_remove(0);
    let effective = |key: &Key| {
        let mut values = key.values();
        values.retain(|value| {
            !is_default(key, value) && !is_statement(key, value) && is_heard(key, &base, value)
        });
        values.into_iter().next()
    };
    let known: Vec<_> = keys
        .iter()
        .filter(|key| !key.needed && !NOT_READ.contains(&key.path().as_str()))
        .filter(|key| !is_under_alias(key))
        .filter_map(|key| Some((key, effective(key)?)))
        .collect();
    for (key, value) in &known {
        for (other, beside) in known.iter().filter(|(other, _)| other.owner == key.owner) {
            let may_be = OVERRULED.contains(&(key.path().as_str(), other.name.as_str()));
            if other.name == key.name || may_be {
                continue;
            }
            count += 1;
            let mut with = base.clone();
            put(&mut with, &other.path(), beside.clone());
            let (with, without) = both(key, &with, value);
            if is_built(&without) && !differs(&with, &without) {
                silent.push(format!(
                    "{}: {value} beside {}: {beside}",
                    key.path(),
                    other.name
                ));
            }
        }
    }
    println!("{count} pairs of keys");
    assert!(
        count > 500,
        "only {count} pairs: is this test still looking?"
    );
    assert!(
        silent.is_empty(),
        "nothing silent: let it change the plan, or report that it does not\n{}",
        silent.join("\n")
    );
}

/// Whether setting the key makes a difference to a config without it.
fn is_heard(key: &Key, base: &Value, value: &Value) -> bool {
    let (with, without) = both(key, base, value);
    differs(&with, &without)
}

fn differs(with: &Judged, without: &Judged) -> bool {
    with.told() != without.told() || with.plan != without.plan
}

/// A config with the key, and the same without.
fn both(key: &Key, base: &Value, value: &Value) -> (Judged, Judged) {
    let mut with = base.clone();
    put(&mut with, &key.path(), value.clone());
    let mut without = with.clone();
    let owner = without
        .pointer_mut(&key.owner)
        .and_then(Value::as_object_mut);
    owner.expect("an object").remove(&key.name);
    // A value that the base itself has makes no difference to it; then it is the key's being there that must.
    (judge(&with), judge(&without))
}

/// Said or not, it is the same: the default, and whatever the description says counts as the default.
fn is_default(key: &Key, value: &Value) -> bool {
    let Some(default) = key.schema.get("default") else {
        return value.as_object().is_some_and(serde_json::Map::is_empty);
    };
    let text = key.schema["description"].as_str().unwrap_or_default();
    let case = || {
        value
            .as_str()
            .zip(default.as_str())
            .is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    let zero = || *value == 0 && text.contains("0 means the default");
    default == value || case() || zero()
}
