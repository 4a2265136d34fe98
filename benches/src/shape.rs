//! Configs of the shape that Hanzo's has, as large as one wants: many routes under many services, each with a policy for
//! headers, and in front of all of them what the parts in [`Shape`] ask for.

use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Names and ports of upstreams; routes take turns with them.
pub const UPSTREAMS: [&str; 8] = [
    "cloud.test:8000",
    "billing.test:8001",
    "agents.test:8002",
    "files.test:8003",
    "search.test:8004",
    "models.test:8005",
    "people.test:8006",
    "events.test:8007",
];
/// Where the issuer's keys are.
pub const KEYS: &str = "keys.test:7000";
pub const ISSUER: &str = "https://id.test";
pub const AUDIENCE: &str = "bench";

/// What the routes' headers may be: those that Hanzo's chat routes let pass.
const HEADERS: [&str; 14] = [
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "OpenAI-Beta",
    "OpenAI-Organization",
    "OpenAI-Project",
    "User-Agent",
    "X-Request-ID",
    "anthropic-beta",
    "anthropic-version",
    "traceparent",
    "tracestate",
    "x-api-key",
];
const SERVICES: [&str; 10] = [
    "chat", "billing", "agents", "files", "search", "models", "people", "events", "datasets",
    "flows",
];

/// A gateway, by what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Of the binary and of its file.
    pub name: &'static str,
    pub routes: usize,
    /// A limit for each client's address, so high that nobody meets it.
    pub limit: bool,
    pub metrics: bool,
    pub access_log: bool,
    /// `/v1/token/…` asks for a token.
    pub token: bool,
    pub tls: bool,
}

/// What is compared with the peers: everything that Hanzo's gateway does for a request, except that nobody logs.
pub const FULL: Shape = Shape {
    name: "full",
    routes: 150,
    limit: true,
    metrics: true,
    access_log: false,
    token: false,
    tls: false,
};

/// The same, with one thing more or less.
pub const VARIANTS: [Shape; 8] = [
    Shape {
        name: "no-limit",
        limit: false,
        ..FULL
    },
    Shape {
        name: "no-metrics",
        metrics: false,
        ..FULL
    },
    Shape {
        name: "bare",
        limit: false,
        metrics: false,
        ..FULL
    },
    Shape {
        name: "access-log",
        access_log: true,
        ..FULL
    },
    Shape {
        name: "token",
        token: true,
        ..FULL
    },
    Shape {
        name: "tls",
        tls: true,
        ..FULL
    },
    Shape {
        name: "routes-10",
        routes: 10,
        ..FULL
    },
    Shape {
        name: "routes-5000",
        routes: 5000,
        ..FULL
    },
];

impl Shape {
    /// The config. `edited`: with another path of one backend.
    pub fn config(&self, edited: bool) -> String {
        let mut extra = Map::new();
        extra.insert(
            "router".into(),
            json!({ "disable_access_log": !self.access_log, "forwarded_by_client_ip": false }),
        );
        if self.limit {
            let often = 100_000_000;
            let limit =
                json!({ "client_max_rate": often, "client_capacity": often, "strategy": "ip" });
            extra.insert("qos/ratelimit/router".into(), limit);
        }
        if self.metrics {
            extra.insert("telemetry/metrics".into(), json!({}));
        }
        let mut config = json!({
            "version": 3,
            "name": format!("Bench {}", self.name),
            "timeout": "120s",
            "output_encoding": "no-op",
            "extra_config": extra,
            "$defaults": { "endpoint": { "input_headers": HEADERS, "input_query_strings": ["*"] } },
            "endpoints": self.endpoints(edited),
        });
        if self.tls {
            let key = json!({ "public_key": "server.crt", "private_key": "server.key" });
            config["tls"] = json!({ "keys": [key] });
        }
        let mut text = String::new();
        write!(text, "{config:#}").expect("a string takes all");
        text
    }

    fn endpoints(&self, edited: bool) -> Vec<Value> {
        let mut all: Vec<Value> = ["json", "k100", "m1", "chunked", "sse", "cut", "silent"]
            .iter()
            .map(|name| endpoint(0, "GET", &format!("/v1/{name}/{{id}}"), None))
            .collect();
        all.push(endpoint(0, "POST", "/v1/post/{id}", None));
        if self.token {
            let validator = json!({ "auth/validator": {
                "alg": "RS256", "jwk_url": format!("http://{KEYS}/jwks"), "disable_jwk_security": true,
                "issuer": ISSUER, "audience": [AUDIENCE], "cache": true,
            } });
            all.push(endpoint(0, "GET", "/v1/token/{id}", Some(validator)));
        }
        let (measured, other) = (all.len(), (self.routes / 2).max(all.len()));
        for n in measured..self.routes {
            let service = SERVICES[n / 4 % SERVICES.len()];
            let collection = format!("/v1/{service}/kind-{}", n / 4);
            let (method, path) = match n % 4 {
                0 => ("GET", collection),
                1 => ("POST", collection),
                2 => ("GET", format!("{collection}/{{id}}")),
                _ => ("DELETE", format!("{collection}/{{id}}/parts/{{part}}")),
            };
            let mut one = endpoint(n / 25, method, &path, None);
            if edited && n == other {
                let pattern = one["backend"][0]["url_pattern"]
                    .as_str()
                    .unwrap_or_default();
                one["backend"][0]["url_pattern"] = json!(format!("/edited{pattern}"));
            }
            all.push(one);
        }
        all
    }
}

fn endpoint(upstream: usize, method: &str, path: &str, extra: Option<Value>) -> Value {
    let host = format!("http://{}", UPSTREAMS[upstream % UPSTREAMS.len()]);
    let mut one = json!({
        "endpoint": path, "method": method,
        "backend": [{ "host": [host], "url_pattern": path }],
    });
    if let Some(extra) = extra {
        one["extra_config"] = extra;
    }
    one
}

#[cfg(test)]
mod tests {
    use super::{FULL, VARIANTS};

    #[test]
    fn an_edit_changes_one_backend_and_all_routes_are_different() {
        for shape in VARIANTS.iter().chain([&FULL]) {
            let (before, after) = (shape.endpoints(false), shape.endpoints(true));
            assert_eq!(before.len(), shape.routes, "{}", shape.name);
            let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            assert_eq!(changed, 1, "{}", shape.name);
            let mut keys: Vec<_> = before
                .iter()
                .map(|one| (one["method"].to_string(), one["endpoint"].to_string()))
                .collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), shape.routes, "{}", shape.name);
        }
    }
}
