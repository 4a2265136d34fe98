//! `Node` → [`Config`]: walks the objects and parses the small languages in their strings.
//!
//! Wrong types and unknown keys have been reported by the schema pass and are stepped over here. An endpoint with
//! anything wrong inside is left out of the result: whatever `check` said about half an endpoint would be guesswork.

use super::{Backend, Config, Endpoint, Extra, Misfit, Path, duration, header, host, method, path};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::{Kind, Node, is_comment},
    namespace::{self, Scope},
    plan::{Host, Method},
    source::Spanned,
};
use std::{net::IpAddr, time::Duration};

/// Reads the whole file. There is no config when the root is no object, or when its `host` list is wrong (every endpoint
/// would be told that it has none).
pub fn read(root: &Node) -> (Option<Config>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    let host = reader.hosts(root);
    let whole = !reader.broken && matches!(root.kind, Kind::Object(_));
    let config = Config {
        name: reader.text(root, "name"),
        port: reader.number(root, "port"),
        listen_ip: reader.address(root, "listen_ip"),
        timeout: reader.duration(root, "timeout"),
        cache_ttl: reader.duration(root, "cache_ttl"),
        output_encoding: reader.text(root, "output_encoding"),
        host,
        use_h2c: reader.flag(root, "use_h2c"),
        read_header_timeout: reader.duration(root, "read_header_timeout"),
        idle_timeout: reader.duration(root, "idle_timeout"),
        max_shutdown_wait_time: reader.duration(root, "max_shutdown_wait_time"),
        max_header_bytes: reader.number(root, "max_header_bytes"),
        dns_cache_ttl: reader.duration(root, "dns_cache_ttl"),
        dialer_timeout: reader.duration(root, "dialer_timeout"),
        disable_keep_alives: reader.flag(root, "disable_keep_alives"),
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
        items.iter().filter_map(|node| self.endpoint(node)).collect()
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
            method: self.method(node),
            encoding: self.text(node, "encoding"),
            input_headers: self.headers(node),
            input_query_strings: self.texts(node, "input_query_strings"),
            extra: extra(node, Scope::Backend),
        }
    }

    fn report(&mut self, finding: Diagnostic) {
        self.broken = true;
        self.findings.push(finding);
    }

    /// The value of a key, if it is of the right type.
    fn take<'a, T>(&mut self, object: &'a Node, key: &str, of: impl Fn(&'a Node) -> Option<T>) -> Option<Spanned<T>> {
        let node = object.get(key)?;
        let value = of(node);
        self.broken |= value.is_none();
        value.map(|value| Spanned::new(value, node.span))
    }

    fn text(&mut self, object: &Node, key: &str) -> Option<Spanned<String>> {
        self.take(object, key, |node| node.as_str().map(str::to_owned))
    }

    fn flag(&mut self, object: &Node, key: &str) -> Option<Spanned<bool>> {
        self.take(object, key, Node::as_bool)
    }

    fn number<T: TryFrom<u64>>(&mut self, object: &Node, key: &str) -> Option<Spanned<T>> {
        self.take(object, key, |node| node.as_u64().and_then(|number| number.try_into().ok()))
    }

    fn texts(&mut self, object: &Node, key: &str) -> Vec<Spanned<String>> {
        let items = object.get(key).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|node| Some(Spanned::new(node.as_str()?.to_owned(), node.span))).collect()
    }

    fn duration(&mut self, object: &Node, key: &str) -> Option<Spanned<Duration>> {
        let node = object.get(key)?;
        let text = self.take(object, key, Node::as_str)?;
        match duration::parse(text.value) {
            Ok(value) => Some(Spanned::new(value, node.span)),
            Err(error) => {
                let mut finding = Diagnostic::new(&codes::BAD_DURATION, error.to_string(), node.span, "")
                    .help("a duration is a number and ns, us, ms, s, m or h: \"1.5s\", \"1h30m\"");
                if error == duration::DurationError::NoUnit && text.bytes().all(|byte| byte.is_ascii_digit()) {
                    finding = finding.help("probably seconds are meant").fix(node.span, format!("\"{}s\"", text.value));
                }
                self.report(finding);
                None
            }
        }
    }

    fn address(&mut self, object: &Node, key: &str) -> Option<Spanned<IpAddr>> {
        let text = self.take(object, key, Node::as_str)?;
        // The old engine's way to say "all of them".
        if text.is_empty() {
            return None;
        }
        let Ok(address) = text.parse() else {
            self.report(
                Diagnostic::new(&codes::BAD_ADDRESS, format!("`{}` is not an IP address", text.value), text.span, "")
                    .help("for example \"127.0.0.1\", \"0.0.0.0\" or \"::\"; names are not resolved here"),
            );
            return None;
        };
        Some(Spanned::new(address, text.span))
    }

    fn method(&mut self, object: &Node) -> Option<Spanned<Method>> {
        let text = self.take(object, "method", Node::as_str)?;
        if let Some(method) = method::parse(text.value) {
            return Some(Spanned::new(method, text.span));
        }
        let names = Method::ALL.map(Method::as_str);
        let mut finding =
            Diagnostic::new(&codes::BAD_METHOD, format!("`{}` is not a method", text.value), text.span, "")
                .help(format!("one of {}", names.join(", ")));
        if let Some(name) = nearest(text.value, names) {
            finding = finding.help(format!("did you mean {name}?")).fix(text.span, format!("\"{name}\""));
        }
        self.report(finding);
        None
    }

    fn hosts(&mut self, object: &Node) -> Vec<Spanned<Host>> {
        let Some(list) = object.get("host") else { return Vec::new() };
        self.broken |= !matches!(list.kind, Kind::Array(_));
        let mut hosts = Vec::new();
        for node in list.items() {
            let Some(text) = node.as_str() else {
                self.broken = true;
                continue;
            };
            match host::parse(text) {
                Ok(host) => hosts.push(Spanned::new(host, node.span)),
                Err(Misfit { error, range }) => {
                    let help = error.help();
                    let place = node.within(range);
                    self.report(Diagnostic::new(&codes::BAD_HOST, error.to_string(), place, "").help(help));
                }
            }
        }
        hosts
    }

    fn headers(&mut self, object: &Node) -> Vec<Spanned<String>> {
        let names = self.texts(object, "input_headers");
        for name in &names {
            // `[""]` is how the old engine is told to forward nothing at all.
            if !header::is_token(name) && !name.is_empty() {
                self.report(
                    Diagnostic::new(
                        &codes::BAD_HEADER,
                        format!("`{}` is not a header name", name.value),
                        name.span,
                        "",
                    )
                    .help("letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110, 5.6.2)"),
                );
            }
        }
        names
    }

    fn path(
        &mut self,
        object: &Node,
        key: &str,
        parse: fn(&str) -> Result<Path, Misfit<path::PathError>>,
    ) -> Option<Spanned<Path>> {
        let node = object.get(key)?;
        let text = self.take(object, key, Node::as_str)?;
        match parse(text.value) {
            Ok(mut path) => {
                for placeholder in &mut path.placeholders {
                    placeholder.span = node.within(placeholder.span.range());
                }
                Some(Spanned::new(path, node.span))
            }
            Err(Misfit { error, range }) => {
                let place = node.within(range);
                let mut finding =
                    Diagnostic::new(&codes::BAD_PATH, error.to_string(), place, "").help(error.help());
                // Without an exact place there is nothing that could be replaced.
                if let Some(text) = error.fix().filter(|_| place != node.span) {
                    finding = finding.fix(place, text);
                }
                self.report(finding);
                None
            }
        }
    }
}

/// The entries that something reads; `namespace::check` reports the others.
fn extra(object: &Node, scope: Scope) -> Vec<Extra> {
    let members = object.get("extra_config").map(Node::members).unwrap_or_default();
    let mut found: Vec<Extra> = Vec::new();
    for member in members.iter().filter(|member| !is_comment(&member.key)) {
        let Some(namespace) = namespace::find(&member.key).filter(|row| row.is_read_at(scope)) else { continue };
        if !found.iter().any(|extra| std::ptr::eq(extra.namespace, namespace)) {
            found.push(Extra { namespace, key: member.key.clone(), value: member.value.clone() });
        }
    }
    found
}
