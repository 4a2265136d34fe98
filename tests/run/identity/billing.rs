//! Balances (AUTH-29..33): what is asked, how often, and what becomes of a request when Commerce does not answer.

use super::{Edge, somebody};
use harness::{Exchange, Origin, PATIENCE, Response, gateway::refusing, within};
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

const TOKEN: &str = "service-token";

fn edge(golden: &str, commerce: SocketAddr) -> Edge {
    Edge::with(golden, |launch| {
        launch
            .resolve("commerce.test:8001", commerce)
            .env("COMMERCE_SERVICE_TOKEN", TOKEN)
    })
}

fn available(x: &mut Exchange, cents: i64) {
    let body = json!({ "balance": 100, "holds": 0, "available": cents }).to_string();
    x.reply("200 OK", &[], body.as_bytes());
}

fn status(edge: &Edge, path: &str, user: &str) -> u16 {
    let claims = json!({ "sub": user, "owner": "hanzo" });
    edge.get_as(path, claims).status
}

#[test]
fn auth_30_what_commerce_is_asked() {
    let commerce = Origin::start(|x| available(x, 1));
    let edge = edge("identity", commerce.address);
    for (claims, asked) in [
        (json!({ "sub": "u1", "owner": "hanzo" }), "hanzo%2Fu1"),
        (json!({ "sub": "u1" }), "u1"),
        (json!({ "sub": "org/u1", "owner": "hanzo" }), "org%2Fu1"),
        (
            json!({ "sub": "a&user=b#c?d e", "owner": "hanzo" }),
            "hanzo%2Fa%26user%3Db%23c%3Fd%20e",
        ),
    ] {
        assert_eq!(edge.get_as("/all/x", claims).status, 200);
        let question = commerce.last();
        assert_eq!(
            (question.method.as_str(), question.target.as_str()),
            (
                "GET",
                format!("/base/api/v1/billing/balance?user={asked}&currency=usd").as_str()
            )
        );
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(question.headers.get("authorization"), Some(&*bearer));
    }
    assert_eq!(commerce.connections(), 1, "its connection is kept");
}

#[test]
fn auth_29_who_costs_something() {
    let commerce = Origin::start(|x| available(x, 0));
    let edge = edge("identity", commerce.address);
    let anonymous = edge.get("/all/x", &[]);
    let key = edge.get("/all/x", &[("Authorization", "Bearer hk-1")]);
    let nobody = edge.get_as("/all/x", json!({ "owner": "hanzo" }));
    let exempt = edge.get_as("/v1/commerce/topup", somebody());
    let public = edge.get_as("/open/x", somebody());
    for answer in [anonymous, key, nobody, exempt, public] {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(commerce.count(), 0);
    assert_eq!(status(&edge, "/all/x", "u1"), 402);
    assert_eq!(commerce.count(), 1);
}

#[test]
fn e3_byte_for_byte() {
    for body in [
        r#"{"available":0}"#,
        r#"{"available":-5}"#,
        "{}",
        r#"{"balance":9}"#,
    ] {
        let commerce = Origin::start(move |x| x.reply("200 OK", &[], body.as_bytes()));
        let edge = edge("identity", commerce.address);
        let answer: Response = edge.get_as("/all/x", somebody());
        assert_eq!(answer.status, 402, "{body}");
        assert_eq!(
            answer.text(),
            r#"{"error":"insufficient_balance","message":"Your account has insufficient balance. Please add funds at the platform billing page","user":"hanzo/u1"}"#
        );
        assert_eq!(edge.origin.count(), 0, "refused and yet forwarded");
    }
}

/// Answers of Commerce that are none.
type Fault = fn(&mut Exchange);

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("500", |x| x.reply("500 No", &[], b"{\"available\":5}")),
        ("404", |x| x.reply("404 No", &[], b"")),
        ("302", |x| {
            x.reply("302 No", &[("Location", "http://127.0.0.1:1/")], b"");
        }),
        ("not JSON", |x| x.reply("200 OK", &[], b"<html>")),
        ("a text for a number", |x| {
            x.reply("200 OK", &[], b"{\"available\":\"5\"}");
        }),
        ("a list", |x| x.reply("200 OK", &[], b"[5]")),
        ("too long", |x| {
            x.reply("200 OK", &[], &[b' '; 65 * 1024]);
        }),
        ("cut short", |x| {
            x.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
            x.close();
        }),
        ("no HTTP", |x| {
            x.send("hello\r\n\r\n");
            x.close();
        }),
        ("gone", |x| x.close()),
    ]
}

#[test]
fn auth_31_and_33_without_an_answer_a_request_passes_or_not() {
    for (what, fault) in faults() {
        for (golden, path, expected) in [("identity", "/all/x", 200), ("hardened", "/paid/x", 503)]
        {
            let commerce = Origin::start(fault);
            let edge = edge(golden, commerce.address);
            let answer = edge.get_as(path, somebody());
            assert_eq!(answer.status, expected, "{what}, {golden}");
            if expected == 503 {
                assert_eq!(
                    answer.text(),
                    r#"{"error":"billing_unavailable","message":"Billing is temporarily unavailable. Please retry shortly."}"#
                );
                assert!(answer.headers.has("retry-after"));
                assert_eq!(edge.origin.count(), 0);
            }
        }
    }
    for (golden, path, expected) in [("identity", "/all/x", 200), ("hardened", "/paid/x", 503)] {
        let edge = edge(golden, refusing());
        assert_eq!(status(&edge, path, "u1"), expected, "refused, {golden}");
    }
}

#[test]
fn auth_33_only_what_is_listed_costs() {
    let commerce = Origin::start(|x| available(x, 0));
    let edge = edge("hardened", commerce.address);
    assert_eq!(status(&edge, "/free", "u1"), 200);
    assert_eq!(status(&edge, "/paid/x", "u1"), 402);
    assert_eq!(
        commerce.last().target,
        "/v1/billing/balance?user=hanzo%2Fu1&currency=usd"
    );
}

#[test]
fn auth_32_an_answer_holds_for_a_while() {
    let commerce = Origin::start(|x| available(x, 1));
    let edge = edge("identity", commerce.address);
    for _ in 0..20 {
        assert_eq!(status(&edge, "/all/x", "u1"), 200);
    }
    assert_eq!(commerce.count(), 1);
    assert_eq!(status(&edge, "/all/x", "u2"), 200);
    assert_eq!(commerce.count(), 2);
}

#[test]
fn auth_32_one_question_at_a_time_for_one_caller() {
    let (asked, told) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let (asked, wait) = (std::sync::Mutex::new(asked), std::sync::Mutex::new(wait));
    let commerce = Origin::start(move |x| {
        asked.lock().expect("channel").send(()).expect("the test");
        // Until the test says so, or has ended.
        let _ = wait.lock().expect("channel").recv();
        available(x, 1);
    });
    // Balances are not kept there: each answer is for those who wait for it.
    let edge = edge("hardened", commerce.address);
    let token = format!("Bearer {}", edge.token(somebody()));
    let mut clients: Vec<_> = (0..10)
        .map(|_| {
            let mut client = edge.gateway.client();
            client.request("GET /paid/x", &[("Authorization", &token)]);
            client
        })
        .collect();
    told.recv_timeout(PATIENCE).expect("a question");
    // One that leaves takes nothing with it.
    drop(clients.remove(0));
    // That all of them are here is seen by what they answer; the core takes them in before it hears of the answer.
    let free = edge.get("/free", &[("Authorization", &token)]);
    assert_eq!(free.status, 200, "others go on meanwhile");
    go.send(()).expect("commerce");
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(commerce.count(), 1);
}

/// Were it left alone for that, whoever has such an account would make it free for all.
#[test]
fn what_is_wrong_with_one_account_concerns_no_other() {
    let commerce = Origin::start(|x| {
        if x.target().contains("ghost") {
            x.reply("404 No such account", &[], b"");
        } else if x.target().contains("odd") {
            x.reply("200 OK", &[], br#"{"available":0.5}"#);
        } else {
            available(x, 0);
        }
    });
    let edge = edge("identity", commerce.address);
    for n in 0..10 {
        for user in ["ghost", "odd"] {
            assert_eq!(status(&edge, "/all/x", user), 200, "it fails open");
        }
        assert_eq!(status(&edge, "/all/x", &format!("u{n}")), 402);
    }
    for _ in 0..10 {
        assert_eq!(status(&edge, "/all/x", "ghost"), 200, "it fails open");
    }
    assert_eq!(status(&edge, "/all/x", "last"), 402);
}

#[test]
fn a_hanging_commerce_is_left_alone_after_a_few() {
    let healthy = Arc::new(AtomicBool::new(false));
    let commerce = Origin::start({
        let healthy = healthy.clone();
        move |x| {
            if healthy.load(SeqCst) {
                available(x, 1);
            } else {
                x.reply("500 No", &[], b"");
            }
        }
    });
    let edge = edge("identity", commerce.address);
    for n in 0..20 {
        assert_eq!(
            status(&edge, "/all/x", &format!("u{n}")),
            200,
            "it fails open"
        );
    }
    let asked = commerce.count();
    assert!((3..20).contains(&asked), "asked {asked} times");
    edge.gateway.line("the outage", |line| {
        line.contains("Commerce is out of order")
    });
    healthy.store(true, SeqCst);
    // It is tried again by itself, by a request that comes along.
    let mut user = 0;
    within(PATIENCE, "Commerce is asked again", || {
        user += 1;
        assert_eq!(status(&edge, "/all/x", &format!("v{user}")), 200);
        thread::sleep(Duration::from_millis(10));
        (commerce.count() > asked + 1).then_some(())
    });
    edge.gateway.line("the end of it", |line| {
        line.contains("Commerce answers again")
    });
}

#[test]
fn auth_30_a_silent_commerce_holds_a_request_for_five_seconds_at_most() {
    let (gone, ended) = mpsc::channel();
    let gone = std::sync::Mutex::new(gone);
    let commerce = Origin::start(move |x| {
        // Says nothing until the gateway has left.
        let closed = x.closed(PATIENCE);
        gone.lock()
            .expect("channel")
            .send(closed.is_some())
            .expect("the test");
        x.close();
    });
    let edge = edge("identity", commerce.address);
    let begun = Instant::now();
    assert_eq!(status(&edge, "/all/x", "u1"), 200);
    assert!(begun.elapsed() >= Duration::from_secs(4), "it did not wait");
    assert!(
        ended.recv_timeout(PATIENCE).expect("an end"),
        "the question was not dropped"
    );
}
