//! What is checked in is what gwc emits: a reviewer reads the crate that is built.

use harness::{gwc, workspace};
use std::{fs, process::Command};

/// (config, directory of its crate): every config of `configs/`, every golden one.
fn checked_in() -> Vec<(String, String)> {
    let list = |dir: &str| {
        let mut names: Vec<_> = fs::read_dir(workspace().join(dir))
            .expect("read a directory of configs")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        names.sort();
        names
    };
    let configs = list("configs").into_iter().map(|name| {
        (
            format!("configs/{name}/gateway.json"),
            format!("generated/{name}"),
        )
    });
    let goldens = list("tests/golden").into_iter().filter_map(|file| {
        let name = file.strip_suffix(".json")?;
        Some((
            format!("tests/golden/{file}"),
            format!("tests/golden/{name}"),
        ))
    });
    configs.chain(goldens).collect()
}

#[test]
fn every_generated_crate_is_current() {
    let stale: Vec<_> = checked_in()
        .into_iter()
        .filter_map(|(config, dir)| {
            let ran = gwc(&["build", &config, "--check", "--emit-only", &dir]);
            (ran.code != Some(0)).then(|| format!("{config}: {}{}", ran.stdout, ran.stderr))
        })
        .collect();
    assert!(
        stale.is_empty(),
        "run `make generate`\n{}",
        stale.join("\n")
    );
}

#[test]
fn generated_code_is_formatted() {
    for (_, dir) in checked_in() {
        let main = workspace().join(&dir).join("src/main.rs");
        let ran = Command::new("rustfmt")
            .args(["--check", "--edition", "2024"])
            .arg(&main)
            .current_dir(workspace())
            .output();
        let ran = ran.expect("run rustfmt");
        assert!(
            ran.status.success(),
            "{dir}\n{}",
            String::from_utf8_lossy(&ran.stdout)
        );
    }
}

/// The document counts 133 endpoints.
#[test]
fn the_hanzo_config_is_complete_and_clean() {
    let text = fs::read_to_string(workspace().join("configs/hanzo/gateway.json")).expect("read");
    let config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(config["endpoints"].as_array().map_or(0, Vec::len) >= 133);
    for config in ["configs/hanzo/gateway.json", "configs/example/gateway.json"] {
        gwc(&["validate", config, "--deny", "warnings"]).expect_ok(config);
    }
}
