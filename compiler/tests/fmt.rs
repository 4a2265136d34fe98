//! `gwc fmt`, as a program: what it writes, what it leaves alone, how it exits.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const UGLY: &str = "{\"version\":3,\n\n\n\"@why\" : \"a test\" , \"@why\":\"twice\",\"port\":8080}";
const TIDY: &str = "{\n  \"version\": 3,\n\n  \"@why\": \"a test\",\n  \"@why\": \"twice\",\n  \"port\": 8080\n}\n";

/// A directory of its own for a test, with a config in it.
fn config(test: &str, text: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("fmt")
        .join(test);
    fs::create_dir_all(&dir).expect("the directory can be made");
    fs::write(dir.join("gateway.json"), text).expect("the config can be written");
    dir
}

/// Exit code, stdout, stderr.
fn fmt(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gwc"))
        .arg("fmt")
        .args(args)
        .current_dir(dir)
        .output()
        .expect("gwc runs");
    let text = |bytes| String::from_utf8(bytes).expect("gwc prints text");
    (
        output.status.code().expect("an exit code"),
        text(output.stdout),
        text(output.stderr),
    )
}

fn text(dir: &Path) -> String {
    fs::read_to_string(dir.join("gateway.json")).expect("the config is there")
}

#[test]
fn a_file_is_written_once() {
    let dir = config("written", UGLY);
    let said = "gwc: gateway.json: laid out\n".to_owned();
    assert_eq!(fmt(&dir, &["gateway.json"]), (0, String::new(), said));
    assert_eq!(text(&dir), TIDY);
    assert_eq!(
        fmt(&dir, &["gateway.json"]),
        (0, String::new(), String::new())
    );
}

#[test]
fn check_names_and_writes_nothing() {
    let dir = config("check", UGLY);
    let named = (1, "gateway.json\n".to_owned(), String::new());
    assert_eq!(fmt(&dir, &["--check", "gateway.json"]), named);
    assert_eq!(text(&dir), UGLY);
    fs::write(dir.join("gateway.json"), TIDY).expect("the config can be written");
    let fine = (0, String::new(), String::new());
    assert_eq!(fmt(&dir, &["--check", "gateway.json"]), fine);
}

#[test]
fn what_is_no_json_is_not_touched() {
    for (test, broken, code) in [
        ("comma", "{ \"version\": 3, }", "error[syntax]"),
        (
            "twice",
            "{ \"port\": 1, \"port\": 2 }",
            "error[duplicate-key]",
        ),
    ] {
        let dir = config(test, broken);
        let (exit, stdout, _) = fmt(&dir, &["gateway.json"]);
        assert_eq!(exit, 1, "{stdout}");
        assert!(stdout.contains(code), "{stdout}");
        assert_eq!(text(&dir), broken);
    }
}

#[test]
fn a_missing_file_is_told_and_the_others_are_done() {
    let dir = config("missing", UGLY);
    let (exit, _, stderr) = fmt(&dir, &["absent.json", "gateway.json"]);
    assert_eq!(exit, 2);
    assert!(stderr.contains("cannot read absent.json"), "{stderr}");
    assert_eq!(text(&dir), TIDY);
}
