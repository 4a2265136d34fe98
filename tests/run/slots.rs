//! Slots of a config: filled from the environment, from defaults and from files when the gateway starts, or it does not
//! start. `tests/golden/slots.json` reads `/dev/stdin`, which is the one absolute path that a test can choose.

use harness::{
    Launch, Origin, PATIENCE,
    compiler::{compiled, scratch},
    gateway::refusing,
    within,
};
use serde_json::Value;
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

type Environment<'a> = &'a [(&'a str, &'a str)];

/// All that has no default.
const ENOUGH: [(&str, &str); 3] = [
    ("SECOND_URL", "http://second.test:8000"),
    ("THIRD_HOST", "third.test"),
    ("THIRD_PORT", "80"),
];

/// The file that `${file:/dev/stdin}` stands for.
fn file(test: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = scratch(&format!("slots-{test}")).join("stdin");
    fs::write(&path, text).expect("write a file");
    path
}

fn command(args: &[&str], environment: Environment<'_>, stdin: &Path) -> Command {
    let mut command = Command::new(compiled("slots"));
    command
        .args(args)
        .env("NO_COLOR", "1")
        .envs(environment.iter().copied())
        .stdin(fs::File::open(stdin).expect("open a file"));
    command
}

fn run(args: &[&str], environment: Environment<'_>, stdin: &Path) -> (i32, String, String) {
    let output = command(args, environment, stdin).output();
    let output = output.expect("run the gateway");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("it exits");
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn hosts_are_what_the_environment_says() {
    let stdin = file("hosts", "file.test:8000\n");
    for (origin_host, host) in [
        (None, "origin.test"),
        (Some(""), "origin.test"),
        (Some("x.test"), "x.test"),
    ] {
        let origin = Origin::ok();
        let mut launch = Launch::golden("slots").stdin(&stdin).one_worker();
        for (name, value) in ENOUGH {
            launch = launch.env(name, value);
        }
        if let Some(value) = origin_host {
            launch = launch.env("ORIGIN_HOST", value);
        }
        for name in [
            "origin.test:8000",
            "x.test:8000",
            "second.test:8000",
            "third.test:80",
            "file.test:8000",
        ] {
            launch = launch.resolve(name, origin.address);
        }
        let gateway = launch.start();
        let slotted = format!("{host}:8000");
        for (target, called) in [
            ("/origin/a", slotted.as_str()),
            ("/again/a", &slotted),
            ("/fixed/a", "origin.test:8000"),
            ("/second/a", "second.test:8000"),
            ("/third/a", "third.test"),
            ("/file/a", "file.test:8000"),
        ] {
            assert_eq!(gateway.get(target).status, 200, "{target}");
            let seen = origin.last();
            assert_eq!(
                seen.headers.get("host"),
                Some(called),
                "{target} {origin_host:?}"
            );
        }
    }
}

/// One list, with all of it, before anything listens.
#[test]
fn what_is_missing_stops_the_start() {
    let empty = file("missing", "");
    let taken = refusing().port().to_string();
    for args in [&["--port", &taken][..], &["run"], &["check"]] {
        let set = [
            ("THIRD_HOST", ""),
            ("SLOTS_PORT", "80a"),
            ("SLOTS_LOG_LEVEL", "LOUD"),
        ];
        let (code, out, err) = run(args, &set, &empty);
        assert_eq!((code, out.as_str()), (1, ""), "{args:?} {err}");
        let expected = "error: the slots of the config cannot be filled:
  ${env:SECOND_URL}: not set (for host of upstream `second-url`)
  ${file:/dev/stdin}: the file is empty (for host of upstream `stdin`)
  ${env:THIRD_HOST}: not set (for host of upstream `third-host-third`)
  ${env:THIRD_PORT}: not set (for host of upstream `third-host-third`)
  port: ${env:SLOTS_PORT:-8099} came to `80a`: a port is a number from 1 to 65535
  log level: ${env:SLOTS_LOG_LEVEL:-INFO} came to `LOUD`: a log level is DEBUG, INFO, WARNING, ERROR or CRITICAL
help: set the variables (an empty one counts as not set) and put the files in place; the command `env` shows every slot
";
        assert_eq!(err, expected, "{args:?}");
    }
}

/// A value that is no host is shown where it may be seen: never from a file, never with a password in it.
#[test]
fn what_is_no_host_stops_the_start() {
    for (test, url, stdin, shown, hidden) in [
        (
            "path",
            "http://second.test/api",
            "f",
            "http://second.test/api",
            "?",
        ),
        (
            "link",
            "tcp://10.0.0.1:80",
            "f",
            "enableServiceLinks: false",
            "?",
        ),
        (
            "password",
            "http://me:sesame@second.test",
            "f",
            "not shown",
            "sesame",
        ),
        ("file", "http://s", "open sesame\n", "not shown", "sesame"),
        (
            "large",
            "http://s",
            &"x".repeat(64 * 1024 + 1),
            "more than 65536 bytes",
            "xx",
        ),
    ] {
        let stdin = file(test, stdin);
        let set = [
            ("SECOND_URL", url),
            ("THIRD_HOST", "t"),
            ("THIRD_PORT", "80"),
        ];
        let (code, out, err) = run(&[], &set, &stdin);
        assert_eq!(code, 1, "{test}: {out}{err}");
        assert!(
            err.contains(shown) && !err.contains(hidden),
            "{test}: {err}"
        );
    }
}

#[test]
fn env_lists_every_slot_and_no_secret() {
    let stdin = file("env", "sesame\n");
    let set = [
        ("SECOND_URL", "http://me:sesame@s"),
        ("THIRD_HOST", "third.test"),
    ];
    let (code, out, err) = run(&["env"], &set, &stdin);
    assert_eq!(code, 0, "{err}");
    for line in [
        "GATEWAY_PORT=${env:SLOTS_PORT:-8099}  (config)",
        "Slots of the config:",
        "${env:ORIGIN_HOST}=origin.test  (default)",
        "${env:SECOND_URL}=***  (environment)",
        "${env:SLOTS_LOG_LEVEL}=INFO  (default)",
        "${env:THIRD_HOST}=third.test  (environment)",
        "${env:THIRD_PORT}  (not set: the gateway cannot start)",
        "${file:/dev/stdin}=***  (file)",
        "    For host of upstream `third-host-third`.",
    ] {
        assert!(out.lines().any(|l| l == line), "no {line:?} in\n{out}");
    }
    let (_, json, _) = run(&["env", "--json"], &set, &stdin);
    let rows: Vec<Value> = serde_json::from_str(&json).expect("a list");
    let row = |slot: &str| {
        let found = rows.iter().find(|row| row["slot"] == slot);
        found.unwrap_or_else(|| panic!("no {slot} in {json}"))
    };
    let host = row("${env:ORIGIN_HOST}");
    assert_eq!(
        (&host["value"], &host["default"]),
        (&"origin.test".into(), &"origin.test".into())
    );
    assert_eq!(row("${env:THIRD_PORT}")["problem"], "not set");
    assert_eq!(row("${file:/dev/stdin}")["value"], Value::Null);
    assert_eq!(row("${file:/dev/stdin}")["hidden"], true);
    assert!(
        !out.contains("sesame") && !json.contains("sesame"),
        "{out}{json}"
    );
}

#[test]
fn config_prints_slots_as_they_are_written() {
    let stdin = file("config", "");
    let (code, out, _) = run(&["config"], &ENOUGH, &stdin);
    assert_eq!(code, 0);
    let source = harness::workspace().join("tests/golden/slots.json");
    assert_eq!(out, fs::read_to_string(source).expect("the config"));
}

#[test]
fn check_looks_for_the_hosts_that_the_slots_came_to() {
    let origin = Origin::ok();
    let stdin = file("check", "file.test");
    let names = [
        "origin.test:8000",
        "second.test:8000",
        "third.test:80",
        "file.test:80",
    ];
    let resolves: Vec<String> = names
        .iter()
        .map(|name| format!("{name}={}", origin.address))
        .collect();
    let mut args = vec!["check"];
    for resolve in &resolves {
        args.extend(["--resolve", resolve.as_str()]);
    }
    let (code, out, err) = run(&args, &ENOUGH, &stdin);
    assert_eq!(code, 0, "{out}{err}");
    for name in names {
        assert!(out.contains(name), "no {name} in {out}");
    }
}

/// Killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already is as good as killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_port_and_the_level_come_from_slots() {
    let stdin = file("port", "file.test");
    let port = refusing().port();
    let number = port.to_string();
    let mut set = ENOUGH.to_vec();
    set.extend([
        ("SLOTS_PORT", number.as_str()),
        ("SLOTS_LOG_LEVEL", "critical"),
    ]);
    let mut command = command(&[], &set, &stdin);
    let log = stdin.with_file_name("log");
    command
        .stdout(fs::File::create(&log).expect("a log file"))
        .stderr(Stdio::null());
    let mut running = Running(command.spawn().expect("start the gateway"));
    within(PATIENCE, "a listener on the port of the slot", || {
        assert!(
            running.0.try_wait().expect("its state").is_none(),
            "it ended"
        );
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    drop(running);
    let log = fs::read_to_string(log).expect("the log");
    assert_eq!(log, "", "nothing below CRITICAL");
}
