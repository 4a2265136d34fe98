//! The listener of metrics: what it answers, what it is bounded by, and how long it lives.

use super::{Counting, Format, OPEN, asked_for, metrics_of, scrape};
use harness::{
    Client, Launch, Origin, PATIENCE, Scrape,
    client::{ask, get},
    compiler::compiled,
    gateway::ORIGIN,
};
use std::{net::TcpListener, process::Command, time::Duration};

#[test]
fn it_answers_what_is_asked_for() {
    let origin = Origin::ok();
    let counting = Counting::start("metrics-listener", &origin);
    const TEXT: &str = "text/plain; charset=utf-8";
    const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
    const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const JSON: &str = "application/json; charset=utf-8";
    for (line, accept, status, kind) in [
        ("GET /metrics", "", 200, PROMETHEUS),
        ("GET /metrics", "*/*", 200, PROMETHEUS),
        ("GET /metrics", OPEN, 200, OPENMETRICS),
        ("GET /metrics?name=x", OPEN, 200, OPENMETRICS),
        ("HEAD /metrics", "", 200, PROMETHEUS),
        ("GET /__stats", "", 200, JSON),
        ("GET /__stats/", "", 200, JSON),
        ("HEAD /__stats", "", 200, JSON),
        ("POST /metrics", "", 405, TEXT),
        ("DELETE /__stats", "", 405, TEXT),
        ("GET /", "", 404, TEXT),
        ("GET /metrics/", "", 404, TEXT),
        ("GET /users/1", "", 404, TEXT),
        ("GET /healthz", "", 404, TEXT),
    ] {
        let answer = ask(counting.metrics, line, &[("Accept", accept)]);
        let told = (answer.status, answer.headers.get("content-type"));
        assert_eq!(told, (status, Some(kind)), "{line} {accept}");
        assert_eq!(answer.body.is_empty(), line.starts_with("HEAD"), "{line}");
        // One request each, so that nobody holds a place by keeping it.
        assert_eq!(answer.headers.get("connection"), Some("close"), "{line}");
        if status == 405 {
            assert_eq!(answer.headers.get("allow"), Some("GET, HEAD"));
        }
        if status == 200 {
            let length = answer.headers.get("content-length").expect("a length");
            assert_ne!(length, "0", "{line}");
        }
    }
    assert_eq!(origin.count(), 0, "nothing of it is routed");
}

#[test]
fn every_form_says_the_same() {
    let origin = Origin::ok();
    let counting = Counting::start("metrics-forms", &origin);
    for _ in 0..3 {
        assert_eq!(counting.gateway.get("/users/1").status, 200);
    }
    let open = counting.settled();
    let text = asked_for(counting.metrics, "text/plain").text();
    let plain =
        Scrape::read(&text, Format::Prometheus).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let json = get(counting.metrics, "/__stats").json();
    let names: Vec<_> = open.families.keys().collect();
    assert_eq!(names, plain.families.keys().collect::<Vec<_>>());
    assert_eq!(
        names,
        json.as_object()
            .expect("families")
            .keys()
            .collect::<Vec<_>>()
    );
    for (name, family) in &open.families {
        assert_eq!(json[name]["type"], *family.kind, "{name}");
        assert_eq!(json[name]["help"], *family.help, "{name}");
    }
    let requests = [
        ("method", "GET"),
        ("route", "/users/{id}"),
        ("status", "2xx"),
    ];
    for scrape in [&open, &plain] {
        assert_eq!(scrape.count("gateway_requests_total", &requests), Some(3));
    }
    let samples = json["gateway_requests_total"]["samples"]
        .as_array()
        .expect("a list");
    let labels = serde_json::json!({ "method": "GET", "route": "/users/{id}", "status": "2xx" });
    let sample = samples.iter().find(|sample| sample["labels"] == labels);
    assert_eq!(sample.expect("the route")["value"], 3);
    let durations = &json["gateway_request_duration_seconds"]["samples"][0];
    assert_eq!(durations["count"], 3);
    let buckets = durations["buckets"].as_array().expect("a list");
    assert_eq!(
        (&buckets[0]["le"], &buckets[buckets.len() - 1]["le"]),
        (&"0.0005".into(), &"+Inf".into())
    );
    assert_eq!(buckets[buckets.len() - 1]["count"], 3);
}

/// What is asked of the process, and of the gateway as it was built.
#[test]
fn it_says_what_runs() {
    let origin = Origin::ok();
    let counting = Counting::start("metrics-build", &origin);
    let scrape = counting.settled();
    let version = Command::new(compiled("metrics"))
        .args(["version", "--json"])
        .output()
        .expect("run the gateway");
    let version: serde_json::Value =
        serde_json::from_slice(&version.stdout).expect("the version is JSON");
    let text = |key: &str| version[key].as_str().expect("a text").to_owned();
    let (gwc, hash) = (text("gwc"), text("config_sha256"));
    let labels = [("version", gwc.as_str()), ("config", hash.as_str())];
    assert_eq!(scrape.count("gateway_build_info", &labels), Some(1));

    let key_set = [("source", "public.json")];
    assert_eq!(scrape.count("gateway_jwks_keys", &key_set), Some(1));
    assert_eq!(scrape.count("gateway_jwks_failures", &key_set), Some(0));
    assert_eq!(
        scrape.count("gateway_jwks_changes_total", &key_set),
        Some(1)
    );
    let age = scrape
        .value("gateway_jwks_age_seconds", &key_set)
        .expect("an age");
    assert!((0.0..PATIENCE.as_secs_f64()).contains(&age), "{age}");
    assert_eq!(
        scrape.count("gateway_log_lines_dropped_total", &[]),
        Some(0)
    );

    if !cfg!(target_os = "linux") {
        return harness::skip(
            "it_says_what_runs",
            "what a process says of itself is in /proc",
        );
    }
    let of = |name: &str| scrape.value(&format!("process_{name}"), &[]).expect(name);
    let resident = std::fs::read_to_string(format!("/proc/{}/status", counting.gateway.pid()));
    let resident = resident.expect("its status");
    let line = resident.lines().find(|line| line.starts_with("VmHWM:"));
    let most = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    let most = most.expect("its peak") * 1024.0;
    assert!(
        (1e6..=most).contains(&of("resident_memory_bytes")),
        "{most}"
    );
    assert!(of("open_fds") >= 5.0 && of("max_fds") >= of("open_fds"));
    assert!(of("threads") >= 3.0, "control, metrics and a core at least");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs_f64();
    let age = now - of("start_time_seconds");
    assert!((-2.0..PATIENCE.as_secs_f64()).contains(&age), "{age}");
    assert!(of("cpu_seconds_total") < PATIENCE.as_secs_f64());
}

#[test]
fn what_is_switched_off_is_not_told() {
    let origin = Origin::ok();
    let counting = Counting::launch(Launch::golden("mute").resolve(ORIGIN, origin.address));
    assert_eq!(counting.gateway.get("/a").status, 200);
    let told = counting.scrape();
    for name in told.families.keys() {
        let counts = ["gateway_request", "gateway_first_byte", "gateway_upstream"];
        assert!(
            !counts.iter().any(|begin| name.starts_with(begin)),
            "{name}"
        );
    }
    assert!(told.families.contains_key("gateway_build_info"));
    assert!(told.families.contains_key("gateway_connections_total"));
}

#[test]
fn it_answers_while_the_gateway_drains() {
    let (begun, begins) = std::sync::mpsc::channel();
    let origin = Origin::start(move |x| {
        begun.send(()).expect("the test waits");
        std::thread::sleep(Duration::from_millis(500));
        x.reply("200 OK", &[], b"late");
    });
    let mut counting = Counting::start("metrics-drain", &origin);
    let mut client = counting.client();
    client.request("GET /users/1", &[]);
    begins.recv_timeout(PATIENCE).expect("the origin is asked");
    counting.gateway.signal("TERM");
    counting
        .gateway
        .line("a drain", |line| line.contains("draining"));
    let told = counting.scrape();
    assert_eq!(told.sum("gateway_requests_in_flight", &[]), 1);
    assert_eq!(client.response().status, 200);
    assert!(counting.gateway.exit(PATIENCE).success());
}

/// It neither waits for a client that says nothing, nor reads on and on.
#[test]
fn it_is_bounded() {
    let origin = Origin::ok();
    let counting = Counting::start("metrics-bounds", &origin);
    // One place less than there are.
    let idle: Vec<_> = (0..7).map(|_| Client::connect(counting.metrics)).collect();
    assert_eq!(
        scrape(counting.metrics).sum("gateway_requests_total", &[]),
        0
    );
    let mut long = Client::connect(counting.metrics);
    long.send(format!(
        "GET /metrics HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(20_000)
    ));
    assert_eq!(long.head().status(), 431);
    drop(idle);
}

#[test]
fn a_taken_port_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = taken.local_addr().expect("its address").to_string();
    let launch = |name| super::launch(name).env("GATEWAY_METRICS_LISTEN", &address);
    let (code, said) = launch("metrics-taken").give_up();
    assert_eq!(code, Some(1), "{said}");
    let expected = format!("telemetry/metrics: cannot listen on {address}");
    assert!(said.contains(&expected), "{said}");
}

/// It may run beside a gateway that has the port.
#[test]
fn check_binds_nothing() {
    let origin = Origin::ok();
    let directory = harness::compiler::scratch("metrics-check");
    harness::Key::new("signing").write(&directory);
    let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = taken.local_addr().expect("its address").to_string();
    let check = |listen: &str| {
        let mut command = Command::new(compiled("metrics"));
        let resolve = |name: &str| format!("{name}:8000={}", origin.address);
        command
            .arg("check")
            .args(["--resolve", &resolve("origin.test")])
            .args(["--resolve", &resolve("refusing.test")])
            .current_dir(&directory)
            .env("GATEWAY_METRICS_LISTEN", listen);
        let output = command.output().expect("run the gateway");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (code, said) = check(&address);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = check("nowhere:x");
    assert_eq!(code, Some(1), "{said}");
    let expected = "GATEWAY_METRICS_LISTEN: `nowhere:x` is no address to listen on";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn the_environment_moves_it() {
    let origin = Origin::ok();
    let free = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let moved = super::launch("metrics-moved")
        .env("GATEWAY_METRICS_LISTEN", &port.to_string())
        .resolve(ORIGIN, origin.address)
        .start();
    assert_eq!(metrics_of(&moved).port(), port);
    // `[::]`, or `0.0.0.0` where there is no IPv6: loopback is one of its addresses.
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    assert!(scrape(here).families.contains_key("gateway_build_info"));
    let env = Command::new(compiled("metrics"))
        .args(["env"])
        .env("GATEWAY_METRICS_LISTEN", "9999")
        .output()
        .expect("run the gateway");
    let said = String::from_utf8_lossy(&env.stdout).into_owned();
    assert!(
        said.contains("GATEWAY_METRICS_LISTEN=9999  (environment)"),
        "{said}"
    );
    assert!(said.contains("Default: 127.0.0.1:0"), "{said}");
}
