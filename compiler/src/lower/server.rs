//! The root keys and the service-level namespaces, resolved.

use super::tls;
use crate::{
    config::{Config, Extra},
    json::Node,
    namespace::{logging, router, server},
    plan::{Dial, Log, Router, Server, Slotted},
    source::Spanned,
};

/// The listening port without `port` (`krakend-core` 1.2; zero counts as absent).
const DEFAULT_PORT: u16 = 8080;

pub struct Service {
    pub server: Server,
    /// `router.max_payload`: the cap of endpoints that have none of their own.
    pub max_payload: Option<u64>,
}

pub fn service(config: &Config) -> Service {
    let router = namespace(config, "router")
        .map(|node| router::read(node).0)
        .unwrap_or_default();
    let bounds = namespace(config, "github.com/hanzoai/gateway/server")
        .map(|node| server::read(node).0)
        .unwrap_or_default();
    let logging = namespace(config, "telemetry/logging")
        .map(|node| logging::read(node).0)
        .unwrap_or_default();
    let max_payload = router.max_payload;
    let server = Server {
        port: match config.port.as_ref().map(|port| &port.value) {
            None | Some(Slotted::Fixed(0)) => Slotted::Fixed(DEFAULT_PORT),
            Some(port) => port.clone(),
        },
        listen_ip: value(config.listen_ip),
        h2c: value(config.use_h2c),
        tls: tls::listener(config),
        read_header_timeout: positive(config.read_header_timeout),
        idle_timeout: positive(config.idle_timeout),
        drain_timeout: positive(config.max_shutdown_wait_time),
        max_header_bytes: value(config.max_header_bytes).filter(|n| *n > 0),
        max_headers: bounds.max_headers,
        max_uri_bytes: bounds.max_uri_bytes,
        max_connections: bounds.max_connections,
        dial: Dial {
            connect_timeout: positive(config.dialer_timeout),
            idle_timeout: positive(config.idle_connection_timeout),
            max_idle_per_host: value(config.max_idle_connections_per_host).filter(|n| *n > 0),
            dns_ttl: positive(config.dns_cache_ttl),
            no_keep_alive: value(config.disable_keep_alives).unwrap_or_default(),
            // Known when the upstreams are.
            tls: None,
        },
        router: planned(router),
        log: Log {
            level: logging.level,
            prefix: logging.prefix,
            json: logging.json,
        },
    };
    Service {
        server,
        max_payload,
    }
}

fn planned(router: router::Router) -> Router {
    Router {
        health_path: match (router.disable_health, router.health_path) {
            (true, _) => Some(None),
            (false, path) => path.map(Some),
        },
        not_found: router.not_found,
        method_not_allowed: router.method_not_allowed,
        no_slash_redirect: router.disable_redirect_trailing_slash,
        no_method_not_allowed: router.disable_handle_method_not_allowed,
        auto_options: router.auto_options,
        merge_slashes: router.remove_extra_slash,
        error_detail: router.return_error_msg,
        hide_version: router.hide_version_header,
        no_access_log: router.disable_access_log,
        access_log_skip: router.logger_skip_paths,
        trusted_proxies: router.trusted_proxies,
        client_ip_headers: router
            .remote_ip_headers
            .map(|names| names.into_iter().map(|n| n.to_ascii_lowercase()).collect()),
        ignore_forwarded: router.forwarded_by_client_ip == Some(false),
    }
}

fn namespace<'a>(config: &'a Config, key: &str) -> Option<&'a Node> {
    config
        .extra
        .iter()
        .find(|extra: &&Extra| extra.namespace.key == key)
        .map(|extra| &extra.value)
}

fn value<T: Copy>(said: Option<Spanned<T>>) -> Option<T> {
    said.map(|said| said.value)
}

/// Zero counts as absent, as in the old engine.
fn positive(said: Option<Spanned<std::time::Duration>>) -> Option<std::time::Duration> {
    value(said).filter(|d| !d.is_zero())
}
