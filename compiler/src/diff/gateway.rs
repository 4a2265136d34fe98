//! The process as a whole, as values: listener, bounds, connections to upstreams, routing, log.

use super::{
    facts::{Field, Fields},
    value::Value,
};
use crate::{
    defaults,
    plan::{LogLevel, Plan, Server, Slotted},
};
use std::time::Duration;

/// What a gateway without `trusted_proxies` trusts (`WID-10`).
const TRUSTED: [&str; 9] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// Every field of the plan's server; a field that is not there has the runtime's default.
pub fn fields(plan: &Plan) -> Fields {
    // Taken apart, so that a new field of the plan cannot be forgotten here.
    let Server {
        port,
        listen_ip,
        h2c,
        tls,
        read_header_timeout,
        idle_timeout,
        drain_timeout,
        max_header_bytes,
        max_headers,
        max_uri_bytes,
        max_connections,
        dial,
        router,
        log,
    } = &plan.server;
    let trusted = router.trusted_proxies.clone();
    let trusted = trusted.unwrap_or_else(|| TRUSTED.map(str::to_owned).to_vec());
    let all =
        [
            ("name", text((!plan.name.is_empty()).then_some(&plan.name))),
            (
                "port",
                Some(slotted(port, |port| Value::Number(f64::from(*port)))),
            ),
            ("listen_ip", listen_ip.map(|ip| Value::Text(ip.to_string()))),
            ("use_h2c", flag(h2c.unwrap_or(defaults::H2C))),
            ("read_header_timeout", time(*read_header_timeout)),
            ("idle_timeout", time(*idle_timeout)),
            ("max_shutdown_wait_time", time(*drain_timeout)),
            ("max_header_bytes", max_header_bytes.map(Value::Bytes)),
            ("max_headers", number(*max_headers)),
            ("max_uri_bytes", max_uri_bytes.map(Value::Bytes)),
            ("max_connections", number(*max_connections)),
            ("dialer_timeout", time(dial.connect_timeout)),
            ("idle_connection_timeout", time(dial.idle_timeout)),
            (
                "max_idle_connections_per_host",
                number(dial.max_idle_per_host),
            ),
            ("dns_cache_ttl", time(dial.dns_ttl)),
            ("disable_keep_alives", flag(dial.no_keep_alive)),
            (
                "health_path",
                router.health_path.as_ref().map(|path| {
                    Value::Text(
                        path.clone()
                            .unwrap_or_else(|| "(no health route)".to_owned()),
                    )
                }),
            ),
            ("error_body.404", text(router.not_found.as_ref())),
            ("error_body.405", text(router.method_not_allowed.as_ref())),
            (
                "disable_redirect_trailing_slash",
                flag(router.no_slash_redirect),
            ),
            (
                "disable_handle_method_not_allowed",
                flag(router.no_method_not_allowed),
            ),
            ("auto_options", flag(router.auto_options)),
            ("remove_extra_slash", flag(router.merge_slashes)),
            ("return_error_msg", flag(router.error_detail)),
            ("hide_version_header", flag(router.hide_version)),
            ("disable_access_log", flag(router.no_access_log)),
            ("logger_skip_paths", list(sorted(&router.access_log_skip))),
            ("trusted_proxies", list(sorted(&trusted))),
            (
                "remote_ip_headers",
                list(router.client_ip_headers.clone().unwrap_or_else(|| {
                    ["x-forwarded-for", "x-real-ip"].map(str::to_owned).to_vec()
                })),
            ),
            ("forwarded_by_client_ip", flag(!router.ignore_forwarded)),
            (
                "log level",
                log.level
                    .as_ref()
                    .map(|level| slotted(level, |level| Value::Text(name(*level).to_owned()))),
            ),
            ("log prefix", text(log.prefix.as_ref())),
            ("log as JSON", flag(log.json)),
        ];
    all.into_iter()
        .chain(super::tls::listener(tls.as_ref()))
        .chain(super::tls::client(dial.tls.as_ref()))
        .filter_map(|(key, value)| Some((Field::key(key), value?)))
        .collect()
}

#[expect(clippy::unnecessary_wraps, reason = "reads as a column of the table")]
fn flag(value: bool) -> Option<Value> {
    Some(Value::Flag(value))
}

/// With slots, the text of the config: what it comes to is not known here.
fn slotted<T>(value: &Slotted<T>, fixed: fn(&T) -> Value) -> Value {
    match value {
        Slotted::Fixed(value) => fixed(value),
        Slotted::Slots(text) => Value::Text(text.clone()),
    }
}

fn text(value: Option<&String>) -> Option<Value> {
    value.map(|value| Value::Text(value.clone()))
}

fn time(value: Option<Duration>) -> Option<Value> {
    value.map(Value::Duration)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn number(value: Option<u64>) -> Option<Value> {
    value.map(|value| Value::Number(value as f64))
}

#[expect(clippy::unnecessary_wraps, reason = "reads as a column of the table")]
fn list(items: Vec<String>) -> Option<Value> {
    Some(Value::List(items))
}

fn sorted(items: &[String]) -> Vec<String> {
    let mut items = items.to_vec();
    items.sort();
    items.dedup();
    items
}

fn name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error",
        LogLevel::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    /// Compiler and runtime do not see each other; this holds their lists together.
    #[test]
    fn trusted_by_default_is_what_the_runtime_trusts() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/client_ip.rs");
        let text = fs::read_to_string(file).expect("the runtime is beside the compiler");
        let list = text
            .split("const DEFAULT: &[&str] = &[")
            .nth(1)
            .expect("its list");
        let list = list.split("];").next().expect("ends");
        let theirs: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(BTreeSet::from(super::TRUSTED), theirs);
    }
}
