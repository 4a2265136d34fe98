//! Where a key comes from, and what the member learns of it (BN-7, BN-8, BN-11).

use super::{Host, Member, error, told};
use harness::{Gateway, Key, compiler::scratch, gateway::refusing, issuer::claims};
use serde_json::json;

/// A network of one member.
fn network(name: &str) -> (Member, Host, Gateway) {
    let member = Member::start("a", &[""]);
    let host = Host::of(&[&member]);
    let gateway = host.gateway(name);
    (member, host, gateway)
}

#[test]
fn bn_7_and_8_keys_and_what_the_member_is_told() {
    let (member, _host, gateway) = network("shards-keys");
    for (line, headers, key) in [
        ("GET /notes/1", &[("X-Tenant", "t1")][..], Some("t1")),
        (
            "GET /notes/1",
            &[("x-tenant", "t1"), ("X-Tenant", "t2")],
            Some("t1"),
        ),
        ("GET /notes/1", &[("X-Tenant", "")], None),
        ("GET /notes/1", &[("X_Tenant", "t1")], None),
        ("GET /notes/1", &[], None),
        ("GET /cookie", &[("Cookie", "a=b; tenant=t3")], Some("t3")),
        (
            "GET /cookie",
            &[("Cookie", "a=b"), ("Cookie", "tenant=\"t4\"")],
            Some("t4"),
        ),
        ("GET /cookie", &[("Cookie", "tenants=t3")], None),
        ("GET /cookie", &[("X-Tenant", "t1")], None),
        // BN-8: whatever the client says of its shard.
        (
            "GET /notes/1",
            &[("X-Tenant", "t1"), ("X-Base-Shard", "t9")],
            Some("t1"),
        ),
        (
            "GET /all",
            &[
                ("X-Tenant", "t1"),
                ("X-Base-Shard", "t9"),
                ("X_Base_Shard", "t9"),
            ],
            Some("t1"),
        ),
    ] {
        let before = member.count();
        let answer = gateway.ask(line, headers);
        let Some(key) = key else {
            assert_eq!(
                told(&answer),
                (400, error("shard_key_missing")),
                "{line} {headers:?}"
            );
            let kind = answer.headers.get("content-type").expect("a type");
            assert!(kind.starts_with("application/json"), "{kind}");
            assert_eq!(
                member.count(),
                before,
                "nothing is sent: {line} {headers:?}"
            );
            continue;
        };
        assert_eq!(told(&answer), (200, "a".to_owned()), "{line} {headers:?}");
        let got = member.server().last().headers;
        assert_eq!(got.all("x-base-shard"), [key], "{line} {headers:?}");
        assert!(!got.has("x_base_shard"), "{line} {headers:?}");
    }
}

/// BN-11: the Go gateway finds a key only where `input_headers` lets it through.
#[test]
fn bn_11_the_key_is_found_whatever_goes_upstream() {
    let (member, _host, gateway) = network("shards-hidden");
    let headers = [
        ("X-Tenant", "t1"),
        ("Accept", "text/plain"),
        ("X-Other", "o"),
    ];
    assert_eq!(gateway.ask("GET /hidden", &headers).status, 200);
    let got = member.server().last().headers;
    assert_eq!(got.get("x-base-shard"), Some("t1"));
    assert_eq!(got.get("accept"), Some("text/plain"));
    assert!(!got.has("x-tenant") && !got.has("x-other"), "{got:?}");
}

#[test]
fn keys_of_verified_tokens() {
    let (directory, key) = (scratch("shards-tokens"), Key::new("notes"));
    key.write(&directory);
    let member = Member::start("a", &[""]);
    let host = Host::of(&[&member]);
    let gateway = host
        .launch("shards-token-keys", refusing())
        .directory(&directory)
        .start();
    let token = |changes| {
        let mut all = claims(changes);
        all["aud"] = json!("notes");
        format!("Bearer {}", key.token(&all))
    };
    let known = token(json!({ "sub": "u1", "owner": "o1" }));
    let nobody = token(json!({ "sub": "", "owner": null }));
    for (path, token, expected) in [
        ("/me", Some(&known), Ok("u1")),
        ("/us", Some(&known), Ok("o1")),
        ("/me", Some(&nobody), Err(400)),
        ("/us", Some(&nobody), Err(400)),
        ("/me", None, Err(401)),
        ("/us", None, Err(401)),
    ] {
        let before = member.count();
        // What a client says of itself counts for nothing.
        let mut headers = vec![
            ("X-User-Id", "root"),
            ("X-Org-Id", "admin"),
            ("X-Base-Shard", "root"),
        ];
        headers.extend(token.map(|token| ("Authorization", token.as_str())));
        let answer = gateway.ask(&format!("GET {path}"), &headers);
        match expected {
            Ok(key) => {
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                let got = member.server().last().headers;
                assert_eq!(got.all("x-base-shard"), [key], "{path}");
            }
            Err(status) => {
                assert_eq!(answer.status, status, "{path}: {}", answer.text());
                assert_eq!(member.count(), before, "{path}");
            }
        }
    }
    let why = gateway.line("why there was no key", |line| line.contains("jwt.owner"));
    assert!(why.contains("the request has no jwt.owner"), "{why}");
}
