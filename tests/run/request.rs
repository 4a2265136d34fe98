//! What of a request reaches the upstream: headers and query.

use harness::{Gateway, Launch, Origin, gateway::ORIGIN, wire::Headers};

const BRAND: &str = "hanzoai/gateway Version ";

/// The headers that arrive at the origin when `headers` are sent to `target`.
fn arriving(gateway: &Gateway, origin: &Origin, target: &str, headers: &[(&str, &str)]) -> Headers {
    let answer = gateway.ask(&format!("GET {target}"), headers);
    assert_eq!(
        answer.status,
        200,
        "{target} {headers:?}: {}",
        answer.text()
    );
    origin.last().headers
}

/// PIPE-6: `input_headers` none, a list, and `*`.
#[test]
fn only_allowed_headers_arrive() {
    let cases = [
        ("/bare", "Content-Type", true),
        ("/bare", "Authorization", false),
        ("/bare", "X-Anything", false),
        ("/listed", "Accept", true),
        ("/listed", "x-LISTED", true),
        ("/listed", "Content-Type", false),
        ("/listed", "Authorization", false),
        ("/listed", "X-Listed-Too", false),
        ("/all/x", "Authorization", true),
        ("/all/x", "Cookie", true),
        ("/all/x", "X-Anything", true),
        ("/all/x", "Accept-Encoding", true),
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (target, name, arrives) in cases {
        let got = arriving(&gateway, &origin, target, &[(name, "the value")]);
        assert_eq!(
            got.get(name),
            arrives.then_some("the value"),
            "{name} on {target}"
        );
    }
    let twice = [("X-Twice", "1"), ("X-Other", "x"), ("X-Twice", "2")];
    let got = arriving(&gateway, &origin, "/all/x", &twice);
    assert_eq!(
        got.all("x-twice"),
        ["1", "2"],
        "repeated fields stay, in order"
    );
}

/// What this hop says of a client nobody else says, in no spelling that an upstream may read as the same.
#[test]
fn twins_of_forwarding_headers_stop_here() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for name in [
        "X_Forwarded_For",
        "X_Forwarded-For",
        "x-forwarded_host",
        "X_FORWARDED_PROTO",
        "X_Forwarded_Via",
        "X_Request_Id",
    ] {
        let got = arriving(&gateway, &origin, "/all/x", &[(name, "forged")]);
        assert!(!got.has(name), "{name} arrived: {got:?}");
    }
    let got = arriving(&gateway, &origin, "/all/x", &[("X_Other", "kept")]);
    assert_eq!(got.get("X_Other"), Some("kept"));
}

/// RFC 9110 7.6.1: they are about this connection, not about the next.
#[test]
fn hop_by_hop_headers_stop_here() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let sent = [
        ("Connection", "X-Named, keep-alive"),
        ("Connection", "x-named-too, x-forwarded-for, host"),
        ("X-Named", "1"),
        ("X-Named-Too", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("TE", "gzip"),
        ("X-Stays", "1"),
    ];
    let got = arriving(&gateway, &origin, "/all/x", &sent);
    for gone in [
        "x-named",
        "x-named-too",
        "keep-alive",
        "proxy-connection",
        "te",
        "expect",
    ] {
        assert!(!got.has(gone), "{gone} arrived: {got:?}");
    }
    assert!(
        !got.get("connection").unwrap_or_default().contains("named"),
        "{got:?}"
    );
    for kept in ["x-stays", "host", "x-forwarded-for"] {
        assert!(got.has(kept), "{kept} is missing: {got:?}");
    }
}

/// AUTH-13, AUTH-15: who the user is says the gateway alone, also on routes that would forward the name.
#[test]
fn identity_headers_of_a_client_never_arrive() {
    let names = [
        "X-User-Id",
        "X-Org-Id",
        "X-Roles",
        "X-User-Permissions",
        "X-User-Email",
        "X-Phone-Number",
        "X-User-IsAdmin",
        "X-User-Role",
        "X-User-Roles",
        "X-User-Name",
        "X-Tenant-Id",
        "X-Tenant-ID",
        "X-Org",
        "X-IAM-User",
        "X-Iam-Anything-Else",
        "X-HANZO-Org",
        "x-hanzo-test",
        "X_User_Id",
        "x-user_id",
        "X_Org_ID",
        "X_Hanzo_Org",
        "X-IAM_User",
        "x_roles",
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for target in ["/all/x", "/listed", "/bare"] {
        for name in names {
            let got = arriving(
                &gateway,
                &origin,
                target,
                &[(name, "forged"), ("X-Organic", "1")],
            );
            assert!(
                !format!("{got:?}").contains("forged"),
                "{name} arrived on {target}: {got:?}"
            );
            assert_eq!(got.has("x-organic"), target == "/all/x", "{target}");
        }
    }
}

/// WID-10, PIPE-6: the peer of these tests is loopback, which is trusted by default.
#[test]
fn the_client_address_is_the_first_untrusted_hop_from_the_right() {
    let cases = [
        (None, "127.0.0.1"),
        (Some("203.0.113.9, 198.51.100.4"), "198.51.100.4"),
        (Some("203.0.113.9, 10.4.5.6, 10.7.8.9"), "203.0.113.9"),
        (Some("10.1.2.3, 10.4.5.6"), "10.1.2.3"),
        (Some("203.0.113.9, garbage"), "127.0.0.1"),
    ];
    let origin = Origin::ok();
    let usual = Gateway::forward(&origin);
    let untrusting = Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .env("GATEWAY_TRUSTED_PROXIES", "192.0.2.0/24")
        .start();
    for (forwarded, expected) in cases {
        let headers: Vec<_> = forwarded
            .map(|v| ("X-Forwarded-For", v))
            .into_iter()
            .collect();
        let got = arriving(&usual, &origin, "/all/x", &headers);
        assert_eq!(got.all("x-forwarded-for"), [expected], "{forwarded:?}");
        let got = arriving(&untrusting, &origin, "/all/x", &headers);
        assert_eq!(
            got.all("x-forwarded-for"),
            ["127.0.0.1"],
            "{forwarded:?}, peer not trusted"
        );
    }
    let strict = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let got = arriving(
        &strict,
        &origin,
        "/a",
        &[("X-Forwarded-For", "198.51.100.4")],
    );
    assert_eq!(
        got.all("x-forwarded-for"),
        ["127.0.0.1"],
        "forwarded_by_client_ip is false"
    );
}

#[test]
fn the_upstream_learns_who_asked_for_what() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);

    let sent = [
        ("Host", "api.example.test"),
        ("User-Agent", "curl/9"),
        ("X-Forwarded-Host", "forged"),
    ];
    let bare = arriving(&gateway, &origin, "/bare", &sent);
    assert_eq!(bare.all("host"), ["origin.test:8000"]);
    assert_eq!(bare.all("x-forwarded-host"), ["api.example.test"]);
    assert_eq!(bare.all("x-forwarded-proto"), ["http"]);
    assert!(
        bare.get("user-agent").is_some_and(|v| v.starts_with(BRAND)),
        "{bare:?}"
    );
    assert!(!bare.has("x-forwarded-via"));

    for target in ["/listed", "/all/x"] {
        let kept = arriving(&gateway, &origin, target, &sent);
        assert_eq!(kept.all("user-agent"), ["curl/9"], "{target}");
        assert!(
            kept.get("x-forwarded-via")
                .is_some_and(|v| v.starts_with(BRAND)),
            "{target}"
        );
        assert_eq!(
            kept.all("x-forwarded-host"),
            ["api.example.test"],
            "{target}"
        );
    }
}

#[test]
fn a_request_id_is_accepted_or_made_forwarded_and_echoed() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let long = "x".repeat(129);
    for (sent, kept) in [
        (Some("req-42/a:b"), true),
        (Some(&long[..128]), true),
        (Some(&long[..]), false),
        (Some("two words"), false),
        (Some(""), false),
        (None, false),
    ] {
        let headers: Vec<_> = sent.map(|v| ("X-Request-Id", v)).into_iter().collect();
        let answer = gateway.ask("GET /bare", &headers);
        let echoed = answer.headers.all("x-request-id");
        assert_eq!(
            origin.last().headers.all("x-request-id"),
            echoed,
            "{sent:?}"
        );
        assert_eq!(echoed.len(), 1, "{sent:?}");
        if kept {
            assert_eq!(Some(echoed[0]), sent);
        } else {
            let hex = echoed[0].len() == 32 && echoed[0].bytes().all(|b| b.is_ascii_hexdigit());
            assert!(hex, "{sent:?} gave {echoed:?}");
        }
    }
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let got = arriving(
        &gateway,
        &origin,
        "/bare",
        &[("traceparent", trace), ("tracestate", "a=1")],
    );
    assert_eq!(
        (got.get("traceparent"), got.get("tracestate")),
        (Some(trace), Some("a=1"))
    );
}

/// Pairs are kept byte for byte, in the client's order; only names are compared decoded.
#[test]
fn only_allowed_queries_arrive_unchanged() {
    let cases = [
        ("/bare?a=1", "/bare"),
        ("/listed", "/listed"),
        ("/listed?", "/listed"),
        ("/listed?b=1", "/listed"),
        ("/listed?a=1", "/listed?a=1"),
        ("/listed?b=2&a=1&c=3&a=%31&a", "/listed?a=1&a=%31&a"),
        (
            "/listed?page+size=5&page%20size=%36",
            "/listed?page+size=5&page%20size=%36",
        ),
        ("/listed?%61=x&A=9&aa=1", "/listed?%61=x"),
        ("/listed?a=b=c+%2F&x=1", "/listed?a=b=c+%2F"),
        (
            "/all/x?b=2&a=1&&c&=d&e==;%2F+%20",
            "/all/x?b=2&a=1&&c&=d&e==;%2F+%20",
        ),
        ("/all/x?q=%zz", "/all/x?q=%zz"),
        ("/users/7?kind=admin", "/param/7?kind=user&kind=admin"),
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (sent, expected) in cases {
        assert_eq!(gateway.get(sent).status, 200, "{sent}");
        assert_eq!(origin.last().target, expected, "{sent}");
    }
}
