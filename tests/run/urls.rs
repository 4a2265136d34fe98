//! Slots in the URLs that a gateway itself asks, and in issuers: `tests/golden/urls.json`.

use harness::{
    Issuer, Launch, Origin,
    compiler::compiled,
    gateway::{ORIGIN, refusing},
    issuer::now,
};
use serde_json::{Value, json};
use std::process::{Command, Output};

const VAULT: &str = "https://vault.test:7001";
const TOKEN: &str = "a-token-of-32-bytes-for-the-api.";

/// All that has no default.
const ENOUGH: [(&str, &str); 3] = [
    ("COMMERCE_URL", "http://commerce.test:8001/base"),
    ("VAULT_URL", VAULT),
    ("REVOKER_TOKEN", TOKEN),
];

/// With all that has no default; the rest is as `more` says.
fn launch(origin: &Origin, more: &[(&str, &str)]) -> Launch {
    let mut launch = Launch::golden("urls")
        .resolve(ORIGIN, origin.address)
        .resolve("vault.test:7001", refusing());
    for (name, value) in ENOUGH.iter().chain(more) {
        launch = launch.env(name, value);
    }
    launch
}

fn run(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(compiled("urls"));
    command.args(args).env("NO_COLOR", "1");
    for (name, _) in ENOUGH {
        command.env_remove(name);
    }
    let command = command.envs(environment.iter().copied());
    command.output().expect("run the gateway")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn bearer(issuer: &Issuer, claims: &Value) -> String {
    format!("Bearer {}", issuer.token(claims))
}

fn claims(iss: &str) -> Value {
    json!({ "iss": iss, "aud": "api", "sub": "u1", "owner": "acme", "exp": now() + 3600 })
}

/// Keys come from where the variables say, and tokens are of the issuer that they name.
#[test]
fn issuers_are_what_the_environment_says() {
    for (set, at, port, edge, realm) in [
        (
            &[][..],
            "id.test:80",
            "realm.test:7000",
            "https://id.test",
            "https://realm.test",
        ),
        (
            &[
                ("IDP", "x.test"),
                ("REALM", "urn:realm"),
                ("REALM_PORT", "7002"),
            ],
            "x.test:80",
            "realm.test:7002",
            "https://x.test",
            "urn:realm",
        ),
        // An empty one is as one that is not set; the edge's own variables go before the config.
        (
            &[
                ("IDP", "nowhere.test"),
                ("REALM", ""),
                ("AUTH_JWKS_URL", "http://other.test/jwks"),
                ("AUTH_ISSUER", "${env:IDP}"),
            ],
            "other.test:80",
            "realm.test:7000",
            "${env:IDP}",
            "https://realm.test",
        ),
    ] {
        let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
        let gateway = launch(&origin, set)
            .resolve(at, issuer.server.address)
            .resolve(port, issuer.server.address)
            .start();
        for (path, header, iss, status) in [
            ("/who", "Authorization", edge, 200),
            ("/who", "Authorization", realm, 401),
            ("/realm", "X-Token", realm, 200),
            ("/realm", "X-Token", edge, 401),
        ] {
            let token = bearer(&issuer, &claims(iss));
            let answer = gateway.ask(&format!("GET {path}"), &[(header, &token)]);
            assert_eq!(answer.status, status, "{path} {iss} {set:?}");
        }
    }
}

#[test]
fn balances_are_asked_for_where_the_environment_says() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let commerce = Origin::start(|x| {
        x.reply("200 OK", &[], br#"{"available":0}"#);
    });
    let gateway = launch(&origin, &[])
        .resolve("id.test:80", issuer.server.address)
        .resolve("realm.test:7000", issuer.server.address)
        .resolve("commerce.test:8001", commerce.address)
        .start();
    let token = bearer(&issuer, &claims("https://id.test"));
    let answer = gateway.ask("GET /paid", &[("Authorization", &token)]);
    assert_eq!(answer.status, 402, "{}", answer.text());
    let asked = commerce.last();
    assert_eq!(asked.headers.get("host"), Some("commerce.test:8001"));
    assert!(
        asked.target.starts_with("/base/api/v1/"),
        "{}",
        asked.target
    );
}

/// One list, with all of it, before anything listens; also where another variable would go before the slot.
#[test]
fn what_is_no_url_stops_the_start() {
    for args in [&["--listen", "127.0.0.1:0"][..], &["check"]] {
        let ended = run(
            args,
            &[
                ("COMMERCE_URL", "commerce"),
                ("AUTH_BILLING_URL", "http://commerce.test"),
                ("VAULT_URL", "http://vault.test"),
                ("IDP", "id.test:80a"),
                ("REALM_PORT", "80/?secret=sesame#"),
            ],
        );
        let (out, err) = (text(&ended.stdout), text(&ended.stderr));
        assert_eq!((ended.status.code(), out.as_str()), (Some(1), ""), "{err}");
        let expected = "error: the slots of the config cannot be filled:
  ${env:REVOKER_TOKEN}: not set (for a secret of the config)
  `${env:COMMERCE_URL}` came to `commerce`: a URL starts with http:// or https://; write it like \"https://id.example.com/.well-known/jwks\"
  `${env:VAULT_URL}/keys.json` came to `http://vault.test/keys.json`: keys come over https; the config would have to say `\"disable_jwk_security\": true`
  `http://${env:IDP:-id.test}/jwks` came to `http://id.test:80a/jwks`: a port is a number from 1 to 65535; without a port, 80 is meant for http:// and 443 for https://
  `http://realm.test:${env:REALM_PORT:-7000}/jwks` came to `http://realm.test:80/?secret=***`: not a path and query that can be asked for; write it like \"https://id.example.com/.well-known/jwks\"
help: set the variables (an empty one counts as not set) and put the files in place; the command `env` shows every slot
";
        assert_eq!(err, expected, "{args:?}");
    }
}

#[test]
fn env_lists_the_slots_and_the_variables_before_them() {
    let listed = text(&run(&["env"], &[("IDP", "x.test")]).stdout);
    for line in [
        "AUTH_JWKS_URL=http://${env:IDP:-id.test}/jwks  (config)",
        "AUTH_ISSUER=https://${env:IDP:-id.test}  (config)",
        "AUTH_BILLING_URL=${env:COMMERCE_URL}  (config)",
        "${env:IDP}=x.test  (environment)",
        "    For `http://${env:IDP:-id.test}/jwks`, `https://${env:IDP:-id.test}`.",
        "${env:REALM}=https://realm.test  (default)",
        "${env:VAULT_URL}  (not set: the gateway cannot start)",
    ] {
        assert!(
            listed.lines().any(|l| l == line),
            "no {line:?} in\n{listed}"
        );
    }
}

#[test]
fn check_fetches_from_what_the_slots_came_to() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let mut args = vec!["check".to_owned(), "--json".to_owned()];
    for (name, address) in [
        (ORIGIN, origin.address),
        ("x.test:80", issuer.server.address),
        ("realm.test:7000", issuer.server.address),
        ("vault.test:7001", refusing()),
    ] {
        args.push(format!("--resolve={name}={address}"));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let environment = [&ENOUGH[..], &[("IDP", "x.test")]].concat();
    let ended = run(&args, &environment);
    let out = text(&ended.stdout);
    let lines: Vec<Value> =
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{}", text(&ended.stderr)));
    let sets: Vec<(&str, bool)> = lines
        .iter()
        .filter_map(|line| Some((line["key_set"].as_str()?, line["ok"].as_bool()?)))
        .collect();
    let expected = [
        ("http://x.test/jwks", true),
        ("http://realm.test:7000/jwks", true),
    ];
    assert_eq!(sets, expected, "{out}");
    assert_eq!(ended.status.code(), Some(0), "{out}");
}

/// What a signer is waiting for is named as it came to.
#[test]
fn a_signer_asks_where_the_environment_says() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &[])
        .resolve("id.test:80", issuer.server.address)
        .resolve("realm.test:7000", issuer.server.address)
        .start();
    gateway.line("what it waits for", |line| {
        line.contains("auth/signer") && line.contains("https://vault.test:7001/keys.json")
    });
    assert_eq!(gateway.ask("POST /login", &[]).status, 503);
}
