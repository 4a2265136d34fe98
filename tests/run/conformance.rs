//! Real configs of the Go gateway, where this checkout has them beside it.

use harness::{Launch, compiler::scratch, gwc, skip, workspace};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

const FOLDER: &str = "../shared/conformance/configs";

/// Code → number of places, for each class of findings; from `--format json`, a finding per line.
type Found = BTreeMap<String, BTreeMap<String, usize>>;

fn validate(file: &str, allow: &[String]) -> (Option<i32>, Found) {
    let mut args = vec!["validate", file, "--format", "json"];
    args.extend(allow.iter().flat_map(|code| ["--allow", code]));
    let ran = gwc(&args);
    let mut found = Found::new();
    for line in ran.stdout.lines() {
        let finding: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        *found
            .entry(text("class"))
            .or_default()
            .entry(text("code"))
            .or_default() += 1;
    }
    (ran.code, found)
}

/// Validates with findings of each of `classes`; with what is not supported allowed it builds. The binary, and what was
/// found; `None` where the config is not there.
fn build(name: &str, classes: &[&str]) -> Option<(PathBuf, Found)> {
    let path = workspace().join(FOLDER).join(name);
    if !path.is_file() {
        skip(name, &format!("it is not in {FOLDER}"));
        return None;
    }
    let file = path.to_str().expect("UTF-8");
    let (exit, found) = validate(file, &[]);
    println!("{name}: {found:#?}");
    assert_eq!(exit, Some(1), "{found:#?}");
    for class in classes {
        assert!(
            found.contains_key(*class),
            "nothing {class} was found: {found:#?}"
        );
    }

    let allow: Vec<String> = found["unsupported"].keys().cloned().collect();
    let (exit, rest) = validate(file, &allow);
    assert_eq!(exit, Some(0), "{rest:#?}");
    let binary = scratch(&format!("conformance-{name}")).join("gateway");
    let mut args = vec!["build", file, "-o", binary.to_str().expect("UTF-8")];
    args.extend(allow.iter().flat_map(|code| ["--allow", code]));
    gwc(&args).expect_ok("build with --allow");
    Some((binary, found))
}

#[test]
fn hanzo_193() {
    let classes = ["unsupported", "surprising", "unsafe", "difference"];
    let Some((binary, found)) = build("hanzo-193.json", &classes) else {
        return;
    };
    // What its authors believe and their engine never did (counted by hand).
    for (class, code, counted) in [
        ("surprising", "query-dropped", 193),
        ("surprising", "one-segment", 110),
        ("surprising", "sdk-header-dropped", 1),
        ("unsafe", "client-identity", 35),
        ("difference", "burst-one", 65),
        ("difference", "keys-downloaded", 156),
        ("difference", "service-limit", 1),
        ("difference", "websocket-tunnelled", 2),
    ] {
        let count = found[class].get(code).copied().unwrap_or_default();
        assert_eq!(count, counted, "{code}");
    }
    let gateway = Launch::binary(&binary).args(&["--mock"]).start();
    let left_out = gateway.line("what is left out, as a warning", |line| {
        line.contains("left out of this build")
    });
    assert!(left_out.contains("WARN"), "{left_out}");
    assert_eq!(
        gateway.get("/v1/models").status,
        200,
        "an open endpoint is served"
    );
    let closed = gateway.get("/v1/kms/secret");
    // Its `return_error_msg` explains errors.
    assert!(
        closed.status == 401 && closed.text().contains("there is no token"),
        "an endpoint with a validator asks for a token: {}",
        closed.text()
    );
}

#[test]
fn lux() {
    let Some((binary, _)) = build("lux.json", &["unsupported"]) else {
        return;
    };
    let gateway = Launch::binary(&binary).args(&["--mock"]).start();
    gateway.line("what is left out, as a warning", |line| {
        line.contains("WARN")
    });
    let answer = gateway
        .client()
        .post("POST /v1/bc/C/rpc", &[], b"{}")
        .response();
    assert_eq!(answer.status, 200, "{}", answer.text());
}
