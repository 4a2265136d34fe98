//! `gwc validate --fix`, `--write-baseline` and `--baseline`: what happens to files, what is said, how gwc exits.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Two GET endpoints with a habit, and nothing else.
const HABIT: &str = r#"{ "version": 3, "host": ["http://a"], "output_encoding": "no-op", "endpoints": [
  { "endpoint": "/a", "backend": [{ "url_pattern": "/a" }] },
  { "endpoint": "/b", "backend": [{ "url_pattern": "/b" }] }
] }
"#;

/// A directory of a test's own with these files.
fn scratch(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("configs")).expect("a directory can be made");
    for (file, text) in files {
        fs::write(dir.join(file), text).expect("a file can be written");
    }
    dir
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(path).expect("the file is there")
}

/// Compares with a file of `tests/policy`, or writes it.
fn snapshot(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/policy")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).expect("the expectation can be written");
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        actual,
        "tests/policy/{name} differs; if this is right, run UPDATE=1 cargo test -p gwc --test policy"
    );
}

/// Runs `gwc validate` and compares the exit code, the findings' codes on stdout, and what is said on stderr.
#[track_caller]
fn check(dir: &Path, args: &str, code: i32, found: &[&str], said: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_gwc"))
        .current_dir(dir)
        .args(["validate", "--format", "json"])
        .args(args.split_whitespace())
        .output()
        .expect("gwc runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let codes: Vec<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .map(|finding: serde_json::Value| finding["code"].as_str().map(str::to_owned))
        .map(|code| code.expect("a finding has a code"))
        .collect();
    assert_eq!(stderr, said, "{args}");
    assert_eq!(
        (output.status.code(), codes.as_slice()),
        (
            Some(code),
            &found.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()[..]
        ),
        "{args}"
    );
}

#[test]
fn fix_mends_the_file_and_reports_what_is_left() {
    let broken = include_str!("formats/gateway.json");
    let dir = scratch("fix", &[("a.json", broken)]);
    let left = [
        "duplicate-key",
        "query-dropped",
        "one-segment",
        "client-identity",
        "query-dropped",
        "query-dropped",
    ];
    check(
        &dir,
        "--fix a.json",
        1,
        &left,
        "gwc: a.json: 3 fixes applied\n",
    );
    assert_eq!(
        read(dir.join("a.json")),
        include_str!("formats/mended.json")
    );
    check(
        &dir,
        "--fix a.json",
        1,
        &left,
        "gwc: a.json: nothing to fix\n",
    );
    assert_eq!(
        fs::read_dir(&dir).expect("listable").count(),
        2,
        "nothing is left beside it"
    );
}

#[test]
fn fix_leaves_alone_what_would_not_be_json() {
    let broken = r#"{ "version": 3, "host": ["a",] "#;
    let dir = scratch("fix-broken", &[("a.json", broken)]);
    check(
        &dir,
        "--fix a.json",
        1,
        &["syntax"],
        "gwc: a.json: nothing is fixed, for even with its fixes it would not be JSON; mend the rest by hand first\n",
    );
    assert_eq!(read(dir.join("a.json")), broken);
}

#[cfg(unix)]
#[test]
fn fix_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = scratch(
        "fix-link",
        &[("configs/a.json", r#"{ "version": 3, "prot": 1 }"#)],
    );
    let real = dir.join("configs/a.json");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("ours");
    symlink("configs/a.json", dir.join("link.json")).expect("a link can be made");
    check(
        &dir,
        "--fix link.json",
        0,
        &[],
        "gwc: link.json: 1 fix applied\n",
    );
    assert_eq!(read(real.clone()), r#"{ "version": 3, "port": 1 }"#);
    let mode = fs::metadata(real).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(dir.join("link.json").is_symlink());
}

#[test]
fn a_baseline_makes_an_old_config_strict_today() {
    let dir = scratch("baseline", &[("configs/a.json", HABIT)]);
    let strict = "--deny warnings --baseline base.json configs/a.json";
    check(
        &dir,
        "--write-baseline base.json configs/a.json",
        0,
        &[],
        "gwc: wrote 2 findings to base.json\n",
    );
    snapshot("baseline.json", &read(dir.join("base.json")));
    check(&dir, strict, 0, &[], "");
    // Started elsewhere, and the file called otherwise.
    check(
        &dir.join("configs"),
        "--deny warnings --baseline ../base.json ./a.json",
        0,
        &[],
        "",
    );
    // Moved down a line, the other way round: the same findings.
    let lines: Vec<_> = HABIT.lines().collect();
    let moved = format!(
        "{}\n\n{},\n{}\n] }}",
        lines[0],
        lines[2],
        lines[1].trim_end_matches(',')
    );
    fs::write(dir.join("configs/a.json"), moved).expect("writable");
    check(&dir, strict, 0, &[], "");
    // One is mended and a new one comes: the new one is shown, the old entry can go.
    fs::write(dir.join("configs/a.json"), HABIT.replace("/b", "/c")).expect("writable");
    check(
        &dir,
        strict,
        1,
        &["query-dropped"],
        "gwc: note: configs/a.json: no longer occurs, and can be dropped from the baseline: \
         [query-dropped] at GET /b: query strings are dropped on the way to the backend\n",
    );
}

#[test]
fn what_is_invalid_is_in_no_baseline() {
    let invalid = HABIT.replace("\"version\": 3", "\"version\": 3, \"zzzz\": 1");
    let dir = scratch("baseline-invalid", &[("a.json", &invalid)]);
    check(
        &dir,
        "--write-baseline base.json a.json",
        1,
        &["unknown-key"],
        "gwc: wrote 2 findings to base.json\n",
    );
    check(&dir, "--baseline base.json a.json", 1, &["unknown-key"], "");
}

#[test]
fn a_baseline_that_cannot_be_read_or_written_is_wrong_usage() {
    let dir = scratch(
        "baseline-unreadable",
        &[("a.json", HABIT), ("base.json", "{}")],
    );
    check(
        &dir,
        "--baseline base.json a.json",
        2,
        &[],
        "gwc: cannot read the baseline base.json: it is not a baseline of version 1\n",
    );
    check(
        &dir,
        "--write-baseline new.json a.json none.json",
        2,
        &[],
        "gwc: cannot read none.json: No such file or directory (os error 2)\n\
         gwc: the baseline is not written: not every file could be read\n",
    );
    assert!(!dir.join("new.json").exists());
    // Two configs, and no name for the baseline.
    check(
        &dir,
        "--write-baseline a.json a.json",
        2,
        &[],
        "gwc: cannot write the baseline a.json: there is a file of that name, and it is not a baseline of version 1; \
         choose another name\n",
    );
    assert_eq!(read(dir.join("a.json")), HABIT);
}
