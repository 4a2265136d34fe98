//! A member that says that a key is another's (BN-9, BN-10): followed once, to members only, and never seen by a client.

use super::{Host, Member, error, told};
use harness::{Exchange, Gateway, Origin, Response, client::get};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Two members. The keys of the first begin with `a`, and what it answers is to be said.
struct Pair {
    first: Member,
    second: Member,
    says: Arc<Mutex<(&'static str, Option<String>)>>,
    host: Host,
    gateway: Gateway,
}

impl Pair {
    fn start(name: &str) -> Pair {
        let says = Arc::new(Mutex::new(("", None)));
        let seen = says.clone();
        let first = Member::answering("a", &["a"], move |x| {
            let (status, location) = seen.lock().expect("what it says").clone();
            x.body();
            if x.target() == "/own" {
                return x.reply("200 OK", &[], b"a");
            }
            redirect(x, status, location.as_deref());
        });
        let second = Member::start("b", &["b"]);
        let host = Host::of(&[&first, &second]);
        let gateway = host.gateway(name);
        Pair {
            first,
            second,
            says,
            host,
            gateway,
        }
    }

    fn say(&self, status: &'static str, location: Option<&str>) {
        *self.says.lock().expect("what it says") = (status, location.map(str::to_owned));
    }

    fn post(&self, target: &str, body: &[u8]) -> Response {
        let headers = [("X-Tenant", "a1"), ("Content-Type", "text/plain")];
        let line = format!("POST {target}");
        self.gateway.client().post(&line, &headers, body).response()
    }
}

fn redirect(x: &mut Exchange, status: &str, location: Option<&str>) {
    let location = location.map(|location| ("Location", location));
    let headers: Vec<_> = location
        .into_iter()
        .chain([("X-Secret", "of a member")])
        .collect();
    x.reply(status, &headers, b"elsewhere");
}

const GO: &str = "307 Temporary Redirect";

#[test]
fn bn_9_where_a_redirect_leads() {
    let pair = Pair::start("shards-redirects");
    let url = pair.second.url();
    let asked = "/api/notes/1%2F2?x=1&y=%20";
    for (status, location, expected) in [
        // A bare origin: the path stays.
        (GO, url.clone(), asked),
        (GO, format!("{url}/"), asked),
        // A whole URL: it is the path, and not doubled.
        (GO, format!("{url}{asked}"), asked),
        (GO, format!("{url}/other"), "/other"),
        (GO, format!("{url}/other?z=2"), "/other?z=2"),
        ("308 Permanent Redirect", format!("{url}{asked}"), asked),
    ] {
        pair.say(status, Some(&location));
        let (first, second) = (pair.first.count(), pair.second.count());
        let answer = pair.post("/notes/1%2F2?x=1&y=%20", b"the body");
        assert_eq!(told(&answer), (200, "b".to_owned()), "{location}");
        assert!(!answer.headers.has("location") && !answer.headers.has("x-secret"));
        assert_eq!(
            (pair.first.count(), pair.second.count()),
            (first + 1, second + 1)
        );
        // The same request, but for where it goes.
        let (was, is) = (pair.first.server().last(), pair.second.server().last());
        assert_eq!(
            (was.target.as_str(), is.target.as_str()),
            (asked, expected),
            "{location}"
        );
        assert_eq!(
            (is.method.as_str(), is.body.as_slice()),
            ("POST", &b"the body"[..])
        );
        for name in [
            "x-tenant",
            "x-base-shard",
            "content-type",
            "x-request-id",
            "content-length",
        ] {
            assert_eq!(is.headers.all(name), was.headers.all(name), "{name}");
        }
        assert_eq!(
            is.headers.get("host"),
            Some(pair.second.address.to_string().as_str())
        );
    }
    // A relative one stays with the member.
    pair.say(GO, Some("/own"));
    assert_eq!(told(&pair.post("/notes/1", b"x")), (200, "a".to_owned()));
}

#[test]
fn bn_9_and_10_what_is_not_followed() {
    let pair = Pair::start("shards-refused");
    let stranger = Origin::ok();
    let at = stranger.address;
    for location in [
        None,
        Some(format!("http://{at}")),
        Some(format!("http://{at}/api/notes/1")),
        Some(format!("//{at}/api/notes/1")),
        // Of the host that knows the members, but none of them.
        Some("http://origin.test:8000/".to_owned()),
        Some(format!("https://{}/", pair.second.address)),
        Some(format!("http://user@{}/", pair.second.address)),
        Some("ftp://b/".to_owned()),
        Some("api/notes".to_owned()),
        Some(String::new()),
    ] {
        pair.say(GO, location.as_deref());
        let first = pair.first.count();
        let answer = pair.post("/notes/1", b"x");
        assert_eq!(
            told(&answer),
            (502, error("redirect_refused")),
            "{location:?}"
        );
        assert!(!answer.headers.has("location"), "{location:?}");
        assert_eq!(pair.first.count(), first + 1, "{location:?}");
    }
    assert_eq!((stranger.connections(), pair.second.count()), (0, 0));
}

#[test]
fn bn_9_two_redirects_are_a_loop() {
    let first = Member::gone("a", &["a"]);
    let second = Arc::new(Mutex::new(String::new()));
    let to = second.clone();
    let first = Member::answering(&first.id, &["a"], move |x| {
        x.body();
        redirect(x, GO, Some(&to.lock().expect("a URL").clone()));
    });
    let back = first.url();
    let other = Member::answering("b", &["b"], move |x| {
        x.body();
        redirect(x, "308 Permanent Redirect", Some(&back));
    });
    *second.lock().expect("a URL") = other.url();
    let host = Host::of(&[&first, &other]);
    let gateway = host.gateway("shards-loop");
    for line in ["GET /notes/1", "POST /notes/1"] {
        let before = (first.count(), other.count());
        let answer = super::send(&gateway, line, "a1");
        assert_eq!(told(&answer), (502, error("redirect_loop")), "{line}");
        assert_eq!(
            (first.count(), other.count()),
            (before.0 + 1, before.1 + 1),
            "{line}"
        );
    }
}

/// A redirect to whoever has just come is the first that the gateway hears of it.
#[test]
fn bn_10_a_member_that_has_just_come_is_asked_for() {
    let pair = Pair::start("shards-newcomer");
    let newcomer = Member::start("c", &[]);
    // Before the next poll or after it: the answer is the same.
    pair.host.tell(&[&pair.first, &pair.second, &newcomer]);
    pair.say(GO, Some(&newcomer.url()));
    assert_eq!(told(&pair.post("/notes/1", b"x")), (200, "c".to_owned()));
}

/// As much of a body is sent again as is held, and no client learns of a redirect otherwise either.
#[test]
fn bn_9_a_body_is_sent_again_or_said_not_to_be() {
    let pair = Pair::start("shards-bodies");
    pair.say(GO, Some(&pair.second.url()));
    let chunked = |pieces: &[&str]| {
        let mut client = pair.gateway.client();
        let headers = [("X-Tenant", "a1"), ("Transfer-Encoding", "chunked")];
        client.request("POST /small", &headers);
        for piece in pieces {
            client.send(format!("{:x}\r\n{piece}\r\n", piece.len()));
        }
        client.send("0\r\n\r\n").response()
    };
    for pieces in [&[][..], &["x"], &["1234", "5678"]] {
        let body = pieces.concat();
        for answer in [pair.post("/small", body.as_bytes()), chunked(pieces)] {
            assert_eq!(told(&answer), (200, "b".to_owned()), "{body}");
            assert_eq!(pair.second.server().last().body, body.as_bytes());
        }
    }
    let before = pair.second.count();
    let moved = |answer: &Response| {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.json()["error"], json!("shard_moved"));
        assert_eq!(answer.headers.get("retry-after"), Some("1"));
        assert!(!answer.headers.has("location"));
    };
    moved(&pair.post("/small", b"123456789"));
    moved(&chunked(&["1234", "56789"]));
    assert_eq!(pair.second.count(), before);
    // 64 KiB elsewhere.
    let most = vec![b'x'; 65_536];
    assert_eq!(pair.post("/notes/1", &most).status, 200);
    assert_eq!(pair.second.server().last().body, most);
    moved(&pair.post("/notes/1", &vec![b'x'; 65_537]));
}

/// A guard of the backend sees one call, however many members it takes.
#[test]
fn a_guard_is_asked_once() {
    let pair = Pair::start("shards-guarded");
    pair.say(GO, Some(&pair.second.url()));
    for _ in 0..2 {
        assert_eq!(told(&pair.post("/limited", b"x")), (200, "b".to_owned()));
    }
    assert_eq!(pair.post("/limited", b"x").status, 429);
    assert_eq!((pair.first.count(), pair.second.count()), (2, 2));
}

/// MET-1: the names are those of the Go gateway.
#[test]
fn what_is_counted() {
    let pair = Pair::start("shards-counted");
    let said = "telemetry/metrics: http://";
    let line = pair
        .gateway
        .line("where they are", |line| line.contains(said));
    let (_, url) = line.split_once(said).expect("a URL");
    let (address, _) = url.split_once('/').expect("a path");
    let address = address.parse().expect("an address");
    let figures = || {
        let text = get(address, "/metrics").text();
        let of = |name: &str| -> u64 {
            let start = format!("gateway_base_network_{name}{{network=\"origin\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&start));
            let line = line.unwrap_or_else(|| panic!("no {start} in {text}"));
            line.parse().expect("a number")
        };
        [
            of("307_total"),
            of("shard_mismatches_total"),
            of("members"),
            of("member_poll_errors_total"),
            of("member_polls_total"),
        ]
    };
    let [redirects, mismatches, members, errors, polls] = figures();
    assert_eq!([redirects, mismatches, members, errors], [0, 0, 2, 0]);
    assert!(polls >= 1, "{polls}");
    pair.say(GO, Some(&pair.second.url()));
    pair.post("/notes/1", b"x");
    // Without a place to go it is counted, and says nothing about keys.
    pair.say(GO, None);
    pair.post("/notes/1", b"x");
    let [redirects, mismatches, ..] = figures();
    assert_eq!([redirects, mismatches], [2, 1]);
    pair.host.answer(|x| x.reply("500 Oops", &[], b""));
    pair.host.settled();
    let [_, _, members, errors, more] = figures();
    assert!(errors >= 1 && more > polls, "{errors} of {more}");
    assert_eq!(members, 2, "those of before");
}
