//! `main.rs`: the static that says what the process is, those of its TLS, and the call that runs it.

use super::{code::Code, head, pieces, print, tls};
use crate::plan::{Kind, Log, LogLevel, Plan, Server, Slotted, Text};
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
        text.push_str(&item);
        text.push('\n');
    }
    text.push_str("fn main() -> ExitCode {\n    runtime::run(&GATEWAY)\n}\n");
    text
}

/// Only what the config changes: the rest is the runtime's default, documented there.
fn gateway(plan: &Plan, names: &mut BTreeSet<&'static str>) -> String {
    let config = Code::word("include_str!(\"../gateway.json\")");
    let mut code = Code::call("Gateway::new", [Code::text(&plan.name), config])
        .method("routes", [Code::word("routes::ROUTES")])
        .method("upstreams", [Code::word("upstreams::ALL")]);
    if !plan.gates.is_empty() {
        let gates = plan.gates.iter().map(|gate| gate.place);
        code = code.method("gates", [pieces::list(plan, gates)]);
    }
    if !plan.parts.is_empty() {
        let parts = plan.parts.iter().map(|part| part.place);
        code = code.method("parts", [pieces::list(plan, parts)]);
    }
    if !plan.left_out.is_empty() {
        code = code.method("left_out", [Code::texts(&plan.left_out)]);
    }
    if !plan.texts.is_empty() {
        names.insert("Text");
        code = code.method("texts", [Code::list(plan.texts.iter().map(text))]);
    }
    let server = &plan.server;
    code = listener(code, server, names);
    code = timeouts(code, server, names);
    code = bounds(code, server);
    code = router(code, server);
    code = log(code, &server.log, names);
    print::item("static GATEWAY: Gateway", &code)
}

/// As the runtime's `Text` is made.
fn text(text: &Text) -> Code {
    let constructor = match text.kind {
        Kind::Plain => "Text::new",
        Kind::Secret => "Text::secret",
        Kind::Url => "Text::url",
        Kind::Https => "Text::https",
    };
    Code::call(constructor, [Code::text(text.written())])
}

fn listener(code: Code, server: &Server, names: &mut BTreeSet<&'static str>) -> Code {
    let mut code = match &server.port {
        Slotted::Fixed(port) => code.method("port", [Code::word(port.to_string())]),
        Slotted::Slots(text) => code.method("port_slots", [Code::text(text)]),
    };
    if let Some(ip) = server.listen_ip {
        names.insert(match ip {
            IpAddr::V4(_) => "Ipv4Addr",
            IpAddr::V6(_) => "Ipv6Addr",
        });
        names.insert("IpAddr");
        code = code.method("listen_ip", [address(ip)]);
    }
    let h2c = server.h2c.map(|on| Code::word(on.to_string()));
    let tls = server.tls.as_ref().map(|_| Code::word("&TLS"));
    code.maybe("h2c", h2c).maybe("tls", tls)
}

/// `IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1))`
fn address(ip: IpAddr) -> Code {
    let numbers = |numbers: &[u16]| -> Vec<Code> {
        let words = numbers.iter().map(u16::to_string);
        words.map(Code::word).collect()
    };
    match ip {
        IpAddr::V4(v4) => {
            let octets = numbers(&v4.octets().map(u16::from));
            Code::call("IpAddr::V4", [Code::call("Ipv4Addr::new", octets)])
        }
        IpAddr::V6(v6) => {
            let segments = numbers(&v6.segments());
            Code::call("IpAddr::V6", [Code::call("Ipv6Addr::new", segments)])
        }
    }
}

fn timeouts(mut code: Code, server: &Server, names: &mut BTreeSet<&'static str>) -> Code {
    let timeouts: [(&str, Option<Duration>); 6] = [
        ("read_header_timeout", server.read_header_timeout),
        ("idle_timeout", server.idle_timeout),
        ("drain_timeout", server.drain_timeout),
        ("connect_timeout", server.dial.connect_timeout),
        ("upstream_idle_timeout", server.dial.idle_timeout),
        ("dns_ttl", server.dial.dns_ttl),
    ];
    for (setter, value) in timeouts {
        if let Some(value) = value {
            names.insert("Duration");
            code = code.method(setter, [Code::duration(value)]);
        }
    }
    let dial = &server.dial;
    let tls = dial.tls.as_ref().map(|_| Code::word("&UPSTREAM_TLS"));
    code.flag("no_upstream_keep_alive", dial.no_keep_alive)
        .maybe("upstream_tls", tls)
}

fn bounds(code: Code, server: &Server) -> Code {
    let number = |n: Option<u64>| n.map(Code::number);
    code.maybe("max_header_bytes", number(server.max_header_bytes))
        .maybe("max_headers", number(server.max_headers))
        .maybe("max_uri_bytes", number(server.max_uri_bytes))
        .maybe("max_connections", number(server.max_connections))
        .maybe("max_idle_per_host", number(server.dial.max_idle_per_host))
}

fn router(code: Code, server: &Server) -> Code {
    let router = &server.router;
    let text = |text: &Option<String>| text.as_deref().map(Code::text);
    let texts = |texts: &Option<Vec<String>>| texts.as_deref().map(Code::texts);
    let code = match &router.health_path {
        None => code,
        Some(None) => code.method("no_health_path", []),
        Some(Some(path)) => code.method("health_path", [Code::text(path)]),
    };
    let skipped = &router.access_log_skip;
    code.maybe("not_found", text(&router.not_found))
        .maybe("method_not_allowed", text(&router.method_not_allowed))
        .flag("no_slash_redirect", router.no_slash_redirect)
        .flag("no_method_not_allowed", router.no_method_not_allowed)
        .flag("auto_options", router.auto_options)
        .flag("merge_slashes", router.merge_slashes)
        .flag("error_detail", router.error_detail)
        .flag("hide_version", router.hide_version)
        .flag("no_access_log", router.no_access_log)
        .flag("ignore_forwarded", router.ignore_forwarded)
        .maybe(
            "access_log_skip",
            (!skipped.is_empty()).then(|| Code::texts(skipped)),
        )
        .maybe("trusted_proxies", texts(&router.trusted_proxies))
        .maybe("client_ip_headers", texts(&router.client_ip_headers))
}

fn log(code: Code, log: &Log, names: &mut BTreeSet<&'static str>) -> Code {
    let code = code.flag("log_json", log.json);
    let prefix = Code::text(log.prefix.as_deref().unwrap_or_default());
    let level = match &log.level {
        Some(Slotted::Slots(text)) => {
            return code.method("log_slots", [Code::text(text), prefix]);
        }
        Some(Slotted::Fixed(level)) => *level,
        None => LogLevel::Info,
    };
    names.insert("LogLevel");
    let level = match level {
        LogLevel::Debug => "LogLevel::Debug",
        LogLevel::Info => "LogLevel::Info",
        LogLevel::Warning => "LogLevel::Warning",
        LogLevel::Error => "LogLevel::Error",
        LogLevel::Critical => "LogLevel::Critical",
    };
    code.method("log", [Code::word(level), prefix])
}
