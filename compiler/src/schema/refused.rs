//! The keys and values of the config language that are not built, each with its reason.

use super::keys::Place;
use crate::{
    diagnostic::{Code, Diagnostic, codes},
    json::{Member, Node},
};
use serde_json::{Value, json};

/// One row.
pub struct Refused {
    at: At,
    key: &'static str,
    /// Values (as JSON) that ask for what happens anyway.
    harmless: &'static [&'static str],
    code: &'static Code,
    /// Why, in the label.
    why: &'static str,
    help: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Endpoint,
    Backend,
    /// An object of the root, by its key.
    Inside(&'static str),
    Namespace(&'static str),
}

const INERT: &Code = &codes::INERT_KEY;
const UNBUILT: &Code = &codes::UNSUPPORTED_KEY;

const ZERO: &[&str] = &["\"0\"", "\"0s\"", "\"0ms\""];
const OFF: &[&str] = &["false"];
const EMPTY: &[&str] = &["\"\"", "[]", "{}", "false"];

const COMPOSED: &str =
    "an answer is passed on as it is: nothing in it is renamed, moved or left out";
const COMPOSE_IN_BACKEND: &str =
    "let the backend answer in the shape that clients need, and remove the key";
const COMBINED: &str = "an endpoint has one backend, whose answer is passed on as it is";
const ONE_BY_ONE: &str =
    "call the API of each gateway (`POST /revoked`), again after its start, and remove the key";

const fn row(
    at: At,
    key: &'static str,
    harmless: &'static [&'static str],
    code: &'static Code,
    why: &'static str,
    help: &'static str,
) -> Refused {
    Refused {
        at,
        key,
        harmless,
        code,
        why,
        help,
    }
}

const ROUTER: At = At::Namespace("router");
const LOGGING: At = At::Namespace("telemetry/logging");
const METRICS: At = At::Namespace("telemetry/metrics");
const PROXY: At = At::Namespace("proxy");
const EDGE: At = At::Namespace("github.com/hanzoai/gateway/auth");
const VALIDATOR: At = At::Namespace("auth/validator");
const SIGNER: At = At::Namespace("auth/signer");
const REVOKER: At = At::Namespace("auth/revoker");
const LIMIT: At = At::Namespace("qos/ratelimit/router");
const TLS: At = At::Inside("tls");
const CLIENT_TLS: At = At::Inside("client_tls");

#[rustfmt::skip] // A table: one row per key.
static TABLE: &[Refused] = &[
    row(At::Root, "write_timeout", ZERO, UNBUILT, "would cut every stream that lasts longer", "`timeout` bounds the wait for an answer and each silence in it, never the whole stream"),
    row(At::Root, "read_timeout", ZERO, UNBUILT, "would cut every upload that lasts longer", "`read_header_timeout` bounds the head of a request, `idle_timeout` the silence between two"),
    row(At::Root, "response_header_timeout", ZERO, UNBUILT, "the endpoint's `timeout` bounds the wait for a response head", "set `timeout`, and remove the key"),
    row(At::Root, "expect_continue_timeout", ZERO, UNBUILT, "an `Expect: 100-continue` is answered by the backend in its own time", "remove the key"),
    row(At::Root, "dialer_keep_alive", ZERO, UNBUILT, "TCP keep-alive is not configurable", "`idle_connection_timeout` closes connections that nobody uses"),
    row(At::Root, "dialer_fallback_delay", ZERO, UNBUILT, "the delay between IPv6 and IPv4 is not configurable", "`dialer_timeout` bounds the whole attempt"),
    row(At::Root, "max_idle_connections", &["0"], UNBUILT, "idle connections are counted per host", "set `max_idle_connections_per_host`"),
    row(At::Root, "disable_compression", OFF, INERT, "the gateway never asks a backend for compression on its own", "remove the key"),
    row(At::Root, "async_agent", &["[]"], UNBUILT, "there are no async agents", "consume the queue in a service of your own"),
    row(At::Root, "sequential_start", OFF, INERT, "orders the start of async agents, of which there are none", "remove the key"),
    row(At::Root, "debug_endpoint", OFF, UNBUILT, "there is no `/__debug/`", "`--mock` of the built binary shows what a backend would receive"),
    row(At::Root, "echo_endpoint", OFF, UNBUILT, "there is no `/__echo/`", "`--mock` of the built binary shows what a backend would receive"),
    row(At::Root, "plugin", &[], UNBUILT, "Go plugins cannot be loaded: this gateway is not a Go program", "move the logic into a backend, and remove the key"),
    row(At::Root, "disable_rest", OFF, UNBUILT, "a placeholder is always a whole segment", "write paths with whole-segment placeholders, and remove the key"),

    row(TLS, "prefer_server_cipher_suites", OFF, INERT, "all suites are strong, so the client's order decides, in the old engine too", "remove the key"),

    row(At::Endpoint, "concurrent_calls", &["0", "1"], UNBUILT, "a request is sent to one backend once", "remove the key; several `host` entries share the load"),

    row(At::Backend, "timeout", &[], INERT, "a backend has no timeout of its own, in the old engine neither", "set the endpoint's `timeout`"),
    row(At::Backend, "concurrent_calls", &["0", "1"], INERT, "it is the endpoint's that counts", "remove the key"),
    row(At::Backend, "disable_host_sanitize", OFF, INERT, "hosts are parsed in any case", "remove the key"),
    row(At::Backend, "is_collection", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(At::Backend, "target", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(At::Backend, "allow", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(At::Backend, "deny", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(At::Backend, "mapping", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(At::Backend, "group", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),

    row(ROUTER, "disable_redirect_fixed_path", &[], INERT, "paths are never guessed: case counts", "remove the key"),
    row(ROUTER, "disable_path_decoding", OFF, INERT, "paths are never decoded twice", "remove the key"),
    row(ROUTER, "max_multipart_memory", &["0"], INERT, "bodies are streamed, never parsed", "`max_payload` caps the size of a body"),
    row(ROUTER, "app_engine", OFF, UNBUILT, "`X-Appengine-Remote-Addr` is not believed", "name the header in `remote_ip_headers`, and the proxies in `trusted_proxies`"),
    row(ROUTER, "use_h2c", OFF, &codes::MISPLACED_KEY, "deprecated here", "write `use_h2c` at the root"),
    row(ROUTER, "decompress_gzip", OFF, UNBUILT, "bodies are streamed as they come", "remove the key"),
    row(ROUTER, "disable_gzip", OFF, INERT, "the gateway compresses nothing", "remove the key"),

    row(METRICS, "collection_time", &[], INERT, "what is told is of the moment when it is asked for", "the scraper decides how often; remove the key"),
    row(METRICS, "proxy_disabled", OFF, INERT, "there is no layer between endpoint and backend to be measured", "remove the key; `router_disabled` leaves out requests, `backend_disabled` upstreams"),
    row(METRICS, "endpoint_disabled", OFF, UNBUILT, "nobody else would be told what is counted", "remove the namespace: without it nothing is counted"),

    row(LOGGING, "syslog", OFF, UNBUILT, "logs go to standard output", "let the container runtime or systemd collect them"),
    row(LOGGING, "syslog_facility", &[], INERT, "only for syslog", "remove the key"),
    row(LOGGING, "custom_format", EMPTY, UNBUILT, "lines have a fixed layout", "`\"format\": \"logstash\"` writes JSON lines that a collector can take apart"),
    row(LOGGING, "backend", &[], UNBUILT, "of the Enterprise edition", "the access log names the backend's status and time"),
    row(LOGGING, "access_log_format", &[], UNBUILT, "of the Enterprise edition", "`\"format\": \"logstash\"` writes the access log as JSON lines too"),
    row(LOGGING, "access_log_custom_format", &[], UNBUILT, "of the Enterprise edition", "`\"format\": \"logstash\"` writes the access log as JSON lines too"),
    row(LOGGING, "access_log_missing_key_marker", &[], UNBUILT, "of the Enterprise edition", "remove the key"),

    row(EDGE, "public_hosts", EMPTY, INERT, "a host is public only where a host route serves it, and there is none", "name paths in `public_paths`; a `Host` header is whatever a client writes"),

    row(PROXY, "sequential", OFF, UNBUILT, COMBINED, "call the services from one backend"),
    row(PROXY, "sequential_propagated_params", EMPTY, UNBUILT, COMBINED, "call the services from one backend"),
    row(PROXY, "combiner", &["\"\"", "\"default\""], UNBUILT, COMBINED, "remove the key"),
    row(PROXY, "static", &[], UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(PROXY, "flatmap_filter", EMPTY, UNBUILT, COMPOSED, COMPOSE_IN_BACKEND),
    row(PROXY, "shadow", OFF, UNBUILT, "traffic is not mirrored", "remove the backend"),
    row(PROXY, "shadow_timeout", &[], UNBUILT, "traffic is not mirrored", "remove the key"),
    row(PROXY, "decompress_gzip", OFF, UNBUILT, "bodies are streamed as they come", "remove the key"),

    row(VALIDATOR, "secret_url", EMPTY, UNBUILT, "key sets are not decrypted", "mount the decrypted set as a secret of the container, and name it in `jwk_local_path`"),
    row(VALIDATOR, "cypher_key", EMPTY, UNBUILT, "key sets are not decrypted", "mount the decrypted set as a secret of the container, and name it in `jwk_local_path`"),

    row(LIMIT, "num_shards", &["0"], INERT, "a limit has the shards that it needs", "remove the key"),
    row(LIMIT, "cleanup_period", ZERO, INERT, "a client whose bucket is full again takes no room", "remove the key"),
    row(LIMIT, "cleanup_threads", &["0", "1"], INERT, "nothing has to be cleaned up", "remove the key"),

    row(SIGNER, "leeway", &[], INERT, "signing compares no times, in the old engine neither", "remove the key"),
    row(SIGNER, "secret_url", EMPTY, UNBUILT, "key sets are not decrypted", "mount the decrypted set as a secret of the container, and name it in `jwk_local_path`"),
    row(SIGNER, "cypher_key", EMPTY, UNBUILT, "key sets are not decrypted", "mount the decrypted set as a secret of the container, and name it in `jwk_local_path`"),

    row(REVOKER, "hash_name", &["\"optimal\""], INERT, "values are hashed with keys of the process's own, so that nobody can find two that are taken for one another", "remove the key"),
    row(REVOKER, "headers", EMPTY, INERT, "nothing reads it, in the old engine neither", "remove the key"),
    row(REVOKER, "revoke_server_ping_url", EMPTY, UNBUILT, "of the Enterprise edition: there is no revoke server", ONE_BY_ONE),
    row(REVOKER, "revoke_server_ping_interval", EMPTY, UNBUILT, "of the Enterprise edition: there is no revoke server", ONE_BY_ONE),
    row(REVOKER, "revoke_server_api_key", EMPTY, UNBUILT, "of the Enterprise edition: there is no revoke server", ONE_BY_ONE),
    row(REVOKER, "revoke_server_max_workers", &[], UNBUILT, "of the Enterprise edition: there is no revoke server", ONE_BY_ONE),
    row(REVOKER, "revoke_server_max_retries", &[], UNBUILT, "of the Enterprise edition: there is no revoke server", ONE_BY_ONE),
];

/// Values that are refused where the key itself is built: place, key, value, why, help.
#[rustfmt::skip] // A table: one row per value.
static VALUES: &[(At, &str, &str, &str)] = &[
    (LOGGING, "format", "custom", "use `default` (text) or `logstash` (JSON lines)"),
    (TLS, "min_version", "TLS11", OLD_TLS),
    (TLS, "min_version", "TLS10", OLD_TLS),
    (TLS, "min_version", "SSL3.0", OLD_TLS),
    (TLS, "max_version", "TLS11", OLD_TLS),
    (TLS, "max_version", "TLS10", OLD_TLS),
    (TLS, "max_version", "SSL3.0", OLD_TLS),
    (CLIENT_TLS, "min_version", "TLS11", OLD_TLS),
    (CLIENT_TLS, "min_version", "TLS10", OLD_TLS),
    (CLIENT_TLS, "min_version", "SSL3.0", OLD_TLS),
    (CLIENT_TLS, "max_version", "TLS11", OLD_TLS),
    (CLIENT_TLS, "max_version", "TLS10", OLD_TLS),
    (CLIENT_TLS, "max_version", "SSL3.0", OLD_TLS),
];

const OLD_TLS: &str = "TLS12 and TLS13 are spoken; what is older is broken (RFC 8996)";

impl At {
    fn is(self, place: Place) -> bool {
        match (self, place) {
            (At::Root, Place::Root)
            | (At::Endpoint, Place::Endpoint)
            | (At::Backend, Place::Backend) => true,
            (At::Inside(key), Place::Inside(other))
            | (At::Namespace(key), Place::Namespace(other, _)) => key == other,
            _ => false,
        }
    }
}

pub fn find(place: Place, key: &str) -> Option<&'static Refused> {
    TABLE.iter().find(|row| row.at.is(place) && row.key == key)
}

pub fn keys_of(place: Place) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(move |row| row.at.is(place))
        .map(|row| row.key)
}

/// A value that the language knows and gwc does not build.
pub fn value(place: Place, key: &str, node: &Node) -> Option<Diagnostic> {
    let text = node.as_str()?;
    let (.., help) = VALUES
        .iter()
        .find(|(at, name, value, _)| at.is(place) && *name == key && *value == text)?;
    let message = format!("`\"{key}\": \"{text}\"` is not supported");
    Some(Diagnostic::new(&codes::UNSUPPORTED_VALUE, message, node.span, "").help(*help))
}

/// The refused keys that an editor should know, with their schemas: a key that does nothing takes anything; one that is
/// not built, what asks for nothing.
pub fn known(place: Place) -> impl Iterator<Item = (&'static str, Value)> {
    let rows = TABLE.iter().filter(move |row| row.at.is(place));
    rows.filter_map(|row| {
        let inert = row.code.name == codes::INERT_KEY.name;
        let title = if inert { "Does nothing" } else { "Not built" };
        let mut schema = json!({
            "title": title,
            "description": format!("{title}: {}; {}.", row.why, row.help),
            "deprecated": true,
        });
        if !inert {
            let harmless = row
                .harmless
                .iter()
                .filter_map(|text| serde_json::from_str(text).ok());
            let harmless: Vec<Value> = harmless.collect();
            if harmless.is_empty() {
                return None;
            }
            schema["enum"] = Value::Array(harmless);
        }
        Some((row.key, schema))
    })
}

impl Refused {
    pub fn finding(&self, owner: &str, member: &Member) -> Option<Diagnostic> {
        if self
            .harmless
            .contains(&member.value.to_value().to_string().as_str())
        {
            return None;
        }
        let key = self.key;
        let message = match self.code.name {
            name if name == codes::INERT_KEY.name => format!("`{key}` of {owner} does nothing"),
            name if name == codes::MISPLACED_KEY.name => {
                format!("`{key}` does not belong to {owner}")
            }
            _ => format!("`{key}` of {owner} is not supported"),
        };
        Some(Diagnostic::new(self.code, message, member.key.span, self.why).help(self.help))
    }
}
