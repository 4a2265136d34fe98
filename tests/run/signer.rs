//! `auth/signer`: what the backend says becomes a token, or is never sent.

use harness::{
    Exchange, Gateway, Key, Launch, Origin, Response,
    compiler::scratch,
    gateway::{ORIGIN, refusing},
};
use serde_json::{Value, json};

/// A gateway of `tests/golden/revoke.json` before an origin that answers with `handler`, and its keys.
struct Signing {
    gateway: Gateway,
    key: Key,
    origin: Origin,
}

impl Signing {
    fn start(name: &str, handler: impl Fn(&mut Exchange) + Send + Sync + 'static) -> Signing {
        let (origin, key) = (Origin::start(handler), Key::new("signing"));
        let directory = scratch(name);
        key.write(&directory);
        let gateway = Launch::golden("revoke")
            .directory(&directory)
            .env("REVOKER_TOKEN", "a-token-of-32-bytes-for-the-api.")
            .resolve(ORIGIN, origin.address)
            .resolve("keys.test:7000", refusing())
            .start();
        Signing {
            gateway,
            key,
            origin,
        }
    }

    /// Whose origin answers like this.
    fn answering(
        name: &str,
        status: &'static str,
        headers: &'static [(&'static str, &'static str)],
        body: impl Into<Vec<u8>>,
    ) -> Signing {
        let body = body.into();
        Signing::start(name, move |x| {
            x.body();
            x.reply(status, headers, &body);
        })
    }

    fn post(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let line = format!("POST {path}");
        self.gateway.client().post(&line, headers, b"{}").response()
    }
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text, not {value}"))
}

const ANSWER: &str = r#"{ "n": 12345678901234567890.10, "access_token": {"sub":"ann", "exp": 4102444800},
  "refresh_token":{"sub":"ann","use":"refresh"},"user":"ann" }"#;
const JSON: &[(&str, &str)] = &[
    ("Content-Type", "application/json"),
    ("ETag", "\"1\""),
    ("Set-Cookie", "a=b"),
];

#[test]
fn values_become_tokens_that_the_public_key_vouches_for() {
    let signing = Signing::answering("signer-round-trip", "201 Created", JSON, ANSWER);
    let answer = signing.post("/login", &[]);
    assert_eq!(answer.status, 201);
    let body = answer.json();
    for (name, claims) in [
        ("access_token", r#"{"sub":"ann", "exp": 4102444800}"#),
        ("refresh_token", r#"{"sub":"ann","use":"refresh"}"#),
    ] {
        let (header, payload) = signing.key.open(text(&body[name]));
        assert_eq!(
            header,
            json!({ "alg": "ES256", "kid": "signing", "typ": "JWT" })
        );
        assert_eq!(payload, claims, "{name}: as the backend wrote it");
    }
    // All else is as it was, to the byte.
    let mut expected = ANSWER.to_owned();
    for name in ["access_token", "refresh_token"] {
        let claims = signing.key.open(text(&body[name])).1;
        expected = expected.replace(&claims, &body[name].to_string());
    }
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.headers.get("set-cookie"), Some("a=b"));
    assert_eq!(answer.headers.get("content-type"), Some("application/json"));
    assert!(!answer.headers.has("etag"), "it is of other bytes");
    // The gateway itself believes it.
    let bearer = format!("Bearer {}", text(&body["access_token"]));
    let again = signing.post("/exchange", &[("Authorization", &bearer)]);
    assert_eq!(again.status, 201);
}

#[test]
fn a_full_token_is_json_in_a_text() {
    let signing = Signing::answering("signer-full", "200 OK", JSON, ANSWER);
    let body = signing.post("/full", &[]).json();
    let token: Value = serde_json::from_str(text(&body["access_token"])).expect("JSON");
    let part = |name: &str| text(&token[name]).to_owned();
    let (header, payload) =
        signing
            .key
            .open_parts(&part("protected"), &part("payload"), &part("signature"));
    assert_eq!(
        header,
        json!({ "alg": "ES256", "kid": "signing", "typ": "at+jwt" })
    );
    assert_eq!(payload, r#"{"sub":"ann", "exp": 4102444800}"#);
    assert!(
        body["refresh_token"].is_object(),
        "it is not to be signed here"
    );
}

#[test]
fn a_composed_answer_is_the_gateways_own() {
    let signing = Signing::answering("signer-composed", "201 Created", JSON, ANSWER);
    let answer = signing.post("/composed", &[]);
    assert_eq!(answer.status, 200);
    let kind = answer.headers.get("content-type");
    assert_eq!(kind, Some("application/json; charset=utf-8"));
    assert!(!answer.headers.has("set-cookie") && !answer.headers.has("etag"));
    signing.key.open(text(&answer.json()["access_token"]));

    let signing = Signing::answering("signer-composed-error", "401 Unauthorized", JSON, "{}");
    let answer = signing.post("/composed", &[]);
    assert_eq!(answer.status, 502);
    assert_eq!(answer.json()["message"], "the upstream answered 401");
}

/// The answer's status, and its body without what changes from request to request.
fn told(answer: &Response) -> (u16, String) {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(Value::Object(body)) if body.contains_key("request_id") => {
            (answer.status, text(&body["message"]).to_owned())
        }
        _ => (answer.status, answer.text()),
    }
}

#[test]
fn what_cannot_be_signed_is_not_sent() {
    const SECRET: &str = "unsigned-secret";
    let claims = format!(r#"{{"sub":"{SECRET}"}}"#);
    let object = "the upstream's answer is not a JSON object";
    let bodies = [
        (format!("<p>{SECRET}</p>"), object),
        (format!("[{claims}]"), object),
        (format!(r#"{{"access_token":{claims}"#), object),
        (
            format!(r#"{{"access_token":{claims}}} {{"access_token":{claims}}}"#),
            object,
        ),
        (
            format!(r#"{{"access_token":"{SECRET}"}}"#),
            "`access_token` of the upstream's answer is not an object of claims",
        ),
        (
            format!(r#"{{"access_token":[{claims}]}}"#),
            "`access_token` of the upstream's answer is not an object of claims",
        ),
        (
            format!(r#"{{"access_token":{claims},"access\u005ftoken":{claims}}}"#),
            "`access_token` stands twice in the upstream's answer, or has a claim twice",
        ),
        (
            format!(r#"{{"access_token":{{"sub":"{SECRET}","sub":"x"}}}}"#),
            "`access_token` stands twice in the upstream's answer, or has a claim twice",
        ),
        (
            format!(
                r#"{{"access_token":{claims},"pad":"{}"}}"#,
                "x".repeat(1024 * 1024)
            ),
            "the upstream's answer is longer than 1048576 bytes",
        ),
    ];
    let count = bodies.len();
    let sent: Vec<String> = bodies.iter().map(|(body, _)| body.clone()).collect();
    let signing = Signing::start("signer-refused", move |x| {
        x.body();
        let n: usize = x
            .head
            .headers
            .get("x-case")
            .expect("a case")
            .parse()
            .expect("a number");
        let status = x
            .head
            .headers
            .get("x-status")
            .unwrap_or("200 OK")
            .to_owned();
        x.reply(&status, &[], sent[n % count].as_bytes());
    });
    for (n, (_, why)) in bodies.iter().enumerate() {
        let case = n.to_string();
        let answer = signing.post("/login", &[("X-Case", &case)]);
        assert_eq!(told(&answer), (502, (*why).to_owned()), "case {n}");
        // Beside an error, the status goes through and the body stays here.
        let headers = [("X-Case", case.as_str()), ("X-Status", "403 Forbidden")];
        let answer = signing.post("/login", &headers);
        let expected = match *why {
            why if why.contains("longer") => (502, why.to_owned()),
            _ => (403, String::new()),
        };
        assert_eq!(told(&answer), expected, "case {n}, forbidden");
        assert!(!answer.text().contains(SECRET), "case {n}");
    }
}

#[test]
fn what_has_nothing_to_sign_goes_through() {
    for (name, status, body, expected) in [
        ("signer-none", "200 OK", r#"{"a":1}"#, (200, r#"{"a":1}"#)),
        (
            "signer-null",
            "200 OK",
            r#"{"access_token":null}"#,
            (200, r#"{"access_token":null}"#),
        ),
        ("signer-empty", "202 Accepted", "", (202, "")),
        ("signer-no-content", "204 No Content", "", (204, "")),
        (
            "signer-error",
            "401 Unauthorized",
            r#"{"error":"no"}"#,
            (401, r#"{"error":"no"}"#),
        ),
        ("signer-redirect", "302 Found", "<p>there</p>", (302, "")),
    ] {
        let signing = Signing::start(name, move |x| {
            x.body();
            if body.is_empty() {
                x.begin(status, &[("Content-Length", "0")]);
            } else {
                x.reply(status, &[], body.as_bytes());
            }
        });
        let answer = signing.post("/login", &[]);
        assert_eq!((answer.status, answer.text().as_str()), expected, "{name}");
    }
}

#[test]
fn the_backend_is_asked_for_all_of_it_and_plain() {
    let signing = Signing::answering("signer-plain", "200 OK", JSON, ANSWER);
    let answer = signing.post(
        "/login",
        &[
            ("Accept-Encoding", "gzip, br"),
            ("Range", "bytes=10-40"),
            ("If-Range", "\"1\""),
            ("Accept", "application/json"),
        ],
    );
    assert_eq!(answer.status, 200);
    let asked = signing.origin.last();
    assert_eq!(asked.headers.all("accept-encoding"), ["identity"]);
    assert_eq!(asked.headers.get("accept"), Some("application/json"));
    assert!(!asked.headers.has("range") && !asked.headers.has("if-range"));

    for (name, status, headers, why) in [
        (
            "signer-part",
            "206 Partial Content",
            [("Content-Range", "bytes 10-40/80")],
            "the upstream answered with a part",
        ),
        (
            "signer-gzip",
            "200 OK",
            [("Content-Encoding", "gzip")],
            "the upstream's answer is compressed, though it was asked not to",
        ),
    ] {
        let signing = Signing::start(name, move |x| {
            x.body();
            x.reply(status, &headers, b"{}");
        });
        assert_eq!(told(&signing.post("/login", &[])), (502, why.to_owned()));
    }
}

#[test]
fn a_slow_answer_has_its_time_and_no_more() {
    let signing = Signing::start("signer-slow", |x| {
        x.body();
        x.begin("200 OK", &[("Content-Length", "20")]);
        x.send(b"{");
        x.closed(harness::PATIENCE);
    });
    let answer = signing.post("/quick", &[]);
    assert_eq!(answer.status, 504);
    assert!(!answer.text().contains('{') || answer.json()["request_id"].is_string());
}

#[test]
fn a_head_has_no_length_of_the_unsigned() {
    let signing = Signing::answering("signer-head", "200 OK", JSON, ANSWER);
    let answer = signing
        .gateway
        .client()
        .request("HEAD /login", &[])
        .response_to("HEAD");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    let length = ANSWER.len().to_string();
    assert_ne!(answer.headers.get("content-length"), Some(length.as_str()));
}

#[test]
fn without_a_key_the_backend_is_not_asked() {
    let signing = Signing::answering("signer-late", "200 OK", JSON, ANSWER);
    let answer = signing.post("/late", &[]);
    assert_eq!(
        told(&answer),
        (503, "there is no key to sign with yet".to_owned())
    );
    assert_eq!(answer.headers.get("retry-after"), Some("5"));
    assert_eq!(signing.origin.count(), 0);
    signing.gateway.line("why", |line| {
        line.contains("cannot fetch the private key set https://keys.test:7000/private.json")
    });
    let log = signing.gateway.log().join("\n");
    let private: Value = serde_json::from_str(&signing.key.private_set()).expect("JSON");
    let d = text(&private["keys"][0]["d"]);
    assert!(!log.contains(d), "the private key is in the log");
}

#[test]
fn a_bad_key_file_stops_the_start() {
    let good = Key::new("signing");
    for (name, private, expected) in [
        (
            "signer-no-file",
            None,
            "cannot read the private key set private.json",
        ),
        (
            "signer-no-set",
            Some("{".to_owned()),
            "it is not a key set (JWKS)",
        ),
        (
            "signer-public",
            Some(good.public_set()),
            "the key has no private part",
        ),
        (
            "signer-other",
            Some(Key::new("other").private_set()),
            "it has no key with this `kid`",
        ),
    ] {
        let directory = scratch(name);
        good.write(&directory);
        let file = directory.join("private.json");
        match private {
            Some(text) => std::fs::write(&file, text).expect("write"),
            None => std::fs::remove_file(&file).expect("remove"),
        }
        let ended = std::process::Command::new(harness::compiler::compiled("revoke"))
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(&directory)
            .env("REVOKER_TOKEN", "a-token-of-32-bytes-for-the-api.")
            .output()
            .expect("run the gateway");
        let said = [ended.stdout, ended.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(ended.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
    }
}

/// A key that everybody on the machine may read is used, and warned of.
#[cfg(unix)]
#[test]
fn a_key_that_everybody_may_read_is_warned_of() {
    use std::{fs, os::unix::fs::PermissionsExt};
    for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true)] {
        let directory = scratch("signer-mode");
        Key::new("signing").write(&directory);
        let file = directory.join("private.json");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode");
        let gateway = Launch::golden("revoke")
            .directory(&directory)
            .env("REVOKER_TOKEN", "a-token-of-32-bytes-for-the-api.")
            .resolve("keys.test:7000", refusing())
            .start();
        // All of it was said before it listened.
        let log = gateway.log();
        let said = log
            .iter()
            .filter(|line| line.contains("everybody on this machine"));
        assert_eq!(said.count(), usize::from(warned), "{mode:o}: {log:?}");
    }
}
