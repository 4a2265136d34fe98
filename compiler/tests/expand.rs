//! `gwc expand` and `gwc dedupe`, as programs: what they print says the same as what they read.

use gwc::{
    expand::{expand, plain, same},
    front, json,
    lower::{Origin, lower},
    source::Source,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn gwc(command: &str, file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gwc"))
        .arg(command)
        .arg(file)
        .output()
        .expect("gwc runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("gwc writes UTF-8")
}

/// A file of this test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the target directory can be written");
    path
}

fn tree(text: &str) -> json::Node {
    let (root, _) = json::parse(&Source::new("gateway.json", text));
    plain(&expand(&root.expect("JSON")).0)
}

/// What is built, without the text that it was built of.
fn plan(text: &str) -> String {
    let source = Source::new("gateway.json", text);
    let (config, findings) = front::read(&source);
    let allowed: Vec<_> = findings.iter().collect();
    let origin = Origin {
        crate_name: "test".to_owned(),
        path: "gateway.json".to_owned(),
        text: String::new(),
    };
    let config = config.expect("a valid config");
    format!("{:?}", lower(&config, origin, &allowed).0)
}

/// The folder with real configs is beside the checkout, or not there at all.
fn real(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/conformance/configs").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED {name}: not beside this checkout");
    None
}

const REPEATS: &str = r#"{
  "version": 3, "output_encoding": "no-op",
  "$defaults": {
    "$comment": "for all",
    "endpoint": { "timeout": "5s", "input_query_strings": ["*"], "extra_config": { "proxy": { "max_payload": 10 } } },
    "backend": { "host": ["http://users:8080"] }
  },
  "$define": {
    "slow": { "$comment": "for a", "timeout": "60s", "input_headers": ["Accept"] },
    "open": { "$use": "slow", "extra_config": { "proxy": null }, "backend": [{ "$use": "a" }] },
    "a": { "url_pattern": "/a" }
  },
  "endpoints": [
    { "endpoint": "/a", "$use": "open", "input_headers": ["Authorization"] },
    { "endpoint": "/b", "$use": ["open", "slow"], "timeout": "1s", "backend": [{ "url_pattern": "/b" }] },
    { "endpoint": "/c", "@note": "only defaults", "backend": [{ "host": ["http://c"] }] }
  ]
}"#;

#[test]
fn expand_prints_what_is_meant() {
    let output = gwc("expand", &file("repeats.json", REPEATS));
    let expected = r#"{
  "version": 3,
  "output_encoding": "no-op",
  "endpoints": [
    {
      "endpoint": "/a",
      "timeout": "60s",
      "input_headers": ["Authorization"],
      "input_query_strings": ["*"],
      "extra_config": {},
      "backend": [{ "url_pattern": "/a", "host": ["http://users:8080"] }]
    },
    {
      "endpoint": "/b",
      "timeout": "1s",
      "input_headers": ["Accept"],
      "input_query_strings": ["*"],
      "extra_config": {},
      "backend": [{ "url_pattern": "/b", "host": ["http://users:8080"] }]
    },
    {
      "endpoint": "/c",
      "timeout": "5s",
      "input_query_strings": ["*"],
      "extra_config": { "proxy": { "max_payload": 10 } },
      "backend": [{ "host": ["http://c"] }]
    }
  ]
}
"#;
    assert_eq!(stdout(&output), expected);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(plan(expected), plan(REPEATS));
}

/// What `--allow` leaves out closes an endpoint also where the reason stands in a definition: else `deny` would leak.
#[test]
fn definitions_close_what_they_would_open() {
    let text = r#"{
      "version": 3,
      "$define": { "part": { "deny": ["secret"], "host": ["http://a"] } },
      "endpoints": [
        { "endpoint": "/a", "backend": [{ "$use": "part", "url_pattern": "$endpoint" }] },
        { "endpoint": "/b", "backend": [{ "$use": "part", "url_pattern": "/c" }] }
      ]
    }"#;
    let plain = stdout(&gwc("expand", &file("closed.json", text)));
    assert!(plain.contains(r#""url_pattern": "/a""#), "{plain}");
    assert_eq!(plan(text), plan(&plain));
    assert_eq!(plan(text).matches("the shaping of its answer").count(), 2);
}

#[test]
fn damage_does_not_panic() {
    for (start, c) in REPEATS.char_indices() {
        let mut text = REPEATS.to_owned();
        text.replace_range(start..start + c.len_utf8(), "");
        front::read(&Source::new("gateway.json", text));
    }
    // Each definition uses the next one twice: 2^60 layers, were they all laid.
    let deep: Vec<_> = (0..60)
        .map(|n| format!(r#""d{n}":{{"$use":["d{0}","d{0}"]}}"#, n + 1))
        .collect();
    let text = format!(
        r#"{{"version":3,"$define":{{{},"d60":{{}}}},"endpoints":[{{"$use":"d0"}}]}}"#,
        deep.join(",")
    );
    front::read(&Source::new("gateway.json", text));
}

#[test]
fn what_cannot_be_expanded_is_told_and_not_written() {
    for (name, text, code) in [
        (
            "unknown.json",
            r#"{"endpoints":[{"$use":"x"}]}"#,
            "unknown-definition",
        ),
        ("broken.json", "{", "syntax"),
        (
            "cycle.json",
            r#"{"$define":{"a":{"$use":"a"}}}"#,
            "definition-cycle",
        ),
    ] {
        for command in ["expand", "dedupe"] {
            let output = gwc(command, &file(&format!("{command}-{name}"), text));
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(told.contains(code), "{command} {name}: {told}");
            assert_eq!(
                (output.status.code(), stdout(&output).as_str()),
                (Some(1), ""),
                "{command} {name}"
            );
        }
    }
    assert_eq!(
        gwc("expand", Path::new("no-such-file")).status.code(),
        Some(2)
    );
}

#[test]
fn dedupe_says_the_same_in_less() {
    let configs = ["configs/hanzo/gateway.json", "configs/example/gateway.json"]
        .map(|name| root().join(name));
    let real = ["hanzo-193.json", "lux.json"].into_iter().filter_map(real);
    let own = file("to-dedupe.json", REPEATS);
    for path in configs.into_iter().chain(real).chain([own]) {
        let output = gwc("dedupe", &path);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{}: {told}", path.display());
        let (before, after) = (
            fs::read_to_string(&path).expect("readable"),
            stdout(&output),
        );
        assert!(same(&tree(&before), &tree(&after)), "{}", path.display());
        assert_eq!(plan(&before), plan(&after), "{}", path.display());
    }
}

#[test]
fn the_real_config_of_195_kb_shrinks() {
    let Some(path) = real("hanzo-193.json") else {
        return;
    };
    let text = stdout(&gwc("dedupe", &path));
    assert!(text.len() < 20_000, "{} bytes", text.len());
}
