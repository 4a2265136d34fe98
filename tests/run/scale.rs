//! Configs of a thousand and of five thousand endpoints: any valid config becomes a crate that compiles.

use harness::{Launch, Origin, compiler::scratch, gwc};
use serde_json::{Value, json};
use std::{fs, time::Instant};

/// Every kind of route and call in turn, over as many files as a large company would have.
fn config(endpoints: usize) -> Value {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let endpoint = |n: usize| {
        let service = n / 25;
        let (path, pattern) = match n % 5 {
            0 => (
                format!("/service-{service}/static/{n}"),
                format!("/s/{n}?fixed={n}"),
            ),
            1 => (
                format!("/v1/service-{service}/{n}/{{id}}"),
                "/p/{id}".to_owned(),
            ),
            2 => (format!("/service-{service}/{n}/*"), "/w/*".to_owned()),
            3 => (
                format!("/v2/service-{service}/{{a}}/{n}/{{b-c}}"),
                "/two/{b-c}/{a}".to_owned(),
            ),
            _ => (
                format!("/service-{service}/type/async.{n}/fn"),
                "/keyword".to_owned(),
            ),
        };
        json!({
            "endpoint": path,
            "method": methods[n % methods.len()],
            "timeout": format!("{}ms", 500 + n % 7),
            "input_headers": if n.is_multiple_of(3) { json!(["*"]) } else { json!(["Accept", format!("X-H-{}", n % 11)]) },
            "input_query_strings": if n.is_multiple_of(2) { json!(["*"]) } else { json!(["q", "page"]) },
            "backend": [{ "url_pattern": pattern, "host": [format!("http://s{}.test:8000", service % 40)] }]
        })
    };
    json!({
        "version": 3, "name": format!("{endpoints} endpoints"), "output_encoding": "no-op",
        "endpoints": (0..endpoints).map(endpoint).collect::<Vec<_>>()
    })
}

fn builds(endpoints: usize) {
    let dir = scratch(&format!("scale-{endpoints}"));
    let file = dir.join(format!("scale-{endpoints}.json"));
    fs::write(&file, config(endpoints).to_string()).expect("write the config");
    let binary = dir.join("gateway");
    let (file, out) = (
        file.to_str().expect("UTF-8"),
        binary.to_str().expect("UTF-8"),
    );

    let start = Instant::now();
    gwc(&["build", file, "-o", out]).expect_ok("build");
    // For people; the bench measures it properly.
    println!(
        "{endpoints} endpoints: from config to binary in {:.1?}",
        start.elapsed()
    );

    let origin = Origin::ok();
    let names: Vec<_> = (0..40).map(|n| format!("s{n}.test:8000")).collect();
    let launch = names.iter().fold(Launch::binary(&binary), |launch, name| {
        launch.resolve(name, origin.address)
    });
    let gateway = launch.start();
    for (n, line, target) in [
        (0, "GET /service-0/static/0?x=1", "/s/0?fixed=0&x=1"),
        (endpoints - 3, "PUT /service-S/N/deep/er", "/w/deep/er"),
        (
            endpoints - 2,
            "PATCH /v2/service-S/one/N/two",
            "/two/two/one",
        ),
        (
            endpoints - 1,
            "DELETE /service-S/type/async.N/fn",
            "/keyword",
        ),
    ] {
        let line = line
            .replace("service-S", &format!("service-{}", n / 25))
            .replace('N', &n.to_string());
        assert_eq!(gateway.ask(&line, &[]).status, 200, "{line}");
        assert_eq!(origin.last().target, target, "{line}");
    }
}

#[test]
fn a_thousand_endpoints() {
    builds(1_000);
}

#[test]
fn five_thousand_endpoints() {
    builds(5_000);
}
