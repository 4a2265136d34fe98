//! `"sd": "dns"`: hosts that SRV records name, at a DNS server of our own.

use harness::{Dns, Gateway, Launch, Origin, PATIENCE, compiler, gateway::refusing, within};
use std::{net::Ipv4Addr, process::Command};

const USERS: &str = "_http._tcp.users.test";
const HOUR: u32 = 3600;

/// A server that knows the names of the hosts here, and nothing of services.
fn dns() -> Dns {
    let dns = Dns::start();
    for name in ["a.test", "b.test", "c.test"] {
        dns.addresses(name, HOUR, &[Ipv4Addr::LOCALHOST]);
    }
    dns
}

/// The gateway of `tests/golden/services.json`.
fn launch(dns: &Dns) -> Launch {
    Launch::golden("services").env("GATEWAY_DNS", &dns.address.to_string())
}

/// As many requests to each of the origins as this says.
fn expect_shares(gateway: &Gateway, requests: usize, shares: &[(&Origin, usize)]) {
    let before: Vec<usize> = shares.iter().map(|(origin, _)| origin.count()).collect();
    for _ in 0..requests {
        assert_eq!(gateway.get("/users").status, 200);
    }
    for ((origin, share), before) in shares.iter().zip(before) {
        assert_eq!(origin.count() - before, *share);
    }
}

#[test]
fn hosts_are_what_the_records_say() {
    let (dns, one, two) = (dns(), Origin::ok(), Origin::ok());
    let (a, b) = (one.address.port(), two.address.port());
    dns.services(USERS, HOUR, &[(10, 5, a, "a.test"), (10, 5, b, "b.test")]);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 10, &[(&one, 5), (&two, 5)]);
    for (origin, host) in [(&one, format!("a.test:{a}")), (&two, format!("b.test:{b}"))] {
        assert_eq!(origin.last().headers.get("host"), Some(&*host));
    }
    assert_eq!(dns.asked(USERS), 1, "it holds for an hour");
}

#[test]
fn priorities_and_weights_count() {
    let (dns, often, seldom, never) = (dns(), Origin::ok(), Origin::ok(), Origin::ok());
    let [a, b, c] = [&often, &seldom, &never].map(|origin| origin.address.port());
    let services = [
        (1, 30, a, "a.test"),
        (1, 10, b, "b.test"),
        (2, 90, c, "c.test"),
        (1, 0, c, "c.test"),
    ];
    dns.services(USERS, HOUR, &services);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 40, &[(&often, 30), (&seldom, 10), (&never, 0)]);
}

/// The records' own time counts: a second here, although the config would believe them for an hour.
#[test]
fn records_that_change_are_followed() {
    let (dns, one, two) = (dns(), Origin::ok(), Origin::ok());
    dns.services(USERS, 1, &[(1, 1, one.address.port(), "a.test")]);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 3, &[(&one, 3)]);
    dns.services(USERS, HOUR, &[(1, 1, two.address.port(), "b.test")]);
    within(PATIENCE, "the new host", || {
        assert_eq!(gateway.get("/users").status, 200);
        (two.count() > 0).then_some(())
    });
    expect_shares(&gateway, 5, &[(&one, 0), (&two, 5)]);
    let asked = dns.asked(USERS);
    expect_shares(&gateway, 20, &[(&one, 0), (&two, 20)]);
    assert_eq!(dns.asked(USERS), asked, "now it holds for an hour");
}

/// Where a name leads may hold for less than that it is a host.
#[test]
fn addresses_that_change_are_followed() {
    let (dns, origin) = (dns(), Origin::ok());
    // Nobody listens there.
    dns.addresses("a.test", 1, &[Ipv4Addr::new(127, 0, 0, 2)]);
    dns.services(USERS, HOUR, &[(1, 1, origin.address.port(), "a.test")]);
    let gateway = launch(&dns).start();
    assert_eq!(gateway.get("/users").status, 502);
    dns.addresses("a.test", HOUR, &[Ipv4Addr::LOCALHOST]);
    within(PATIENCE, "the new address", || {
        (gateway.get("/users").status == 200).then_some(())
    });
}

#[test]
fn a_server_that_is_down_takes_nobody_with_it() {
    let (dns, origin) = (dns(), Origin::ok());
    dns.services(USERS, 1, &[(1, 1, origin.address.port(), "a.test")]);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 1, &[(&origin, 1)]);
    dns.be_broken(true);
    let before = dns.asked(USERS);
    within(PATIENCE, "more questions", || {
        (dns.asked(USERS) >= before + 2).then_some(())
    });
    let line = gateway.line("what is wrong", |line| {
        line.contains("cannot look up") && line.contains(USERS)
    });
    assert!(line.contains("WARN"), "{line}");
    expect_shares(&gateway, 5, &[(&origin, 5)]);
    // No records are no better.
    dns.be_broken(false);
    dns.services(USERS, 1, &[]);
    let before = dns.asked(USERS);
    within(PATIENCE, "one more question", || {
        (dns.asked(USERS) > before).then_some(())
    });
    expect_shares(&gateway, 5, &[(&origin, 5)]);
}

#[test]
fn a_service_that_is_found_late_is_called_then() {
    let (dns, origin) = (dns(), Origin::ok());
    let gateway = launch(&dns).start();
    let answer = gateway.get("/users");
    assert_eq!(answer.status, 502, "{}", answer.text());
    dns.services(USERS, HOUR, &[(1, 1, origin.address.port(), "a.test")]);
    within(PATIENCE, "the service", || {
        (gateway.get("/users").status == 200).then_some(())
    });
}

/// Records say anything: what is no host is not called, and no host twice over.
#[test]
fn records_that_make_no_sense_are_stepped_over() {
    let (dns, origin) = (dns(), Origin::ok());
    let port = origin.address.port();
    let services = [
        (1, 1, port, "a.test"),
        (1, 1, port, "x y.test"),
        (1, 1, port, "a.test/path"),
        (1, 1, 0, "b.test"),
        (1, 1, port, ""),
    ];
    dns.services(USERS, HOUR, &services);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 10, &[(&origin, 10)]);
}

/// They are hosts like any others: one that refuses is left to the next.
#[test]
fn a_host_that_refuses_gives_its_requests_to_the_others() {
    let (dns, origin) = (dns(), Origin::ok());
    let services = [
        (1, 1, origin.address.port(), "a.test"),
        (1, 1, refusing().port(), "b.test"),
    ];
    dns.services(USERS, HOUR, &services);
    let gateway = launch(&dns).start();
    expect_shares(&gateway, 10, &[(&origin, 10)]);
    let posted = gateway
        .client()
        .post("POST /users", &[], b"body")
        .response();
    assert_eq!(posted.status, 200);
}

#[test]
fn what_is_pinned_is_not_looked_up() {
    let (dns, origin) = (dns(), Origin::ok());
    let gateway = launch(&dns)
        .resolve(&format!("{USERS}:80"), origin.address)
        .start();
    expect_shares(&gateway, 3, &[(&origin, 3)]);
    assert_eq!(dns.asked(USERS), 0);
}

#[test]
fn its_name_may_have_slots() {
    let (dns, origin) = (dns(), Origin::ok());
    let service = [(1, 1, origin.address.port(), "a.test")];
    dns.services("_http._tcp.elsewhere.test", HOUR, &service);
    let gateway = launch(&dns).env("ORDERS", "elsewhere.test").start();
    assert_eq!(gateway.get("/orders").status, 200);
}

#[test]
fn check_probes_every_host() {
    let (dns, origin) = (dns(), Origin::ok());
    let (good, bad) = (origin.address.port(), refusing().port());
    dns.services(
        USERS,
        HOUR,
        &[(1, 1, good, "a.test"), (1, 1, bad, "b.test")],
    );
    let check = || {
        let output = Command::new(compiler::compiled("services"))
            .arg("check")
            .env("GATEWAY_DNS", dns.address.to_string())
            .output()
            .expect("run check");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = check();
    for line in [
        format!("ok      users  a.test:{good} at 127.0.0.1:{good}"),
        format!("failed  users  b.test:{bad}: cannot connect"),
        "failed  orders  _http._tcp.orders.test:80: cannot look up its SRV records".to_owned(),
    ] {
        assert!(said.contains(&line), "{line} in {said}");
    }
}

#[test]
fn a_server_that_is_none_stops_the_start() {
    let (code, said) = Launch::golden("services")
        .env("GATEWAY_DNS", "resolver.test")
        .give_up();
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("GATEWAY_DNS: `resolver.test` is no DNS server"),
        "{said}"
    );
}
