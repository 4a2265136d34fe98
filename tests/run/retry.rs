//! `github.com/hanzoai/gateway/retry`: what is asked for again, how often, and what never is.

use harness::{
    End, Exchange, Gateway, Launch, Origin, PATIENCE,
    gateway::{ORIGIN, SECOND, refusing},
};

/// The gateway of `tests/golden/hosts.json`.
fn gateway(origin: &Origin, second: &Origin) -> Gateway {
    Launch::golden("hosts")
        .resolve(ORIGIN, origin.address)
        .resolve(SECOND, second.address)
        .start()
}

fn answering(status: &'static str) -> Origin {
    Origin::start(move |x| {
        x.body();
        x.reply(status, &[], b"from the origin");
    })
}

fn closing() -> Origin {
    Origin::start(|x: &mut Exchange| {
        x.body();
        x.close();
    })
}

/// Its head and a part of its body, then nothing.
fn breaking() -> Origin {
    Origin::start(|x| {
        x.begin("200 OK", &[("Content-Length", "100")]);
        x.send("the beginning");
        x.close();
    })
}

/// One host fails, the other does not: whoever asks for what may be repeated sees only the other.
#[test]
fn another_host_is_asked() {
    for (what, first) in [
        ("502", answering("502 Bad Gateway")),
        ("503", answering("503 Service Unavailable")),
        ("504", answering("504 Gateway Timeout")),
        ("closes", closing()),
    ] {
        let second = answering("200 OK");
        let gateway = gateway(&first, &second);
        for n in 1..=10 {
            assert_eq!(gateway.get("/again").status, 200, "{what}: GET {n}");
            assert_eq!(second.count(), n, "{what}");
        }
        assert_eq!(first.count(), 5, "{what}: every other turn is its own");
    }
}

/// All of the body goes along, however it came.
#[test]
fn a_body_is_sent_again_as_far_as_it_is_held() {
    let (first, second) = (answering("503 Service Unavailable"), answering("200 OK"));
    let gateway = gateway(&first, &second);
    for (size, fits) in [(1, true), (10_000, true), (100_000, true), (100_001, false)] {
        let body = vec![b'x'; size];
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let answer = gateway.client().post("PUT /again", &[], &body).response();
            statuses.push(answer.status);
            if answer.status == 200 {
                assert_eq!(second.last().body, body);
            }
        }
        statuses.sort_unstable();
        let expected = if fits { [200, 200] } else { [200, 503] };
        assert_eq!(statuses, expected, "{size} bytes");
    }
    let mut client = gateway.client();
    client.send("PUT /again HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..10 {
        client.send("3\r\nabc\r\n");
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.response().status, 200);
    assert_eq!(second.last().body, "abc".repeat(10).as_bytes());
}

/// Whatever comes of it, a POST arrives once.
#[test]
fn a_post_that_has_arrived_is_not_sent_again() {
    for first in [answering("503 Service Unavailable"), closing()] {
        let second = answering("200 OK");
        let gateway = gateway(&first, &second);
        let mut failed = 0;
        for n in 1..=10 {
            let answer = gateway
                .client()
                .post("POST /again", &[], b"body")
                .response();
            failed += usize::from(answer.status != 200);
            assert_eq!(first.count() + second.count(), n);
        }
        assert_eq!(failed, 5);
    }
}

/// No byte of it can have arrived where no connection stands.
#[test]
fn a_post_that_could_not_arrive_is() {
    let origin = answering("200 OK");
    let gateway = Launch::golden("hosts")
        .resolve(ORIGIN, origin.address)
        .resolve(SECOND, refusing())
        .start();
    for n in 1..=10 {
        let answer = gateway
            .client()
            .post("POST /again", &[], b"body")
            .response();
        assert_eq!((answer.status, origin.count()), (200, n));
    }
}

#[test]
fn what_is_no_reason() {
    for status in [
        "200 OK",
        "404 Not Found",
        "429 Too Many Requests",
        "500 Internal Server Error",
    ] {
        let (first, second) = (answering(status), answering(status));
        let gateway = gateway(&first, &second);
        for n in 1..=4 {
            let answer = gateway.get("/again");
            assert!(status.starts_with(&answer.status.to_string()));
            assert_eq!(first.count() + second.count(), n, "{status}");
        }
    }
}

/// A timeout has cost the time that there was.
#[test]
fn a_timeout_is_no_reason() {
    let holding = || {
        Origin::start(|x| {
            x.closed(PATIENCE);
        })
    };
    let (first, second) = (holding(), holding());
    let gateway = gateway(&first, &second);
    assert_eq!(gateway.get("/late").status, 504);
    assert_eq!(first.count() + second.count(), 1);
}

/// Once an answer has begun it is that one.
#[test]
fn an_answer_that_breaks_off_is_no_reason() {
    let (first, second) = (breaking(), breaking());
    let gateway = gateway(&first, &second);
    let answer = gateway.get("/again");
    assert_eq!((answer.status, answer.end), (200, End::CutShort));
    assert_eq!(first.count() + second.count(), 1);
}

/// `attempts` and `statuses` of the config; a host that is alone is asked again.
#[test]
fn as_often_as_the_config_says() {
    let unused = answering("200 OK");
    for (status, attempts) in [
        ("500 Internal Server Error", 3),
        ("503 Service Unavailable", 1),
    ] {
        let origin = answering(status);
        let gateway = gateway(&origin, &unused);
        for n in 1..=3 {
            let answer = gateway.get("/alone");
            assert!(status.starts_with(&answer.status.to_string()));
            assert_eq!(answer.text(), "from the origin");
            assert_eq!(origin.count(), n * attempts, "{status}");
        }
    }
    assert_eq!(unused.count(), 0);
}

/// In an outage retries are a share of the calls, beyond the ten that are there at first.
#[test]
fn an_outage_is_not_made_worse() {
    let sick = || answering("503 Service Unavailable");
    let (first, second) = (sick(), sick());
    let gateway = gateway(&first, &second);
    for _ in 0..200 {
        assert_eq!(gateway.get("/thrifty").status, 503);
    }
    // One in a hundred, of the 199 calls that found the purse not full.
    assert_eq!(first.count() + second.count(), 200 + 10 + 1);
}

/// A breaker learns what came of a call in the end, once.
#[test]
fn a_breaker_sees_one_call() {
    let (first, second) = (answering("503 Service Unavailable"), answering("200 OK"));
    let gateway = gateway(&first, &second);
    for _ in 0..4 {
        assert_eq!(gateway.get("/once-failed").status, 200);
    }
    assert_eq!((first.count(), second.count()), (2, 4));
}
