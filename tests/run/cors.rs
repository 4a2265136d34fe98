//! CORS: which pages may call and what they are told, by `github.com/hanzoai/gateway/cors` (CORS-1..5) and by
//! `security/cors` (reference 3).

use harness::{
    Gateway, Launch, Origin, Response,
    compiler::compiled,
    gateway::{ORIGIN, refusing},
};
use std::process::Command;

/// As the proxy in front of the edge gateway says it.
const HTTPS: (&str, &str) = ("X-Forwarded-Proto", "https");

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

fn launch(golden: &str, origin: &Origin) -> Launch {
    Launch::golden(golden).resolve(ORIGIN, origin.address)
}

fn ask(gateway: &Gateway, line: &str, headers: &[(&str, &str)]) -> Response {
    gateway.ask(line, &[&[HTTPS], headers].concat())
}

/// The names of the `Access-Control-*` headers, in lower case and in order.
fn said(answer: &Response) -> Vec<String> {
    let names = answer.headers.0.iter().map(|(n, _)| n.to_lowercase());
    let mut names: Vec<_> = names.filter(|n| n.starts_with("access-control-")).collect();
    names.sort();
    names
}

/// Whether an answer grants this origin, and in one way only: all of CORS-3, or nothing.
fn grants(answer: &Response, origin: &str) -> bool {
    let names = said(answer);
    if names.is_empty() {
        return false;
    }
    let table = [
        (ALLOW_ORIGIN, origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "86400"),
        (
            "access-control-allow-methods",
            "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        (
            "access-control-allow-headers",
            "Content-Type, Authorization, X-User-Id, X-Org-Id, X-Roles, X-User-Email, X-Request-ID, X-Client-ID, \
             X-Requested-With, Accept",
        ),
    ];
    for (name, value) in table {
        assert_eq!(answer.headers.all(name), [value], "{name} for {origin}");
    }
    assert_eq!(names.len(), table.len(), "{names:?}");
    true
}

#[test]
fn cors_2_whose_pages_may_call() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    for (page, allowed) in [
        ("https://cowork.hanzo.ai", true),
        ("https://hanzo.app", true),
        ("https://app.lux.network", true),
        ("https://zoo.ngo", true),
        ("https://Docs.Hanzo.AI", true),
        ("https://hanzo.ai:8443", true),
        ("http://localhost:3000", true),
        ("http://localhost:5173", true),
        ("http://127.0.0.1:3000", true),
        ("http://127.0.0.1:3001", false),
        ("https://127.0.0.1:3000", false),
        ("https://nothanzo.ai", false),
        ("https://hanzo.ai.evil.com", false),
        ("https://evil.com", false),
        ("https://evil.com/.hanzo.ai", false),
        ("https://evil.com#.hanzo.ai", false),
        ("https://hanzo.ai@evil.com", false),
        ("hanzo.ai", false),
        ("null", false),
        ("*", false),
        ("", false),
    ] {
        let answer = ask(&gateway, "GET /open/a", &[("Origin", page)]);
        assert_eq!(answer.status, 200, "no request is refused: {page:?}");
        assert_eq!(grants(&answer, page), allowed, "{page:?}");
        assert_eq!(answer.headers.all("vary"), ["Origin"], "{page:?}");
    }
    let answer = ask(&gateway, "GET /open/a", &[]);
    assert_eq!(said(&answer), [""; 0], "no Origin, nothing said");
    assert_eq!(answer.headers.all("vary"), ["Origin"]);
}

#[test]
fn cors_3_options_of_an_allowed_page_end_here() {
    const OURS: &str = "https://cowork.hanzo.ai";
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    for path in ["/open/a", "/things", "/nothing/here", "/named?x=1"] {
        let line = format!("OPTIONS {path}");
        let answer = ask(&gateway, &line, &[("Origin", OURS)]);
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{path}");
        assert!(grants(&answer, OURS), "{path}");
        assert!(!answer.headers.has("content-length"), "{path}");
    }
    for (path, status) in [("/open/a", 405), ("/nothing/here", 404)] {
        let line = format!("OPTIONS {path}");
        for headers in [&[("Origin", "https://evil.com")] as &[_], &[]] {
            let answer = ask(&gateway, &line, headers);
            assert_eq!(answer.status, status, "{path} {headers:?}");
            assert_eq!(said(&answer), [""; 0], "{path} {headers:?}");
        }
    }
    assert_eq!(origin.count(), 0, "no preflight reaches a backend");
}

/// CORS-4: a page that is told nothing cannot even see that it failed.
#[test]
fn cors_4_every_answer_carries_one_origin() {
    const OURS: &str = "https://hanzo.app";
    let origin = Origin::ok();
    let gateway = launch("edge", &origin).start();
    let long = format!("GET /open/{}", "a".repeat(17_000));
    for (line, more, status) in [
        ("GET /open/a", &[] as &[(&str, &str)], 200),
        ("HEAD /open/a", &[], 200),
        ("GET /nothing", &[], 404),
        ("DELETE /open/a", &[], 405),
        ("GET /named/", &[], 301),
        ("GET /open/%zz", &[], 400),
        (long.as_str(), &[], 414),
        ("GET /open/a", &[("User-Agent", "a")], 403),
        ("GET /named", &[], 403),
        ("GET /open/a", &[("X-Forwarded-Host", "evil.com")], 421),
    ] {
        let answer = ask(&gateway, line, &[&[("Origin", OURS)], more].concat());
        assert_eq!(answer.status, status, "{line:.40}");
        assert!(grants(&answer, OURS), "{status} of {line:.40}");
    }
    // Not by https: redirected, and even that can be seen.
    let answer = gateway.ask("GET /open/a", &[("Origin", OURS)]);
    assert_eq!(answer.status, 301);
    assert!(grants(&answer, OURS));

    let gateway = Launch::golden("edge").resolve(ORIGIN, refusing()).start();
    let answer = ask(&gateway, "GET /open/a", &[("Origin", OURS)]);
    assert_eq!(answer.status, 502);
    assert!(grants(&answer, OURS));
}

#[test]
fn cors_5_what_a_backend_says_is_taken_out() {
    let origin = Origin::start(|x| {
        x.body();
        let says = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Origin", "https://evil.com"),
            ("Access-Control-Allow-Methods", "TRACE"),
            ("Access-Control-Allow-Headers", "X-Evil"),
            ("Access-Control-Allow-Credentials", "false"),
            ("Access-Control-Max-Age", "1"),
            ("Access-Control-Expose-Headers", "X-Secret"),
            ("Access-Control-Allow-Private-Network", "true"),
            ("Vary", "Accept-Encoding"),
        ];
        x.reply("200 OK", &says, b"ok");
    });
    let gateway = launch("edge", &origin).start();
    for (page, allowed) in [("https://zoo.ngo", true), ("https://evil.com", false)] {
        let answer = ask(&gateway, "GET /open/a", &[("Origin", page)]);
        assert_eq!(grants(&answer, page), allowed, "{page}");
        assert_eq!(answer.headers.all("vary"), ["Accept-Encoding, Origin"]);
    }
}

#[test]
fn cors_2_the_environment_adds_origins() {
    let origin = Origin::ok();
    let gateway = launch("edge", &origin)
        .env(
            "GATEWAY_CORS_ORIGINS",
            "https://partner.example.com, http://Other.example.com:8080",
        )
        .start();
    for (page, allowed) in [
        ("https://partner.example.com", true),
        ("https://partner.example.com:443", true),
        ("http://other.example.com:8080", true),
        ("http://partner.example.com", false),
        ("https://below.partner.example.com", false),
        ("https://cowork.hanzo.ai", true),
    ] {
        let answer = ask(&gateway, "GET /open/a", &[("Origin", page)]);
        assert_eq!(grants(&answer, page), allowed, "{page}");
    }
}

/// BUG-8.
#[test]
fn a_bad_origin_of_the_environment_stops_the_start() {
    for (list, told) in [
        (
            "https://a.example.com,,https://b.example.com",
            "an empty item between commas",
        ),
        (",", "an empty item between commas"),
        (
            "https://a.example.com/",
            "`https://a.example.com/` is no origin",
        ),
        ("*", "`*` is no origin"),
        ("null", "`null` is no origin"),
    ] {
        let out = Command::new(compiled("edge"))
            .args(["--listen", "127.0.0.1:0"])
            .env("GATEWAY_CORS_ORIGINS", list)
            .env("NO_COLOR", "1")
            .output()
            .expect("run the gateway");
        let log = String::from_utf8_lossy(&out.stdout);
        assert_eq!(out.status.code(), Some(1), "{list}: {log}");
        let named = log.contains("GATEWAY_CORS_ORIGINS") && log.contains(told);
        assert!(named, "{list}: {log}");
    }
}

/// Of a preflight: page, method, headers, private network → granted or not, and what it then says.
#[test]
fn preflights_of_security_cors() {
    const OURS: &str = "https://app.example.com";
    let origin = Origin::ok();
    let gateway = launch("cors", &origin).start();
    #[rustfmt::skip] // A table.
    let table = [
        (OURS, "GET", None, true),
        (OURS, "POST", Some("content-type,origin"), true),
        (OURS, "POST", Some("Content-Type, AUTHORIZATION"), true),
        ("https://a.b.example.org", "GET", None, true),
        ("HTTPS://APP.EXAMPLE.COM", "GET", None, true),
        (OURS, "OPTIONS", None, true),
        (OURS, "DELETE", None, false),
        (OURS, "get", None, false),
        (OURS, "POST", Some("X-PINGOTHER"), false),
        (OURS, "POST", Some("content-type,x-pingother"), false),
        (OURS, "POST", Some("content type"), false),
        ("https://example.org", "GET", None, false),
        ("https://evilexample.org", "GET", None, false),
        ("https://evil.com/.example.org", "GET", None, false),
        ("http://app.example.com", "GET", None, false),
        ("null", "GET", None, false),
    ];
    for (page, method, names, granted) in table {
        let case = format!("{page} {method} {names:?}");
        let mut headers = vec![("Origin", page), ("Access-Control-Request-Method", method)];
        headers.extend(names.map(|names| ("Access-Control-Request-Headers", names)));
        let answer = gateway.ask("OPTIONS /nothing?a=1", &headers);
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{case}");
        let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, \
                    Access-Control-Request-Private-Network";
        assert_eq!(answer.headers.all("vary"), [vary], "{case}");
        if !granted {
            assert_eq!(said(&answer), [""; 0], "{case}");
            continue;
        }
        let names = names.map(|names| names.replace(' ', ""));
        for (name, value) in [
            (ALLOW_ORIGIN, Some(page)),
            ("access-control-allow-methods", Some(method)),
            ("access-control-allow-headers", names.as_deref()),
            ("access-control-allow-credentials", Some("true")),
            ("access-control-max-age", Some("43200")),
            ("access-control-allow-private-network", None),
            ("access-control-expose-headers", None),
        ] {
            let expected: Vec<&str> = value.into_iter().collect();
            assert_eq!(answer.headers.all(name), expected, "{case}: {name}");
        }
    }
    assert_eq!(origin.count(), 0, "no preflight reaches a backend");

    let answer = gateway.ask(
        "OPTIONS /a",
        &[
            ("Origin", OURS),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Private-Network", "true"),
        ],
    );
    assert_eq!(
        answer.headers.all("access-control-allow-private-network"),
        ["true"]
    );
    // More names than any page has are not sent back.
    let many = vec!["x-a"; 65].join(",");
    let answer = gateway.ask(
        "OPTIONS /a",
        &[
            ("Origin", OURS),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", &many),
        ],
    );
    assert_eq!((answer.status, said(&answer)), (204, vec![]));
}

#[test]
fn requests_of_security_cors() {
    const OURS: &str = "https://app.example.com";
    let origin = Origin::start(|x| {
        x.body();
        let says = [("Access-Control-Allow-Origin", "*"), ("Vary", "origin")];
        x.reply("200 OK", &says, b"ok");
    });
    let gateway = launch("cors", &origin).start();
    for (line, page, status, granted) in [
        ("GET /a", Some(OURS), 200, true),
        ("GET /nothing", Some(OURS), 404, true),
        ("POST /a", Some(OURS), 405, true),
        // An OPTIONS that asks for no method is a request like any other.
        ("OPTIONS /a", Some(OURS), 405, true),
        ("DELETE /a", Some(OURS), 200, false),
        ("GET /a", Some("https://evil.com"), 200, false),
        ("GET /a", None, 200, false),
    ] {
        let headers: Vec<_> = page.map(|page| ("Origin", page)).into_iter().collect();
        let answer = gateway.ask(line, &headers);
        assert_eq!(answer.status, status, "{line} of {page:?}");
        assert_eq!(answer.headers.all("vary").len(), 1, "{line} of {page:?}");
        if granted {
            assert_eq!(answer.headers.all(ALLOW_ORIGIN), [OURS], "{line}");
            let exposed = answer.headers.all("access-control-expose-headers");
            assert_eq!(exposed, ["X-Request-Id, Content-Length"], "{line}");
            let credentials = answer.headers.all("access-control-allow-credentials");
            assert_eq!(credentials, ["true"], "{line}");
            assert_eq!(said(&answer).len(), 3, "{line}");
        } else {
            assert_eq!(said(&answer), [""; 0], "{line} of {page:?}");
        }
    }
}

/// The preflight's answer is the backend's, but for what is said about CORS.
#[test]
fn a_preflight_goes_on_where_the_config_says_so() {
    let origin = Origin::start(|x| {
        x.body();
        x.reply(
            "200 OK",
            &[
                ("Access-Control-Allow-Origin", "https://b"),
                ("X-From", "b"),
            ],
            b"ok",
        );
    });
    let gateway = launch("passthrough", &origin).start();
    let asked = [
        ("Origin", "https://any.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "x-any"),
    ];
    let answer = gateway.ask("OPTIONS /a", &asked);
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    for (name, value) in [
        ("x-from", "b"),
        (ALLOW_ORIGIN, "*"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "x-any"),
    ] {
        assert_eq!(answer.headers.all(name), [value], "{name}");
    }
    assert_eq!(origin.count(), 1);
    let answer = gateway.ask("GET /a", &[("Origin", "https://any.example")]);
    assert_eq!(answer.headers.all(ALLOW_ORIGIN), ["*"]);
}
