//! gwc as a program: exit codes and what its commands promise. What findings look like is tested beside the compiler.

use harness::{
    Gwc,
    compiler::{command, scratch},
    gwc,
};
use std::{fs, path::Path};

const GOOD: &str = r#"{
  "version": 3, "name": "Good", "timeout": "5s", "output_encoding": "no-op", "host": ["http://origin.test"],
  "endpoints": [{ "endpoint": "/a", "input_query_strings": ["*"], "backend": [{ "url_pattern": "/a" }] }]
}"#;

fn write(dir: &Path, name: &str, text: &str) -> String {
    let file = dir.join(name);
    fs::write(&file, text).expect("write a config");
    file.to_str().expect("UTF-8").to_owned()
}

#[test]
fn exit_codes_tell_findings_from_bad_calls() {
    let dir = scratch("exit-codes");
    let good = write(&dir, "good.json", GOOD);
    let unknown = write(
        &dir,
        "unknown.json",
        &GOOD.replace("\"timeout\"", "\"time_out\""),
    );
    let broken = write(&dir, "broken.json", "{ \"version\": 3,");
    let unnamed = write(&dir, "unnamed.json", "");
    let missing = dir.join("missing.json").to_str().expect("UTF-8").to_owned();
    let warned = write(
        &dir,
        "warned.json",
        &GOOD.replace("\"input_query_strings\": [\"*\"], ", ""),
    );
    for (args, code) in [
        (vec!["validate", good.as_str()], 0),
        (vec!["validate", &good, &good], 0),
        (vec!["validate", &unknown], 1),
        (vec!["validate", &broken], 1),
        (vec!["validate", &unnamed], 1),
        (vec!["validate", &good, &unknown], 1),
        (vec!["validate", &missing], 2),
        (vec!["validate"], 2),
        (vec!["validate", &good, "--allow", "no-such-code"], 2),
        (vec!["validate", &warned], 0),
        (vec!["validate", &warned, "--deny", "warnings"], 1),
        (vec!["build", &unknown, "-o", "never-written"], 1),
        (vec!["build", &missing], 2),
        (vec!["biuld"], 2),
        (vec![], 2),
        (vec!["--version"], 0),
        (vec!["--help"], 0),
        (vec!["build", "--help"], 0),
    ] {
        let ran = gwc(&args);
        assert_eq!(
            ran.code,
            Some(code),
            "gwc {args:?}\n{}{}",
            ran.stdout,
            ran.stderr
        );
    }
}

#[test]
fn findings_say_where_and_what_to_do() {
    let dir = scratch("findings");
    let file = write(
        &dir,
        "typo.json",
        &GOOD.replace("\"timeout\"", "\"timeuot\""),
    );
    let human = gwc(&["validate", &file]);
    let text = human.stdout + &human.stderr;
    for part in ["typo.json:2:", "timeuot", "timeout", "help"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(!text.contains('\x1b'), "no colour when not on a terminal");

    let json = gwc(&["validate", &file, "--format", "json"]);
    assert_eq!(json.code, Some(1));
    let lines = json
        .stdout
        .lines()
        .map(serde_json::from_str::<serde_json::Value>);
    let findings: Vec<_> = lines
        .map(|finding| finding.expect("a finding per line"))
        .collect();
    assert!(
        findings[0]["message"]
            .as_str()
            .is_some_and(|message| message.contains("timeuot")),
        "{findings:?}"
    );
    assert_eq!(findings[0]["labels"][0]["start"]["line"], 2, "{findings:?}");
}

/// Every problem in one run.
#[test]
fn all_findings_come_in_one_run() {
    let dir = scratch("all-findings");
    let text = r#"{
      "version": 3, "timeout": 5, "port": "8080", "output_encoding": "no-op", "hosts": ["http://o.test"],
      "endpoints": [{ "endpoint": "/a/{id", "methd": "GET", "backend": [{ "url_pattern": "/a", "hostt": [] }] }]
    }"#;
    let file = write(&dir, "many.json", text);
    let ran = gwc(&["validate", &file]);
    for word in ["timeout", "port", "hosts", "methd", "hostt"] {
        assert!(
            ran.stdout.contains(word),
            "nothing about {word} in\n{}",
            ran.stdout
        );
    }
}

/// The same input gives the same bytes, wherever it is written; a second run writes nothing.
#[test]
fn emission_is_deterministic_and_lazy() {
    let dir = std::env::temp_dir().join(format!("gwc-emission-{}", std::process::id()));
    let (one, two) = (dir.join("one"), dir.join("two"));
    let emit = |to: &Path| {
        let to = to.to_str().expect("UTF-8");
        gwc(&["build", "configs/hanzo/gateway.json", "--emit-only", to]).expect_ok("emit");
    };
    emit(&one);
    emit(&two);
    let (files, again) = (tree(&one), tree(&two));
    assert!(
        files
            .iter()
            .any(|(name, _, _)| name.ends_with("src/routes.rs")),
        "{files:?}"
    );
    let text = |files: &[(String, Vec<u8>, _)]| {
        files
            .iter()
            .map(|f| (f.0.clone(), f.1.clone()))
            .collect::<Vec<_>>()
    };
    assert!(text(&files) == text(&again), "two runs differ");
    emit(&one);
    let times = |files: &[(String, Vec<u8>, std::time::SystemTime)]| {
        files.iter().map(|f| f.2).collect::<Vec<_>>()
    };
    assert!(
        times(&files) == times(&tree(&one)),
        "an unchanged file was written again"
    );
    for (name, bytes, _) in &files {
        let text = String::from_utf8_lossy(bytes);
        let here = dir.to_string_lossy();
        assert!(
            !text.contains(&*here),
            "{name} names the directory it is in"
        );
    }
    fs::remove_dir_all(&dir).expect("remove the emitted trees");
}

/// `--check` writes nothing and names what is not current.
#[test]
fn check_tells_a_stale_crate_from_a_current_one() {
    let dir = std::env::temp_dir().join(format!("gwc-check-{}", std::process::id()));
    let to = dir.to_str().expect("UTF-8");
    let emit = ["build", "configs/example/gateway.json", "--emit-only", to];
    let check = [
        "build",
        "configs/example/gateway.json",
        "--emit-only",
        to,
        "--check",
    ];
    assert_eq!(gwc(&check).code, Some(1), "nothing is there yet");
    assert!(!dir.exists(), "--check wrote something");

    gwc(&emit).expect_ok("emit");
    gwc(&check).expect_ok("find the crate current");
    let source = dir.join("generated/example/src");
    fs::write(source.join("routes.rs"), "// edited by hand\n").expect("edit a file");
    fs::remove_file(source.join("upstreams.rs")).expect("remove a file");
    let ran = gwc(&check);
    assert_eq!(ran.code, Some(1));
    for file in ["routes.rs", "upstreams.rs"] {
        assert!(ran.stderr.contains(file), "no {file} in\n{}", ran.stderr);
    }
    gwc(&emit).expect_ok("emit again");
    gwc(&check).expect_ok("find the crate current again");
    fs::remove_dir_all(&dir).expect("remove the emitted tree");
}

/// A cargo that reports an error in generated code: that is gwc's fault, and it says how to report it.
#[cfg(unix)]
#[test]
fn generated_code_that_does_not_compile_is_a_defect_of_gwc() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = scratch("defect");
    let config = write(&dir, "good.json", GOOD);
    let cargo = dir.join("cargo");
    let message = r#"{"reason": "compiler-message", "message": {"level": "error", "rendered": "error[E0425]: no such thing"}}"#;
    fs::write(&cargo, format!("#!/bin/sh\necho '{message}'\nexit 101\n")).expect("write a cargo");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("make it executable");
    let out = dir.join("out");
    let with = |cargo: &Path| {
        let mut command = command(&["build", &config, "-o", out.to_str().expect("UTF-8")]);
        Gwc::from(command.env("CARGO", cargo).output().expect("run gwc"))
    };
    let ran = with(&cargo);
    assert_eq!(ran.code, Some(3), "{}{}", ran.stdout, ran.stderr);
    for part in ["E0425", "report"] {
        assert!(ran.stderr.contains(part), "no {part:?} in\n{}", ran.stderr);
    }
    let ran = with(&dir.join("no-such-cargo"));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("cargo"), "{}", ran.stderr);
    assert!(!out.exists());
}

/// Every file below `generated/` of an emitted tree: name, bytes, time of the last write.
fn tree(root: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let mut files = Vec::new();
    let mut open = vec![root.join("generated")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("read an emitted directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path
                .strip_prefix(root)
                .expect("below root")
                .to_string_lossy()
                .into_owned();
            let time = path.metadata().and_then(|m| m.modified()).expect("a time");
            files.push((name, fs::read(&path).expect("read an emitted file"), time));
        }
    }
    files.sort();
    files
}
