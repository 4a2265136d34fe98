//! Who the members are (BN-2): asked at the start, again and again, and believed only where the answer makes sense.

use super::{Answer, Host, Member, error, saying, send, told};
use harness::{
    Key,
    compiler::{compiled, scratch},
    gateway::{ORIGIN, REFUSING, SECOND, refusing},
};
use serde_json::json;
use std::{net::SocketAddr, process::Command};

#[test]
fn bn_2_the_first_request_finds_its_member() {
    let member = Member::start("a", &[]);
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-first");
    let answer = send(&gateway, "GET /notes/1", "k");
    assert_eq!(told(&answer), (200, "a".to_owned()));
}

#[test]
fn bn_2_what_makes_no_sense_changes_nothing_and_an_empty_list_does() {
    let member = Member::start("a", &[]);
    let host = Host::of(&[&member]);
    let gateway = host.gateway("shards-answers");
    let mut ids = 0..;
    let huge = "x".repeat(1024 * 1024);
    let list = json!({ "members": [] }).to_string();
    let bad: Vec<(&str, Box<Answer>)> = vec![
        (
            "500",
            Box::new(|x| x.reply("500 Oops", &[], br#"{"members":[]}"#)),
        ),
        ("204", Box::new(|x| x.begin("204 No Content", &[]))),
        ("no JSON", Box::new(|x| x.reply("200 OK", &[], b"<html>"))),
        ("no list", Box::new(saying(&json!({})))),
        ("null", Box::new(saying(&json!({ "members": null })))),
        ("no member", Box::new(saying(&json!({ "members": [1] })))),
        (
            "a number for an id",
            Box::new(saying(
                &json!({ "members": [{ "id": 1, "url": "http://a" }] }),
            )),
        ),
        (
            "too long",
            Box::new(saying(&json!({ "members": [], "pad": huge }))),
        ),
        (
            "cut off",
            Box::new(|x| {
                x.begin("200 OK", &[("Content-Length", "100")]);
                x.send(br#"{"members":[]"#);
                x.close();
            }),
        ),
        (
            "a redirect",
            Box::new(move |x| {
                x.reply(
                    "307 Temporary Redirect",
                    &[("Location", "/-/base/members")],
                    list.as_bytes(),
                );
            }),
        ),
    ];
    for (name, answer) in bad {
        host.answer(answer);
        host.settled();
        let key = format!("k{}", ids.next().expect("a number"));
        let answer = send(&gateway, "POST /notes/1", &key);
        assert_eq!(told(&answer), (200, "a".to_owned()), "{name}");
    }
    gateway.line("a warning", |line| {
        line.contains("cannot ask for its members") && line.contains("status 500")
    });
    // Whoever has no id or URL is nobody.
    for nobody in [
        json!([]),
        json!([{ "id": "", "url": member.url() }, { "url": member.url() }, { "id": "a" }, { "id": "a", "url": "" }]),
    ] {
        host.tell(&[&member]);
        host.settled();
        assert_eq!(send(&gateway, "GET /notes/1", "k").status, 200);
        host.answer(saying(&json!({ "members": nobody })));
        host.settled();
        for line in ["GET /notes/1", "POST /notes/1"] {
            let before = member.count();
            let answer = send(&gateway, line, "k");
            assert_eq!(told(&answer), (502, error("no_members")), "{line}");
            assert_eq!(member.count(), before, "{line}");
        }
    }
    gateway.line("a warning", |line| {
        line.contains("it has no members any more")
    });
}

/// A member that this gateway cannot call has its keys all the same: another must not get them.
#[test]
fn a_member_that_cannot_be_called_keeps_its_keys() {
    let good = Member::start("a", &["a"]);
    let host = Host::start(saying(&json!({ "members": [
        good.json(),
        { "id": "b", "url": format!("{}/base", good.url()), "shards": ["b"] },
    ] })));
    let gateway = host.gateway("shards-uncallable");
    assert_eq!(send(&gateway, "POST /notes/1", "a1").status, 200);
    let answer = send(&gateway, "POST /notes/1", "b1");
    assert_eq!(told(&answer), (502, error("member_unreachable")));
    assert_eq!(good.count(), 1);
    gateway.line("a warning", |line| {
        line.contains("the member `b` cannot be called")
    });
}

#[test]
fn hosts_are_asked_in_turn() {
    let member = Member::start("a", &[]);
    let host = Host::of(&[&member]);
    let second = Host::of(&[&member]);
    let gateway = host.launch("shards-pair", second.server.address).start();
    let answer = send(&gateway, "GET /pair", "k");
    assert_eq!(told(&answer), (200, "a".to_owned()));
}

/// A start waits for the members, but not for ever.
#[test]
fn a_host_that_says_nothing_holds_no_start() {
    let member = Member::start("a", &[]);
    let host = Host::start(|x| {
        x.closed(harness::PATIENCE);
    });
    let gateway = host.gateway("shards-silent");
    let answer = send(&gateway, "GET /notes/1", "k");
    assert_eq!(told(&answer), (502, error("no_members")));
    host.tell(&[&member]);
    host.settled();
    assert_eq!(send(&gateway, "GET /notes/1", "k").status, 200);
    gateway.line("that they are known", |line| line.contains("came=a"));
}

/// `check` asks for the members, and says what it learns.
#[test]
fn check_asks_for_the_members() {
    let member = Member::start("a", &[]);
    let (host, other) = (Host::of(&[&member]), Host::of(&[]));
    let directory = scratch("shards-check");
    Key::new("notes").write(&directory);
    let at = |name: &str, address: SocketAddr| format!("{name}={address}");
    let ended = Command::new(compiled("shards"))
        .current_dir(&directory)
        .args(["check", "--resolve", &at(ORIGIN, host.server.address)])
        .args(["--resolve", &at(SECOND, other.server.address)])
        .args(["--resolve", &at(REFUSING, refusing())])
        .output()
        .expect("run the gateway");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    for line in [
        "ok      members of origin: 1\n",
        "failed  members of refusing-second: there are none\n",
    ] {
        assert!(said.contains(line), "{line:?} in {said}");
    }
}

/// A mock answers for whoever is called, and nobody is asked.
#[test]
fn a_mock_needs_no_members() {
    let host = Host::start(|x| panic!("asked: {}", x.head.line));
    let launch = host.launch("shards-mock", refusing());
    let gateway = launch.args(&["--mock"]).start();
    let answer = send(&gateway, "POST /notes/1?x=y", "k");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let echo = answer.json();
    assert_eq!(
        (&echo["path"], &echo["query"]),
        (&json!("/api/notes/1"), &json!("x=y"))
    );
    assert_eq!(echo["headers"]["x-base-shard"], json!(["k"]));
    assert_eq!(host.server.count(), 0);
}
