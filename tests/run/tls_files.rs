//! The files that TLS is made of: missing, wrong, out of date, renewed.

use crate::tls_listener::Setup;
use harness::{Gateway, Origin, PATIENCE, compiler::compiled, gateway::ORIGIN, within};
use std::{fs, path::Path, process::Command};

#[test]
fn a_renewed_certificate_is_served() {
    let setup = Setup::new("tls-renewed");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let mut open = setup.client(&gateway);
    assert_eq!(open.request("GET /all/x", &[]).response().status, 200);
    let shown = |gateway: &Gateway| {
        let secure = setup.offer().connect(gateway.address, "b.test");
        secure.expect("a handshake").certificate()
    };
    let renewed = setup.authority.sign(&["b.test"]);
    renewed.write(&setup.directory, "second");
    within(PATIENCE, "the new certificate", || {
        (shown(&gateway) == renewed.certificate).then_some(())
    });
    // What is open stays open.
    assert_eq!(open.request("GET /all/x", &[]).response().status, 200);

    fs::write(setup.directory.join("second.crt"), "not a certificate").expect("write");
    let line = gateway.line("an error", |line| {
        line.contains("second.crt") && line.contains("ERROR")
    });
    assert!(line.contains("no certificate"), "{line}");
    assert_eq!(shown(&gateway), renewed.certificate, "the one before stays");
    setup.second.write(&setup.directory, "second");
    within(PATIENCE, "the first certificate again", || {
        (shown(&gateway) == setup.second.certificate).then_some(())
    });
    assert_eq!(open.request("GET /all/x", &[]).response().status, 200);
}

/// Without one of its files a gateway does not start, and says everything that is wrong at once.
#[test]
fn bad_files_stop_the_start() {
    type Break = fn(&Path);
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let cases: [(&str, Break, &[&str]); 5] = [
        (
            "missing",
            |dir| {
                fs::remove_file(dir.join("first.crt")).expect("remove");
                fs::remove_file(dir.join("second.key")).expect("remove");
            },
            &["cannot read `first.crt`", "cannot read `second.key`"],
        ),
        (
            "mismatch",
            |dir| {
                fs::copy(dir.join("second.key"), dir.join("first.key")).expect("copy");
            },
            &["the private key in `first.key` does not fit the certificate in `first.crt`"],
        ),
        (
            "swapped",
            |dir| {
                fs::copy(dir.join("second.key"), dir.join("second.crt")).expect("copy");
                fs::copy(dir.join("first.crt"), dir.join("first.key")).expect("copy");
            },
            &[
                "`second.crt` holds no certificate",
                "`first.key` holds no private key",
            ],
        ),
        (
            "encrypted",
            |dir| {
                let key = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
                fs::write(dir.join("first.key"), key).expect("write");
            },
            &["`first.key` holds an encrypted private key"],
        ),
        (
            "garbage",
            |dir| fs::write(dir.join("first.key"), KEY).expect("write"),
            &["`first.key` holds a private key of a kind"],
        ),
    ];
    let origin = Origin::ok();
    for (name, spoil, expected) in cases {
        let setup = Setup::new(&format!("tls-bad-{name}"));
        spoil(&setup.directory);
        let (code, said) = setup.launch(&origin).give_up();
        assert_eq!(code, Some(1), "{name}: {said}");
        for text in expected {
            assert!(said.contains(text), "{name}: no `{text}` in\n{said}");
        }
        assert!(!said.contains("listening"), "{name}: {said}");
        assert!(
            !said.contains("c2VjcmV0"),
            "{name}: a key in the log:\n{said}"
        );
    }
}

/// `check` finds what a start would stumble over.
#[test]
fn check_reads_the_files() {
    let setup = Setup::new("tls-check");
    let origin = Origin::ok();
    let check = || {
        let origin = format!("{ORIGIN}={}", origin.address);
        let output = Command::new(compiled("tls"))
            .args(["check", "--resolve", &origin])
            .current_dir(&setup.directory)
            .output()
            .expect("run the gateway");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = check();
    assert_eq!(code, Some(0), "{said}");
    fs::remove_file(setup.directory.join("first.key")).expect("remove");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    for text in ["failed  tls  cannot read `first.key`", "ok      origin"] {
        assert!(said.contains(text), "no `{text}` in\n{said}");
    }
}

#[test]
fn an_expired_certificate_is_a_warning() {
    let setup = Setup::new("tls-expired");
    let expired = setup.authority.sign_expired(&["a.test"]);
    expired.write(&setup.directory, "first");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let line = gateway.line("the warning", |line| line.contains("EXPIRED"));
    for text in ["WARNING", "first.crt", "a.test", "2002-03-04"] {
        assert!(line.contains(text), "{line}");
    }
    let line = gateway.line("the other one", |line| line.contains("second.crt"));
    assert!(line.contains("b.test, *.wild.test, until "), "{line}");
}
