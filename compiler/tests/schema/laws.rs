//! What the compiler accepts, the schema takes; and what the schema takes, the compiler reads, or says why not in terms
//! that no schema has.

use crate::{configs::accepted, instance::instance, random::Random};
use gwc::{
    diagnostic::{Class, Diagnostic, codes},
    expand::expand,
    front, json,
    schema::{authored, bundle},
    source::Source,
};
use jsonschema::Validator;
use serde_json::Value;

const SEED: u64 = 2026;

/// How many configs each way.
const COUNT: usize = 4_000;

/// What the schema says: a config that it takes must not hear of these.
fn is_the_schemas(finding: &Diagnostic) -> bool {
    let schemas = [
        &codes::SYNTAX,
        &codes::DUPLICATE_KEY,
        &codes::UNKNOWN_KEY,
        &codes::MISSING_KEY,
        &codes::WRONG_TYPE,
        &codes::WRONG_VALUE,
        &codes::WRONG_VERSION,
    ];
    schemas.iter().any(|code| code.name == finding.code.name)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("a schema")
}

fn problems(validator: &Validator, value: &Value) -> Vec<String> {
    let told =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(value).map(told).collect()
}

/// As the schema pass sees it.
fn expanded(text: &str) -> Value {
    let (root, _) = json::parse(&Source::new("gateway.json", text));
    expand(&root.expect("JSON")).0.to_value()
}

/// Nothing that would keep it from being built, without any `--allow`.
fn is_accepted(text: &str) -> bool {
    let (config, findings) = front::read(&Source::new("gateway.json", text));
    config.is_some() && !findings.iter().any(|f| f.code.class == Class::Unsupported)
}

#[test]
fn every_config_of_the_repository_is_of_the_schema() {
    let editor = validator(&authored());
    let mut count = 0;
    for (path, text) in accepted() {
        if !is_accepted(&text) {
            continue;
        }
        count += 1;
        let text = text.trim_start_matches('\u{feff}');
        let written: Value = serde_json::from_str(text).expect("JSON");
        let problems = problems(&editor, &written);
        assert!(
            problems.is_empty(),
            "`gwc schema` does not take {}: {problems:?}",
            path.display()
        );
    }
    println!("{count} configs of the repository");
    assert!(
        count > 15,
        "only {count} configs: is this test still looking?"
    );
}

#[test]
fn what_the_schema_takes_is_read() {
    let strict = validator(bundle());
    let mut random = Random(SEED);
    let (mut taken, mut built) = (0, 0);
    let mut tried = 0;
    while taken < COUNT {
        tried += 1;
        assert!(
            tried < 20 * COUNT,
            "only {taken} of {tried} configs are of the schema"
        );
        let config = instance(bundle(), &mut random, 0);
        if !strict.is_valid(&config) {
            continue;
        }
        taken += 1;
        let text = config.to_string();
        let (read, findings) = front::read(&Source::new("gateway.json", text.as_str()));
        if let Some(finding) = findings.iter().find(|finding| is_the_schemas(finding)) {
            panic!("the schema takes what the compiler refuses: {finding:?}\n{text}");
        }
        let Some(read) = read else {
            let invalid = findings.iter().any(|f| f.code.class == Class::Invalid);
            assert!(invalid, "there is no config, and nothing says why: {text}");
            continue;
        };
        built += 1;
        let written = config["endpoints"].as_array().map_or(0, Vec::len);
        assert_eq!(read.endpoints.len(), written, "an endpoint is lost: {text}");
    }
    println!(
        "{taken} of {tried} generated configs are of the schema, {built} of them are read to the end"
    );
    assert!(
        built > COUNT / 20,
        "only {built} configs are read to the end: the generator is too wild"
    );
}

#[test]
fn what_the_compiler_accepts_is_of_the_schema() {
    let (strict, editor) = (validator(bundle()), validator(&authored()));
    let mut random = Random(SEED + 1);
    let (mut accepted, mut tried) = (0, 0);
    while accepted < COUNT / 4 {
        tried += 1;
        assert!(
            tried < 40 * COUNT,
            "only {accepted} of {tried} configs are accepted"
        );
        let config = instance(bundle(), &mut random, 200);
        let text = config.to_string();
        if !is_accepted(&text) {
            continue;
        }
        accepted += 1;
        for (name, schema, value) in [
            ("strict", &strict, expanded(&text)),
            ("`gwc schema`", &editor, config),
        ] {
            let problems = problems(schema, &value);
            assert!(
                problems.is_empty(),
                "the {name} schema refuses what the compiler accepts: {problems:?}\n{text}"
            );
        }
    }
    println!("{accepted} of {tried} generated configs are accepted");
}

/// No reference leads out of what `gwc schema` prints, and the schema is one by its own metaschema.
#[test]
fn the_printed_schema_stands_alone() {
    fn references<'s>(schema: &'s Value, found: &mut Vec<&'s str>) {
        match schema {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|inner| references(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    for schema in [authored(), bundle().clone()] {
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(jsonschema::meta::is_valid(&schema));
        let mut found = Vec::new();
        references(&schema, &mut found);
        for reference in found {
            let pointer = reference
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{reference} leads out"));
            assert!(
                schema.pointer(pointer).is_some(),
                "{reference} leads nowhere"
            );
        }
    }
}
