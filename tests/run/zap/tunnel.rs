//! The listener as a byte tunnel to a node on this machine.

use harness::{
    Gateway, Launch, PATIENCE,
    compiler::scratch,
    tls::{Authority, Offer},
    within,
    zap::{Peer, ZapClient, read_frame},
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener},
    thread,
};
use tokio_rustls::rustls::NamedGroup;

struct Tunnel {
    gateway: Gateway,
    authority: Authority,
}

impl Tunnel {
    fn start(name: &str, inner: SocketAddr) -> Tunnel {
        let (directory, authority) = (scratch(name), Authority::new("zap"));
        authority.sign(&["localhost"]).write(&directory, "server");
        let gateway = Launch::golden("tunnel")
            .directory(&directory)
            .env("ZAP_INTERNAL_ADDR", &inner.to_string())
            .start();
        Tunnel { gateway, authority }
    }

    fn offer(&self) -> Offer<'_> {
        Offer {
            alpn: &[],
            ..Offer::new(&self.authority)
        }
    }

    fn connect(&self) -> std::io::Result<harness::tls::Session> {
        Ok(self
            .offer()
            .connect(self.gateway.zap(), "localhost")?
            .stream())
    }
}

#[test]
fn bytes_are_passed_on_and_nothing_is_looked_at() {
    let node = Peer::start("inner", |call| {
        call.reply(200, &json!({ "X-By": ["node"] }), call.path().as_bytes());
    });
    let tunnel = Tunnel::start("zap-tunnel", node.address);
    let mut client = ZapClient::over(tunnel.connect().expect("TLS"), "outer").expect("a handshake");
    assert_eq!(client.peer, "inner");
    let (status, _, body) = client.ask(
        "GET /no/route/of/the/gateway",
        &json!({ "X-User-Id": ["7"] }),
        b"",
    );
    assert_eq!((status, &*body), (200, &b"/no/route/of/the/gateway"[..]));
    assert_eq!(node.dialers(), ["outer"]);
    assert_eq!(node.call(0).headers()["X-User-Id"], json!(["7"]));
    // Two connections, and one more is closed.
    let _second = ZapClient::over(tunnel.connect().expect("TLS"), "second").expect("a handshake");
    assert!(tunnel.connect().is_err());
    // Whoever leaves is gone on the other side too.
    drop(client);
    within(PATIENCE, "one connection less at the node", || {
        (node.open() == 1).then_some(())
    });
    // And one on which nothing passes.
    within(PATIENCE, "no connection at the node", || {
        (node.open() == 0).then_some(())
    });
    let old = Offer {
        groups: &[NamedGroup::X25519],
        ..tunnel.offer()
    };
    assert!(
        old.connect(tunnel.gateway.zap(), "localhost").is_err(),
        "hybrid only"
    );
}

#[test]
fn each_side_may_stop_sending_before_the_other() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("an address");
    let node = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the tunnel");
        let mut all = Vec::new();
        // Up to the end of what the client sends.
        stream.read_to_end(&mut all).expect("read");
        stream.write_all(b"all of it: ").expect("send");
        stream.write_all(&all).expect("send");
        stream.shutdown(Shutdown::Both).expect("close");
    });
    let tunnel = Tunnel::start("zap-half", address);
    let mut stream = tunnel.connect().expect("TLS");
    stream.write_all(b"question").expect("send");
    stream.conn.send_close_notify();
    stream.flush().expect("send");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    assert_eq!(answer, b"all of it: question");
    node.join().expect("the node");
}

#[test]
fn a_node_that_is_not_there_ends_the_connection() {
    let tunnel = Tunnel::start("zap-nobody", harness::gateway::refusing());
    let mut stream = tunnel.connect().expect("TLS");
    assert!(!matches!(read_frame(&mut stream), Ok(Some(_))));
    tunnel
        .gateway
        .line("why", |line| line.contains("cannot connect to the node"));
    let directory = scratch("zap-elsewhere");
    Authority::new("x")
        .sign(&["localhost"])
        .write(&directory, "server");
    let (code, said) = Launch::golden("tunnel")
        .directory(&directory)
        .env("ZAP_INTERNAL_ADDR", "192.0.2.1:9652")
        .give_up();
    assert_eq!(code, Some(1));
    assert!(said.contains("not on this machine"), "{said}");
}
