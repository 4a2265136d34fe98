//! Upstreams of several hosts: those that cannot be reached burden nobody, and what has arrived somewhere goes nowhere else.

use harness::{
    Gateway, Launch, Origin, PATIENCE,
    gateway::{ORIGIN, REFUSING, SECOND, refusing},
    within,
};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tokio::net::TcpSocket;

/// The gateway of `tests/golden/hosts.json`.
fn gateway(origin: SocketAddr, second: SocketAddr) -> Gateway {
    Launch::golden("hosts")
        .resolve(ORIGIN, origin)
        .resolve(SECOND, second)
        .resolve(REFUSING, refusing())
        .start()
}

/// An origin that answers every request it has read, and one that closes instead.
fn answering() -> Origin {
    Origin::start(answer)
}

fn answer(x: &mut harness::Exchange) {
    x.body();
    x.reply("200 OK", &[], b"ok");
}

/// Nothing of a request has reached a host that refuses the connection, so even a POST goes on to the next.
#[test]
fn what_one_host_refuses_another_one_gets() {
    let origin = answering();
    let gateway = gateway(origin.address, refusing());
    for n in 0..20 {
        let body = format!("body {n}");
        let line = format!("POST /two?{n}");
        let posted = gateway
            .client()
            .post(&line, &[], body.as_bytes())
            .response();
        assert_eq!(posted.status, 200, "{n}");
        assert_eq!(gateway.get("/two").status, 200, "{n}");
        assert_eq!(gateway.get("/three").status, 200, "{n}");
        let arrived: Vec<_> = (0..origin.count())
            .map(|i| origin.request(i))
            .filter(|request| request.target == format!("/two?{n}"))
            .collect();
        assert_eq!(arrived.len(), 1, "{n}");
        assert_eq!(arrived[0].body, body.as_bytes(), "{n}");
    }
    assert_eq!(origin.count(), 60);
}

/// A breaker sees one call, however many hosts it took.
#[test]
fn a_call_that_another_host_answers_is_no_failure() {
    let origin = answering();
    let gateway = gateway(origin.address, refusing());
    for _ in 0..10 {
        assert_eq!(gateway.get("/guarded").status, 200);
    }
}

#[test]
fn a_host_that_refuses_is_left_out_and_comes_back() {
    let (origin, second) = (answering(), refusing());
    let gateway = gateway(origin.address, second);
    within(PATIENCE, "second.test to be left out", || {
        assert_eq!(gateway.get("/two").status, 200);
        let log = gateway.log();
        let out = |line: &&String| line.contains("second.test:8000 is left out for");
        log.iter().find(out).cloned()
    });
    let second = Origin::at(second, answer);
    within(PATIENCE, "second.test to be back", || {
        assert_eq!(gateway.get("/two").status, 200);
        let log = gateway.log();
        let back = |line: &String| line.contains("second.test:8000 is back");
        log.iter().any(back).then_some(())
    });
    let before = (origin.count(), second.count());
    for _ in 0..20 {
        assert_eq!(gateway.get("/two").status, 200);
    }
    assert_eq!(
        (origin.count() - before.0, second.count() - before.1),
        (10, 10),
        "they take turns again"
    );
}

/// Where no host can be reached, each is tried: health alone refuses nobody.
#[test]
fn a_host_is_called_although_all_are_left_out() {
    let (origin, second) = (refusing(), refusing());
    let gateway = gateway(origin, second);
    for _ in 0..20 {
        assert_eq!(gateway.get("/two").status, 502);
    }
    let origin = Origin::at(origin, answer);
    // At once, and not when somebody's time is up.
    assert_eq!(gateway.get("/two").status, 200);
    assert_eq!(origin.count(), 1);
}

/// An address where connections are not refused, and never stand: its queue is full.
fn silent() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let socket = TcpSocket::new_v4().expect("a socket");
    let any = "127.0.0.1:0".parse().expect("an address");
    socket.bind(any).expect("bind");
    let listener = socket.listen(1).expect("listen");
    let address = listener.local_addr().expect("its address");
    let mut queue = Vec::new();
    let soon = std::time::Duration::from_millis(300);
    while let Ok(stream) = TcpStream::connect_timeout(&address, soon) {
        queue.push(stream);
    }
    let listener = listener.into_std().expect("a plain socket");
    (address, listener, queue)
}

#[test]
fn a_host_that_does_not_answer_hides_nobody() {
    let (silent, _listener, _queue) = silent();
    let origin = answering();
    let gateway = gateway(origin.address, silent);
    for n in 0..12 {
        let answer = gateway.client().post("POST /two", &[], b"body").response();
        assert_eq!(answer.status, 200, "{n}");
    }
    assert_eq!(origin.count(), 12);
    gateway.line("second.test to be left out", |line| {
        line.contains("second.test:8000 is left out for")
    });
}

/// Whether it was acted upon, nobody knows: it goes to no other host.
#[test]
fn what_has_reached_a_host_goes_to_no_other() {
    let closing = || {
        Origin::start(|x| {
            x.body();
            x.close();
        })
    };
    let (origin, second) = (closing(), closing());
    let gateway = gateway(origin.address, second.address);
    for n in 1..=10 {
        let answer = gateway.client().post("POST /two", &[], b"body").response();
        assert_eq!(answer.status, 502, "{n}");
        assert_eq!(origin.count() + second.count(), n);
    }
}
