//! Rate limits over sockets (RL-1..8): `tests/golden/limits.json`, whose windows are so long that nothing comes back
//! while a test looks. `limits/flood.rs` is about very many clients, `limits/shared.rs` about several gateways.

mod flood;
mod shared;

use harness::{
    Gateway, Issuer, Key, Launch, Origin, Response, compiler::scratch, gateway::ORIGIN,
    issuer::claims,
};
use serde_json::json;

const KEYS: &str = "keys.test:7000";
const SIGNABLE: &[u8] = br#"{"access_token":{"sub":"ann"}}"#;

/// The gateway of `tests/golden/limits.json`, with what it calls.
struct Limited {
    gateway: Gateway,
    origin: Origin,
    issuer: Issuer,
}

fn start(name: &str) -> Limited {
    let origin = Origin::start(|x| {
        x.body();
        x.reply("200 OK", &[("Content-Type", "application/json")], SIGNABLE);
    });
    let issuer = Issuer::start("k");
    let directory = scratch(name);
    Key::new("signing").write(&directory);
    let gateway = Launch::golden("limits")
        .directory(&directory)
        .resolve(ORIGIN, origin.address)
        .resolve(KEYS, issuer.server.address)
        .start();
    let limited = Limited {
        gateway,
        origin,
        issuer,
    };
    limited.keys_came();
    limited
}

impl Limited {
    /// The issuer's keys are fetched beside the requests: waits for them, where no limit is touched.
    fn keys_came(&self) {
        let token = self.token("nobody", "none");
        harness::within(harness::PATIENCE, "the issuer's keys", || {
            let answer = self.ask("GET /none", "203.0.113.255", &[("Authorization", &token)]);
            (answer.status == 200).then_some(())
        });
    }

    /// The value of an `Authorization`.
    fn token(&self, sub: &str, owner: &str) -> String {
        let claims = claims(json!({
            "sub": sub, "owner": owner, "aud": "api", "tenant": { "id": owner }
        }));
        format!("Bearer {}", self.issuer.token(&claims))
    }

    /// Of the client at that address, as a trusted proxy says.
    fn ask(&self, line: &str, client: &str, more: &[(&str, &str)]) -> Response {
        let mut headers = vec![("X-Forwarded-For", client)];
        headers.extend_from_slice(more);
        self.gateway.ask(line, &headers)
    }

    /// The statuses of so many requests, one after the other.
    fn statuses(&self, line: &str, client: &str, more: &[(&str, &str)], n: usize) -> Vec<u16> {
        (0..n)
            .map(|_| self.ask(line, client, more).status)
            .collect()
    }
}

fn key(token: &str) -> [(&str, &str); 1] {
    [("Authorization", token)]
}

fn quota(answer: &Response) -> [u64; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(|name| {
        let value = answer
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("a {name}"));
        value.parse().unwrap_or_else(|_| panic!("{name}: {value}"))
    })
}

#[test]
fn rl_1_the_gateways_limit_holds_wherever_an_endpoint_has_none() {
    let limited = start("rl-1");
    // Of one client: over all endpoints without a limit of their own, and what has no endpoint.
    for (line, status) in [
        ("GET /bare/a", 200),
        ("GET /bare/b", 200),
        ("GET /nowhere", 404),
        ("GET /bare/a", 429),
        ("GET /nowhere", 429),
        ("DELETE /bare/a", 429),
        ("GET /slash", 429),
        ("OPTIONS /bare/a", 429),
        // Probes are no requests of clients.
        ("GET /__health", 200),
        ("GET /healthz", 200),
        ("GET /readyz", 200),
        // An own limit takes its place (RL-2), also one that limits nothing.
        ("GET /own", 200),
        ("GET /none", 200),
    ] {
        assert_eq!(
            limited.ask(line, "203.0.113.1", &[]).status,
            status,
            "{line}"
        );
    }
    // Of all clients together: nine, three of which are gone.
    for n in 0..6 {
        let answer = limited.ask("GET /bare/a", &format!("203.0.113.{}", 10 + n), &[]);
        assert_eq!(answer.status, 200, "client {n}");
        assert_eq!(quota(&answer)[1], (5 - n).min(2), "client {n}");
    }
    assert_eq!(limited.ask("GET /bare/a", "203.0.113.20", &[]).status, 429);
    assert_eq!(limited.ask("GET /own", "203.0.113.20", &[]).status, 200);
}

#[test]
fn rl_3_and_4_what_is_said_over_the_limit() {
    let limited = start("rl-3");
    for (path, why) in [
        ("/own", "the limit of the client at GET /own"),
        ("/total", "the limit of all clients at GET /total"),
        (
            "/calls",
            "the limit of all clients at the calls of GET /calls",
        ),
    ] {
        let line = format!("GET {path}");
        let allowed = if path == "/total" { 3 } else { 2 };
        for n in 0..allowed {
            let answer = limited.ask(&line, "203.0.113.1", &[]);
            assert_eq!(answer.status, 200, "{path}");
            let [limit, remaining, reset] = quota(&answer);
            assert_eq!((limit, remaining), (allowed, allowed - 1 - n), "{path}");
            // Until it is full again.
            let full = 36_000 / allowed * (n + 1);
            assert!((full - 1..=full).contains(&reset), "{path}: {reset}");
        }
        let answer = limited.ask(&line, "203.0.113.1", &[]);
        assert_eq!(answer.status, 429, "{path}");
        let kind = answer.headers.get("content-type").expect("a content type");
        assert!(kind.starts_with("application/json"), "{kind}");
        assert_eq!(answer.json(), json!({ "message": "rate limit exceeded" }));
        let [limit, remaining, reset] = quota(&answer);
        assert_eq!((limit, remaining), (allowed, 0), "{path}");
        // Until there is one more.
        let next = 36_000 / allowed;
        assert!((next - 30..=next).contains(&reset), "{path}: {reset}");
        assert_eq!(answer.headers.get("retry-after"), Some(&*reset.to_string()));
        let id = answer
            .headers
            .get("x-request-id")
            .expect("an id")
            .to_owned();
        let line = limited
            .gateway
            .line("the refusal in the access log", |l| l.contains(&id));
        assert!(line.contains(why), "{line}");
    }
    assert_eq!(
        limited.origin.count(),
        2 + 3 + 2 + waiting(&limited),
        "no refused call is made"
    );
}

/// Requests by which the test waited for keys.
fn waiting(limited: &Limited) -> usize {
    let log = limited.gateway.log();
    let answered = |line: &&String| line.contains("/none") && line.contains("200");
    log.iter().filter(answered).count()
}

/// A request, its client, what else it says, and the statuses of three of them.
type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], [u16; 3]);

/// Who may do what: the requests of a row come one after the other.
#[test]
fn rl_2_and_5_what_clients_are_told_apart_by() {
    let limited = start("rl-5");
    let (ann, bob) = (limited.token("ann", "acme"), limited.token("bob", "acme"));
    let carl = limited.token("carl", "other");
    let (a, b) = ("203.0.113.1", "203.0.113.2");
    let tenant = |name| [("X-Tenant", name)];
    let told = |address| [("CF-Connecting-IP", address)];
    let passes = [200, 200, 429];
    let none = [429, 429, 429];
    #[rustfmt::skip] // A table.
    let table: &[Row] = &[
        // `ip`: an IPv6 address counts by its /64; methods are endpoints of their own.
        ("GET /own", a, &[], passes),
        ("GET /own", b, &[], passes),
        ("POST /own", a, &[], passes),
        ("HEAD /own", a, &[], none),
        ("GET /own", "2001:db8:1:1::1", &[], passes),
        ("GET /own", "2001:db8:1:1::2", &[], none),
        ("GET /own", "2001:db8:1:2::1", &[], passes),
        ("GET /own", "::ffff:203.0.113.1", &[], none),
        // `header`: without it, the address.
        ("GET /header", a, &tenant("x"), passes),
        ("GET /header", b, &tenant("x"), none),
        ("GET /header", a, &tenant("y"), passes),
        ("GET /header", a, &[], passes),
        ("GET /header", a, &tenant(""), none),
        ("GET /header", b, &[], passes),
        // `param`: however it is spelt.
        ("GET /param/1", a, &[], passes),
        ("GET /param/1", b, &[], none),
        ("GET /param/2", a, &[], passes),
        ("GET /param/%31", a, &[], none),
        ("GET /param/%C3%A4", a, &[], passes),
        ("GET /param/%c3%a4", a, &[], none),
        // `ip` with `key`: what the proxy says there, else its word about the client.
        ("GET /told", a, &told("198.51.100.1"), passes),
        ("GET /told", b, &told("198.51.100.1"), none),
        ("GET /told", a, &told("nonsense"), passes),
        ("GET /told", a, &[], none),
        // `jwt.sub` of the edge: who has no token counts by address.
        ("GET /user", a, &key(&ann), passes),
        ("GET /user", b, &key(&ann), none),
        ("GET /user", b, &key(&bob), passes),
        ("GET /user", a, &[], passes),
        ("GET /user", a, &key("Bearer hk-1"), none),
        // `jwt.owner`, and a claim inside of another, of the validator.
        ("GET /org", a, &key(&ann), passes),
        ("GET /org", a, &key(&bob), none),
        ("GET /org", a, &key(&carl), passes),
        ("GET /claim", a, &key(&ann), passes),
        ("GET /claim", b, &key(&bob), none),
        ("GET /claim", b, &key(&carl), passes),
        // `api_key`: keys, tokens, and what Anthropic's SDKs send.
        ("GET /credential", a, &key("Bearer hk-1"), passes),
        ("GET /credential", b, &key("Bearer hk-1"), none),
        ("GET /credential", a, &key("Bearer hk-2"), passes),
        ("GET /credential", a, &key(&ann), passes),
        ("GET /credential", a, &[("X-Api-Key", "sk-1")], passes),
        ("GET /credential", a, &[("X-Api-Key", "sk-2")], passes),
        ("GET /credential", a, &[], passes),
        ("GET /credential", b, &key("Basic YTpi"), passes),
        // `auth/signer` does not end the chain before the limit.
        ("POST /signed", a, &[], passes),
    ];
    for (line, client, headers, expected) in table {
        let statuses = limited.statuses(line, client, headers, 3);
        assert_eq!(statuses, expected, "{line} of {client} with {headers:?}");
    }
}

/// Whoever is no trusted proxy is its own address, whatever it writes.
#[test]
fn an_address_that_a_stranger_writes_is_not_counted() {
    let limited = start("rl-stranger");
    let strangers = Launch::golden("limits")
        .env("GATEWAY_TRUSTED_PROXIES", "192.0.2.1")
        .directory(&scratch_with_key("rl-stranger-2"))
        .resolve(ORIGIN, limited.origin.address)
        .resolve(KEYS, limited.issuer.server.address)
        .start();
    for (path, name) in [("/own", "X-Forwarded-For"), ("/told", "CF-Connecting-IP")] {
        let line = format!("GET {path}");
        let statuses: Vec<u16> = (0..4)
            .map(|n| {
                strangers
                    .ask(&line, &[(name, &format!("203.0.113.{n}"))])
                    .status
            })
            .collect();
        assert_eq!(statuses, [200, 200, 429, 429], "{path}");
    }
}

fn scratch_with_key(name: &str) -> std::path::PathBuf {
    let directory = scratch(name);
    Key::new("signing").write(&directory);
    directory
}

#[test]
fn rl_6_the_count_of_the_window_may_come_at_once() {
    let limited = start("rl-6");
    // 100 per minute: the Go engine lets one through. One more comes back every 0.6 s.
    let mut client = limited.gateway.client();
    let mut admitted = 0;
    let begun = std::time::Instant::now();
    for _ in 0..150 {
        client.request("GET /minute", &[]);
        admitted += u128::from(client.response().status == 200);
    }
    let more = begun.elapsed().as_millis() / 600 + 1;
    assert!((100..=100 + more).contains(&admitted), "{admitted} of 150");

    for (path, expected) in [
        ("/burst", &[200, 200, 200, 200, 429][..]),
        ("/half", &[200, 429]),
    ] {
        let line = format!("GET {path}");
        let statuses = limited.statuses(&line, "203.0.113.1", &[], expected.len());
        assert_eq!(statuses, expected, "{path}");
    }
    // 2 in half a second: the third comes when its time has come.
    assert_eq!(
        limited.statuses("GET /quick", "203.0.113.1", &[], 2),
        [200, 200]
    );
    harness::within(harness::PATIENCE, "a token that comes back", || {
        (limited.ask("GET /quick", "203.0.113.1", &[]).status == 200).then_some(())
    });
}

/// What all clients may not takes nothing from a client's own bucket.
#[test]
fn rl_4_both_limits() {
    let limited = start("rl-4");
    let expect = |client: &str, expected: &[(u16, u64)]| {
        for (status, remaining) in expected {
            let answer = limited.ask("GET /both", client, &[]);
            assert_eq!(
                (answer.status, quota(&answer)[1]),
                (*status, *remaining),
                "{client}"
            );
        }
    };
    expect("203.0.113.1", &[(200, 1), (200, 0), (429, 0)]);
    expect("203.0.113.2", &[(200, 0), (429, 0), (429, 0)]);
    let refused = limited.ask("GET /both", "203.0.113.2", &[]);
    assert_eq!(quota(&refused)[0], 3, "it is the limit of all that refuses");
    let refused = limited.ask("GET /both", "203.0.113.1", &[]);
    assert_eq!(quota(&refused)[0], 3);
}

#[test]
fn rl_8_who_is_not_let_in_takes_no_token() {
    let limited = start("rl-8");
    let token = limited.token("ann", "acme");
    let good = [("Authorization", token.as_str())];
    let bad = [("Authorization", "Bearer a.b.c")];
    let client = "203.0.113.1";
    assert_eq!(limited.statuses("GET /closed", client, &[], 5), [401; 5]);
    assert_eq!(limited.statuses("GET /closed", client, &bad, 5), [401; 5]);
    assert_eq!(
        limited.statuses("GET /closed", client, &good, 3),
        [200, 200, 429]
    );
    // And of the gateway's own: an invalid token is refused by the edge, a lacking one by the validator.
    assert_eq!(limited.statuses("GET /bare/a", client, &bad, 5), [401; 5]);
    assert_eq!(limited.statuses("GET /guarded", client, &[], 5), [401; 5]);
    assert_eq!(limited.statuses("GET /nowhere", client, &bad, 5), [401; 5]);
    assert_eq!(
        limited.statuses("GET /bare/a", client, &good, 4),
        [200, 200, 200, 429]
    );
}

/// Calls are counted where they are made: what the endpoint refuses is none.
#[test]
fn a_backend_is_called_so_often_and_no_more() {
    let limited = start("rl-calls");
    let clients: Vec<String> = (1..=5).map(|n| format!("203.0.113.{n}")).collect();
    let statuses: Vec<u16> = clients
        .iter()
        .map(|client| limited.ask("GET /calls", client, &[]).status)
        .collect();
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
    let told = limited.ask("GET /calls", "203.0.113.9", &[]);
    assert_eq!(quota(&told)[..2], [2, 0], "the tightest limit is told");
}

/// One limit is one limit, whatever core a connection is on.
#[test]
fn cores_share_a_limit() {
    let origin = Origin::ok();
    let issuer = Issuer::start("k");
    let gateway = Launch::golden("limits")
        .args(&["--workers", "4"])
        .directory(&scratch_with_key("rl-cores"))
        .resolve(ORIGIN, origin.address)
        .resolve(KEYS, issuer.server.address)
        .start();
    let admitted: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let asked = (0..20).map(|_| gateway.ask("GET /total", &[]).status);
                    asked.filter(|status| *status == 200).count()
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|c| c.join().expect("a client"))
            .sum()
    });
    assert_eq!(admitted, 3);
}

/// An upstream's own words about limits are passed on as they are.
#[test]
fn the_upstreams_limits_are_its_own() {
    let origin = Origin::start(|x| {
        x.reply(
            "200 OK",
            &[("RateLimit-Limit", "7"), ("RateLimit-Remaining", "6")],
            b"",
        );
    });
    let issuer = Issuer::start("k");
    let gateway = Launch::golden("limits")
        .directory(&scratch_with_key("rl-upstream"))
        .resolve(ORIGIN, origin.address)
        .resolve(KEYS, issuer.server.address)
        .start();
    let answer = gateway.get("/own");
    assert_eq!(answer.headers.all("ratelimit-limit"), ["7"]);
    assert_eq!(answer.headers.all("ratelimit-remaining"), ["6"]);
    assert!(!answer.headers.has("ratelimit-reset"));
}
