//! An installed gwc, away from its checkout: the runtime it carries is enough.

use harness::{Launch, Origin, compiler};
use std::fs;

#[test]
fn gwc_builds_anywhere() {
    let dir = std::env::temp_dir().join(format!("gwc-installed-{}", std::process::id()));
    let place = dir.join("my cluster");
    fs::create_dir_all(&place).expect("make a directory");
    let gwc = dir.join("gwc");
    fs::copy(compiler::gwc_path(), &gwc).expect("install gwc");
    let config = r#"{
      "version": 3, "name": "Elsewhere", "timeout": "5s", "output_encoding": "no-op",
      "endpoints": [{ "endpoint": "/a/*", "input_query_strings": ["*"],
        "backend": [{ "host": ["http://origin.test:8000"], "url_pattern": "/b/*" }] },
        { "endpoint": "/closed", "input_query_strings": [],
        "extra_config": { "plugin/req-resp-modifier": { "name": ["guard"] } },
        "backend": [{ "host": ["http://origin.test:8000"], "url_pattern": "/closed" }] }]
    }"#;
    fs::write(place.join("gateway.json"), config).expect("write the config");

    let mut command = std::process::Command::new(&gwc);
    command
        .args(["build", "gateway.json", "-o", "elsewhere-gw"])
        .args(["--allow", "unsupported-namespace"])
        .current_dir(&place);
    command
        .env("GWC_HOME", compiler::gwc_home())
        .env("NO_COLOR", "1");
    compiler::Gwc::from(command.output().expect("run gwc")).expect_ok("build outside the checkout");

    let origin = Origin::ok();
    let gateway = Launch::binary(&place.join("elsewhere-gw"))
        .resolve("origin.test:8000", origin.address)
        .start();
    assert_eq!(gateway.get("/a/x?y=1").status, 200);
    assert_eq!(origin.last().target, "/b/x?y=1");
    let closed = gateway.get("/closed");
    assert!(
        closed.status == 501 && closed.text().contains("plugin/req-resp-modifier"),
        "an endpoint without its guard is closed: {} {}",
        closed.status,
        closed.text()
    );
    assert_eq!(origin.last().target, "/b/x?y=1", "and nothing was called");
    drop(gateway);
    fs::remove_dir_all(&dir).expect("remove the directory");
}

/// Beside other people's files: gwc writes its own and leaves the rest alone.
#[test]
fn emit_only_makes_a_whole_workspace() {
    let dir = std::env::temp_dir().join(format!("gwc-emitted-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("make a directory");
    fs::write(dir.join("NOTES"), "mine").expect("write a file");
    let to = dir.to_str().expect("UTF-8");
    harness::gwc(&["build", "configs/example/gateway.json", "--emit-only", to]).expect_ok("emit");
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "runtime/src/lib.rs",
        "generated/example/src/main.rs",
        "NOTES",
    ] {
        assert!(dir.join(file).is_file(), "{file} is missing");
    }
    fs::remove_dir_all(&dir).expect("remove the directory");
}
