//! Upstreams over TLS: whom the gateway believes, and that it says whom it wants.

use crate::tls_listener::Mutual;
use harness::{
    Gateway, Launch, Origin,
    compiler::scratch,
    tls::{Authority, Issued, Offer},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc, thread};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    LazyConfigAcceptor,
    rustls::{
        ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier,
        crypto::aws_lc_rs,
        server::{Acceptor, WebPkiClientVerifier},
    },
};

/// Of the cryptography that gateways have; a peer of the tests brings another, so that rustls cannot choose by itself.
fn config() -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
}

/// As [`terminate_with`], with a certificate of its own. Its address, and the file with that certificate.
fn terminate(origin: &Origin, name: &str) -> (SocketAddr, PathBuf) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["right.test".to_owned()]).expect("a certificate");
    let file = scratch(name).join("roots.pem");
    fs::write(&file, cert.pem()).expect("write the certificate");
    let key = signing_key.serialize_der().try_into().expect("a key");
    let config = config()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a TLS configuration");
    (terminate_with(origin, config), file)
}

/// Takes TLS for `right.test` off what comes in and passes it on to `origin`; calls for another name are dropped.
fn terminate_with(origin: &Origin, config: ServerConfig) -> SocketAddr {
    let config = Arc::new(config);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.set_nonblocking(true).expect("non-blocking");
    let address = listener.local_addr().expect("its address");
    let behind = origin.address;
    let serve = async move {
        let listener = TcpListener::from_std(listener).expect("a listener");
        while let Ok((stream, _)) = listener.accept().await {
            let config = config.clone();
            tokio::spawn(async move {
                // An error is a client that does not believe us, which is what some tests want.
                let start = LazyConfigAcceptor::new(Acceptor::default(), stream)
                    .await
                    .ok()?;
                let hello = start.client_hello();
                assert!(
                    hello
                        .server_name()
                        .is_some_and(|name| ["right.test", "wrong.test"].contains(&name)),
                    "no SNI"
                );
                let mut secure = start.into_stream(config).await.ok()?;
                let mut plain = TcpStream::connect(behind).await.ok()?;
                copy_bidirectional(&mut secure, &mut plain).await.ok()
            });
        }
    };
    // Ends with the test process.
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("runtime").block_on(serve);
    });
    address
}

fn gateway(address: SocketAddr, roots: &str) -> Gateway {
    Launch::golden("secure")
        .resolve("right.test:8443", address)
        .resolve("wrong.test:8443", address)
        .env("SSL_CERT_FILE", roots)
        .one_worker()
        .start()
}

#[test]
fn a_trusted_upstream_is_called_and_its_connection_kept() {
    let origin = Origin::ok();
    let (address, roots) = terminate(&origin, "tls-trusted");
    let gateway = gateway(address, roots.to_str().expect("UTF-8"));
    for n in 0..5 {
        let answer = gateway.get(&format!("/right/{n}?x=1"));
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{n}");
        let got = origin.last();
        assert_eq!(
            (got.target, got.headers.get("host")),
            (format!("/{n}?x=1"), Some("right.test:8443"))
        );
    }
    assert_eq!(origin.connections(), 1);
}

#[test]
fn a_certificate_for_another_name_is_not_accepted() {
    let origin = Origin::ok();
    let (address, roots) = terminate(&origin, "tls-other-name");
    let gateway = gateway(address, roots.to_str().expect("UTF-8"));
    assert_eq!(gateway.get("/wrong/x").status, 502);
    assert_eq!(
        origin.count(),
        0,
        "a request was sent to the wrong upstream"
    );
}

#[test]
fn an_unknown_issuer_is_not_accepted() {
    let origin = Origin::ok();
    let (address, _) = terminate(&origin, "tls-unknown");
    let (_, others) = terminate(&origin, "tls-others");
    let gateway = gateway(address, others.to_str().expect("UTF-8"));
    assert_eq!(gateway.get("/right/x").status, 502);
    assert_eq!(
        origin.count(),
        0,
        "a request was sent to an upstream that nobody vouched for"
    );
}

/// An upstream that shows `own` and lets in whom `clients` has signed.
fn strict(origin: &Origin, own: &Issued, clients: &Authority) -> SocketAddr {
    let mut roots = RootCertStore::empty();
    roots
        .add(clients.certificate.clone())
        .expect("an authority");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let config = config()
        .with_client_cert_verifier(verifier.expect("a verifier"))
        .with_single_cert(vec![own.certificate.clone()], own.key.clone_key())
        .expect("a TLS configuration");
    terminate_with(origin, config)
}

/// `client_tls` of `tests/golden/mutual.json`: a private authority, and a certificate of our own.
#[test]
fn both_sides_show_who_they_are() {
    let mutual = Mutual::new("tls-both-sides");
    let client = mutual.clients.sign(&["client"]);
    let stranger = Authority::new("the upstreams' authority");
    let trusted = mutual.upstreams.sign(&["right.test"]);
    for (name, own, clients, status) in [
        ("all is well", &trusted, &mutual.authority, 200),
        (
            "it believes others",
            &trusted,
            &Authority::new("somebody"),
            502,
        ),
        (
            "nobody vouches for it",
            &stranger.sign(&["right.test"]),
            &mutual.authority,
            502,
        ),
        (
            "it is somebody else",
            &mutual.upstreams.sign(&["else.test"]),
            &mutual.authority,
            502,
        ),
    ] {
        let origin = Origin::ok();
        let upstream = strict(&origin, own, clients);
        let gateway = mutual.launch().resolve("right.test:8443", upstream).start();
        let offer = Offer {
            certificate: Some(&client),
            ..Offer::new(&mutual.authority)
        };
        let mut client = offer.client(gateway.address, "a.test");
        let answer = client.request("GET /right/x", &[]).response();
        assert_eq!(answer.status, status, "{name}: {:?}", gateway.log());
        assert_eq!(origin.count(), usize::from(status == 200), "{name}");
    }
}

#[test]
fn whoever_it_is_is_believed_where_the_config_says_so() {
    let origin = Origin::ok();
    let (address, _) = terminate(&origin, "tls-insecure");
    let gateway = Launch::golden("insecure")
        .resolve("wrong.test:8443", address)
        .start();
    assert_eq!(gateway.get("/wrong/x").status, 200);
    let line = gateway.line("the warning", |line| line.contains("NOT CHECKED"));
    assert!(line.contains("allow_insecure_connections"), "{line}");
}

/// Files of `client_tls` are as needed as those of the listener.
#[test]
fn bad_files_stop_the_start() {
    let mutual = Mutual::new("tls-client-files");
    fs::remove_file(mutual.directory.join("upstreams-ca.crt")).expect("remove");
    fs::write(mutual.directory.join("clients-ca.crt"), "nothing").expect("write");
    let (code, said) = mutual.launch().give_up();
    assert_eq!(code, Some(1), "{said}");
    for text in [
        "cannot read `upstreams-ca.crt`",
        "`clients-ca.crt` holds no certificate",
    ] {
        assert!(said.contains(text), "no `{text}` in\n{said}");
    }
}

/// With `--mock` no upstream is called: what they need is not asked for.
#[test]
fn a_mock_needs_no_files_of_upstreams() {
    let mutual = Mutual::new("tls-mock");
    fs::remove_file(mutual.directory.join("upstreams-ca.crt")).expect("remove");
    let gateway = mutual.launch().args(&["--mock"]).start();
    let own = mutual.clients.sign(&["client"]);
    let offer = Offer {
        certificate: Some(&own),
        ..Offer::new(&mutual.authority)
    };
    let mut client = offer.client(gateway.address, "a.test");
    let answer = client.request("GET /right/x", &[]).response();
    assert_eq!(answer.status, 200, "{}", answer.text());
}
