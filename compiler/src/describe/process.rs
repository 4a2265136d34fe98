//! The gateway as a whole.

use super::{
    Page, absent, tls,
    units::{bytes, counted, duration, grouped, listed},
};
use crate::{
    defaults,
    matching::health_paths,
    plan::{Action, LogLevel, Plan, Slotted},
};
use std::time::Duration;

/// Listener, bounds, times, upstreams: all numbers as they will be, those that the config does not say marked.
pub fn process(plan: &Plan) -> String {
    let name = if plan.name.is_empty() {
        &plan.crate_name
    } else {
        &plan.name
    };
    let mut page = Page::titled(&format!(
        "{name} ({}): {} to {}",
        plan.origin,
        counted(plan.endpoints.len() as u64, "route"),
        counted(plan.upstreams.len() as u64, "upstream"),
    ));
    clients(plan, &mut page);
    if !plan.gates.is_empty() {
        page.section("What every request passes before it is routed, in order; probes do not");
        for (n, gate) in plan.gates.iter().enumerate() {
            page.step(n + 1, &gate.says);
        }
    }
    let parts: Vec<&str> = plan
        .parts
        .iter()
        .filter_map(|p| p.says.as_deref())
        .collect();
    if !parts.is_empty() {
        page.section("Beside the requests");
        for says in parts {
            page.point(says);
        }
    }
    backends(plan, &mut page);
    answers(plan, &mut page);
    page.section("Upstreams, each with the number of routes that call it");
    let width = plan.upstreams.iter().map(|u| u.label.chars().count());
    let width = width.max().unwrap_or_default();
    for (index, upstream) in plan.upstreams.iter().enumerate() {
        let calls =
            |action: &Action| matches!(action, Action::Forward(call) if call.upstream == index);
        let routes = plan.endpoints.iter().filter(|e| calls(&e.action)).count();
        let hosts: Vec<String> = upstream.hosts.iter().map(ToString::to_string).collect();
        let turns = if hosts.len() > 1 { ", in turn" } else { "" };
        page.row(
            width,
            &upstream.label,
            &format!("{routes:>3}  {}{turns}", hosts.join(" ")),
        );
    }
    page.section("Not there");
    let closed = plan
        .endpoints
        .iter()
        .filter(|e| matches!(e.action, Action::Refuse { .. }))
        .count() as u64;
    if closed > 0 {
        page.point(&format!(
            "{} closed: 501 to everyone, for what the config asks for there is not built.",
            if closed == 1 {
                "1 route is".to_owned()
            } else {
                format!("{} routes are", grouped(closed))
            }
        ));
    }
    for what in &plan.left_out {
        page.point(&format!("Left out: {what}."));
    }
    page.point(&absent::of_gateway(plan));
    page.finish()
}

fn clients(plan: &Plan, page: &mut Page) {
    let server = &plan.server;
    page.section("Clients");
    let address = match server.listen_ip {
        Some(ip) => ip.to_string(),
        None => "every address".to_owned(),
    };
    let (security, protocols) = match &server.tls {
        Some(_) => ("with TLS", "HTTP/2 and HTTP/1.1"),
        None if server.h2c.unwrap_or(defaults::H2C) => {
            ("without TLS", "HTTP/1.1, and HTTP/2 with prior knowledge")
        }
        None => ("without TLS", "HTTP/1.1"),
    };
    page.point(&format!(
        "Listens on port {}, {address}, {security}; speaks {protocols}. GATEWAY_PORT and \
         --listen override it.",
        server.port
    ));
    if let Some(words) = server.tls.as_ref().map(tls::listener) {
        page.point(&words);
    }
    page.point(&format!(
        "A request head may have {} and {} (else 431), its path and query {} (else 414), and {} \
         to arrive (else 408).",
        or(server.max_header_bytes, defaults::MAX_HEADER_BYTES, bytes),
        or(server.max_headers, defaults::MAX_HEADERS, |n| counted(
            n, "header"
        )),
        or(server.max_uri_bytes, defaults::MAX_URI_BYTES, bytes),
        time(server.read_header_timeout, defaults::READ_HEADER_TIMEOUT),
    ));
    page.point(&format!(
        "At most {} at once (one more {}); an idle one is closed after {}.",
        or(server.max_connections, defaults::MAX_CONNECTIONS, |n| {
            counted(n, "connection")
        }),
        if server.tls.is_some() {
            "is closed"
        } else {
            "gets a 503"
        },
        time(server.idle_timeout, defaults::IDLE_TIMEOUT),
    ));
    page.point(&client_address(plan));
    page.point(&format!(
        "On SIGTERM {} turns 503 and requests in flight have {} to finish.",
        defaults::READY,
        time(server.drain_timeout, defaults::DRAIN_TIMEOUT),
    ));
}

fn client_address(plan: &Plan) -> String {
    let router = &plan.server.router;
    if router.ignore_forwarded {
        return "The client's address is the peer's, whatever headers say.".to_owned();
    }
    let proxies = match router.trusted_proxies.as_deref() {
        None => "a loopback, private, link-local or carrier-grade NAT address \
                 [default]"
            .to_owned(),
        Some([]) => {
            return "The client's address is the peer's: no proxy is trusted, unless \
                    GATEWAY_TRUSTED_PROXIES names one."
                .to_owned();
        }
        Some(ranges) => listed(ranges),
    };
    let (names, mark) = match &router.client_ip_headers {
        Some(names) => (names.join(", then "), ""),
        None => (defaults::CLIENT_IP_HEADERS.join(", then "), " [default]"),
    };
    format!(
        "The client's address is the peer's, unless the peer is {proxies}: then it is the first \
         address from the right, \
         in {names}{mark}, that is no such proxy itself. GATEWAY_TRUSTED_PROXIES overrides it."
    )
}

fn backends(plan: &Plan, page: &mut Page) {
    let dial = &plan.server.dial;
    page.section("Backends");
    page.point(&format!(
        "A connection must stand within {} (else 504); a resolved name is believed for {}.",
        time(dial.connect_timeout, defaults::CONNECT_TIMEOUT),
        time(dial.dns_ttl, defaults::DNS_TTL),
    ));
    let services = plan.upstreams.iter().flat_map(|upstream| &upstream.hosts);
    let has_services = { services }.any(|host| host.srv);
    if has_services {
        page.point(&format!(
            "Services are looked up before anything listens, and again when their SRV records do not hold any more, at the \
             latest after {}; a lookup that fails changes nothing. GATEWAY_DNS names the servers.",
            time(dial.dns_ttl, defaults::DNS_TTL),
        ));
    }
    if has_services
        || plan
            .upstreams
            .iter()
            .any(|upstream| upstream.hosts.len() > 1)
    {
        page.point(
            "Of several hosts, one that refuses 3 connections in a row is left out for 1 s, and twice as long each time \
             that the one request which then tries it fails, up to 30 s. Where all are left out, they are called in any case.",
        );
    }
    if let Some(words) = tls::upstreams(plan) {
        page.point(&words);
    }
    page.point(&if dial.no_keep_alive {
        "Each request gets a connection of its own: none is kept.".to_owned()
    } else {
        format!(
            "Unused connections are kept for {}, at most {} per host and core.",
            time(dial.idle_timeout, defaults::UPSTREAM_IDLE_TIMEOUT),
            or(dial.max_idle_per_host, defaults::MAX_IDLE_PER_HOST, grouped),
        )
    });
}

fn answers(plan: &Plan, page: &mut Page) {
    let router = &plan.server.router;
    page.section("Its own answers");
    page.point(&format!(
        "{} answer probes, before any route and unlogged.",
        listed(&health_paths(plan))
    ));
    page.point(&format!(
        "No route: 404 ({}). A wrong method: {}.",
        body(router.not_found.as_deref()),
        if router.no_method_not_allowed {
            "404 too".to_owned()
        } else {
            format!(
                "405 with Allow ({})",
                body(router.method_not_allowed.as_deref())
            )
        }
    ));
    page.point(if router.no_slash_redirect {
        "A path that differs from a route by its last slash is no route."
    } else {
        "A path that differs from a route by its last slash is redirected to it: 301 for GET \
         and HEAD, else 307."
    });
    if router.auto_options {
        page.point("OPTIONS of a route is answered here: 200 with Allow.");
    }
    page.point(&format!(
        "Other errors are JSON with `message` and `request_id`; {}.",
        if router.error_detail {
            "they name the upstream and the cause (`return_error_msg`)"
        } else {
            "they do not name the upstream"
        }
    ));
    page.section("Log, on standard output");
    page.point(&log(plan));
}

fn log(plan: &Plan) -> String {
    let (log, router) = (&plan.server.log, &plan.server.router);
    let (level, mark) = match &log.level {
        None => ("INFO", " [default]"),
        Some(Slotted::Fixed(LogLevel::Debug)) => ("DEBUG", ""),
        Some(Slotted::Fixed(LogLevel::Info)) => ("INFO", ""),
        Some(Slotted::Fixed(LogLevel::Warning)) => ("WARNING", ""),
        Some(Slotted::Fixed(LogLevel::Error)) => ("ERROR", ""),
        Some(Slotted::Fixed(LogLevel::Critical)) => ("CRITICAL", ""),
        Some(Slotted::Slots(text)) => (text.as_str(), ""),
    };
    let form = if log.json { "JSON" } else { "text" };
    let prefix = match log.prefix.as_deref() {
        None | Some("") => String::new(),
        Some(prefix) => format!(", each line after `{prefix}`"),
    };
    let silent = !matches!(
        log.level,
        None | Some(Slotted::Fixed(LogLevel::Debug | LogLevel::Info) | Slotted::Slots(_))
    );
    let if_told = match log.level {
        Some(Slotted::Slots(_)) if !router.no_access_log => ", if that is INFO or DEBUG",
        _ => "",
    };
    let requests = if router.no_access_log || silent {
        "no line per request".to_owned()
    } else if router.access_log_skip.is_empty() {
        "one line per request".to_owned()
    } else {
        format!(
            "one line per request, but for {}",
            listed(&router.access_log_skip)
        )
    };
    format!("Level {level}{mark}, as {form}{prefix}; {requests}{if_told}.")
}

fn body(json: Option<&str>) -> &'static str {
    match json {
        Some(_) => "the config's JSON",
        None => "plain text",
    }
}

fn or(said: Option<u64>, default: u64, words: impl Fn(u64) -> String) -> String {
    match said {
        Some(n) => words(n),
        None => format!("{} [default]", words(default)),
    }
}

/// A time as the config says it, or the default, marked.
pub fn time(said: Option<Duration>, default: Duration) -> String {
    match said {
        Some(time) => duration(time),
        None => format!("{} [default]", duration(default)),
    }
}
