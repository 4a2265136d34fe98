//! `security/bot-detector` (reference 5), of all requests and of one endpoint.

use harness::{Gateway, Launch, Origin, Response, gateway::ORIGIN};

const HTTPS: (&str, &str) = ("X-Forwarded-Proto", "https");

fn edge(origin: &Origin) -> Gateway {
    Launch::golden("edge")
        .resolve(ORIGIN, origin.address)
        .start()
}

fn ask(gateway: &Gateway, line: &str, agent: Option<&str>) -> Response {
    let mut headers = vec![HTTPS];
    headers.extend(agent.map(|agent| ("User-Agent", agent)));
    gateway.ask(line, &headers)
}

#[test]
fn bots_are_refused() {
    let origin = Origin::ok();
    let gateway = edge(&origin);
    #[rustfmt::skip] // A table.
    let table = [
        // Of the whole gateway: allowed, denied, the patterns.
        ("GET /open/a", Some("curl/8"), true),
        ("GET /open/a", Some("a"), false),
        ("GET /open/a", Some("b"), false),
        ("GET /open/a", Some("A"), true),
        ("GET /open/a", Some("aa"), true),
        ("GET /open/a", Some("c"), true),
        ("GET /open/a", Some("Pingdom.com_bot_version_1.1"), true),
        ("GET /open/a", Some("Pingdom.com_bot_version_1.2"), false),
        ("GET /open/a", Some("x facebookexternalhit/1.2.3"), false),
        ("GET /open/a", Some("Crawler"), true),
        ("GET /open/a", None, true),
        ("GET /open/a", Some(""), true),
        // Of one endpoint, besides.
        ("GET /named", Some("curl/8"), true),
        ("GET /named", Some("a"), false),
        ("GET /named", None, false),
        ("GET /named", Some(""), false),
        ("GET /no-crawlers", Some("curl/8"), true),
        ("GET /no-crawlers", None, true),
        ("GET /no-crawlers", Some("some CRAWLER/2"), false),
        ("POST /no-crawlers", Some("some CRAWLER/2"), false),
        ("GET /no-crawlers", Some("b"), false),
    ];
    let mut passed = 0;
    for (line, agent, passes) in table {
        let answer = ask(&gateway, line, agent);
        let status = if passes { 200 } else { 403 };
        assert_eq!(answer.status, status, "{line} of {agent:?}");
        passed += usize::from(passes);
        if !passes {
            assert!(
                answer.body.is_empty(),
                "{line} of {agent:?}: {}",
                answer.text()
            );
            assert!(!answer.headers.has("content-type"), "{line} of {agent:?}");
        }
    }
    assert_eq!(origin.count(), passed, "no bot reaches a backend");
}

/// Before the router: a bot does not learn which routes there are. After CORS: a page learns that it was refused.
#[test]
fn pipe_1_bots_stand_between_cors_and_the_router() {
    let origin = Origin::ok();
    let gateway = edge(&origin);
    assert_eq!(ask(&gateway, "GET /nothing", Some("a")).status, 403);
    assert_eq!(ask(&gateway, "DELETE /open/a", Some("a")).status, 403);
    let preflight = [HTTPS, ("User-Agent", "a"), ("Origin", "https://hanzo.ai")];
    assert_eq!(gateway.ask("OPTIONS /open/a", &preflight).status, 204);
    // Of an endpoint: after the router.
    assert_eq!(
        ask(&gateway, "DELETE /no-crawlers", Some("crawler")).status,
        405
    );
    // PIPE-2: probes pass no gate.
    assert_eq!(
        gateway.ask("GET /healthz", &[("User-Agent", "a")]).status,
        200
    );
}

/// What is no text is no reason to let it through, and none to stumble.
#[test]
fn a_user_agent_may_be_any_bytes() {
    let origin = Origin::ok();
    let gateway = edge(&origin);
    for (agent, status) in [
        (&b"\xff\xfe facebookexternalhit/1"[..], 403),
        (b"\xff\xfe", 200),
        (b"caf\xc3\xa9", 200),
    ] {
        let mut request = b"GET /open/a HTTP/1.1\r\nHost: gateway.test\r\nX-Forwarded-Proto: https\r\nUser-Agent: ".to_vec();
        request.extend_from_slice(agent);
        request.extend_from_slice(b"\r\n\r\n");
        let answer = gateway.client().send(&request).response();
        assert_eq!(answer.status, status, "{agent:?}");
    }
}
