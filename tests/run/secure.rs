//! `security/http` (reference 4): hosts, https, and headers that tell browsers to be careful.

use harness::{Gateway, Launch, Origin, Response, gateway::ORIGIN};

const HTTPS: (&str, &str) = ("X-Forwarded-Proto", "https");

/// Nobody in front of it is believed.
const NO_PROXY: (&str, &str) = ("GATEWAY_TRUSTED_PROXIES", "192.0.2.1");

fn launch(golden: &str, origin: &Origin) -> Launch {
    Launch::golden(golden).resolve(ORIGIN, origin.address)
}

fn host(gateway: &Gateway, name: &str) -> Response {
    gateway.ask("GET /open/a", &[HTTPS, ("Host", name)])
}

#[test]
fn only_listed_hosts_are_served() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    for (name, served) in [
        ("gateway.test", true),
        ("GATEWAY.TEST", true),
        ("api.example.com:8080", true),
        ("api.example.com", false),
        ("gateway.test:80", false),
        ("gateway.test.evil.com", false),
        ("evil.com", false),
        ("", false),
    ] {
        let status = if served { 200 } else { 421 };
        let answer = host(&gateway, name);
        assert_eq!(answer.status, status, "{name:?}: {}", answer.text());
        if !served {
            let body = answer.json();
            assert!(
                body["message"].is_string() && body["request_id"].is_string(),
                "{body}"
            );
        }
    }
    // By two names at once nobody is asked for, whether they are served or not (RFC 9112 3.2.2).
    for (line, name, status) in [
        ("GET http://evil.com/open/a", "evil.com", 421),
        ("GET http://evil.com/open/a", "gateway.test", 400),
        ("GET http://gateway.test/open/a", "evil.com", 400),
        ("GET http://gateway.test/open/a", "gateway.test", 200),
    ] {
        let answer = gateway.ask(line, &[HTTPS, ("Host", name)]);
        assert_eq!(answer.status, status, "{line} for {name}");
    }
    // Probes come by address (PIPE-2).
    assert_eq!(
        gateway.ask("GET /healthz", &[("Host", "10.0.0.1")]).status,
        200
    );
}

#[test]
fn hosts_as_regular_expressions_match_whole() {
    let origin = Origin::ok();
    let gateway = launch("cors", &origin).start();
    for (name, served) in [
        ("gateway.test", true),
        ("Gateway.Test", true),
        ("api.example.com", true),
        ("api.example.com:8443", true),
        ("gatewayxtest", false),
        ("a.b.example.com", false),
        ("api.example.com.evil.com", false),
        ("xgateway.test.evil.com", false),
    ] {
        let status = if served { 200 } else { 421 };
        let answer = gateway.ask("GET /a", &[("Host", name)]);
        assert_eq!(answer.status, status, "{name}");
    }
}

/// A client that names a host in a proxy's header is not a proxy.
#[test]
fn only_trusted_proxies_name_the_host() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    let ask = |headers: &[(&str, &str)]| {
        let headers = [&[HTTPS], headers].concat();
        gateway.ask("GET /open/a", &headers).status
    };
    assert_eq!(
        ask(&[("Host", "10.0.0.1"), ("X-Forwarded-Host", "gateway.test")]),
        200
    );
    assert_eq!(ask(&[("X-Forwarded-Host", "evil.com")]), 421);
    assert_eq!(
        ask(&[("X-Forwarded-Host", "")]),
        200,
        "an empty one says nothing"
    );

    let gateway = launch("edge", &origin).env(NO_PROXY.0, NO_PROXY.1).start();
    let told = [("Host", "10.0.0.1"), ("X-Forwarded-Host", "gateway.test")];
    assert_eq!(gateway.ask("GET /open/a", &told).status, 421);
}

#[test]
fn what_did_not_come_by_https_is_redirected() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    for (line, host, status, location) in [
        (
            "GET /open/a?b=c&d",
            "gateway.test",
            301,
            "https://gateway.test/open/a?b=c&d",
        ),
        (
            "HEAD /open/a",
            "gateway.test",
            301,
            "https://gateway.test/open/a",
        ),
        // The method, and the body, must stay.
        (
            "POST /things",
            "gateway.test",
            308,
            "https://gateway.test/things",
        ),
        // That port speaks http.
        (
            "GET /open/a",
            "api.example.com:8080",
            301,
            "https://api.example.com/open/a",
        ),
        (
            "GET /nothing",
            "gateway.test",
            301,
            "https://gateway.test/nothing",
        ),
    ] {
        for more in [
            &[] as &[(&str, &str)],
            &[("X-Forwarded-Proto", "http")],
            &[("X-Forwarded-Proto", "https,http")],
        ] {
            let answer = gateway.ask(line, &[&[("Host", host)], more].concat());
            let got = (
                answer.status,
                answer.headers.get("location").unwrap_or_default(),
            );
            assert_eq!(got, (status, location), "{line} {more:?}");
        }
    }
    assert_eq!(origin.count(), 0);
    let gateway = launch("edge", &origin).env(NO_PROXY.0, NO_PROXY.1).start();
    let answer = gateway.ask("GET /open/a", &[HTTPS]);
    assert_eq!(
        answer.status, 301,
        "only a trusted proxy says that it was https"
    );
}

const SENT: [(&str, &str); 5] = [
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("content-security-policy", "default-src 'self'"),
    ("referrer-policy", "same-origin"),
];
const STRICT: &str = "strict-transport-security";

/// Also on what the gateway says itself: an error page can be framed like any other.
#[test]
fn every_answer_tells_browsers_to_be_careful() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    for (line, more, status) in [
        ("GET /open/a", &[HTTPS] as &[(&str, &str)], 200),
        ("GET /nothing", &[HTTPS], 404),
        ("PUT /things", &[HTTPS], 405),
        ("GET /open/a", &[HTTPS, ("User-Agent", "a")], 403),
        ("GET /open/a", &[HTTPS, ("Host", "evil.com")], 421),
        (
            "OPTIONS /open/a",
            &[HTTPS, ("Origin", "https://hanzo.ai")],
            204,
        ),
        ("GET /open/a", &[], 301),
    ] {
        let answer = gateway.ask(line, more);
        assert_eq!(answer.status, status, "{line} {more:?}");
        for (name, value) in SENT {
            assert_eq!(
                answer.headers.all(name),
                [value],
                "{name} of {line} {more:?}"
            );
        }
        let strict: &[&str] = if more.contains(&HTTPS) {
            &["max-age=31536000; includeSubDomains"]
        } else {
            &[]
        };
        assert_eq!(answer.headers.all(STRICT), strict, "{line} {more:?}");
    }
    assert!(
        !gateway.get("/healthz").headers.has("x-frame-options"),
        "probes pass no gate"
    );
}

#[test]
fn the_backends_word_is_replaced_but_its_policy_counts_too() {
    let origin = Origin::start(|x| {
        x.body();
        let says = [
            ("X-Frame-Options", "ALLOWALL"),
            ("Strict-Transport-Security", "max-age=0"),
            ("Content-Security-Policy", "script-src 'none'"),
        ];
        x.reply("200 OK", &says, b"ok");
    });
    let gateway = launch("edge", &origin).start();
    let answer = gateway.ask("GET /open/a", &[HTTPS]);
    assert_eq!(answer.headers.all("x-frame-options"), ["DENY"]);
    assert_eq!(
        answer.headers.all(STRICT),
        ["max-age=31536000; includeSubDomains"]
    );
    assert_eq!(
        answer.headers.all("content-security-policy"),
        ["script-src 'none'", "default-src 'self'"]
    );

    let gateway = launch("cors", &origin).start();
    let answer = gateway.get("/a");
    assert_eq!(answer.headers.all("x-frame-options"), ["SAMEORIGIN"]);
    assert_eq!(
        answer.headers.all(STRICT),
        ["max-age=60"],
        "forced, by http too"
    );
}
