//! The table of tags, field by field.
#![expect(clippy::unnecessary_wraps, reason = "a side of a row is an option")]

use super::*;
use crate::{diff::value::Value, namespace};
use std::time::Duration;

fn list(items: &[&str]) -> Option<Value> {
    Some(Value::List(
        items.iter().map(|&item| item.to_owned()).collect(),
    ))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn rate(count: f64, seconds: u64) -> Option<Value> {
    let every = Duration::from_secs(seconds);
    Some(Value::Rate { count, every })
}

fn seconds(seconds: u64) -> Option<Value> {
    Some(Value::Duration(Duration::from_secs(seconds)))
}

fn elsewhere(lost: &[&'static str]) -> Option<Value> {
    Some(Value::Elsewhere {
        route: "GET /*".to_owned(),
        lost: lost.to_vec(),
    })
}

fn endpoint(public: bool) -> Option<Value> {
    Some(Value::Endpoint {
        target: "http://a".to_owned(),
        guards: Vec::new(),
        public,
    })
}

/// `timeout`, `auth/validator`, `auth/validator: issuer`
fn field(name: &str) -> Field {
    let (namespace, key) = name.split_once(": ").unwrap_or((name, ""));
    match namespace::find(namespace) {
        Some(row) => Field::namespace(row, None).inner(key),
        None => Field::key(name),
    }
}

#[test]
fn tags() {
    const ON: Option<Value> = Some(Value::Flag(true));
    const OFF: Option<Value> = Some(Value::Flag(false));
    const ALL: Option<Value> = Some(Value::All);
    let size = |bytes| Some(Value::Bytes(bytes));
    let number = |number| Some(Value::Number(number));
    let any = || Some(Value::Namespace(std::collections::BTreeMap::new()));
    #[rustfmt::skip] // A table: field, before, after, tag.
    let table = [
        ("github.com/hanzoai/gateway/base-network", None, any(), Breaking),
        ("github.com/hanzoai/gateway/base-network", any(), None, Breaking),
        ("github.com/hanzoai/gateway/base-network: shard_key", text("user"), text("tenant"), Cosmetic),
        ("github.com/hanzoai/gateway/base-network: shard_key_source", text("jwt.sub"), text("header:X-User"), SecurityRelaxing),
        ("github.com/hanzoai/gateway/base-network: shard_key_source", text("header:X-User"), text("jwt.sub"), Breaking),
        ("github.com/hanzoai/gateway/base-network: shard_key_source", text("jwt.sub"), text("jwt.owner"), Breaking),
        ("github.com/hanzoai/gateway/base-network: replay_buffer", None, number(8.0), Behaviour),
        ("endpoint", endpoint(false), None, Breaking),
        ("endpoint", endpoint(false), elsewhere(&[]), Breaking),
        ("endpoint", endpoint(false), elsewhere(&["auth/validator"]), SecurityRelaxing),
        ("endpoint", None, endpoint(false), Behaviour),
        ("endpoint", None, endpoint(true), SecurityRelaxing),
        ("endpoint", elsewhere(&["auth/validator"]), endpoint(false), SecurityRelaxing),
        ("path", text("/{a}"), text("/{b}"), Cosmetic),
        ("auth/public", None, ON, SecurityRelaxing),
        ("auth/public", OFF, ON, SecurityRelaxing),
        ("auth/public", OFF, None, SecurityRelaxing),
        ("auth/public", ON, OFF, Breaking),
        ("auth/public", ON, None, Behaviour),

        ("auth/validator", any(), None, SecurityRelaxing),
        ("auth/validator", None, any(), Breaking),
        ("auth/validator: issuer", text("a"), text("b"), SecurityRelaxing),
        ("auth/validator: issuer", None, text("b"), Breaking),
        ("auth/validator: disable_jwk_security", None, ON, SecurityRelaxing),
        ("auth/validator: disable_jwk_security", ON, None, Breaking),
        ("auth/validator: roles", list(&["a"]), list(&["a", "b"]), SecurityRelaxing),
        ("auth/validator: roles", list(&["a", "b"]), list(&["a"]), Breaking),
        ("auth/validator: roles", list(&["a"]), list(&[]), SecurityRelaxing),
        ("auth/validator: roles", list(&["a"]), None, SecurityRelaxing),
        ("auth/validator: cache", ON, OFF, Behaviour),
        ("validation/cel", any(), None, SecurityRelaxing),
        ("validation/json-schema: type", text("object"), text("array"), SecurityRelaxing),
        ("github.com/hanzoai/gateway/auth", any(), None, SecurityRelaxing),

        ("qos/ratelimit/router", any(), None, SecurityRelaxing),
        ("qos/ratelimit/router", None, any(), Breaking),
        ("qos/ratelimit/router: max_rate", rate(100.0, 1), rate(200.0, 1), SecurityRelaxing),
        ("qos/ratelimit/router: max_rate", rate(100.0, 1), rate(100.0, 60), Breaking),
        ("qos/ratelimit/router: max_rate", rate(100.0, 60), rate(100.0, 1), SecurityRelaxing),
        ("qos/ratelimit/router: client_max_rate", rate(100.0, 1), None, SecurityRelaxing),
        ("qos/ratelimit/router: client_max_rate", None, rate(100.0, 1), Breaking),
        ("qos/ratelimit/router: client_capacity", number(5.0), number(6.0), SecurityRelaxing),
        ("qos/ratelimit/router: strategy", text("ip"), text("header"), SecurityRelaxing),
        ("qos/ratelimit/router: store", None, any(), Breaking),
        ("qos/ratelimit/router: store", any(), None, SecurityRelaxing),
        ("qos/ratelimit/proxy: store", text("redis://a"), text("redis://b"), Behaviour),
        ("qos/ratelimit/router: max_clients", number(5.0), number(6.0), Behaviour),
        ("qos/ratelimit/router: num_shards", number(5.0), number(6.0), Behaviour),
        ("qos/ratelimit/proxy: max_rate", rate(1.0, 1), rate(2.0, 1), SecurityRelaxing),
        ("qos/circuit-breaker", None, any(), Breaking),
        ("qos/circuit-breaker", any(), None, Behaviour),
        ("qos/circuit-breaker: max_errors", number(3.0), number(2.0), Breaking),
        ("qos/circuit-breaker: max_errors", number(2.0), number(3.0), Behaviour),
        ("max_payload", size(10), size(20), SecurityRelaxing),
        ("max_payload", size(10), None, SecurityRelaxing),
        ("max_payload", size(20), size(10), Breaking),
        ("max_payload", None, size(10), Breaking),
        ("max_connections", number(10.0), number(20.0), SecurityRelaxing),

        ("security/cors", None, any(), SecurityRelaxing),
        ("security/cors", any(), None, Breaking),
        ("security/cors: allow_origins", list(&["a"]), list(&["a", "b"]), SecurityRelaxing),
        ("security/cors: allow_origins", list(&["a"]), list(&["*"]), SecurityRelaxing),
        ("security/cors: allow_origins", list(&["a"]), None, SecurityRelaxing),
        ("security/cors: allow_origins", list(&["*"]), list(&["a"]), Breaking),
        ("security/cors: allow_origins", None, list(&["a"]), Breaking),
        ("security/cors: allow_credentials", None, ON, SecurityRelaxing),
        ("security/cors: allow_credentials", ON, OFF, Breaking),
        ("github.com/hanzoai/gateway/cors", None, any(), SecurityRelaxing),
        ("github.com/hanzoai/gateway/cors", any(), None, Breaking),
        ("github.com/hanzoai/gateway/cors: allow_hosts", None, list(&["a"]), SecurityRelaxing),
        ("github.com/hanzoai/gateway/cors: allow_hosts", list(&["a"]), list(&["a", "b"]), SecurityRelaxing),
        ("github.com/hanzoai/gateway/cors: allow_hosts", list(&["a", "b"]), list(&["a"]), Breaking),
        ("github.com/hanzoai/gateway/cors: allow_hosts", list(&["a"]), None, SecurityRelaxing),
        ("github.com/hanzoai/gateway/cors: https_only", ON, None, SecurityRelaxing),
        ("github.com/hanzoai/gateway/cors: https_only", None, ON, Breaking),
        ("github.com/hanzoai/gateway/cors: max_age", seconds(1), seconds(2), Behaviour),
        ("security/http: allowed_hosts", None, list(&["a"]), Breaking),
        ("security/http: allowed_hosts", list(&["a"]), list(&["a", "b"]), SecurityRelaxing),
        ("security/http: allowed_hosts", list(&["a", "b"]), list(&["a"]), Breaking),
        ("security/http: allowed_hosts", list(&["a"]), None, SecurityRelaxing),
        ("security/http: ssl_redirect", ON, OFF, SecurityRelaxing),
        ("security/http: ssl_redirect", None, ON, Breaking),
        ("security/http: is_development", None, ON, SecurityRelaxing),
        ("security/http: is_development", ON, None, Breaking),
        ("security/http: sts_seconds", number(10.0), None, SecurityRelaxing),
        ("security/http: content_security_policy", text("a"), text("b"), SecurityRelaxing),
        ("security/http", any(), None, SecurityRelaxing),
        ("security/bot-detector", any(), None, SecurityRelaxing),
        ("security/bot-detector: deny", list(&["a"]), list(&["a", "b"]), Breaking),
        ("security/bot-detector: deny", None, list(&["a"]), Breaking),
        ("security/bot-detector: deny", list(&["a"]), list(&["b"]), SecurityRelaxing),
        ("security/bot-detector: allow", None, list(&["a"]), SecurityRelaxing),
        ("security/bot-detector: allow", list(&["a"]), None, Breaking),
        ("security/bot-detector: cache_size", None, number(1.0), Cosmetic),
        ("trusted_proxies", list(&["10.0.0.0/8"]), list(&["10.1.0.0/16"]), Behaviour),
        ("trusted_proxies", list(&["10.1.0.0/16"]), list(&["10.0.0.0/8"]), SecurityRelaxing),
        ("forwarded_by_client_ip", OFF, ON, SecurityRelaxing),
        ("remote_ip_headers", list(&["a"]), list(&["a", "b"]), SecurityRelaxing),
        ("listen_ip", text("127.0.0.1"), None, SecurityRelaxing),
        ("listen_ip", None, text("127.0.0.1"), Breaking),

        ("headers", list(&["a"]), ALL, SecurityRelaxing),
        ("headers", ALL, list(&["a"]), Breaking),
        ("headers", list(&["a", "b"]), list(&["a", "c"]), Breaking),
        ("headers", list(&["a"]), list(&["a", "b"]), Behaviour),
        ("identity headers", None, list(&["x-user-id"]), SecurityRelaxing),
        ("query", ALL, list(&[]), Breaking),
        ("query", list(&["a"]), ALL, Behaviour),
        ("deny", list(&["a"]), None, SecurityRelaxing),
        ("upstream", list(&["https://a"]), list(&["http://a"]), SecurityRelaxing),
        ("upstream", list(&["http://a"]), list(&["http://b"]), Behaviour),
        ("template", text("/a"), text("/b"), Behaviour),
        ("timeout", seconds(2), seconds(1), Breaking),
        ("timeout", seconds(1), seconds(2), Behaviour),
        ("port", number(80.0), number(81.0), Breaking),
        ("health_path", None, text("/h"), Breaking),
        ("log level", text("info"), text("debug"), Behaviour),
        ("telemetry/opentelemetry", any(), None, Behaviour),
        ("allow_insecure_connections", None, ON, SecurityRelaxing),
        ("name", text("a"), text("b"), Cosmetic),
        ("documentation/openapi", any(), None, Cosmetic),
    ];
    for (name, old, new, expected) in table {
        let (tag, why) = judge(&field(name), old.as_ref(), new.as_ref());
        assert_eq!(tag, expected, "{name}: {old:?} to {new:?}, because {why}");
    }
}

/// A row that names what does not exist never fits.
#[test]
fn every_namespace_of_the_table_exists() {
    for (on, ..) in TABLE {
        if let In(begin, _) | Whole(begin) | Space(begin) = on {
            let known = namespace::NAMESPACES
                .iter()
                .any(|row| row.key.starts_with(begin));
            assert!(known, "no namespace begins with `{begin}`");
        }
    }
}

/// Removing a guard is never less than security-relaxing, whichever it is.
#[test]
fn no_guard_goes_unseen() {
    let some = Value::Namespace(std::collections::BTreeMap::new());
    for row in namespace::NAMESPACES.iter().filter(|row| row.guard) {
        let (tag, _) = judge(&Field::namespace(row, None), Some(&some), None);
        assert_eq!(tag, SecurityRelaxing, "{}", row.key);
    }
}
