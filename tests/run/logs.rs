//! What the log says about requests, and what it must never say.

use harness::{Gateway, Launch, Origin, compiler::compiled, gateway::ORIGIN};
use std::process::Command;

#[test]
fn each_request_is_one_line() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    gateway.ask("GET /users/7?x=1", &[("X-Request-Id", "line-1")]);
    gateway.ask("GET /nothing", &[("X-Request-Id", "line-2")]);
    gateway.ask("GET /refusing", &[("X-Request-Id", "line-3")]);
    for (id, parts) in [
        (
            "line-1",
            vec![
                "[FORWARD]",
                "GET",
                "/users/7?x=1",
                "/users/{id}",
                "200",
                "origin",
                "127.0.0.1",
            ],
        ),
        ("line-2", vec!["[FORWARD]", "GET", "/nothing", "404"]),
        (
            "line-3",
            vec!["[FORWARD]", "GET", "/refusing", "502", "refusing"],
        ),
    ] {
        let line = gateway.line(id, |line| line.contains(id));
        for part in parts {
            assert!(line.contains(part), "no {part:?} in {line}");
        }
        let again = gateway
            .log()
            .iter()
            .filter(|line| line.contains(id))
            .count();
        assert_eq!(again, 1, "{id} is logged {again} times");
    }
}

#[test]
fn secrets_are_never_logged() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let query = "api_key=S3CRET&x=1&access_token=S3CRET&sig=S3CRET&X-Amz-Signature=S3CRET&code=S3CRET&PASSWORD=S3CRET";
    let headers = [
        ("Authorization", "Bearer S3CRET"),
        ("Cookie", "s=S3CRET"),
        ("x-api-key", "S3CRET"),
        ("X-Request-Id", "quiet-1"),
    ];
    assert_eq!(
        gateway.ask(&format!("GET /all/x?{query}"), &headers).status,
        200
    );
    assert_eq!(
        origin.last().target,
        format!("/all/x?{query}"),
        "the upstream gets them all the same"
    );
    let line = gateway.line("the request", |line| line.contains("quiet-1"));
    assert!(line.contains("x=1"), "{line}");
    let told: Vec<_> = gateway
        .log()
        .into_iter()
        .filter(|line| line.contains("S3CRET"))
        .collect();
    assert_eq!(told, Vec::<String>::new());
}

/// Whatever a request contains, one request is one line, and a JSON line is one valid object.
#[test]
fn a_request_cannot_forge_a_line() {
    let origin = Origin::ok();
    let text = Gateway::forward(&origin);
    let json = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .env("GATEWAY_LOG_FORMAT", "json")
        .start();
    for gateway in [&text, &json] {
        for (n, target) in [
            "/all/a\"b",
            "/all/x?q=\\'},{level:ERROR}",
            "/all/x?%0a%0dforged",
        ]
        .iter()
        .enumerate()
        {
            let id = format!("forge-{n}");
            gateway.ask(&format!("GET {target}"), &[("X-Request-Id", &id)]);
            gateway.line(&id, |line| line.contains(&id));
        }
        let long = format!("/all/{}", "y".repeat(12_000));
        gateway.ask(&format!("GET {long}"), &[("X-Request-Id", "long-1")]);
        let line = gateway.line("long-1", |line| line.contains("long-1"));
        assert!(line.len() < 5_000, "{} bytes for one request", line.len());
        let forged = gateway
            .log()
            .iter()
            .filter(|line| line.trim_start().starts_with("forged"))
            .count();
        assert_eq!(forged, 0);
    }
    for line in json.log() {
        let value: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(
            value["level"].is_string() && value["message"].is_string(),
            "{line}"
        );
    }
}

/// `logger_skip_paths`, and the logstash format.
#[test]
fn the_config_decides_what_is_logged_and_how() {
    let origin = Origin::ok();
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    gateway.ask("GET /quiet", &[("X-Request-Id", "skip-me")]);
    gateway.ask("GET /a", &[("X-Request-Id", "keep-me")]);
    let line = gateway.line("keep-me", |line| line.contains("keep-me"));
    assert!(
        !gateway.log().iter().any(|line| line.contains("skip-me")),
        "skipped paths are not logged"
    );
    let value: serde_json::Value = serde_json::from_str(&line).expect("logstash is JSON");
    assert!(
        value["@timestamp"].is_string() && value["level"] == "INFO",
        "{line}"
    );
    assert!(
        value["module"]
            .as_str()
            .is_some_and(|module| module.contains("STRICT")),
        "{line}"
    );
}

/// A level above INFO leaves the access log out.
#[test]
fn the_environment_decides_the_level() {
    let origin = Origin::ok();
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .env("GATEWAY_LOG_LEVEL", "DEBUG")
        .start();
    gateway.ask("GET /bare", &[("X-Request-Id", "id-debug")]);
    gateway.line("id-debug", |line| line.contains("id-debug"));
    let plain = Launch::golden("plain")
        .resolve(ORIGIN, origin.address)
        .start();
    plain.ask("GET /a", &[("X-Request-Id", "id-plain")]);
    drop(plain.ask("GET /a", &[]));
    assert!(
        !plain.log().iter().any(|line| line.contains("id-plain")),
        "disable_access_log"
    );
}

/// Whoever relies on a variable that this gateway does not read is told.
#[test]
fn a_variable_that_changes_nothing_is_told() {
    let gateway = Launch::golden("forward")
        .resolve(ORIGIN, Origin::ok().address)
        .env("AUTH_REQUIRE", "true")
        .start();
    gateway.line("a warning", |line| {
        line.contains("WARN") && line.contains("AUTH_REQUIRE is set and changes nothing")
    });
    for command in [&["check"][..], &["env"], &["env", "--json"]] {
        let ran = Command::new(compiled("forward"))
            .args(command)
            .env("AUTH_REQUIRE", "true")
            .output()
            .expect("run it");
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert!(
            said.contains("warning: AUTH_REQUIRE is set and changes nothing"),
            "{command:?}: {said}"
        );
    }
}
