//! The built binary as a program: its commands, its flags, its environment.

use harness::{Origin, compiler::compiled, gateway::ORIGIN};
use std::process::{Command, Output};

fn run(golden: &str, args: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(compiled(golden));
    command
        .args(args)
        .env("NO_COLOR", "1")
        .envs(environment.iter().copied());
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("run the gateway");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn version_says_what_it_was_made_of() {
    let (code, out, _) = run("forward", &["version", "--json"], &[]);
    assert_eq!(code, Some(0));
    let version: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"));
    let text = version.to_string();
    assert!(
        text.contains("Forward Gateway") && text.contains("rustc"),
        "{text}"
    );
    let hash = version
        .as_object()
        .into_iter()
        .flatten()
        .find_map(|(_, v)| {
            let v = v.as_str()?;
            (v.len() == 64 && v.bytes().all(|b| b.is_ascii_hexdigit())).then(|| v.to_owned())
        });
    assert!(hash.is_some(), "no sha256 of the config: {text}");
    for flag in ["--version", "-V", "version"] {
        let (code, out, _) = run("forward", &[flag], &[]);
        assert!(
            code == Some(0) && out.contains("Forward Gateway"),
            "{flag}: {out}"
        );
        assert!((1..=4).contains(&out.lines().count()), "{flag}: {out}");
    }
}

#[test]
fn config_prints_what_was_compiled() {
    let (code, out, _) = run("forward", &["config"], &[]);
    assert_eq!(code, Some(0));
    let printed: serde_json::Value = serde_json::from_str(&out).expect("the config is JSON");
    let source = std::fs::read_to_string(harness::workspace().join("tests/golden/forward.json"))
        .expect("read");
    let source: serde_json::Value = serde_json::from_str(&source).expect("the config is JSON");
    assert_eq!(printed["endpoints"], source["endpoints"]);
}

#[test]
fn env_lists_every_variable_with_its_source() {
    let (code, out, _) = run("forward", &["env"], &[("GATEWAY_PORT", "18080")]);
    assert_eq!(code, Some(0));
    for name in [
        "GATEWAY_PORT",
        "GATEWAY_LISTEN",
        "GATEWAY_TRUSTED_PROXIES",
        "GATEWAY_LOG_LEVEL",
        "GATEWAY_LOG_FORMAT",
        "GATEWAY_LAME_DUCK",
        "GATEWAY_WORKERS",
        "GATEWAY_LANE",
    ] {
        assert!(out.contains(name), "{name} is missing:\n{out}");
    }
    assert!(out.contains("18080"), "the current value is shown:\n{out}");
}

#[test]
fn check_tries_every_upstream() {
    let origin = Origin::ok();
    let to = |name: &str| format!("{name}={}", origin.address);
    let (all, refusing, second) = (to(ORIGIN), to("refusing.test:8000"), to("second.test:8000"));
    let (code, out, _) = run("plain", &["check", "--resolve", &all], &[]);
    assert!(
        code == Some(0) && out.contains("origin.test:8000"),
        "{code:?} {out}"
    );
    let args = [
        "check",
        "--resolve",
        &all,
        "--resolve",
        &refusing,
        "--resolve",
        &second,
    ];
    let (code, out, _) = run("forward", &args, &[]);
    assert_eq!(code, Some(1), "nowhere.invalid does not resolve\n{out}");
    let lines = |name: &str| {
        out.lines()
            .find(|line| line.contains(name))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(lines("nowhere.invalid").contains("failed"), "{out}");
    assert!(lines("origin.test").contains("ok"), "{out}");
}

/// Never a fallback: what is not understood is said, with exit code 2.
#[test]
fn bad_usage_is_refused() {
    type Case = (
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let cases: &[Case] = &[
        (&["--nonsense"], &[], "--nonsense"),
        (&["serve"], &[], "serve"),
        (&["--listen", "127.0.0.1:99999"], &[], "99999"),
        (&["--listen"], &[], "--listen"),
        (&["--workers", "0"], &[], "workers"),
        (&["--workers", "many"], &[], "many"),
        (&["--resolve", "origin.test"], &[], "origin.test"),
        (&["--port", "port"], &[], "port"),
        (&["env"], &[("GATEWAY_PORT", "eighty")], "eighty"),
        (&[], &[("GATEWAY_PORT", "eighty")], "GATEWAY_PORT"),
        (&[], &[("GATEWAY_LOG_LEVEL", "LOUD")], "LOUD"),
        (&[], &[("GATEWAY_LAME_DUCK", "5")], "GATEWAY_LAME_DUCK"),
        (&[], &[("GATEWAY_LISTEN", "nowhere")], "GATEWAY_LISTEN"),
        (
            &[],
            &[("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/99")],
            "10.0.0.0/99",
        ),
    ];
    for (args, environment, word) in cases {
        let (code, out, err) = run("forward", args, environment);
        assert_eq!(code, Some(2), "{args:?} {environment:?}\n{out}{err}");
        assert!(
            err.contains(word),
            "{args:?} {environment:?}: no {word:?} in {err}"
        );
    }
}

#[test]
fn help_names_every_command_and_flag() {
    for flag in ["--help", "-h"] {
        let (code, out, _) = run("forward", &[flag], &[]);
        assert_eq!(code, Some(0));
        for word in [
            "run",
            "check",
            "config",
            "env",
            "version",
            "--listen",
            "--resolve",
            "--mock",
            "--workers",
        ] {
            assert!(out.contains(word), "{flag}: no {word} in\n{out}");
        }
    }
}

#[test]
fn a_taken_port_is_an_error_that_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = taken.local_addr().expect("address").to_string();
    let (code, out, err) = run("forward", &["--listen", &address], &[]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(format!("{out}{err}").contains(&address), "{out}{err}");
}
