//! What `gwc validate` writes for other programs, as they get it: `--format json`, `github` and `sarif`.
//!
//! `tests/formats/` holds a config and what is written about it; `UPDATE=1 cargo test -p gwc --test formats` writes that
//! anew; read the diff before you commit it.

#[path = "formats/shape.rs"]
mod shape;

use gwc::diagnostic::codes;
use serde_json::Value;
use shape::{artifact, level, list, message, place, region};
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

fn gwc(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gwc"));
    command
        .current_dir(dir)
        .arg("validate")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("NO_COLOR", "1");
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

/// Compares with a file of `tests/formats`, or writes it.
fn snapshot(name: &str, actual: &str) {
    let path = here().join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).expect("the expectation can be written");
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        actual,
        "tests/formats/{name} differs; if this is right, run UPDATE=1 cargo test -p gwc --test formats"
    );
}

/// A directory of a test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a directory can be made");
    dir
}

/// The configs of `tests/ui`, by their path from there.
fn cases(root: &Path) -> Vec<String> {
    let mut cases: Vec<_> = fs::read_dir(root)
        .expect("tests/ui is there")
        .map(|entry| entry.expect("tests/ui can be listed").file_name())
        .map(|name| format!("{}/gateway.json", name.to_string_lossy()))
        .filter(|path| root.join(path).exists())
        .collect();
    cases.sort();
    cases
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui")
}

#[test]
fn every_line_of_json_is_as_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/findings.json");
    let schema = fs::read_to_string(schema).expect("schemas/findings.json is there");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    let output = gwc(&ui())
        .args(["--format", "json"])
        .args(cases(&ui()))
        .output()
        .expect("gwc runs");
    let mut count = 0;
    for line in stdout(&output).lines() {
        let finding: Value = serde_json::from_str(line).expect("a line is JSON");
        let problems: Vec<_> = schema
            .iter_errors(&finding)
            .map(|e| e.to_string())
            .collect();
        assert!(problems.is_empty(), "{line}\n{problems:#?}");
        count += 1;
    }
    assert!(count > 70, "only {count} findings in all of tests/ui");
    // A schema that takes anything would be no test.
    for wrong in ["{}", "[]", r#"{"code": "x", "level": "fatal"}"#] {
        let wrong: Value = serde_json::from_str(wrong).expect("JSON");
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let dir = scratch("github");
    let summary = dir.join("summary.md");
    fs::write(&summary, "from another step\n\n").expect("a file can be written");
    let output = gwc(&here())
        .args(["--format", "github", "gateway.json"])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("gwc runs");
    assert_eq!(output.status.code(), Some(1));
    snapshot("github.txt", stdout(&output));
    let summary = fs::read_to_string(summary).expect("the summary is there");
    let ours = summary.strip_prefix("from another step\n\n");
    snapshot("summary.md", ours.expect("what other steps wrote stays"));
}

#[test]
fn a_summary_that_cannot_be_written_is_told_and_no_more() {
    let output = gwc(&here())
        .args(["--format", "github", "mended.json"])
        .env("GITHUB_STEP_SUMMARY", "no/such/dir/summary.md")
        .output()
        .expect("gwc runs");
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("cannot write the summary to no/such/dir/summary.md"),
        "{stderr}"
    );
}

#[test]
fn sarif_of_a_config() {
    let output = gwc(&here())
        .args(["--format", "sarif", "gateway.json"])
        .output()
        .expect("gwc runs");
    assert_eq!(output.status.code(), Some(1));
    let mut document: Value = serde_json::from_str(stdout(&output)).expect("SARIF is JSON");
    // The table of codes and the version are not what is looked at here.
    document["runs"][0]["tool"]["driver"] = Value::Null;
    for result in document["runs"][0]["results"]
        .as_array_mut()
        .expect("results")
    {
        result
            .as_object_mut()
            .expect("a result")
            .remove("ruleIndex");
    }
    snapshot("sarif.json", &format!("{document:#}\n"));
}

/// What the SARIF 2.1.0 schema demands of what we write; all files of a call are one document with one run.
#[test]
fn sarif_of_many_files_is_one_document() {
    let files = cases(&ui());
    let output = gwc(&ui())
        .args(["--format", "sarif"])
        .args(&files)
        .output()
        .expect("gwc runs");
    let document: Value = serde_json::from_str(stdout(&output)).expect("one JSON document");
    assert_eq!(document["version"], "2.1.0");
    let runs = document["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["artifacts"].as_array().map(Vec::len), Some(files.len()));

    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: Vec<_> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        codes::ALL.iter().map(|code| code.name).collect::<Vec<_>>()
    );
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "rules are unique"
    );
    for rule in rules {
        message(&rule["shortDescription"]);
        message(&rule["help"]);
        level(&rule["defaultConfiguration"]["level"]);
    }

    let results = run["results"].as_array().expect("results");
    assert!(results.len() > 70, "only {} results", results.len());
    let mut seen = BTreeSet::new();
    for result in results {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(result["ruleId"], ids[index]);
        level(&result["level"]);
        message(&result["message"]);
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
        place(&result["locations"][0]["physicalLocation"], &files);
        for related in list(&result["relatedLocations"]) {
            seen.insert("relatedLocations");
            assert!(related["id"].is_u64(), "{related}");
            message(&related["message"]);
            place(&related["physicalLocation"], &files);
        }
        for fix in list(&result["fixes"]) {
            seen.insert("fixes");
            message(&fix["description"]);
            for change in list(&fix["artifactChanges"]) {
                artifact(&change["artifactLocation"], &files);
                let replacements = list(&change["replacements"]);
                assert!(!replacements.is_empty(), "{change}");
                for replacement in replacements {
                    region(&replacement["deletedRegion"]);
                    assert!(replacement["insertedContent"]["text"].is_string());
                }
            }
        }
    }
    assert_eq!(seen, BTreeSet::from(["fixes", "relatedLocations"]));
}
