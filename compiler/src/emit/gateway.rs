//! `main.rs`: the static that says what the process is, those of its TLS, and the call that runs it.

use super::{endpoint::duration, head, pieces, print, tls};
use crate::plan::{Kind, LogLevel, Plan, Server, Slotted, Text};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

pub fn file(plan: &Plan) -> String {
    let mut names = BTreeSet::from(["ExitCode", "Gateway"]);
    let tls = tls::statics(plan, &mut names);
    let gateway = gateway(plan, &mut names);
    let mut text = head(
        plan,
        &format!("The gateway `{}`.", plan.name.escape_debug()),
    );
    text.push('\n');
    // A config without endpoints is legal: the health routes are still served.
    let mut modules = pieces::files(plan);
    modules.extend(["endpoints", "routes", "upstreams"]);
    for module in modules {
        text.push_str("mod ");
        text.push_str(module);
        text.push_str(";\n");
    }
    text.push('\n');
    text.push_str(&print::runtime_import(&names));
    text.push('\n');
    for item in tls.into_iter().chain([gateway]) {
        text.push_str(&print::item(item));
        text.push('\n');
    }
    text.push_str(&print::item(
        quote! { fn main() -> ExitCode { runtime::run(&GATEWAY) } },
    ));
    text
}

/// Only what the config changes: the rest is the runtime's default, documented there.
fn gateway(plan: &Plan, names: &mut BTreeSet<&'static str>) -> TokenStream {
    let name = &plan.name;
    let mut chain = quote! {
        Gateway::new(#name, include_str!("../gateway.json")).routes(routes::ROUTES).upstreams(upstreams::ALL)
    };
    if !plan.gates.is_empty() {
        let gates = pieces::list(plan, plan.gates.iter().map(|gate| gate.place));
        chain.extend(quote! { .gates(#gates) });
    }
    if !plan.parts.is_empty() {
        let parts = pieces::list(plan, plan.parts.iter().map(|part| part.place));
        chain.extend(quote! { .parts(#parts) });
    }
    if !plan.left_out.is_empty() {
        let left_out = &plan.left_out;
        chain.extend(quote! { .left_out(&[#(#left_out),*]) });
    }
    texts(&mut chain, &plan.texts, names);
    let server = &plan.server;
    listener(&mut chain, server, names);
    timeouts(&mut chain, server, names);
    bounds(&mut chain, server);
    router(&mut chain, server);

    if server.log.json {
        chain.extend(quote! { .log_json() });
    }
    let prefix = server.log.prefix.as_deref().unwrap_or_default();
    match &server.log.level {
        Some(Slotted::Slots(text)) => chain.extend(quote! { .log_slots(#text, #prefix) }),
        fixed => {
            let level = match fixed {
                Some(Slotted::Fixed(level)) => *level,
                _ => LogLevel::Info,
            };
            names.insert("LogLevel");
            let level = format_ident!("{}", self::level(level));
            chain.extend(quote! { .log(LogLevel::#level, #prefix) });
        }
    }
    quote! {
        static GATEWAY: Gateway = #chain;
    }
}

fn texts(chain: &mut TokenStream, texts: &[Text], names: &mut BTreeSet<&'static str>) {
    if texts.is_empty() {
        return;
    }
    names.insert("Text");
    let texts = texts.iter().map(text);
    chain.extend(quote! { .texts(&[#(#texts),*]) });
}

/// As the runtime's `Text` is made.
fn text(text: &Text) -> TokenStream {
    let written = text.written();
    match text.kind {
        Kind::Plain => quote! { Text::new(#written) },
        Kind::Secret => quote! { Text::secret(#written) },
        Kind::Url => quote! { Text::url(#written) },
        Kind::Https => quote! { Text::https(#written) },
    }
}

fn listener(chain: &mut TokenStream, server: &Server, names: &mut BTreeSet<&'static str>) {
    chain.extend(match &server.port {
        Slotted::Fixed(port) => {
            let port = Literal::u16_unsuffixed(*port);
            quote! { .port(#port) }
        }
        Slotted::Slots(text) => quote! { .port_slots(#text) },
    });
    if let Some(ip) = server.listen_ip {
        names.insert(match ip {
            IpAddr::V4(_) => "Ipv4Addr",
            IpAddr::V6(_) => "Ipv6Addr",
        });
        names.insert("IpAddr");
        chain.extend(match ip {
            IpAddr::V4(v4) => {
                let octets = v4.octets().map(Literal::u8_unsuffixed);
                quote! { .listen_ip(IpAddr::V4(Ipv4Addr::new(#(#octets),*))) }
            }
            IpAddr::V6(v6) => {
                let segments = v6.segments().map(Literal::u16_unsuffixed);
                quote! { .listen_ip(IpAddr::V6(Ipv6Addr::new(#(#segments),*))) }
            }
        });
    }
    if let Some(on) = server.h2c {
        chain.extend(quote! { .h2c(#on) });
    }
    if server.tls.is_some() {
        chain.extend(quote! { .tls(&TLS) });
    }
}

fn timeouts(chain: &mut TokenStream, server: &Server, names: &mut BTreeSet<&'static str>) {
    let mut set = |name: &str, value: Option<Duration>| {
        if let Some(value) = value {
            names.insert("Duration");
            let (name, value) = (format_ident!("{name}"), duration(value));
            chain.extend(quote! { .#name(#value) });
        }
    };
    set("read_header_timeout", server.read_header_timeout);
    set("idle_timeout", server.idle_timeout);
    set("drain_timeout", server.drain_timeout);
    set("connect_timeout", server.dial.connect_timeout);
    set("upstream_idle_timeout", server.dial.idle_timeout);
    set("dns_ttl", server.dial.dns_ttl);
    if server.dial.no_keep_alive {
        chain.extend(quote! { .no_upstream_keep_alive() });
    }
    if server.dial.tls.is_some() {
        chain.extend(quote! { .upstream_tls(&UPSTREAM_TLS) });
    }
}

fn bounds(chain: &mut TokenStream, server: &Server) {
    let mut set = |name: &str, value: Option<u64>| {
        if let Some(value) = value {
            let (name, value) = (format_ident!("{name}"), print::grouped(value));
            chain.extend(quote! { .#name(#value) });
        }
    };
    set("max_header_bytes", server.max_header_bytes);
    set("max_headers", server.max_headers);
    set("max_uri_bytes", server.max_uri_bytes);
    set("max_connections", server.max_connections);
    set("max_idle_per_host", server.dial.max_idle_per_host);
}

fn router(chain: &mut TokenStream, server: &Server) {
    let router = &server.router;
    match &router.health_path {
        None => {}
        Some(None) => chain.extend(quote! { .no_health_path() }),
        Some(Some(path)) => chain.extend(quote! { .health_path(#path) }),
    }
    if let Some(json) = &router.not_found {
        chain.extend(quote! { .not_found(#json) });
    }
    if let Some(json) = &router.method_not_allowed {
        chain.extend(quote! { .method_not_allowed(#json) });
    }
    let mut set = |name: &str, on: bool| {
        if on {
            let name = format_ident!("{name}");
            chain.extend(quote! { .#name() });
        }
    };
    set("no_slash_redirect", router.no_slash_redirect);
    set("no_method_not_allowed", router.no_method_not_allowed);
    set("auto_options", router.auto_options);
    set("merge_slashes", router.merge_slashes);
    set("error_detail", router.error_detail);
    set("hide_version", router.hide_version);
    set("no_access_log", router.no_access_log);
    set("ignore_forwarded", router.ignore_forwarded);
    if !router.access_log_skip.is_empty() {
        let paths = &router.access_log_skip;
        chain.extend(quote! { .access_log_skip(&[#(#paths),*]) });
    }
    if let Some(ranges) = &router.trusted_proxies {
        chain.extend(quote! { .trusted_proxies(&[#(#ranges),*]) });
    }
    if let Some(names) = &router.client_ip_headers {
        chain.extend(quote! { .client_ip_headers(&[#(#names),*]) });
    }
}

fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "Debug",
        LogLevel::Info => "Info",
        LogLevel::Warning => "Warning",
        LogLevel::Error => "Error",
        LogLevel::Critical => "Critical",
    }
}
