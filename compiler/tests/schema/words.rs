//! What an editor shows: every key of every schema file has a title, a description, its default and examples, and all of
//! them are true.

use crate::{
    configs::{bases, judge},
    walk::{Key, keys, put},
};
use gwc::{diagnostic::Class, schema};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("schemas/ can be listed") {
        let path = entry.expect("schemas/ can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Every key of a file, with the way to it.
fn properties(at: &str, schema: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    let Value::Object(members) = schema else {
        if let Value::Array(items) = schema {
            for item in items {
                properties(at, item, visit);
            }
        }
        return;
    };
    for (word, inner) in members {
        match word.as_str() {
            "properties" => {
                for (key, value) in inner.as_object().into_iter().flatten() {
                    let at = format!("{at}/{key}");
                    visit(&at, value);
                    properties(&at, value, visit);
                }
            }
            // Values, in which a `properties` is only a word.
            "default" | "examples" | "enum" | "const" => {}
            _ => properties(at, inner, visit),
        }
    }
}

/// The file or part that a key refers to; what it says counts where the key says nothing.
fn referred(dir: &Path, file: &Value, reference: &str) -> Value {
    match reference.strip_prefix('#') {
        Some(pointer) => file
            .pointer(pointer)
            .cloned()
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => read(&dir.join(reference)),
    }
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What a key lacks.
fn lacking(schema: &Value, referred: &Value) -> Vec<&'static str> {
    let text = |word: &str| schema[word].as_str().unwrap_or_default();
    let list = |schema: &Value| {
        schema["examples"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    };
    let mut lacking = Vec::new();
    if text("title").is_empty() || text("title").chars().count() > 40 {
        lacking.push("a title of at most 40 characters");
    }
    if text("description").is_empty() {
        lacking.push("a description");
    }
    if !list(schema) && !list(referred) {
        lacking.push("examples");
    }
    lacking
}

#[test]
fn every_key_of_every_file_has_words() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files(&dir) {
        let file = read(&path);
        let name = path
            .strip_prefix(&dir)
            .expect("below schemas/")
            .display()
            .to_string();
        for word in ["$schema", "title", "description"] {
            if !file[word].is_string() {
                wrong.push(format!("{name} needs `{word}`"));
            }
        }
        properties(&name, &file, &mut |at, schema| {
            count += 1;
            let other = schema["$ref"]
                .as_str()
                .map_or(Value::Null, |to| referred(&dir, &file, to));
            wrong.extend(
                lacking(schema, &other)
                    .into_iter()
                    .map(|what| format!("{at} needs {what}")),
            );
        });
    }
    println!("{count} keys in the schema files");
    assert!(count > 80, "only {count} keys: is this test still looking?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Also those of `findings.json`, which no config meets.
#[test]
fn examples_and_defaults_are_of_their_schema() {
    let whole = schema::bundle().clone();
    let findings = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/findings.json"));
    let mut count = 0;
    for file in [&whole, &findings] {
        properties("", file, &mut |at, schema| {
            let mut alone = schema.clone();
            alone["$defs"] = file["$defs"].clone();
            if alone["$defs"].is_null() {
                alone.as_object_mut().expect("a schema").remove("$defs");
            }
            let validator =
                jsonschema::validator_for(&alone).unwrap_or_else(|e| panic!("{at}: {e}"));
            let examples = schema["examples"].as_array().into_iter().flatten();
            for value in examples.chain(schema.get("default")) {
                count += 1;
                assert!(
                    validator.is_valid(value),
                    "{at} does not take its own example or default {value}"
                );
            }
        });
    }
    assert!(
        count > 150,
        "only {count} values: is this test still looking?"
    );
}

/// Whether a value is a default that may go unsaid: `required` keys have none, and lists and objects are their parts.
fn wants_default(key: &Key) -> bool {
    let simple = ["boolean", "integer", "number", "string"]
        .iter()
        .any(|kind| key.schema["type"] == *kind);
    simple && !key.needed && key.name != "$schema"
}

#[test]
fn a_key_says_what_holds_without_it() {
    let silent: Vec<String> = keys()
        .iter()
        .filter(|key| wants_default(key) && key.schema.get("default").is_none())
        .filter(|key| {
            !key.schema["description"]
                .as_str()
                .is_some_and(|text| text.contains("left out"))
        })
        .map(Key::path)
        .collect();
    assert!(
        silent.is_empty(),
        "give a `default`, or say what holds when it is left out: {silent:?}"
    );
}

/// Written out, a default changes nothing: neither a finding nor the plan, in which the runtime's own stand.
#[test]
fn defaults_are_the_real_ones() {
    let mut count = 0;
    for key in keys() {
        let Some(default) = key.schema.get("default") else {
            continue;
        };
        for base in bases() {
            // What is in the base already is not left out; and the least of the object around it is not the question.
            if base.pointer(&key.path()).is_some() {
                continue;
            }
            let mut without = base.clone();
            put(&mut without, &key.path(), Value::Null);
            without
                .pointer_mut(&key.owner)
                .and_then(Value::as_object_mut)
                .expect("an object")
                .remove(&key.name);
            let mut with = without.clone();
            put(&mut with, &key.path(), default.clone());
            let (without, with) = (judge(&without), judge(&with));
            assert_eq!(
                with.told(),
                without.told(),
                "{} with its default {default}",
                key.path()
            );
            assert_eq!(
                with.plan,
                without.plan,
                "{} with its default {default}",
                key.path()
            );
            count += 1;
        }
    }
    println!("{count} defaults written out");
    assert!(
        count > 60,
        "only {count} defaults: is this test still looking?"
    );
}

/// What an editor proposes can be left as it is: nothing in an example is invalid where it belongs.
#[test]
fn examples_are_read() {
    let mut count = 0;
    for key in keys() {
        for example in key.schema["examples"].as_array().into_iter().flatten() {
            let mut config = bases().swap_remove(0);
            put(&mut config, &key.path(), example.clone());
            let judged = judge(&config);
            let invalid: Vec<_> = judged
                .findings
                .iter()
                .filter(|f| f.code.class == Class::Invalid)
                .collect();
            assert!(
                invalid.is_empty(),
                "the example {example} of {}: {invalid:?}",
                key.path()
            );
            count += 1;
        }
    }
    println!("{count} examples read");
    assert!(
        count > 100,
        "only {count} examples: is this test still looking?"
    );
}
