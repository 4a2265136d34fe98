//! Limits that gateways share: `tests/golden/shared.json`, before a Redis or Valkey server that is there, goes and comes
//! back.

use harness::{
    Client, Gateway, Launch, Origin, PATIENCE,
    compiler::{compiled, scratch},
    gateway::ORIGIN,
    store::Store,
    tls::Authority,
    within,
};
use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const STORE: &str = "store.test:6379";
const PASSWORD: &str = "a-password-of-the-store";
/// What a client may have of `/each` and `/alone`, and all together of the backend of `/calls`.
const OWN: usize = 500;
const SHARED: &str = "limits are shared with other gateways";
const ALONE: &str = "counted by this gateway alone";

fn launch(origin: &Origin, store: &Store) -> Launch {
    Launch::golden("shared")
        .env("STORE_PASSWORD", PASSWORD)
        .resolve(ORIGIN, origin.address)
        .resolve(STORE, store.address)
}

/// Two that have found the store.
fn pair(origin: &Origin, store: &Store) -> [Gateway; 2] {
    let pair = [launch(origin, store).start(), launch(origin, store).start()];
    for gateway in &pair {
        gateway.line("the store found", |line| line.contains(SHARED));
    }
    pair
}

/// Asks one after the other until it is refused; how many were let through.
fn until_refused(gateway: &Gateway, path: &str, address: &str) -> usize {
    let mut client = gateway.client();
    let line = format!("GET {path}");
    let asked = (0..=OWN).take_while(|_| {
        client.request(&line, &[("X-Forwarded-For", address)]);
        client.response().status == 200
    });
    asked.count()
}

/// Asks without a pause; how many were let through, and how many were not.
fn press(mut client: Client, path: &str, until: Instant) -> [u64; 2] {
    let mut counts = [0, 0];
    while Instant::now() < until {
        client.request(&format!("GET {path}"), &[("X-Tenant", "one")]);
        counts[usize::from(client.response().status != 200)] += 1;
    }
    counts
}

/// At steady load no more than 2 % over the limit, whoever is asked.
#[test]
fn two_gateways_let_through_as_much_as_one() {
    let Some(store) = Store::start("limits::shared::two_gateways", PASSWORD) else {
        return;
    };
    let origin = Origin::ok();
    let pair = pair(&origin, &store);
    for (path, rate, burst) in [("/all", 400.0, 20.0), ("/pace", 200.0, 20.0)] {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(6);
        let counts: Vec<[u64; 2]> = thread::scope(|scope| {
            let pressing = |gateway: &Gateway| {
                let client = gateway.client();
                scope.spawn(move || press(client, path, until))
            };
            let clients = pair.each_ref().map(pressing);
            clients.map(|c| c.join().expect("a client")).to_vec()
        });
        let took = begun.elapsed().as_secs_f64();
        let passed: u64 = counts.iter().map(|[passed, _]| passed).sum();
        let allowed = burst + rate * took;
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let over = 100.0 * (passed as f64 / allowed - 1.0);
        println!(
            "{path}: {passed} of {counts:?} in {took:.2} s, {allowed:.0} allowed: {over:+.2} %"
        );
        assert!(
            counts.iter().all(|[_, refused]| *refused > 0),
            "{path}: {counts:?}: not enough was asked for to reach the limit"
        );
        assert!(
            over <= 2.0,
            "{path}: {passed} of {allowed:.0} ({over:.2} % over)"
        );
        assert!(
            over >= -20.0,
            "{path}: {passed} of {allowed:.0}: too strict"
        );
    }
}

/// What one has let through, the other hears of as soon as it has something to tell.
#[test]
fn what_one_has_let_through_counts_at_the_other() {
    let Some(store) = Store::start("limits::shared::what_one_has", PASSWORD) else {
        return;
    };
    let origin = Origin::ok();
    let pair = pair(&origin, &store);
    for (path, is_shared) in [("/each", true), ("/calls", true), ("/alone", false)] {
        let counts = pair
            .each_ref()
            .map(|g| until_refused(g, path, "203.0.113.1"));
        assert_eq!(counts[0], OWN, "{path}");
        assert_eq!(counts[1] < OWN / 2, is_shared, "{path}: {counts:?}");
    }
    let stranger = until_refused(&pair[1], "/each", "203.0.113.2");
    assert_eq!(stranger, OWN, "another client");
}

#[test]
fn without_the_store_each_counts_alone_and_says_so() {
    let Some(mut store) = Store::start("limits::shared::without_the_store", PASSWORD) else {
        return;
    };
    let origin = Origin::ok();
    let pair = pair(&origin, &store);
    store.kill();
    for gateway in &pair {
        gateway.line("the store lost", |line| line.contains(ALONE));
    }
    let counts = pair
        .each_ref()
        .map(|g| until_refused(g, "/each", "203.0.113.1"));
    assert_eq!(counts, [OWN, OWN], "the limit of each");
    store.come_back();
    for gateway in &pair {
        within(PATIENCE, "the store found again", || {
            let log = gateway.log();
            let found = log.iter().filter(|line| line.contains(SHARED));
            (found.count() == 2).then_some(())
        });
        let log = gateway.log();
        let lost = log.iter().filter(|line| line.contains(ALONE));
        assert_eq!(lost.count(), 1, "said once: {log:?}");
    }
    let counts = pair
        .each_ref()
        .map(|g| until_refused(g, "/each", "203.0.113.2"));
    assert!(
        counts[0] == OWN && counts[1] < OWN / 2,
        "shared again: {counts:?}"
    );
}

/// `rediss://`: by the authorities of the system, as for upstreams.
#[test]
fn a_store_may_speak_tls() {
    let directory = scratch("limits-store-tls");
    let authority = Authority::new("the store's authority");
    authority.sign(&["store.test"]).write(&directory, "store");
    fs::write(directory.join("ca.crt"), &authority.pem).expect("write the authority");
    let test = "limits::shared::a_store_may_speak_tls";
    let Some(store) = Store::secure(test, PASSWORD, &directory) else {
        return;
    };
    let origin = Origin::ok();
    let secure = || launch(&origin, &store).env("STORE_SCHEME", "rediss");
    let ca = directory.join("ca.crt").display().to_string();
    let gateway = secure().env("SSL_CERT_FILE", &ca).start();
    gateway.line("the store found", |line| line.contains(SHARED));
    assert_eq!(until_refused(&gateway, "/each", "203.0.113.1"), OWN);
    let stranger = secure().start();
    let line = stranger.line("the store refused", |line| line.contains(ALONE));
    assert!(line.contains("rediss://store.test:6379"), "{line}");
}

/// A gateway starts without its store, and tells nobody the password.
#[test]
fn a_store_that_is_not_there_stops_nobody() {
    let origin = Origin::ok();
    let nowhere = harness::gateway::refusing();
    let gateway = Launch::golden("shared")
        .env("STORE_PASSWORD", PASSWORD)
        .resolve(ORIGIN, origin.address)
        .resolve(STORE, nowhere)
        .start();
    let line = gateway.line("the store missed", |line| line.contains(ALONE));
    assert!(line.contains("redis://store.test:6379"), "{line}");
    assert_eq!(until_refused(&gateway, "/each", "203.0.113.1"), OWN);
    assert!(!gateway.log().iter().any(|line| line.contains(PASSWORD)));

    let program = compiled("shared");
    let run = |command: &str, store: &str| {
        let output = Command::new(&program)
            .args([
                command,
                "--resolve",
                &format!("{ORIGIN}={}", origin.address),
            ])
            .args(["--resolve", &format!("{STORE}={store}")])
            .env("STORE_PASSWORD", PASSWORD)
            .output()
            .expect("run the gateway");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!said.contains(PASSWORD), "{said}");
        (output.status.success(), said)
    };
    let (good, said) = run("check", &nowhere.to_string());
    assert!(
        !good && said.contains("failed  limits in redis://store.test:6379"),
        "{said}"
    );
    run("env", &nowhere.to_string());
    run("config", &nowhere.to_string());
    if let Some(store) = Store::start("limits::shared::check", PASSWORD) {
        let (good, said) = run("check", &store.address.to_string());
        assert!(
            good && said.contains("ok      limits in redis://store.test:6379"),
            "{said}"
        );
    }
}
