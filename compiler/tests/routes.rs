//! `gwc routes`, `gwc match` and `gwc explain FILE` as a person runs them: arguments, exit code, and what is read, in
//! `tests/routes/<case>.txt`.
//!
//! `UPDATE=1 cargo test -p gwc --test routes` writes the expectations anew; read the diff before you commit it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const HANZO: &str = "configs/hanzo/gateway.json";
const EXAMPLE: &str = "configs/example/gateway.json";
const MUTUAL: &str = "tests/golden/mutual.json";
/// Literals, parameters, wildcards, two hosts, and a guard that is not built.
const SHAPES: &str = "compiler/tests/routes/shapes.json";
/// Hosts, a port and a level that are known only when the binary starts.
const SLOTS: &str = "tests/golden/slots.json";
/// The same of URLs, and what goes on beside the requests.
const URLS: &str = "tests/golden/urls.json";
const BROKEN: &str = "compiler/tests/routes/broken.json";

/// Case, arguments, exit code.
const CASES: &[(&str, &[&str], i32)] = &[
    ("routes-hanzo", &["routes", HANZO], 0),
    ("routes-shapes", &["routes", SHAPES], 0),
    ("routes-slots", &["routes", SLOTS, "--format", "json"], 0),
    ("match-slots", &["match", SLOTS, "GET", "/second/a"], 0),
    (
        "match-slots-in-turn",
        &["match", SLOTS, "GET", "/third/a"],
        0,
    ),
    ("explain-slots", &["explain", SLOTS], 0),
    ("explain-urls", &["explain", URLS], 0),
    ("explain-urls-route", &["explain", URLS, "/realm"], 0),
    ("routes-broken", &["routes", BROKEN], 1),
    ("routes-no-file", &["routes", "no/such.json"], 2),
    (
        "routes-markdown",
        &["routes", EXAMPLE, "--format", "markdown"],
        0,
    ),
    ("routes-json", &["routes", SHAPES, "--format", "json"], 0),
    (
        "match-chat",
        &[
            "match",
            HANZO,
            "POST",
            "https://api.hanzo.ai/v1/chat/completions?stream=1#top",
            "-H",
            "Authorization: Bearer secret",
            "-H",
            "Cookie: a=1",
            "-H",
            "X-User-Id: root",
            "-H",
            "Connection: keep-alive, X-Api-Key",
            "-H",
            "X-Api-Key: k",
            "-H",
            "traceparent: 00-1-1-01",
        ],
        0,
    ),
    (
        "match-param",
        &["match", SHAPES, "GET", "/bot//a%2fb?page=2&x=1"],
        0,
    ),
    ("match-literal", &["match", SHAPES, "GET", "/bot/health"], 0),
    ("match-rest", &["match", SHAPES, "GET", "/bot/"], 0),
    ("match-head", &["match", SHAPES, "HEAD", "/bot/x"], 0),
    (
        "match-own-head",
        &["match", SHAPES, "HEAD", "/bot/health"],
        0,
    ),
    ("match-other-method", &["match", SHAPES, "PUT", "/bot/x"], 0),
    ("match-closed", &["match", SHAPES, "POST", "/guarded"], 0),
    (
        "match-websocket",
        &[
            "match",
            SHAPES,
            "GET",
            "/bot/a/b",
            "-H",
            "Connection: Upgrade",
            "-H",
            "Upgrade: websocket",
            "-H",
            "Sec-WebSocket-Key: k",
        ],
        0,
    ),
    (
        "match-405",
        &["match", HANZO, "GET", "/v1/chat/completions"],
        1,
    ),
    (
        "match-case",
        &["match", HANZO, "post", "/v1/chat/completions"],
        1,
    ),
    ("match-options", &["match", SHAPES, "OPTIONS", "/bot/x"], 1),
    (
        "match-redirect",
        &["match", HANZO, "POST", "/v1/chat/completions/?a=1"],
        1,
    ),
    ("match-400", &["match", HANZO, "GET", "/v1/%2e%2e/admin"], 1),
    (
        "match-404",
        &["match", HANZO, "GET", "/v1/chat/completion/x"],
        1,
    ),
    ("match-health", &["match", HANZO, "GET", "/healthz"], 1),
    ("match-no-path", &["match", HANZO, "GET", "v1/models"], 2),
    (
        "match-bad-header",
        &["match", HANZO, "GET", "/v1/models", "-H", "nothing"],
        2,
    ),
    (
        "explain-chat",
        &["explain", HANZO, "POST /v1/chat/completions"],
        0,
    ),
    ("explain-process", &["explain", HANZO], 0),
    ("explain-process-tls", &["explain", MUTUAL], 0),
    ("explain-process-shapes", &["explain", SHAPES], 0),
    ("explain-wildcard", &["explain", HANZO, "/v1/auth/*"], 0),
    ("explain-param", &["explain", SHAPES, "/bot/{name}"], 0),
    ("explain-request", &["explain", SHAPES, "get /bot/a/b"], 0),
    ("explain-capped", &["explain", EXAMPLE, "POST /auth/*"], 0),
    ("explain-closed", &["explain", SHAPES, "/guarded"], 0),
    ("explain-no-route", &["explain", HANZO, "/v1/modles"], 2),
    (
        "explain-no-method",
        &["explain", HANZO, "PUT /v1/models"],
        2,
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn what_people_read() {
    let update = env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for (name, arguments, code) in CASES {
        let output = Command::new(env!("CARGO_BIN_EXE_gwc"))
            .args(*arguments)
            .current_dir(root())
            .env("NO_COLOR", "1")
            .output()
            .expect("gwc runs");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(*code), "{name}:\n{out}{err}");
        let actual = match &*err {
            "" => out.into_owned(),
            err => format!("{out}-- stderr\n{err}"),
        };
        let path = root().join(format!("compiler/tests/routes/{name}.txt"));
        if update {
            fs::write(&path, &actual).expect("the expectation can be written");
        } else if fs::read_to_string(&path).unwrap_or_default() != actual {
            stale.push(format!("== {name}\n{actual}"));
        }
    }
    assert!(
        stale.is_empty(),
        "{} case(s) differ; if this is what people should read, run UPDATE=1 cargo test -p gwc --test routes\n\n{}",
        stale.len(),
        stale.join("\n")
    );
}

/// The table is for tools too: one object per route, whatever it does.
#[test]
fn json_has_a_row_per_route() {
    let output = Command::new(env!("CARGO_BIN_EXE_gwc"))
        .args(["routes", HANZO, "--format", "json"])
        .current_dir(root())
        .output()
        .expect("gwc runs");
    let rows: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("the output is one JSON array");
    assert_eq!(rows.len(), 177);
    for row in &rows {
        for field in ["method", "path", "action"] {
            assert!(row[field].is_string(), "`{field}` is missing in {row}");
        }
    }
}
