//! `gwc diff` as a program: two versions of the hanzo config, what people and tools read about them, exit codes.
//!
//! `UPDATE=1 cargo test -p gwc --test diff` writes the expectations in `tests/diff/` anew; read them before you commit.

#[path = "diff/configs.rs"]
mod configs;

use configs::{LIMIT, VALIDATOR, dir, guarded, hanzo, rebuilt, relaxed, versions, write};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

fn gwc(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gwc"));
    command.arg("diff").args(args).current_dir(dir);
    command.stdin(Stdio::null()).output().expect("gwc runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn expect(name: &str, actual: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/diff")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, actual).expect("the expectation can be written");
        return;
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap_or_default(),
        actual,
        "if this is what people should read, run UPDATE=1 cargo test -p gwc --test diff"
    );
}

/// A validator removed, a limit raised, endpoints reordered: two changes, for order is none.
#[test]
fn a_guard_and_a_limit() {
    let dir = versions("guard", &guarded(), &relaxed());
    let output = gwc(
        &dir,
        &[
            "old.json",
            "new.json",
            "--format",
            "json",
            "--fail-on",
            "security-relaxing",
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let changes: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let told: Vec<_> = changes
        .iter()
        .map(|change| {
            (
                &change["kind"],
                &change["route"],
                &change["field"],
                &change["tag"],
            )
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            [
                "removed",
                "POST /v1/chat/completions",
                VALIDATOR,
                "security-relaxing"
            ],
            [
                "changed",
                "POST /v1/messages",
                format!("{LIMIT}: client_max_rate"),
                "security-relaxing"
            ],
        ])
    );
    assert_eq!(changes[1]["old"], json!({ "count": 100, "every": 60 }));

    for (format, file) in [("human", "guard.txt"), ("markdown", "guard.md")] {
        let output = gwc(&dir, &["old.json", "new.json", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "nothing was asked to fail");
        expect(file, &stdout(&output));
    }
}

#[test]
fn a_pull_request() {
    let dir = versions("rebuilt", &guarded(), &rebuilt());
    for (format, file) in [("human", "rebuilt.txt"), ("markdown", "rebuilt.md")] {
        let output = gwc(&dir, &["old.json", "new.json", "--format", format]);
        assert_eq!(stderr(&output), "");
        expect(file, &stdout(&output));
    }
}

#[test]
fn fail_on() {
    let mut renamed = hanzo();
    renamed["name"] = json!("Other");
    let mut slower = hanzo();
    slower["timeout"] = json!("180s");
    let mut faster = hanzo();
    faster["timeout"] = json!("60s");
    let same = hanzo();
    #[rustfmt::skip] // A table: the new config, what fails, exit code.
    let table: [(&Value, &[&str], i32); 12] = [
        (&same, &["any"], 0),
        (&renamed, &[], 0),
        (&renamed, &["behaviour", "breaking"], 0),
        (&renamed, &["any"], 1),
        (&slower, &["behaviour"], 1),
        (&slower, &["breaking"], 0),
        (&faster, &["breaking"], 1),
        (&faster, &["behaviour"], 0),
        (&faster, &["behaviour", "breaking"], 1),
        (&faster, &["security-relaxing"], 0),
        (&faster, &["any"], 1),
        (&faster, &["nothing"], 2),
    ];
    for (index, (new, tags, code)) in table.into_iter().enumerate() {
        let dir = versions(&format!("fail-{index}"), &same, new);
        let mut args = vec!["old.json", "new.json"];
        for tag in tags {
            args.extend(["--fail-on", tag]);
        }
        assert_eq!(
            gwc(&dir, &args).status.code(),
            Some(code),
            "row {index}: {tags:?}"
        );
    }
}

#[test]
fn what_cannot_be_compared() {
    let dir = dir("bad");
    write(&dir, "good.json", &hanzo());
    fs::write(dir.join("bad.json"), r#"{"version": 3, "endpoins": []}"#).expect("written");
    fs::write(dir.join("latin.json"), b"\"\xe9\"").expect("written");
    #[rustfmt::skip] // A table: arguments, what stderr says.
    let table: [(&[&str], &str); 8] = [
        (&["good.json", "none.json"], "cannot read none.json"),
        (&["bad.json", "good.json"], "did you mean `endpoints`?"),
        (&["good.json", "bad.json"], "bad.json: 1 error; only valid configs can be compared"),
        (&["good.json", "latin.json"], "cannot read latin.json"),
        (&["-", "-"], "only one side can be standard input"),
        (&["git:HEAD", "good.json"], "write git:REV:PATH"),
        (&["git:--output=pwned:x", "good.json"], "a revision does not begin with `-`"),
        (&["git:no-such-revision:x", "good.json"], "git cannot show git:no-such-revision:x"),
    ];
    for (args, expected) in table {
        let output = gwc(&dir, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(expected),
            "{args:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "", "{args:?}: stdout is for changes");
    }
}

#[test]
fn standard_input() {
    let dir = versions("stdin", &guarded(), &relaxed());
    let mut child = Command::new(env!("CARGO_BIN_EXE_gwc"))
        .args(["diff", "-", "new.json", "--fail-on", "any"])
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gwc runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin
        .write_all(guarded().to_string().as_bytes())
        .expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("gwc ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).ends_with("2 changes (2 security-relaxing)\n"));
}

/// The old side out of a repository, its path counted from the repository's root.
#[test]
fn a_revision() {
    let repo = dir("repo");
    let git = |args: &[&str]| {
        let status = Command::new("git")
            .args([
                "-c",
                "user.name=test",
                "-c",
                "user.email=test@example.com",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(args)
            .current_dir(&repo)
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "git {args:?}");
    };
    fs::create_dir(repo.join("configs")).expect("a directory");
    git(&["init", "--quiet"]);
    write(&repo, "configs/gateway.json", &guarded());
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "Guard"]);
    write(&repo, "configs/gateway.json", &relaxed());

    for (here, old, new) in [
        ("", "git:HEAD:configs/gateway.json", "configs/gateway.json"),
        ("configs", "git:HEAD:configs/gateway.json", "gateway.json"),
        ("configs", "git:HEAD:./gateway.json", "gateway.json"),
    ] {
        let output = gwc(
            &repo.join(here),
            &[old, new, "--fail-on", "security-relaxing"],
        );
        assert_eq!(output.status.code(), Some(1), "{old}: {}", stderr(&output));
        assert!(stdout(&output).ends_with("2 changes (2 security-relaxing)\n"));
    }
    let output = gwc(&repo, &["git:HEAD:configs", "configs/gateway.json"]);
    assert_eq!(output.status.code(), Some(2), "a directory is no config");
}
