//! The listener over TLS, and a gateway that calls another one's listener.

use harness::{
    Gateway, Launch, Origin, PATIENCE,
    compiler::{compiled, scratch},
    tls::{Authority, Offer},
    within,
    zap::ZapClient,
};
use serde_json::Value;
use std::{path::PathBuf, process::Command};
use tokio_rustls::rustls::{NamedGroup, ProtocolVersion, crypto::SupportedKxGroup};

struct Secure {
    gateway: Gateway,
    authority: Authority,
    directory: PathBuf,
    origin: Origin,
}

impl Secure {
    fn start(name: &str) -> Secure {
        let (directory, authority) = (scratch(name), Authority::new("zap"));
        authority.sign(&["localhost"]).write(&directory, "server");
        std::fs::write(directory.join("ca.crt"), &authority.pem).expect("write the authority");
        let origin = Origin::start(|x| {
            let body = x.body();
            x.reply("200 OK", &[], &body.bytes);
        });
        let gateway = Launch::golden("secured")
            .directory(&directory)
            .env("ZAP_LISTENER_ENABLED", "true")
            .resolve("origin.test:8000", origin.address)
            .start();
        Secure {
            gateway,
            authority,
            directory,
            origin,
        }
    }

    fn offer(&self) -> Offer<'_> {
        Offer {
            alpn: &[],
            ..Offer::new(&self.authority)
        }
    }
}

#[test]
fn the_key_exchange_is_hybrid_where_the_client_knows_it() {
    use NamedGroup::{X25519, X25519MLKEM768, secp256r1};
    let secure = Secure::start("zap-pq");
    let address = secure.gateway.zap();
    for (groups, expected) in [
        (&[X25519MLKEM768, X25519][..], X25519MLKEM768),
        (&[X25519, X25519MLKEM768], X25519MLKEM768),
        (&[X25519], X25519),
    ] {
        let offer = Offer {
            groups,
            ..secure.offer()
        };
        let connection = offer.connect(address, "localhost").expect("a handshake");
        let agreed = connection.state().negotiated_key_exchange_group();
        assert_eq!(
            agreed.map(SupportedKxGroup::name),
            Some(expected),
            "{groups:?}"
        );
        assert_eq!(
            connection.state().protocol_version(),
            Some(ProtocolVersion::TLSv1_3)
        );
    }
    let p256 = Offer {
        groups: &[secp256r1],
        ..secure.offer()
    };
    assert!(
        p256.connect(address, "localhost").is_err(),
        "no other group"
    );
    let old = Offer {
        version: ProtocolVersion::TLSv1_2,
        groups: &[X25519],
        ..secure.offer()
    };
    assert!(
        old.connect(address, "localhost").is_err(),
        "TLS 1.2 is refused"
    );
}

#[test]
fn protocols_in_the_handshake() {
    let secure = Secure::start("zap-alpn");
    for (alpn, agreed) in [
        (&[][..], None),
        (&["zap/1"], Some(&b"zap/1"[..])),
        (&["h2", "zap/1"], Some(b"zap/1")),
        (&["h2", "http/1.1"], None),
    ] {
        let offer = Offer {
            alpn,
            ..secure.offer()
        };
        let connection = offer.connect(secure.gateway.zap(), "localhost");
        let connection = connection.unwrap_or_else(|why| panic!("{alpn:?}: {why}"));
        assert_eq!(connection.state().alpn_protocol(), agreed, "{alpn:?}");
    }
}

#[test]
fn requests_arrive_over_tls_and_idle_connections_end() {
    let secure = Secure::start("zap-tls");
    let connection = secure.offer().connect(secure.gateway.zap(), "localhost");
    let stream = connection.expect("a handshake").stream();
    let mut client = ZapClient::over(stream, "tests").expect("a handshake of ZAP");
    let (status, _, body) = client.ask("POST /v1/x", &Value::Null, &vec![b'x'; 200_000]);
    assert_eq!((status, body.len()), (200, 200_000));
    assert_eq!(
        secure.origin.last().headers.get("x-forwarded-proto"),
        Some("https")
    );
    // A second of silence is what this one allows.
    let ended = within(PATIENCE, "the end of an idle connection", || {
        Some(
            harness::zap::read_frame(&mut client.stream)
                .ok()
                .flatten()
                .is_none(),
        )
    });
    assert!(ended);
}

#[test]
fn a_gateway_calls_a_gateway() {
    let inner = Secure::start("zap-gateways");
    let outer = Launch::golden("secured")
        .directory(&inner.directory)
        .env(
            "ZAP_PEER",
            &format!("localhost:{}", inner.gateway.zap().port()),
        )
        .resolve("origin.test:8000", inner.origin.address)
        .start();
    let body = vec![b'y'; 300_000];
    let answer = outer.client().post("POST /by/zap", &[], &body).response();
    assert_eq!((answer.status, answer.body.len()), (200, body.len()));
    assert_eq!(inner.origin.last().target, "/v1/echo");
    inner
        .gateway
        .line("a line of the inner one", |line| line.contains("/v1/echo"));
}

#[test]
fn it_is_poked_by_hand() {
    let secure = Secure::start("zap-poke-tls");
    let poke = |name: &str, authority: &str| {
        let output = Command::new(compiled("secured"))
            .args(["zap", "call"])
            .arg(format!("{name}:{}", secure.gateway.zap().port()))
            .args(["POST", "/v1/x", "--tls", "-d", "a body"])
            .env("SSL_CERT_FILE", secure.directory.join(authority))
            .output()
            .expect("run it");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, body, head) = poke("localhost", "ca.crt");
    assert_eq!((code, &*body), (Some(0), "a body"), "{head}");
    assert!(head.starts_with("ZAP/1 200 OK from `gateway"), "{head}");
    let other = Authority::new("another").pem;
    std::fs::write(secure.directory.join("other.crt"), other).expect("write an authority");
    for (name, authority) in [("localhost", "other.crt"), ("127.0.0.1", "ca.crt")] {
        let (code, body, why) = poke(name, authority);
        assert_eq!((code, &*body), (Some(1), ""), "{name}, {authority}: {why}");
        assert!(why.contains("certificate"), "{why}");
    }
}

#[test]
fn it_listens_only_when_it_is_to() {
    let directory = scratch("zap-off");
    let origin = Origin::ok();
    let launch = || {
        Launch::golden("secured")
            .directory(&directory)
            .resolve("origin.test:8000", origin.address)
    };
    // Not enabled: its files are not even looked for, but those of `client_tls` are.
    std::fs::write(directory.join("ca.crt"), Authority::new("x").pem).expect("write");
    let gateway = launch().start();
    assert!(
        !gateway
            .log()
            .iter()
            .any(|line| line.contains("zap-listener"))
    );
    let (code, said) = launch().env("ZAP_LISTENER_ENABLED", "true").give_up();
    assert_eq!(code, Some(1));
    assert!(
        said.contains("zap-listener") && said.contains("server.crt"),
        "{said}"
    );
    let (_, said) = launch().env("ZAP_LISTENER_ENABLED", "perhaps").give_up();
    assert!(
        said.contains("`perhaps` is neither true nor false"),
        "{said}"
    );
}
