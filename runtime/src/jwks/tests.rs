//! Key sets in files, and whom a fetch believes. What a running gateway does with an issuer is in `tests/run`.

mod server;

use super::{
    Source, Store,
    source::Place,
    trust::{BadTrust, Trust},
};
use crate::{
    fetch::{Fetch, FetchError},
    url::Url,
};
use std::{
    fs,
    path::PathBuf,
    process,
    time::{Duration, Instant},
};

const ONE: &str =
    r#"{"keys":[{"kty":"oct","kid":"1","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
const OTHER: &str = r#"{"keys":[{"kty":"oct","kid":"2","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"kty":"oct","k":"AA"}]}"#;

/// A file of this test process.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("gwc-{}-{name}", process::id()));
    fs::write(&path, text).expect("write");
    path
}

fn open(path: PathBuf) -> Result<&'static Store, String> {
    let source = Source {
        place: Place::File(path),
        trust: Trust::default(),
    };
    // Kept by the test itself, where it is.
    let opened = Store::open(source, Duration::from_secs(1), |_| ());
    opened.map_err(|error| error.to_string())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

#[test]
fn a_file_must_be_there_when_the_gateway_starts() {
    for (path, why) in [
        (PathBuf::from("/no/such/file"), "cannot read the file"),
        (file("garbage", "{"), "no key set"),
        (file("empty", ""), "no key set"),
        (file("huge", &" ".repeat(2 << 20)), "longer than"),
        (std::env::temp_dir(), "cannot read the file"),
    ] {
        let error = open(path.clone()).err().expect("refused");
        assert!(error.contains(why), "{path:?}: {error}");
    }
    let store = open(file("good", ONE)).expect("a store");
    assert_eq!((store.now().keys.len(), store.now().generation), (1, 1));
}

#[test]
fn a_file_that_changes_is_read_again_and_garbage_is_not_taken() {
    let path = file("changes", ONE);
    let store = open(path.clone()).expect("a store");
    let until = async |what: &str, done: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(20), "{what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    runtime().block_on(async {
        let kept = tokio::spawn(store.keep(&[]));
        fs::write(&path, "garbage").expect("write");
        until("noticed", &|| store.report().failures > 0).await;
        assert_eq!(store.now().generation, 1, "the keys of before");
        fs::write(&path, OTHER).expect("write");
        until("read", &|| store.now().generation == 2).await;
        until("well", &|| store.report().failures == 0).await;
        fs::remove_file(&path).expect("remove");
        until("noticed", &|| store.report().failures > 0).await;
        kept.abort();
    });
    let report = store.report();
    assert_eq!((report.keys, report.skipped, report.generation), (1, 1, 2));
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("cannot read"))
    );
}

#[test]
fn a_key_in_the_query_is_not_said() {
    let source = Source::url("https://id.test/jwks?tenant=a&api_key=hidden").expect("a URL");
    assert_eq!(source.to_string(), "https://id.test/jwks?***");
}

#[test]
fn one_store_for_one_source() {
    let path = file("same", ONE);
    let (one, two) = (open(path.clone()), open(path));
    assert!(std::ptr::eq(one.expect("one"), two.expect("two")));
    let plain = Source::url("http://id.test/jwks").expect("a URL");
    let refused = Store::open(plain, Duration::from_secs(1), |_| ());
    assert!(refused.is_err_and(|error| error.to_string().contains("not https")));
}

/// The whole table, against one server with a certificate for `right.test`.
#[test]
fn whom_a_fetch_believes() {
    let server = server::start();
    let ca = file("ca.pem", &server.pem);
    let (right, wrong) = (server.sha256, [7; 32]);
    let trust = |ca: Option<&PathBuf>, fingerprints: &[[u8; 32]], insecure| Trust {
        ca: ca.cloned(),
        fingerprints: fingerprints.to_vec(),
        cipher_suites: Vec::new(),
        insecure,
    };
    let only = |suite| Trust {
        cipher_suites: vec![suite],
        ..trust(Some(&ca), &[], false)
    };
    for (name, host, trust, good) in [
        ("by default", "right.test", trust(None, &[], false), false),
        (
            "its authority",
            "right.test",
            trust(Some(&ca), &[], false),
            true,
        ),
        (
            "another name",
            "wrong.test",
            trust(Some(&ca), &[], false),
            false,
        ),
        (
            "its key",
            "right.test",
            trust(Some(&ca), &[wrong, right], false),
            true,
        ),
        (
            "another key",
            "right.test",
            trust(Some(&ca), &[wrong], false),
            false,
        ),
        (
            "its key alone",
            "right.test",
            trust(None, &[right], false),
            false,
        ),
        ("anybody", "wrong.test", trust(None, &[], true), true),
        (
            "anybody with its key",
            "wrong.test",
            trust(None, &[right], true),
            true,
        ),
        (
            "the key of its authority",
            "right.test",
            trust(Some(&ca), &[server.authority], false),
            true,
        ),
        (
            "the key of a stranger, which anybody can show",
            "right.test",
            trust(Some(&ca), &[server.stranger], false),
            false,
        ),
        (
            "anybody with the key of its authority",
            "wrong.test",
            trust(None, &[server.authority], true),
            true,
        ),
        (
            "anybody who shows the key of a stranger",
            "wrong.test",
            trust(None, &[server.stranger], true),
            false,
        ),
        (
            "anybody with another",
            "wrong.test",
            trust(None, &[wrong], true),
            false,
        ),
        (
            "one suite",
            "right.test",
            only("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            true,
        ),
    ] {
        let url = Url::parse(&format!("https://{host}:8443/")).expect("a URL");
        let fetch = Fetch {
            tls: trust.config().expect("a configuration"),
            ..Fetch::get(&url)
        };
        let got = runtime().block_on(fetch.send(&server.resolve));
        match got {
            Ok(answer) => assert!(good && answer.body == "hi", "{name}"),
            Err(FetchError::Tls(_)) => assert!(!good, "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    let missing = trust(Some(&PathBuf::from("/no/such.pem")), &[], false).config();
    assert!(matches!(missing, Err(BadTrust::Ca(..))));
    let empty = trust(Some(&file("empty.pem", "")), &[], false).config();
    assert!(matches!(empty, Err(BadTrust::NoCa(_))));
}
