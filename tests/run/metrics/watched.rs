//! What single capabilities count: `tests/golden/watched.json`.

use super::{Counting, Launch, Scrape};
use harness::{
    Client, Issuer, Origin, PATIENCE,
    compiler::scratch,
    gateway::{ORIGIN, REFUSING, refusing},
    issuer::now,
    tls::Authority,
    tls::Offer,
    within,
};
use serde_json::json;

const TOKEN: &str = "a-token-of-32-bytes-for-the-api.";

/// The scrape of a gateway after one of everything.
pub fn scrape(name: &str) -> Scrape {
    let authority = Authority::new("the authority");
    let directory = scratch(name);
    authority.sign(&["a.test"]).write(&directory, "first");
    let (origin, issuer) = (Origin::ok(), Issuer::start("k1"));
    let commerce = Origin::start(|x| {
        let left = u8::from(!x.target().contains("poor"));
        let body = json!({ "balance": 1, "holds": 0, "available": left }).to_string();
        x.reply("200 OK", &[], body.as_bytes());
    });
    let counting = Counting::launch(
        Launch::golden("watched")
            .directory(&directory)
            .resolve(ORIGIN, origin.address)
            .resolve(REFUSING, refusing())
            .resolve("id.test:80", issuer.server.address)
            .resolve("commerce.test:8001", commerce.address)
            .env("COMMERCE_SERVICE_TOKEN", "service-token")
            .env("REVOKER_TOKEN", TOKEN),
    );
    let api = counting.gateway.line("the revoker's API", |line| {
        line.contains("the API listens on")
    });
    let (_, api) = api.split_once("listens on ").expect("an address");
    let (api, _) = api.split_once(';').expect("an end");
    let bearer = format!("Bearer {TOKEN}");
    let revoked = Client::connect(api.parse().expect("an address"))
        .post(
            "POST /revoked",
            &[("Authorization", &bearer)],
            br#"{"claim":"jti","value":"stolen"}"#,
        )
        .response();
    assert_eq!(revoked.status, 200);

    let offer = Offer::new(&authority);
    let mut client = offer.client(counting.gateway.address, "a.test");
    let mut ask = |line: &str, headers: &[(&str, &str)]| {
        client.request(line, headers);
        client.response_to("GET").status
    };
    let token = |user: &str, jti: &str| {
        let claims = json!({ "iss": "https://id.test", "aud": "api", "exp": now() + 3600, "sub": user, "jti": jti });
        format!("Bearer {}", issuer.token(&claims))
    };
    for (user, jti, status) in [
        ("rich", "1", 200),
        ("poor", "2", 402),
        ("rich", "stolen", 401),
    ] {
        let token = token(user, jti);
        assert_eq!(
            ask("GET /paid", &[("Authorization", &token)]),
            status,
            "{user} {jti}"
        );
    }
    assert_eq!(ask("GET /limited", &[]), 200);
    assert_eq!(ask("GET /limited", &[]), 429);
    assert_eq!(ask("GET /sick", &[]), 502);
    assert_eq!(ask("GET /sick", &[]), 503);
    for _ in 0..10 {
        assert_eq!(ask("GET /pair", &[]), 200);
    }
    let preflight = [
        ("Origin", "https://hanzo.ai"),
        ("Access-Control-Request-Method", "GET"),
    ];
    assert_eq!(ask("OPTIONS /paid", &preflight), 204);
    // A gate that had to wait is told a moment later.
    within(PATIENCE, "the answers of Commerce", || {
        let scrape = counting.settled();
        let answers = scrape.sum("gateway_billing_questions_total", &[]);
        (answers == 2).then_some(scrape)
    })
}

#[test]
fn capabilities_count() {
    let scrape = scrape("metrics-watched");
    for (name, labels, expected) in [
        (
            "gateway_billing_questions_total",
            &[("answer", "some")][..],
            1,
        ),
        (
            "gateway_billing_questions_total",
            &[("answer", "nothing")],
            1,
        ),
        ("gateway_billing_questions_total", &[("answer", "none")], 0),
        ("gateway_revoker_refused_total", &[], 1),
        ("gateway_revoker_elements", &[], 1),
    ] {
        assert_eq!(
            scrape.count(name, labels),
            Some(expected),
            "{name} {labels:?}"
        );
    }
    for (gate, how, expected) in [
        ("github.com/hanzoai/gateway/auth", "refused", 2),
        ("github.com/hanzoai/gateway/auth", "answered", 0),
        ("github.com/hanzoai/gateway/cors", "refused", 0),
        ("github.com/hanzoai/gateway/cors", "answered", 1),
    ] {
        let count = scrape.count(
            "gateway_gate_stopped_total",
            &[("gate", gate), ("how", how)],
        );
        assert_eq!(count, Some(expected), "{gate} {how}");
    }
    assert_eq!(scrape.sum("gateway_limit_refused_total", &[]), 1);
    breakers_and_hosts(&scrape);
    let ends = scrape.value(
        "gateway_tls_certificate_expiry_timestamp_seconds",
        &[("certificate", "first.crt")],
    );
    #[expect(clippy::cast_precision_loss, reason = "it is the time of day")]
    let now = now() as f64;
    assert!(ends > Some(now), "{ends:?}");
    assert_eq!(scrape.sum("gateway_requests_in_flight", &[]), 0);
}

/// Of a call that failed twice, one that was refused, and a host that refuses.
fn breakers_and_hosts(scrape: &Scrape) {
    let breaker = [("name", "sick"), ("method", "GET"), ("route", "/sick")];
    assert_eq!(scrape.value("gateway_breaker_state", &breaker), Some(2.0));
    assert_eq!(
        scrape.count("gateway_breaker_refused_total", &breaker),
        Some(1)
    );
    for (to, expected) in [("open", 1), ("half-open", 0), ("closed", 0)] {
        let labels = [&breaker[..], &[("to", to)]].concat();
        let count = scrape.count("gateway_breaker_transitions_total", &labels);
        assert_eq!(count, Some(expected), "{to}");
    }
    for (host, up) in [("origin", 1.0), ("refusing", 0.0)] {
        let host = format!("http://{host}.test:8000");
        let labels = [("host", &*host)];
        assert_eq!(scrape.value("gateway_upstream_host_up", &labels), Some(up));
        let out = scrape.count("gateway_upstream_ejections_total", &labels);
        assert_eq!(out > Some(0), up == 0.0, "{host}: {out:?}");
    }
    let upstream = [("upstream", "refusing")];
    let retries = scrape.count("gateway_upstream_retries_total", &upstream);
    assert_eq!(retries, Some(1));
}
