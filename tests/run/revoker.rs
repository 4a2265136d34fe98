//! `auth/revoker`: tokens that are refused because the API was told so, and the API itself.

use harness::{
    Client, Gateway, Issuer, Key, Launch, Origin, PATIENCE, Response, compiler::scratch,
    gateway::ORIGIN, within,
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

const TOKEN: &str = "a-token-of-32-bytes-for-the-api.";

/// A gateway of `tests/golden/revoke.json`, its keys, and where its API listens.
struct Revoking {
    gateway: Gateway,
    key: Key,
    api: SocketAddr,
    _origin: Origin,
}

impl Revoking {
    fn start(name: &str) -> Revoking {
        let (origin, key) = (Origin::ok(), Key::new("signing"));
        let directory = scratch(name);
        key.write(&directory);
        let gateway = Launch::golden("revoke")
            .directory(&directory)
            .env("REVOKER_TOKEN", TOKEN)
            .resolve(ORIGIN, origin.address)
            .resolve("keys.test:7000", harness::gateway::refusing())
            .start();
        Revoking {
            api: api_of(&gateway),
            gateway,
            key,
            _origin: origin,
        }
    }

    /// The status that a token gets at `path`, twice: the second time it is remembered.
    fn status(&self, path: &str, claims: &Value) -> u16 {
        let bearer = format!("Bearer {}", self.key.token(claims));
        let headers = [("Authorization", bearer.as_str())];
        let mut client = self.gateway.client();
        let [first, second] = [(), ()].map(|()| {
            client.request(&format!("GET {path}"), &headers);
            client.response().status
        });
        assert_eq!(first, second, "the same token, remembered: {claims}");
        first
    }

    fn ask(&self, line: &str, body: Option<&str>) -> Response {
        ask(self.api, line, body)
    }

    fn revoke(&self, claim: &str, value: &str) {
        revoke(self.api, claim, value);
    }
}

/// Where the API of a gateway listens.
fn api_of(gateway: &Gateway) -> SocketAddr {
    let line = gateway.line("the API's address", |line| {
        line.contains("the API listens on")
    });
    let (_, rest) = line.split_once("the API listens on ").expect("an address");
    let (address, _) = rest.split_once(';').expect("an end");
    address.parse().expect("an address")
}

fn ask(api: SocketAddr, line: &str, body: Option<&str>) -> Response {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let mut client = Client::connect(api);
    match body {
        Some(body) => client.post(line, &headers, body.as_bytes()),
        None => client.request(line, &headers),
    };
    client.response()
}

fn revoke(api: SocketAddr, claim: &str, value: &str) {
    let body = json!({ "claim": claim, "value": value }).to_string();
    let answer = ask(api, "POST /revoked", Some(&body));
    assert_eq!((answer.status, answer.json()), (200, json!({ "added": 1 })));
}

#[test]
fn a_revoked_token_is_refused_and_others_are_not() {
    let revoking = Revoking::start("revoker-tokens");
    let one = json!({ "jti": "1", "sub": "ann", "roles": ["admin"] });
    let other = json!({ "jti": "2", "sub": "ann", "roles": ["admin"] });
    let bob = json!({ "jti": "3", "sub": "bob", "roles": ["admin"] });
    let nameless = json!({ "roles": ["admin"] });
    // A value of one claim is not the same value of another, and only texts count.
    let mixed = json!({ "jti": "ann", "sub": "1", "roles": ["admin"] });
    for claims in [&one, &other, &bob, &nameless, &mixed] {
        assert_eq!(revoking.status("/me", claims), 200, "{claims}");
        assert_eq!(revoking.status("/admin", claims), 200, "{claims}");
    }

    revoking.revoke("jti", "1");
    for path in ["/me", "/admin"] {
        for (claims, status) in [(&one, 401), (&other, 200), (&bob, 200), (&mixed, 200)] {
            assert_eq!(revoking.status(path, claims), status, "{path} {claims}");
        }
    }
    revoking.revoke("sub", "ann");
    for path in ["/me", "/admin"] {
        for (claims, status) in [
            (&one, 401),
            (&other, 401),
            (&bob, 200),
            (&mixed, 200),
            (&nameless, 200),
        ] {
            assert_eq!(revoking.status(path, claims), status, "{path} {claims}");
        }
    }
    let status = revoking.ask("GET /", None).json();
    assert!(status["tokens_refused"].as_u64() >= Some(6), "{status}");
}

/// On one connection to one core: the token was believed and is remembered, then it is revoked.
#[test]
fn a_remembered_token_is_refused_from_the_moment_it_is_revoked() {
    let revoking = Revoking::start("revoker-remembered");
    let token = revoking.key.token(&json!({ "jti": "kept", "sub": "ann" }));
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let mut client = revoking.gateway.client();
    for _ in 0..3 {
        client.request("GET /me", &headers);
        assert_eq!(client.response().status, 200);
    }
    revoking.revoke("jti", "kept");
    client.request("GET /me", &headers);
    let refused = client.response();
    assert_eq!(refused.status, 401);
    let challenge = refused.headers.get("www-authenticate");
    assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#));
    assert_eq!(refused.json()["message"], "the token was revoked");
}

/// The edge remembers who a token is of. That nobody has revoked it is asked anew for each request, and on each core.
#[test]
fn the_edge_refuses_what_was_revoked() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = Launch::golden("urls")
        .env("REVOKER_TOKEN", TOKEN)
        .env("COMMERCE_URL", "http://commerce.test:8001")
        .env("VAULT_URL", "https://vault.test:7001")
        .resolve(ORIGIN, origin.address)
        .resolve("id.test:80", issuer.server.address)
        .resolve("realm.test:7000", issuer.server.address)
        .resolve("vault.test:7001", harness::gateway::refusing())
        .start();
    let api = api_of(&gateway);
    let token = |jti: &str| {
        let exp = harness::issuer::now() + 3600;
        let claims =
            json!({ "iss": "https://id.test", "aud": "api", "exp": exp, "sub": "ann", "jti": jti });
        format!("Bearer {}", issuer.token(&claims))
    };
    let (kept, other) = (token("kept"), token("other"));
    let mut client = gateway.client();
    let mut ask = |token: &str| {
        client.request("GET /who", &[("Authorization", token)]);
        client.response()
    };
    for _ in 0..2 {
        assert_eq!(ask(&kept).status, 200);
        assert_eq!(origin.last().headers.get("x-user-id"), Some("ann"));
    }
    revoke(api, "jti", "kept");
    let before = origin.count();
    let refused = ask(&kept);
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.text(),
        r#"{"detail":"token validation failed: the token was revoked","error":"unauthorized","message":"Invalid token"}"#
    );
    let challenge = refused.headers.get("www-authenticate");
    assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#));
    assert_eq!(origin.count(), before, "a revoked token got through");
    assert_eq!(ask(&other).status, 200, "another token of the same owner");
    revoke(api, "sub", "ann");
    assert_eq!(ask(&other).status, 401, "one that was remembered");
    assert_eq!(ask(&token("new")).status, 401, "one that is new");
    assert_eq!(
        gateway.get("/who").status,
        200,
        "nobody has no token to revoke"
    );
}

#[test]
fn an_endpoint_with_a_signer_asks_too() {
    let revoking = Revoking::start("revoker-exchange");
    let token = revoking.key.token(&json!({ "sub": "eve" }));
    let bearer = format!("Bearer {token}");
    revoking.revoke("sub", "eve");
    let answer = revoking
        .gateway
        .client()
        .post("POST /exchange", &[("Authorization", &bearer)], b"")
        .response();
    assert_eq!(answer.status, 401);
}

#[test]
fn the_api_answers() {
    let revoking = Revoking::start("revoker-api");
    let many: Vec<Value> = (0..3000)
        .map(|n| json!({ "claim": "jti", "value": format!("id {n}") }))
        .collect();
    let many = Value::from(many).to_string();
    let long = format!(r#"{{"claim":"jti","value":"{}"}}"#, "x".repeat(2_000_000));
    for (line, body, status, expected) in [
        (
            "GET /revoked?claim=jti&value=id+7",
            None,
            200,
            r#"{"revoked":false}"#,
        ),
        (
            "POST /revoked",
            Some(many.as_str()),
            200,
            r#"{"added":3000}"#,
        ),
        (
            "GET /revoked?claim=jti&value=id+7",
            None,
            200,
            r#"{"revoked":true}"#,
        ),
        (
            "GET /revoked?claim=jti&value=id%202999",
            None,
            200,
            r#"{"revoked":true}"#,
        ),
        (
            "GET /revoked?claim=jti&value=id+3000",
            None,
            200,
            r#"{"revoked":false}"#,
        ),
        (
            "GET /revoked?claim=sub&value=id+7",
            None,
            200,
            r#"{"revoked":false}"#,
        ),
        (
            "GET /revoked?claim=iss&value=x",
            None,
            400,
            r#"{"message":"tokens are revoked by jti, sub only (`token_keys`)"}"#,
        ),
        (
            "GET /revoked?claim=jti",
            None,
            400,
            r#"{"message":"expected ?claim=…&value=…, each of them once"}"#,
        ),
        (
            "POST /revoked",
            Some("{"),
            400,
            r#"{"message":"the body is not JSON"}"#,
        ),
        (
            "POST /revoked",
            Some(r#"[{"claim":"jti","value":"good"},{"claim":"iss","value":"bad"}]"#),
            400,
            r#"{"message":"tokens are revoked by jti, sub only (`token_keys`)"}"#,
        ),
        (
            "GET /revoked?claim=jti&value=good",
            None,
            200,
            r#"{"revoked":false}"#,
        ),
        (
            "POST /revoked",
            Some(long.as_str()),
            413,
            r#"{"message":"the body is longer than 1048576 bytes: send it in parts"}"#,
        ),
        (
            "DELETE /revoked",
            None,
            405,
            r#"{"message":"only GET, POST"}"#,
        ),
        (
            "GET /elsewhere",
            None,
            404,
            r#"{"message":"there is `/` and `/revoked`"}"#,
        ),
    ] {
        let answer = revoking.ask(line, body);
        let told = (answer.status, answer.text());
        assert_eq!(told, (status, format!("{expected}\n")), "{line}");
    }
    let status = revoking.ask("GET /", None).json();
    for (pointer, expected) in [
        ("/claims", json!(["jti", "sub"])),
        ("/elements_expected", json!(10_000)),
        ("/bits", json!(287_552)),
        ("/hashes", json!(20)),
        ("/ttl_seconds", json!(3600)),
        ("/rotations", json!(0)),
        ("/filters/previous/elements", json!(0)),
        ("/filters/current/elements", json!(3000)),
        ("/filters/next/elements", json!(3000)),
        ("/tokens_refused", json!(0)),
    ] {
        assert_eq!(
            status.pointer(pointer),
            Some(&expected),
            "{pointer}: {status}"
        );
    }
    let odds = status["false_positives"].as_f64().expect("a number");
    assert!(odds < 1e-6, "{status}");
}

#[test]
fn the_api_is_for_whoever_has_the_token() {
    let revoking = Revoking::start("revoker-strangers");
    let (right, short) = (format!("Bearer {TOKEN}"), format!("Bearer {}", &TOKEN[1..]));
    let tables: [&[(&str, &str)]; 8] = [
        &[],
        &[("Authorization", "Bearer")],
        &[("Authorization", "Bearer ")],
        &[("Authorization", TOKEN)],
        &[("Authorization", &short)],
        &[("Authorization", "Bearer ${env:REVOKER_TOKEN}")],
        &[("Authorization", &right), ("Authorization", &right)],
        &[("X-Api-Key", TOKEN)],
    ];
    for headers in tables {
        for line in [
            "GET /",
            "GET /revoked?claim=jti&value=1",
            "POST /revoked",
            "GET /x",
        ] {
            let answer = Client::connect(revoking.api)
                .request(line, headers)
                .response();
            assert_eq!(answer.status, 401, "{line} {headers:?}");
            assert_eq!(answer.headers.get("www-authenticate"), Some("Bearer"));
            // Else whoever reads no answers could hold all places of the API.
            assert_eq!(answer.headers.get("connection"), Some("close"));
        }
    }
    let log = revoking.gateway.log().join("\n");
    assert!(!log.contains(TOKEN), "the token is in the log: {log}");
}

/// What `net/rpc` of Go sends first, and what its client would show.
#[test]
fn a_go_client_is_told_in_its_own_language() {
    let revoking = Revoking::start("revoker-go");
    let mut stream = TcpStream::connect(revoking.api).expect("connect");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
        .write_all(b".\x7f\x03\x01\x01\x07Request\x01\xff\x80\x00\x01\x02\x01\rServiceMethod\x01\x0c\x00\x01\x03Seq\x01\x06\x00\x00\x00")
        .expect("send");
    let mut answer = Vec::new();
    // It may be reset after the answer, for not all was read.
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    assert!(
        text.contains("this gateway's revoker speaks HTTP and JSON"),
        "{text}"
    );
    revoking
        .gateway
        .line("a warning", |line| line.contains("a Go RPC client perhaps"));
}

/// How a gateway ends that is given this token, and what it says.
#[test]
fn a_gateway_without_a_good_token_does_not_start() {
    let directory = scratch("revoker-refused");
    Key::new("signing").write(&directory);
    for (token, expected) in [
        (None, "${env:REVOKER_TOKEN}"),
        (Some("tiny-secret"), "`api_token` is shorter than 16 bytes"),
        (
            Some("with spaces in between"),
            "`api_token` has bytes that no header can hold",
        ),
    ] {
        let mut command = std::process::Command::new(harness::compiler::compiled("revoke"));
        command
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(&directory)
            .env_remove("REVOKER_TOKEN");
        if let Some(token) = token {
            command.env("REVOKER_TOKEN", token);
        }
        let ended = command.output().expect("run the gateway");
        let said = [ended.stdout, ended.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(token.is_none_or(|token| !said.contains(token)), "{said}");
    }
}

/// As many as there may be say nothing; another is served as soon as they leave.
#[test]
fn a_silent_connection_gives_its_place_back() {
    let revoking = Revoking::start("revoker-connections");
    let silent: Vec<TcpStream> = (0..64)
        .map(|_| TcpStream::connect(revoking.api).expect("connect"))
        .collect();
    let mut waiting = Client::connect(revoking.api);
    let bearer = format!("Bearer {TOKEN}");
    waiting.request("GET /", &[("Authorization", &bearer)]);
    drop(silent);
    let status = within(PATIENCE, "an answer", || Some(waiting.response().status));
    assert_eq!(status, 200);
}
