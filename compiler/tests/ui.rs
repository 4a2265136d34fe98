//! What gwc says about bad configs, as people see it: each `tests/ui/<case>/gateway.json` beside the rendered
//! `expected.txt`. A case is named after the finding it shows.
//!
//! `UPDATE=1 cargo test -p gwc --test ui` writes the expectations anew; read the diff before you commit it.

use gwc::{
    diagnostic::{Summary, codes, render_human, render_json},
    front,
    source::Source,
};
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui")
}

fn cases() -> Vec<(String, PathBuf)> {
    let mut cases: Vec<_> = fs::read_dir(root())
        .expect("tests/ui is there")
        .map(|entry| entry.expect("tests/ui can be listed"))
        .filter(|entry| entry.path().join("gateway.json").exists())
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect();
    cases.sort();
    cases
}

fn source(case: &Path) -> Source {
    let text = fs::read_to_string(case.join("gateway.json")).expect("a case is readable");
    Source::new("gateway.json", text)
}

#[test]
fn findings_are_rendered_as_expected() {
    let update = env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for (name, path) in cases() {
        let source = source(&path);
        let (_, findings) = front::read(&source);
        let actual = format!(
            "{}{}\n",
            render_human(&findings, &source, false),
            Summary::of(&findings)
        );
        let expected = path.join("expected.txt");
        if update {
            fs::write(&expected, &actual).expect("expected.txt can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != actual {
            stale.push(format!("== tests/ui/{name}\n{actual}"));
        }
    }
    assert!(
        stale.is_empty(),
        "{} case(s) differ; if this is what people should read, run UPDATE=1 cargo test -p gwc --test ui\n\n{}",
        stale.len(),
        stale.join("\n")
    );
}

/// A case is about one thing: its name begins with the code of a finding that it shows; a case `ok-…` has none.
#[test]
fn every_code_has_a_case() {
    let mut shown = BTreeSet::new();
    for (name, path) in cases() {
        let (_, findings) = front::read(&source(&path));
        let found: BTreeSet<_> = findings.iter().map(|finding| finding.code.name).collect();
        if name.starts_with("ok-") {
            assert!(
                findings.is_empty(),
                "tests/ui/{name} should have no finding, but has {found:?}"
            );
        } else {
            assert!(
                found.iter().any(|code| name.starts_with(code)),
                "tests/ui/{name} is named after none of its findings {found:?}"
            );
        }
        shown.extend(found);
    }
    // Reported by `lower`, which tests it.
    let elsewhere = BTreeSet::from(["name-clash"]);
    let missing: Vec<_> = codes::ALL
        .iter()
        .map(|code| code.name)
        .filter(|name| !shown.contains(name) && !elsewhere.contains(name))
        .collect();
    assert!(missing.is_empty(), "no case in tests/ui shows {missing:?}");
}

#[test]
fn json_is_one_object_per_finding() {
    for (name, path) in cases() {
        let source = source(&path);
        let (_, findings) = front::read(&source);
        let text = render_json(&findings, &source);
        assert_eq!(text.lines().count(), findings.len(), "{name}");
        for line in text.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
            for field in [
                "code", "level", "class", "message", "file", "labels", "notes", "help", "fix",
            ] {
                assert!(
                    object.get(field).is_some(),
                    "{name}: `{field}` is missing in {line}"
                );
            }
        }
    }
}

/// A fix is a promise: applied, its own finding is gone, and the file is still JSON.
#[test]
fn fixes_mend() {
    for (name, path) in cases() {
        let source = source(&path);
        let (_, findings) = front::read(&source);
        for finding in &findings {
            let Some(fix) = &finding.fix else { continue };
            let mut text = source.text.clone();
            text.replace_range(fix.span.range(), &fix.text);
            let (_, after) = front::read(&Source::new("gateway.json", text));
            let same = |other: &&gwc::diagnostic::Diagnostic| {
                (other.code, &other.message) == (finding.code, &finding.message)
            };
            let (before, after) = (
                findings.iter().filter(same).count(),
                after.iter().filter(same).count(),
            );
            assert_eq!(
                after,
                before - 1,
                "{name}: the fix of `{}` does not mend it",
                finding.message
            );
        }
    }
}
