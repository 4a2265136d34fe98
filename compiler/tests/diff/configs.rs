//! Versions of the hanzo config, and where a test writes them.

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub const VALIDATOR: &str = "auth/validator";
pub const LIMIT: &str = "qos/ratelimit/router";

/// The hanzo config as it is checked in.
pub fn hanzo() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/hanzo/gateway.json");
    let text = fs::read_to_string(file).expect("the hanzo config is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn endpoint<'a>(config: &'a mut Value, path: &str) -> &'a mut Value {
    let list = config["endpoints"].as_array_mut().expect("endpoints");
    list.iter_mut()
        .find(|endpoint| endpoint["endpoint"] == path)
        .unwrap_or_else(|| panic!("no endpoint {path}"))
}

fn limit(rate: u64) -> Value {
    json!({ "client_max_rate": rate, "every": "1m", "strategy": "ip" })
}

/// The hanzo config with a guard and a limit.
pub fn guarded() -> Value {
    let mut config = hanzo();
    endpoint(&mut config, "/v1/chat/completions")["extra_config"] =
        json!({ VALIDATOR: { "alg": "RS256", "jwk_url": "https://hanzo.id/.well-known/jwks" } });
    endpoint(&mut config, "/v1/messages")["extra_config"] = json!({ LIMIT: limit(100) });
    config
}

/// The same without the guard, with a higher limit, its endpoints the other way round.
pub fn relaxed() -> Value {
    let mut config = guarded();
    endpoint(&mut config, "/v1/chat/completions")["extra_config"] = json!({});
    endpoint(&mut config, "/v1/messages")["extra_config"] = json!({ LIMIT: limit(1000) });
    config["endpoints"]
        .as_array_mut()
        .expect("endpoints")
        .reverse();
    config
}

/// A change of nearly everything.
pub fn rebuilt() -> Value {
    let mut config = relaxed();
    config["name"] = json!("Hanzo | `Gateway`");
    config["timeout"] = json!("60s");
    config["extra_config"]["router"]["trusted_proxies"] = json!(["0.0.0.0/0"]);
    config["extra_config"]["telemetry/logging"]["level"] = json!("DEBUG");
    let chat = endpoint(&mut config, "/v1/chat/completions");
    let headers = chat["input_headers"].as_array_mut().expect("headers");
    headers.retain(|name| name != "traceparent");
    headers.push(json!("X-New"));
    chat["backend"][0]["url_pattern"] = json!("/api/v2/chat/completions");
    let list = config["endpoints"].as_array_mut().expect("endpoints");
    list.retain(|endpoint| endpoint["endpoint"] != "/v1/completions");
    list.push(json!({
        "endpoint": "/v1/open", "input_query_strings": [], "extra_config": { "auth/public": true },
        "backend": [{ "host": ["http://open:8000"], "url_pattern": "/" }]
    }));
    config
}

/// An empty directory of this test.
pub fn dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("diff")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a directory for this test");
    dir
}

pub fn write(dir: &Path, name: &str, config: &Value) {
    fs::write(dir.join(name), config.to_string()).expect("a config can be written");
}

/// Both versions as `old.json` and `new.json`.
pub fn versions(name: &str, old: &Value, new: &Value) -> PathBuf {
    let dir = dir(name);
    write(&dir, "old.json", old);
    write(&dir, "new.json", new);
    dir
}
