//! `gwc explain`, `gwc schema`, `gwc completions` and `gwc man`, as programs: what they print, where, and how they exit.
//!
//! `UPDATE=1 cargo test -p gwc --test reference` writes the pages in `tests/reference/` anew; read the diff.

use gwc::diagnostic::codes;
use std::{env, fs, path::Path, process::Command};

/// Exit code, stdout, stderr.
fn gwc(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gwc"))
        .args(args)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("gwc runs");
    let text = |bytes| String::from_utf8(bytes).expect("gwc prints text");
    (
        output.status.code().expect("an exit code"),
        text(output.stdout),
        text(output.stderr),
    )
}

fn stdout(args: &[&str]) -> String {
    let (exit, stdout, stderr) = gwc(args);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

/// What people read, kept beside this test.
#[track_caller]
fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).expect("the expectation can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        actual, expected,
        "if this is what people should read, run UPDATE=1 cargo test -p gwc --test reference"
    );
}

#[test]
fn pages_read_well() {
    check("explain.txt", &stdout(&["explain"]));
    for code in ["query-dropped", "wrong-type", "unsupported-namespace"] {
        check(&format!("explain-{code}.txt"), &stdout(&["explain", code]));
    }
}

#[test]
fn every_code_is_explained() {
    for code in codes::ALL {
        let page = stdout(&["explain", code.name]);
        assert!(page.starts_with(code.name), "{page}");
        assert!(
            page.lines().all(|line| line.chars().count() <= 120),
            "{page}"
        );
    }
}

#[test]
fn what_is_not_there_is_refused_with_advice() {
    for (args, expected) in [
        (
            &["explain", "query-droped"][..],
            "no finding is called `query-droped`; did you mean `query-dropped`?",
        ),
        (
            &["explain", "banana"],
            "no finding is called `banana`; `gwc explain` lists them all",
        ),
        (
            &["explain", "no-host", "GET /"],
            "`no-host` is the code of a finding, so `GET /` after it has no meaning",
        ),
        (
            &["explain", "configs/gateway.json"],
            "cannot read configs/gateway.json: No such file or directory (os error 2)",
        ),
        (
            &["explain", "my.json", "GET /"],
            "cannot read my.json: No such file or directory (os error 2)",
        ),
        (
            &["schema", "roter"],
            "no level and no namespace is called `roter`; did you mean `router`?",
        ),
        (
            &["man", "biuld"],
            "gwc has no command `biuld`; did you mean `build`?",
        ),
        (
            &["man", "banana"],
            "gwc has no command `banana`; `gwc help` lists them",
        ),
    ] {
        let (exit, stdout, stderr) = gwc(args);
        assert_eq!((exit, stdout.as_str()), (2, ""), "{args:?}");
        assert_eq!(stderr, format!("gwc: {expected}\n"), "{args:?}");
    }
}

#[test]
fn the_schema_takes_the_config_to_copy() {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let config = parse(include_str!("../../configs/example/gateway.json"));
    for (key, part) in [
        ("gateway", &config),
        ("endpoint", &config["endpoints"][0]),
        ("backend", &config["endpoints"][0]["backend"][0]),
        ("router", &config["extra_config"]["router"]),
        (
            "telemetry/logging",
            &config["extra_config"]["telemetry/logging"],
        ),
    ] {
        let schema = parse(&stdout(&["schema", key]));
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        assert!(validator.is_valid(part), "{key}: {part}");
        assert!(!validator.is_valid(&parse(r#"{ "banana": 1 }"#)), "{key}");
    }
    assert_eq!(stdout(&["schema"]), stdout(&["schema", "gateway"]));
}

/// As clap lists them for people: the first word of each line below `Commands:`.
fn commands() -> Vec<String> {
    let help = stdout(&["help"]);
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let (list, _) = list.split_once("\n\n").expect("an end of the list");
    let words = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    words.map(str::to_owned).collect()
}

#[test]
fn completions_and_manual_know_every_command() {
    let commands = commands();
    assert!(commands.len() > 6, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&["completions", shell]);
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell}: {command}");
        }
    }
    let manual = stdout(&["man"]);
    for command in &commands {
        assert!(manual.contains(&format!("gwc\\-{command}(1)")), "{manual}");
        if command != "help" {
            let page = stdout(&["man", command]);
            let title = format!(".TH gwc-{command} 1  \"gwc {}\"", env!("CARGO_PKG_VERSION"));
            assert!(page.contains(&title), "{page}");
        }
    }
}
