//! `--mock`: the hanzo gateway alone in a room, as `make demo` shows it.

use harness::{Gateway, Launch};
use serde_json::{Value, json};

fn hanzo() -> Gateway {
    Launch::golden("hanzo").args(&["--mock"]).start()
}

fn post(gateway: &Gateway, path: &str, body: &Value) -> harness::Response {
    let headers = [
        ("Content-Type", "application/json"),
        ("Authorization", "Bearer hk-test"),
    ];
    gateway
        .client()
        .post(
            &format!("POST {path}"),
            &headers,
            body.to_string().as_bytes(),
        )
        .response()
}

fn prompt(stream: bool) -> Value {
    json!({"model": "zen4-pro", "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]})
}

/// The `data:` lines of an event stream that are JSON.
fn events(text: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|l| serde_json::from_str(l.strip_prefix("data: ")?).ok())
        .collect()
}

#[test]
fn openai_routes_answer_in_openai_s_formats() {
    let gateway = hanzo();
    let whole = post(&gateway, "/v1/chat/completions", &prompt(false));
    assert_eq!(
        (whole.status, &whole.json()["object"]),
        (200, &json!("chat.completion"))
    );
    assert!(
        whole.json()["choices"][0]["message"]["content"]
            .as_str()
            .is_some_and(|s| !s.is_empty())
    );

    let streamed = post(&gateway, "/v1/chat/completions", &prompt(true));
    assert_eq!(
        streamed
            .headers
            .get("content-type")
            .map(|v| v.starts_with("text/event-stream")),
        Some(true)
    );
    assert!(
        streamed.text().trim_end().ends_with("data: [DONE]"),
        "{}",
        streamed.text()
    );
    let chunks = events(&streamed.text());
    assert!(
        chunks.len() > 2
            && chunks
                .iter()
                .all(|c| c["object"] == "chat.completion.chunk")
    );
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");

    let models = gateway.get("/v1/models");
    assert_eq!(
        (models.status, &models.json()["object"]),
        (200, &json!("list"))
    );
    let id = models.json()["data"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(
        gateway.get(&format!("/v1/models/{id}")).json()["id"],
        json!(id)
    );
}

#[test]
fn anthropic_s_route_answers_in_anthropic_s_format() {
    let gateway = hanzo();
    let whole = post(&gateway, "/v1/messages?beta=true", &prompt(false)).json();
    assert_eq!(
        (&whole["type"], &whole["role"]),
        (&json!("message"), &json!("assistant"))
    );
    let streamed = post(&gateway, "/v1/messages", &prompt(true)).text();
    let kinds: Vec<_> = events(&streamed)
        .iter()
        .map(|e| e["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        kinds.first().map(String::as_str),
        Some("message_start"),
        "{streamed}"
    );
    assert_eq!(
        kinds.last().map(String::as_str),
        Some("message_stop"),
        "{streamed}"
    );
}

/// Every other route shows what its upstream would have received.
#[test]
fn other_routes_show_what_the_upstream_would_get() {
    let gateway = hanzo();
    let headers = [
        ("Authorization", "Bearer hk-t"),
        ("X-User-Id", "forged"),
        ("X-Unlisted", "1"),
    ];
    for (line, method, path, query, host) in [
        (
            "GET /auth/a/b?x=1",
            "GET",
            "/v1/a/b",
            "x=1",
            "iam.hanzo.svc.cluster.local:8000",
        ),
        (
            "DELETE /v1/auth/a",
            "DELETE",
            "/v1/a",
            "",
            "iam.hanzo.svc.cluster.local:8000",
        ),
        (
            "GET /search/indexes?q=%20",
            "GET",
            "/indexes",
            "q=%20",
            "search.hanzo.svc.cluster.local:7700",
        ),
        (
            "PUT /v1/vector/collections/x",
            "PUT",
            "/collections/x",
            "",
            "vector.hanzo.svc.cluster.local:6333",
        ),
        (
            "GET /v1/web3/chain",
            "GET",
            "/v1/chain",
            "",
            "bootnode-api.bootnode.svc.cluster.local",
        ),
        (
            "GET /pricing/model/zen4",
            "GET",
            "/v1/pricing/model/zen4",
            "",
            "pricing.hanzo.svc.cluster.local:8080",
        ),
        (
            "GET /bot/health",
            "GET",
            "/health",
            "",
            "bot-gateway.hanzo.svc.cluster.local",
        ),
        (
            "GET /pubsub/healthz",
            "GET",
            "/healthz",
            "",
            "pubsub.hanzo.svc.cluster.local:8222",
        ),
        ("GET /health", "GET", "/healthz", "", "localhost:8080"),
    ] {
        let answer = gateway.ask(line, &headers);
        assert_eq!(answer.status, 200, "{line}: {}", answer.text());
        let echo = answer.json();
        let got = [&echo["method"], &echo["path"], &echo["host"]];
        assert_eq!(
            got,
            [&json!(method), &json!(path), &json!(host)],
            "{line}: {echo}"
        );
        assert_eq!(echo["query"].as_str().unwrap_or_default(), query, "{line}");
        let names = echo["headers"].to_string().to_ascii_lowercase();
        assert!(
            !names.contains("forged") && !names.contains("x-unlisted"),
            "{line}: {names}"
        );
        assert!(
            names.contains("x-forwarded-for") && names.contains("x-request-id"),
            "{line}: {names}"
        );
    }
    gateway.line("the mock is announced loudly", |line| {
        line.contains("mock") && line.contains("WARN")
    });
}

/// What the message queue says about itself is for people of hanzo.id: nobody behind the gateway checks an API key there.
#[test]
fn monitoring_asks_for_a_token() {
    let gateway = hanzo();
    let key = [("Authorization", "Bearer hk-test")];
    for path in ["varz", "connz", "subsz", "jsz"] {
        let line = format!("GET /pubsub/{path}");
        for headers in [&[][..], &key] {
            let answer = gateway.ask(&line, headers);
            assert_eq!(answer.status, 401, "{line}: {}", answer.text());
        }
    }
    assert_eq!(gateway.get("/pubsub/healthz").status, 200);
}
