//! TLS on the listener, up to the first byte of HTTP: versions, groups, names, client certificates.

use harness::{
    Client, Gateway, Launch, Origin, PATIENCE,
    compiler::scratch,
    gateway::ORIGIN,
    tls::{Authority, Issued, Offer},
};
use std::{fs, net::SocketAddr, path::PathBuf, thread};
use tokio_rustls::rustls::{NamedGroup, ProtocolVersion, crypto::SupportedKxGroup};

/// `tests/golden/tls.json`: its first certificate is for `a.test`, its second for `b.test` and `*.wild.test`.
pub struct Setup {
    pub authority: Authority,
    pub first: Issued,
    pub second: Issued,
    pub directory: PathBuf,
}

impl Setup {
    pub fn new(name: &str) -> Setup {
        let authority = Authority::new("the authority");
        let setup = Setup {
            first: authority.sign(&["a.test"]),
            second: authority.sign(&["b.test", "*.wild.test"]),
            authority,
            directory: scratch(name),
        };
        setup.first.write(&setup.directory, "first");
        setup.second.write(&setup.directory, "second");
        setup
    }

    pub fn launch(&self, origin: &Origin) -> Launch {
        Launch::golden("tls")
            .resolve(ORIGIN, origin.address)
            .directory(&self.directory)
    }

    pub fn offer(&self) -> Offer<'_> {
        Offer::new(&self.authority)
    }

    /// Over TLS to `a.test`.
    pub fn client(&self, gateway: &Gateway) -> Client {
        self.offer().client(gateway.address, "a.test")
    }
}

#[test]
fn versions_and_groups() {
    let setup = Setup::new("tls-versions");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let (hybrid, x25519) = (NamedGroup::X25519MLKEM768, NamedGroup::X25519);
    let (p256, p384) = (NamedGroup::secp256r1, NamedGroup::secp384r1);
    for (version, groups, expected, logged) in [
        (
            ProtocolVersion::TLSv1_3,
            &[hybrid, x25519][..],
            hybrid,
            "tls=1.3",
        ),
        (ProtocolVersion::TLSv1_3, &[x25519], x25519, "tls=1.3"),
        (ProtocolVersion::TLSv1_3, &[p384, p256], p384, "tls=1.3"),
        (ProtocolVersion::TLSv1_2, &[x25519], x25519, "tls=1.2"),
        (ProtocolVersion::TLSv1_2, &[p256], p256, "tls=1.2"),
    ] {
        let offer = Offer {
            version,
            groups,
            ..setup.offer()
        };
        let secure = offer
            .connect(gateway.address, "a.test")
            .expect("a handshake");
        let group = secure.state().negotiated_key_exchange_group();
        assert_eq!(secure.state().protocol_version(), Some(version));
        assert_eq!(
            group.map(SupportedKxGroup::name),
            Some(expected),
            "{groups:?}"
        );
        let target = format!("/all/{version:?}/{expected:?}");
        let answer = secure
            .client()
            .request(&format!("GET {target}"), &[])
            .response();
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
        let line = gateway.line("the access log", |line| line.contains(&target));
        assert!(line.contains(logged), "{line}");
        let got = origin.last();
        assert_eq!(got.headers.get("x-forwarded-proto"), Some("https"));
    }
}

/// A trusted proxy (this test, by its address) knows better what its client speaks.
#[test]
fn a_proxy_says_what_its_client_speaks() {
    let setup = Setup::new("tls-proto");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    for (said, expected) in [("http", "http"), ("https", "https"), ("gopher", "https")] {
        let mut client = setup.client(&gateway);
        let headers = [("X-Forwarded-Proto", said)];
        assert_eq!(
            client.request("GET /all/x", &headers).response().status,
            200
        );
        assert_eq!(
            origin.last().headers.get("x-forwarded-proto"),
            Some(expected)
        );
    }
}

/// A hello of a client that speaks `version` (`0x0302` is TLS 1.1) and nothing newer.
fn hello(version: u16) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]); // random
    body.extend([0, 0, 4, 0xc0, 0x09, 0xc0, 0x2b, 1, 0]); // no session, two suites, no compression
    let groups = [0, 10, 0, 4, 0, 2, 0, 23];
    let points = [0, 11, 0, 2, 1, 0];
    let signatures = [0, 13, 0, 4, 0, 2, 4, 3];
    let extensions = [&groups[..], &points, &signatures].concat();
    body.extend(
        u16::try_from(extensions.len())
            .expect("short")
            .to_be_bytes(),
    );
    body.extend(extensions);
    let length = u16::try_from(body.len()).expect("short");
    let mut message = vec![1, 0];
    message.extend(length.to_be_bytes());
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend((length + 4).to_be_bytes());
    record.extend(message);
    record
}

#[test]
fn old_versions_are_refused() {
    let setup = Setup::new("tls-old");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    for version in [0x0300, 0x0301, 0x0302] {
        let mut client = gateway.client();
        client.send(hello(version));
        let alert = client.wire.some().expect("an alert");
        assert_eq!(alert[0], 21, "{version:#06x}: {alert:?}");
        assert_eq!(
            alert[5..7],
            [2, 70],
            "{version:#06x}: fatal, protocol_version"
        );
        client.expect_closed(PATIENCE);
    }
    // The same hello with TLS 1.2 is one that is answered, so it was the version.
    let mut client = gateway.client();
    client.send(hello(0x0303));
    assert_eq!(client.wire.some().expect("a hello")[0], 22);

    let mutual = Mutual::new("tls-only-13");
    let gateway = mutual.launch().start();
    let old = Offer {
        version: ProtocolVersion::TLSv1_2,
        ..Offer::new(&mutual.authority)
    };
    assert!(old.connect(gateway.address, "a.test").is_err());
}

#[test]
fn the_name_decides_between_certificates() {
    let setup = Setup::new("tls-names");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let shown = |name: &str| {
        let config = setup.offer().config();
        // What does not fit the name is not believed; then it was not the second one that was shown.
        harness::tls::connect(config, gateway.address, name).map(|secure| secure.certificate())
    };
    assert_eq!(shown("a.test").expect("first"), setup.first.certificate);
    assert_eq!(shown("b.test").expect("second"), setup.second.certificate);
    assert_eq!(shown("B.TEST").expect("second"), setup.second.certificate);
    assert_eq!(
        shown("x.wild.test").expect("wild"),
        setup.second.certificate
    );
    for name in ["x.y.wild.test", "wild.test", "c.test", "127.0.0.1"] {
        let error = shown(name).expect_err("the first certificate, which is for a.test");
        assert!(error.to_string().contains("\"a.test\""), "{name}: {error}");
    }
}

#[test]
fn protocols_are_agreed_upon() {
    let setup = Setup::new("tls-alpn");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    for (offered, expected) in [
        (&["h2", "http/1.1"][..], Ok(Some("h2"))),
        (&["http/1.1", "h2"], Ok(Some("h2"))),
        (&["http/1.1"], Ok(Some("http/1.1"))),
        (&[], Ok(None)),
        (&["acme-tls/1"], Err(())),
    ] {
        let offer = Offer {
            alpn: offered,
            ..setup.offer()
        };
        let agreed = match offer.connect(gateway.address, "a.test") {
            Ok(secure) => {
                let agreed = secure.state().alpn_protocol().map(<[u8]>::to_vec);
                Ok(agreed.map(|name| String::from_utf8(name).expect("a name")))
            }
            Err(_) => Err(()),
        };
        let expected = expected.map(|name| name.map(str::to_owned));
        assert_eq!(agreed, expected, "{offered:?}");
    }
    // Without ALPN it is HTTP/1.1, also for who begins as HTTP/2 does.
    let offer = Offer {
        alpn: &[],
        ..setup.offer()
    };
    let mut client = offer.client(gateway.address, "a.test");
    assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    let mut client = offer.client(gateway.address, "a.test");
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let said = client.wire.some().expect("an answer or an end");
    assert!(
        said.is_empty() || said.starts_with(b"HTTP/1.1 "),
        "{said:?}"
    );
}

#[test]
fn plain_http_is_told_so() {
    let setup = Setup::new("tls-plain");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let mut client = gateway.client();
    let answer = client.request("GET /all/x", &[]).response();
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].to_string();
    assert!(message.contains("https://"), "{message}");
    client.expect_closed(PATIENCE);
    // Neither a prior-knowledge HTTP/2 client nor noise gets further.
    let mut client = gateway.client();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(client.response().status, 400);
    let mut client = gateway.client();
    client.send([0; 64]);
    client.expect_closed(PATIENCE);
    assert_eq!(origin.count(), 0);
}

/// Slow handshakes hold nobody up, and end.
#[test]
fn a_handshake_takes_only_so_long() {
    let setup = Setup::new("tls-slow");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).one_worker().start();
    let mut silent = gateway.client();
    let mut partial: Vec<_> = (0..50).map(|_| gateway.client()).collect();
    for client in &mut partial {
        client.send(&hello(0x0303)[..20]);
    }
    for _ in 0..5 {
        let mut client = setup.client(&gateway);
        assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    }
    silent.expect_closed(PATIENCE);
    for client in &mut partial {
        client.expect_closed(PATIENCE);
    }
}

/// `tests/golden/mutual.json`: certificates on both sides.
pub struct Mutual {
    pub authority: Authority,
    pub clients: Authority,
    pub upstreams: Authority,
    /// What the gateway shows, to both sides.
    pub gateway: Issued,
    pub directory: PathBuf,
}

impl Mutual {
    pub fn new(name: &str) -> Mutual {
        let authority = Authority::new("the gateway's authority");
        let mutual = Mutual {
            clients: Authority::new("the clients' authority"),
            upstreams: Authority::new("the upstreams' authority"),
            gateway: authority.sign(&["a.test"]),
            authority,
            directory: scratch(name),
        };
        mutual.gateway.write(&mutual.directory, "gateway");
        let write = |name: &str, authority: &Authority| {
            fs::write(mutual.directory.join(name), &authority.pem).expect("write an authority");
        };
        write("clients-ca.crt", &mutual.clients);
        write("upstreams-ca.crt", &mutual.upstreams);
        mutual
    }

    pub fn launch(&self) -> Launch {
        Launch::golden("mutual").directory(&self.directory)
    }
}

#[test]
fn clients_show_who_they_are() {
    let mutual = Mutual::new("tls-clients");
    let gateway = mutual.launch().start();
    let stranger = Authority::new("the clients' authority").sign(&["client"]);
    let own = mutual.clients.sign(&["client"]);
    let status = |certificate| {
        let offer = Offer {
            certificate,
            ..Offer::new(&mutual.authority)
        };
        let mut client = offer.connect(gateway.address, "a.test").ok()?.client();
        // A refusal comes while this is on its way.
        client
            .wire
            .send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            .ok()?;
        Some(client.wire.head().ok()??.status())
    };
    assert_eq!(status(Some(&own)), Some(200));
    assert_eq!(status(None), None, "no certificate");
    // Of an authority that only has the same name.
    assert_eq!(status(Some(&stranger)), None, "a stranger's certificate");
    // The certificate of the gateway is none of a client's.
    assert_eq!(status(Some(&mutual.gateway)), None, "the gateway's own");
    assert_eq!(status(Some(&own)), Some(200));
}

/// More handshakes at once than a core has places for: the oldest make room, and clients in a hurry are served.
#[test]
fn half_open_handshakes_make_room() {
    let setup = Setup::new("tls-flood");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).one_worker().start();
    let address: SocketAddr = gateway.address;
    let flood = thread::spawn(move || {
        let open = |_| Client::connect(address);
        let mut held: Vec<_> = (0..1100).map(open).collect();
        held[0].expect_closed(PATIENCE);
        held
    });
    let mut client = setup.client(&gateway);
    assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    let held = flood.join().expect("the oldest made room");
    let mut client = setup.client(&gateway);
    assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    drop(held);
}
