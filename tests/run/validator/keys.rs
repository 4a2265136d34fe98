//! The issuer's keys: fetched once, changed, missing, and what happens while their server is ill. No request waits.

use super::{DEAD, KEYS, ask, launch};
use harness::{
    Exchange, Issuer, Key, Launch, Origin, PATIENCE, compiler::compiled, gateway::ORIGIN,
    issuer::claims, within,
};
use serde_json::{Value, json};
use std::{
    process::Command,
    sync::{Arc, Condvar, Mutex},
    thread,
};

fn fetches(issuer: &Issuer, target: &str) -> usize {
    let count = issuer.server.count();
    (0..count)
        .filter(|n| issuer.server.request(*n).target == target)
        .count()
}

#[test]
fn one_fetch_for_all_validators_before_the_first_request() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let token = issuer.token(&claims(json!({ "aud": ["a", "b"], "roles": "admin" })));
    for path in ["/closed", "/audience/all", "/audience/any", "/roles"] {
        assert_eq!(ask(&gateway, path, &token), 200, "{path}");
    }
    assert_eq!(fetches(&issuer, "/jwks"), 1);
    let request = issuer.server.request(0);
    assert_eq!(request.method, "GET");
    assert_eq!(request.headers.get("host"), Some(KEYS));
}

/// BUG-6: a key that was not there yesterday is believed as soon as it is fetched, one that is gone no longer.
#[test]
fn keys_rotate() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("old"));
    let gateway = launch(&origin, &issuer).start();
    let old = issuer.token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &old), 200);
    issuer.rotate("new");
    assert_eq!(ask(&gateway, "/closed", &old), 200, "nobody has noticed");
    let new = issuer.token(&claims(json!({})));
    within(PATIENCE, "the new key", || {
        (ask(&gateway, "/closed", &new) == 200).then_some(())
    });
    assert_eq!(ask(&gateway, "/closed", &old), 401, "a key that is gone");
    gateway.line("the change in the log", |line| {
        line.contains("key set") && line.contains("changed")
    });
}

/// A stranger who invents names of keys does not make the gateway ask for each.
#[test]
fn unknown_keys_are_looked_for_at_a_pace() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).start();
    let good = issuer.token(&claims(json!({})));
    let before = fetches(&issuer, "/jwks");
    for n in 0..300 {
        let stranger = Key::new(&format!("unknown-{n}")).token(&claims(json!({})));
        assert_eq!(ask(&gateway, "/closed", &stranger), 401);
        assert_eq!(ask(&gateway, "/closed", &good), 200);
    }
    let asked = fetches(&issuer, "/jwks") - before;
    assert!(asked < 30, "{asked} fetches for 300 invented names");
}

/// An illness: how key sets are answered, and what the log says about it.
type Illness = (&'static str, fn(&mut Exchange, &str), &'static str);

const ILLNESSES: [Illness; 9] = [
    ("dead", |x, _| x.close(), "the exchange failed"),
    (
        "500",
        |x, set| x.reply("500 No", &[], set.as_bytes()),
        "status 500",
    ),
    (
        "redirect",
        |x, _| x.reply("302 Found", &[("Location", "http://127.0.0.1:1/")], b""),
        "status 302",
    ),
    (
        "HTML",
        |x, _| x.reply("200 OK", &[], b"<html>"),
        "no key set",
    ),
    (
        "an empty set",
        |x, _| x.reply("200 OK", &[], br#"{"keys":[]}"#),
        "no key at all",
    ),
    (
        "no content",
        |x, _| x.reply("204 No Content", &[], b""),
        "status 204",
    ),
    (
        "huge",
        |x, _| x.reply("200 OK", &[], "x".repeat(2 << 20).as_bytes()),
        "longer than 1048576 bytes",
    ),
    (
        "half an answer",
        |x, _| {
            x.begin("200 OK", &[("Content-Length", "1000")]);
            x.send("{");
            x.close();
        },
        "the exchange failed",
    ),
    // Drips until the gateway has had enough.
    (
        "a slow drip",
        |x, _| {
            x.begin("200 OK", &[("Content-Length", "100000")]);
            while x.closed(std::time::Duration::from_millis(100)).is_none() {
                x.send(" ");
            }
        },
        "no whole answer within",
    ),
];

/// AUTH-24 and BUG-6: the keys of before are good for as long as the issuer is ill, and it gets well.
#[test]
fn an_issuer_that_is_ill_stops_nobody() {
    thread::scope(|scope| {
        for illness in ILLNESSES {
            scope.spawn(move || falls_ill(illness));
        }
    });
}

fn falls_ill((name, answer, logged): Illness) {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).one_worker().start();
    let good = issuer.token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &good), 200, "{name}");
    let fetched = fetches(&issuer, "/jwks");
    issuer.answer(answer);
    let stranger = Key::new("unknown").token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &stranger), 401, "{name}");
    within(PATIENCE, "a fetch", || {
        (fetches(&issuer, "/jwks") > fetched).then_some(())
    });
    for n in 0..50 {
        let fresh = issuer.token(&claims(json!({ "n": n })));
        assert_eq!(ask(&gateway, "/closed", &fresh), 200, "{name}");
    }
    let line = gateway.line(name, |line| line.contains(logged));
    assert!(
        line.contains("WARN") && line.contains("age_s"),
        "{name}: {line}"
    );
    issuer.rotate("after");
    issuer.recover();
    let after = issuer.token(&claims(json!({})));
    within(PATIENCE * 2, "health", || {
        (ask(&gateway, "/closed", &after) == 200).then_some(())
    });
    gateway.line("the recovery in the log", |line| {
        line.contains("back after")
    });
}

/// While the issuer holds a fetch without a word, everybody else is served: nothing is let go before they were.
#[test]
fn no_request_waits_for_a_fetch() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let gateway = launch(&origin, &issuer).one_worker().start();
    let held = Arc::new((Mutex::new(true), Condvar::new()));
    let gate = held.clone();
    issuer.answer(move |x, set| {
        let (held, changed) = &*gate;
        let free = changed.wait_while(held.lock().expect("held"), |held| *held);
        drop(free.expect("free"));
        x.reply("200 OK", &[], set.as_bytes());
    });
    let fetched = fetches(&issuer, "/jwks");
    let old = issuer.key();
    issuer.rotate("new");
    let new = issuer.token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &new), 401);
    within(PATIENCE, "a fetch that hangs", || {
        (fetches(&issuer, "/jwks") > fetched).then_some(())
    });
    for n in 0..100 {
        let token = old.token(&claims(json!({ "n": n })));
        assert_eq!(ask(&gateway, "/closed", &token), 200, "a key that is known");
        assert_eq!(ask(&gateway, "/closed", &new), 401, "a key that is not");
    }
    *held.0.lock().expect("held") = false;
    held.1.notify_all();
    within(PATIENCE, "the new key", || {
        (ask(&gateway, "/closed", &new) == 200).then_some(())
    });
}

/// The gateway starts all the same, refuses, and takes tokens as soon as there are keys.
#[test]
fn an_issuer_that_comes_late() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    issuer.answer(|x, _| x.close());
    let gateway = launch(&origin, &issuer).start();
    let token = issuer.token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &token), 401);
    gateway.line("why, as an error", |line| {
        line.contains("ERROR") && line.contains("every token is refused")
    });
    gateway.line("why, in the access log", |line| {
        line.contains("no key set could be fetched yet")
    });
    assert_eq!(gateway.get("/open").status, 200);
    issuer.recover();
    within(PATIENCE, "keys", || {
        (ask(&gateway, "/closed", &token) == 200).then_some(())
    });
}

#[test]
fn check_fetches_every_key_set() {
    let (origin, issuer) = (Origin::ok(), Issuer::start("k"));
    let to = |name: &str, address| format!("--resolve={name}={address}");
    let output = Command::new(compiled("validator"))
        .args(["check", "--json"])
        .arg(to(ORIGIN, origin.address))
        .arg(to(KEYS, issuer.server.address))
        .arg(to(DEAD, harness::gateway::refusing()))
        .output()
        .expect("run check");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let sets: Vec<(&str, bool, u64)> = lines
        .iter()
        .filter_map(|line| {
            let name = line["key_set"].as_str()?;
            Some((name, line["ok"].as_bool()?, line["keys"].as_u64()?))
        })
        .collect();
    assert_eq!(
        sets,
        [
            ("https://dead.test:7001/jwks", false, 0),
            ("http://keys.test:7000/jwks", true, 1),
            ("http://keys.test:7000/secret", true, 1),
        ],
        "{text}"
    );
    assert_eq!(output.status.code(), Some(1), "one of them is dead");
}

/// `--mock` answers for upstreams, never for who may call.
#[test]
fn a_mock_opens_nothing() {
    let issuer = Issuer::start("k");
    let gateway = Launch::golden("validator")
        .args(&["--mock"])
        .resolve(KEYS, issuer.server.address)
        .resolve(DEAD, harness::gateway::refusing())
        .start();
    assert_eq!(gateway.get("/closed").status, 401);
    let token = issuer.token(&claims(json!({})));
    assert_eq!(ask(&gateway, "/closed", &token), 200);
}
