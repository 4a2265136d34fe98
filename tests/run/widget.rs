//! Widget keys (WID-1..9) over sockets: `tests/golden/identity.json`, with 2 requests per client and 3 in all.

use harness::{Gateway, Launch, Origin, Response, gateway::ORIGIN};

const KEY: (&str, &str) = ("Authorization", "Bearer hz_1");
const PAGE: (&str, &str) = ("Origin", "https://docs.hanzo.ai");

const NO_ORIGIN: &str = r#"{"error":"forbidden","message":"Widget keys require an Origin header. Use a Hanzo API key (hk-*) for server-to-server requests."}"#;
const LIMITED: &str = r#"{"error":"rate_limited","message":"Widget rate limit exceeded. Try again shortly, or use a Hanzo API key (hk-*) for higher limits."}"#;

fn start(origin: &Origin, variables: &[(&str, &str)]) -> Gateway {
    let mut launch = Launch::golden("identity")
        .resolve(ORIGIN, origin.address)
        // Nobody is there: keys of pages are no tokens.
        .resolve("id.test:80", harness::gateway::refusing());
    for (name, value) in variables {
        launch = launch.env(name, value);
    }
    launch.start()
}

fn ask(gateway: &Gateway, headers: &[(&str, &str)]) -> Response {
    gateway.ask("GET /all/x", headers)
}

#[test]
fn wid_4_to_7_pages() {
    let origin = Origin::ok();
    let gateway = start(&origin, &[]);
    let wrong = |host: &str| {
        format!(
            r#"{{"error":"forbidden","message":"Widget key not authorized for origin: {host}"}}"#
        )
    };
    let table: &[(&[(&str, &str)], String)] = &[
        (&[KEY], NO_ORIGIN.to_owned()),
        (&[KEY, ("Origin", "")], NO_ORIGIN.to_owned()),
        (
            &[KEY, ("User-Agent", "kube-probe/1.30")],
            NO_ORIGIN.to_owned(),
        ),
        (&[KEY, ("User-Agent", "Wget/1.21")], NO_ORIGIN.to_owned()),
        (&[KEY, ("User-Agent", "curl/8.0")], NO_ORIGIN.to_owned()),
        (
            &[KEY, ("Origin", "https://evil.com:8080")],
            wrong("evil.com"),
        ),
        (
            &[KEY, ("Origin", "https://nothanzo.ai")],
            wrong("nothanzo.ai"),
        ),
        (
            &[KEY, ("Origin", "https://hanzo.ai.evil.com")],
            wrong("hanzo.ai.evil.com"),
        ),
        (&[KEY, ("Origin", "null")], wrong("null")),
        (
            &[KEY, ("Referer", "https://evil.com?.hanzo.ai")],
            wrong("evil.com"),
        ),
        (
            &[KEY, ("Referer", "https://hanzo.ai@evil.com/")],
            wrong("evil.com"),
        ),
        (
            &[
                KEY,
                ("Origin", "https://evil.com"),
                ("Referer", "https://hanzo.ai/"),
            ],
            wrong("evil.com"),
        ),
        (
            &[KEY, PAGE, ("Origin", "https://evil.com")],
            wrong("unreadable"),
        ),
        (&[KEY, ("Origin", "https://a\"b")], wrong("unreadable")),
        // Wherever the key is.
        (&[("X-Authorization", "Bearer hz_1")], NO_ORIGIN.to_owned()),
        (&[("Cookie", "access_token=hz_1")], NO_ORIGIN.to_owned()),
        (
            &[
                ("Authorization", "Basic x"),
                ("X-Authorization", "Bearer hz_1"),
            ],
            NO_ORIGIN.to_owned(),
        ),
    ];
    for (headers, expected) in table {
        let answer = ask(&gateway, headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert_eq!(answer.text(), *expected, "{headers:?}");
    }
    assert_eq!(origin.count(), 0);
    // A failed check used nothing up, and other keys never meet the gate.
    for headers in [
        &[KEY, PAGE][..],
        &[KEY, ("Referer", "http://LOCALHOST:3000/a?b")],
        &[("Authorization", "Bearer hk-1")],
        &[],
    ] {
        assert_eq!(ask(&gateway, headers).status, 200, "{headers:?}");
    }
}

#[test]
fn wid_2_and_3_one_limit_for_all_cores() {
    let origin = Origin::ok();
    let gateway = start(&origin, &[]);
    // The test is a trusted proxy to the gateway, so it can speak for anybody (WID-10).
    let from = |client: &'static str| [KEY, PAGE, ("X-Forwarded-For", client)];
    for (client, status, limit) in [
        ("203.0.113.1", 200, ""),
        ("203.0.113.1", 200, ""),
        ("203.0.113.1", 429, "2"),
        ("203.0.113.1, 10.0.0.1", 429, "2"),
        ("203.0.113.2", 200, ""),
        ("203.0.113.2", 429, "3"),
        ("203.0.113.3", 429, "3"),
    ] {
        let answer = ask(&gateway, &from(client));
        assert_eq!(answer.status, status, "{client}");
        if status == 429 {
            assert_eq!(answer.text(), LIMITED);
            let headers = &answer.headers;
            assert_eq!(headers.get("ratelimit-limit"), Some(limit), "{client}");
            assert_eq!(headers.get("ratelimit-remaining"), Some("0"));
            let after: u64 = headers
                .get("retry-after")
                .and_then(|text| text.parse().ok())
                .expect("a Retry-After");
            assert!((3500..=3600).contains(&after), "{after}");
        }
    }
    let other = ask(&gateway, &[("Authorization", "Bearer hk-1")]);
    assert_eq!(other.status, 200, "API keys of servers have no such limit");
    assert_eq!(origin.count(), 4);
}

#[test]
fn wid_2_the_variable_replaces_the_list() {
    let origin = Origin::ok();
    let gateway = start(
        &origin,
        &[("WIDGET_ALLOWED_ORIGINS", "Example.com, other.test")],
    );
    for (page, status) in [
        ("https://hanzo.ai", 403),
        ("https://example.com", 200),
        ("https://www.other.test", 200),
    ] {
        let answer = ask(&gateway, &[KEY, ("Origin", page)]);
        assert_eq!(answer.status, status, "{page}");
    }
}

#[test]
fn wid_1_the_gate_stands_whether_or_not_tokens_are_checked() {
    let origin = Origin::ok();
    let gateway = start(&origin, &[("AUTH_ENABLED", "false")]);
    assert_eq!(ask(&gateway, &[KEY]).status, 403);
    assert_eq!(ask(&gateway, &[KEY, PAGE]).status, 200);
}
