//! `Node` → [`Config`]: walks the objects and parses the small languages in their strings.
//!
//! Wrong types and unknown keys have been reported by the schema pass and are stepped over here. An endpoint with
//! anything wrong inside is left out of the result: whatever `check` said about half an endpoint would be guesswork.
//!
//! `read/words.rs` reads the values of single keys, `read/tls.rs` two objects of the root.

mod tls;
mod words;

use super::{Backend, Config, Endpoint, Extra, path};
use crate::{
    diagnostic::Diagnostic,
    json::{Kind, Node, is_comment},
    namespace::{self, Scope},
    plan::Method,
    source::Spanned,
};

/// Reads the whole file. There is no config when the root is no object, or when its `host` list is wrong (every endpoint
/// would be told that it has none).
pub fn read(root: &Node) -> (Option<Config>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    let host = reader.hosts(root);
    let whole = !reader.broken && matches!(root.kind, Kind::Object(_));
    let config = Config {
        name: reader.text(root, "name"),
        port: reader.port(root),
        listen_ip: reader.address(root, "listen_ip"),
        timeout: reader.duration(root, "timeout"),
        cache_ttl: reader.duration(root, "cache_ttl"),
        output_encoding: reader.text(root, "output_encoding"),
        host,
        use_h2c: reader.flag(root, "use_h2c"),
        tls: reader.tls(root),
        read_header_timeout: reader.duration(root, "read_header_timeout"),
        idle_timeout: reader.duration(root, "idle_timeout"),
        max_shutdown_wait_time: reader.duration(root, "max_shutdown_wait_time"),
        max_header_bytes: reader.number(root, "max_header_bytes"),
        dns_cache_ttl: reader.duration(root, "dns_cache_ttl"),
        dialer_timeout: reader.duration(root, "dialer_timeout"),
        disable_keep_alives: reader.flag(root, "disable_keep_alives"),
        client_tls: reader.client_tls(root),
        allow_insecure_connections: reader.flag(root, "allow_insecure_connections"),
        max_idle_connections_per_host: reader.number(root, "max_idle_connections_per_host"),
        idle_connection_timeout: reader.duration(root, "idle_connection_timeout"),
        extra: extra(root, Scope::Service),
        endpoints: reader.endpoints(root),
    };
    (whole.then_some(config), reader.findings)
}

#[derive(Default)]
struct Reader {
    findings: Vec<Diagnostic>,
    /// Whether anything was wrong since this was last cleared.
    broken: bool,
}

impl Reader {
    fn endpoints(&mut self, root: &Node) -> Vec<Endpoint> {
        let items = root.get("endpoints").map(Node::items).unwrap_or_default();
        items
            .iter()
            .filter_map(|node| self.endpoint(node))
            .collect()
    }

    fn endpoint(&mut self, node: &Node) -> Option<Endpoint> {
        self.broken = false;
        let path = self.path(node, "endpoint", path::endpoint);
        let method = self.method(node);
        let backends = node.get("backend");
        self.broken |= !backends.is_some_and(|list| matches!(list.kind, Kind::Array(_)));
        let backends = backends.map(Node::items).unwrap_or_default();
        let timeout = self.duration(node, "timeout");
        let cache_ttl = self.duration(node, "cache_ttl");
        let output_encoding = self.text(node, "output_encoding");
        let input_headers = self.headers(node);
        let input_query_strings = self.texts(node, "input_query_strings");
        let backends = backends.iter().map(|node| self.backend(node)).collect();
        let path = path?;
        if self.broken {
            return None;
        }
        Some(Endpoint {
            span: node.span,
            elsewhere: node.elsewhere(),
            method: method.unwrap_or(Spanned::new(Method::Get, path.span)),
            path,
            timeout,
            cache_ttl,
            output_encoding,
            input_headers,
            input_query_strings,
            states_query: node.get("input_query_strings").is_some(),
            backends,
            extra: extra(node, Scope::Endpoint),
        })
    }

    fn backend(&mut self, node: &Node) -> Backend {
        self.broken |= !matches!(node.kind, Kind::Object(_));
        Backend {
            span: node.span,
            url_pattern: self.path(node, "url_pattern", path::pattern),
            host: self.hosts(node),
            sd: self.text(node, "sd"),
            sd_scheme: self.text(node, "sd_scheme"),
            method: self.method(node),
            encoding: self.text(node, "encoding"),
            input_headers: self.headers(node),
            input_query_strings: self.texts(node, "input_query_strings"),
            extra: extra(node, Scope::Backend),
        }
    }
}

/// The entries that something reads; `namespace::check` reports the others.
fn extra(object: &Node, scope: Scope) -> Vec<Extra> {
    let members = object
        .get("extra_config")
        .map(Node::members)
        .unwrap_or_default();
    let mut found: Vec<Extra> = Vec::new();
    for member in members.iter().filter(|member| !is_comment(&member.key)) {
        let Some(namespace) = namespace::find(&member.key).filter(|row| row.is_read_at(scope))
        else {
            continue;
        };
        if !found
            .iter()
            .any(|extra| std::ptr::eq(extra.namespace, namespace))
        {
            found.push(Extra {
                namespace,
                key: member.key.clone(),
                value: member.value.clone(),
            });
        }
    }
    found
}
