//! Peers that cannot be reached, and peers that are lost: by HTTP meanwhile, by ZAP again as soon as it can be.

use super::{Zap, files, launch, settles_at};
use harness::{
    Client, Origin, PATIENCE,
    gateway::refusing,
    within,
    zap::{Call, Peer},
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

fn ok(call: Call) {
    call.reply(200, &Value::Null, b"by zap");
}

#[test]
fn by_http_while_nobody_is_there_and_by_zap_when_somebody_is() {
    let origin = Origin::start(|x| {
        let body = x.body();
        x.reply("200 OK", &[], &[b"by http: ", &*body.bytes].concat());
    });
    let address = refusing();
    let gateway = launch(&origin).resolve("peer.test:9651", address).start();
    let post = |body: &[u8]| {
        gateway
            .client()
            .post("POST /call/x?q=1", &[], body)
            .response()
    };
    assert_eq!(post(b"one").text(), "by http: one");
    assert_eq!(origin.last().target, "/api/x?q=1");
    let long = vec![b'x'; 200_000];
    assert_eq!(
        post(&long).body.len(),
        9 + long.len(),
        "a body of any length"
    );
    let peer = Peer::at(address, "cloud-api", ok);
    within(PATIENCE, "calls by ZAP", || {
        (post(b"two").text() == "by zap").then_some(())
    });
    drop(peer);
    within(PATIENCE, "calls by HTTP", || {
        (post(b"three").text() == "by http: three").then_some(())
    });
    let _peer = Peer::at(address, "cloud-api", ok);
    within(PATIENCE, "calls by ZAP again", || {
        (post(b"four").text() == "by zap").then_some(())
    });
    // Each turn is told once.
    let told = |what: &str| {
        gateway
            .log()
            .iter()
            .filter(|line| line.contains(what))
            .count()
    };
    within(PATIENCE, "both returns", || {
        (told("is reached again") >= 2).then_some(())
    });
    assert_eq!(told("cannot be reached, so its calls go by HTTP"), 2);
    assert_eq!(told("is reached again"), 2);
}

#[test]
fn what_may_be_repeated_goes_by_http_when_the_connection_breaks() {
    let zap = Zap::start(|call| match &*call.path() {
        "/api/sound" => ok(call),
        _ => call.hang_up(),
    });
    let ask = |line: &str| zap.gateway.ask(line, &[]);
    assert_eq!(ask("GET /call/sound").text(), "by zap");
    assert_eq!(ask("GET /call/broken").text(), "by http");
    let put = zap
        .gateway
        .client()
        .post("PUT /call/broken", &[], b"x")
        .response();
    assert_eq!(put.text(), "by http");
    assert_eq!(zap.origin.last().body, b"x");
    let post = zap
        .gateway
        .client()
        .post("POST /call/broken", &[], b"x")
        .response();
    assert_eq!(post.status, 502, "who knows what became of it");
    assert!(
        post.text().contains("the connection broke"),
        "{}",
        post.text()
    );
    assert_eq!(zap.origin.count(), 2);
}

#[test]
fn a_client_that_leaves_is_forgotten() {
    let zap = Zap::start(|call| {
        if call.path() == "/api/sound" {
            ok(call);
        }
    });
    let mut client = zap.gateway.client();
    client.post("POST /call/held", &[], b"x");
    let held = zap.peer.call(0);
    drop(client);
    zap.gateway
        .line("a client that left", |line| line.contains("499"));
    held.reply(200, &Value::Null, b"too late");
    assert_eq!(zap.gateway.get("/call/sound").text(), "by zap");
    assert_eq!(zap.peer.dialers().len(), 1);
}

/// A peer is killed and started again while requests come without a pause.
#[test]
fn a_peer_that_restarts_under_load_costs_what_was_under_way() {
    const CLIENTS: usize = 8;
    let origin = Origin::start(|x| {
        x.body();
        x.reply("200 OK", &[], b"by http");
    });
    let mut peer = Peer::start("cloud-api", ok);
    let gateway = launch(&origin)
        .resolve("peer.test:9651", peer.address)
        .start();
    assert_eq!(gateway.get("/call/x").text(), "by zap");
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (stop, address) = (stop.clone(), gateway.address);
            thread::spawn(move || {
                let mut client = Client::connect(address);
                let mut answers = Vec::new();
                while !stop.load(SeqCst) {
                    let response = if n % 2 == 0 {
                        client.request("GET /call/x", &[]).response()
                    } else {
                        client.post("POST /call/x", &[], b"body").response()
                    };
                    answers.push((n % 2 == 0, response.status, response.text()));
                }
                answers
            })
        })
        .collect();
    let address = peer.address;
    let mut calls = 0;
    for _ in 0..5 {
        let target = peer.count() + 100;
        within(PATIENCE, "calls by ZAP", || {
            (peer.count() >= target).then_some(())
        });
        calls += peer.count();
        drop(peer);
        peer = Peer::at(address, "cloud-api", ok);
    }
    let target = peer.count() + 100;
    within(PATIENCE, "calls by ZAP", || {
        (peer.count() >= target).then_some(())
    });
    stop.store(true, SeqCst);
    let mut lost = 0;
    for thread in load {
        for (is_get, status, text) in thread.join().expect("a client") {
            match (status, &*text) {
                (200, "by zap" | "by http") => {}
                (502 | 504, _) if !is_get => lost += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    // Of each restart at most what every client had under way.
    assert!(lost <= 5 * CLIENTS, "{lost} of {calls} calls were lost");
    assert_eq!(gateway.get("/call/x").text(), "by zap");
    within(PATIENCE, "one connection", || {
        (peer.open() == 1).then_some(())
    });
    if files(&gateway).is_some() {
        // The listener, the poller and its kin, the log, one peer, and kept connections to the origin.
        settles_at(&gateway, 40);
    }
}
