//! `telemetry/metrics`: what is counted, and where it is told.

use super::{
    revoker,
    words::{flag, other},
};
use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Slotted, Static},
    source::Span,
};
use std::net::{IpAddr, SocketAddr};

/// The port of the Go gateway, and of the runtime.
const PORT: u16 = 8090;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// `listen_address`
    pub listen: Listen,
    /// Whether requests are counted by route.
    pub requests: bool,
    /// Whether connections to upstreams are.
    pub upstreams: bool,
}

/// Where a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// None: at every address.
    pub ip: Option<IpAddr>,
    /// 0: any free one.
    pub port: u16,
}

impl Listen {
    /// As Go writes it: `:8090`, `127.0.0.1:9000`, `[::1]:9000`.
    fn parse(text: &str) -> Option<Listen> {
        if let Some(port) = text.strip_prefix(':') {
            let port = port.parse().ok()?;
            return Some(Listen { ip: None, port });
        }
        let address: SocketAddr = text.parse().ok()?;
        Some(Listen {
            ip: Some(address.ip()),
            port: address.port(),
        })
    }

    /// Whether only one of them can be had.
    fn clashes(self, other: Listen) -> bool {
        let every = |ip: Option<IpAddr>| ip.is_none_or(|ip| ip.is_unspecified());
        let meets = every(self.ip) || every(other.ip) || self.ip == other.ip;
        self.port == other.port && self.port != 0 && meets
    }

    fn text(self) -> String {
        match self.ip {
            None => format!(":{}", self.port),
            Some(ip) => SocketAddr::new(ip, self.port).to_string(),
        }
    }
}

/// The schema has checked types.
pub fn read(node: &Node) -> (Metrics, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let default = Listen {
        ip: None,
        port: PORT,
    };
    let metrics = Metrics {
        listen: listen(node, &mut findings).unwrap_or(default),
        requests: !flag(node, "router_disabled"),
        upstreams: !flag(node, "backend_disabled"),
    };
    (metrics, findings)
}

fn listen(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Listen> {
    let address = node.get("listen_address")?;
    let text = address.as_str()?;
    let listen = Listen::parse(text);
    if listen.is_none() {
        let message = format!("`{text}` is not an address and a port");
        findings.push(
            Diagnostic::new(&codes::BAD_ADDRESS, message, address.span, "")
                .help("for example \":8090\" or \"127.0.0.1:9000\"; names are not resolved here"),
        );
    }
    listen
}

/// A gateway has several listeners; each needs a port of its own, or it does not start.
pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let Some(extra) = config.extra("telemetry/metrics") else {
        return;
    };
    let (metrics, faults) = read(&extra.value);
    if !faults.is_empty() {
        return;
    }
    let address = extra.value.get("listen_address");
    let here = address.map_or(extra.key.span, |address| address.span);
    for (taken, whose, there) in others(config) {
        if metrics.listen.clashes(taken) {
            let message = format!("port {} is {whose}'s", taken.port);
            let mut finding =
                Diagnostic::new(&codes::TAKEN_PORT, message, here, "two listeners, one port")
                    .help("choose another `listen_address`, for example \":9090\"");
            if let Some(there) = there {
                finding = finding.label(there, "the other one");
            }
            findings.push(finding);
        }
    }
}

/// The other listeners, as far as their ports are known before the gateway starts.
fn others(config: &Config) -> Vec<(Listen, &'static str, Option<Span>)> {
    let mut others = Vec::new();
    let port = match config.port.as_ref().map(|port| &port.value) {
        None | Some(Slotted::Fixed(0)) => Some(8080),
        Some(Slotted::Fixed(port)) => Some(*port),
        Some(Slotted::Slots(_)) => None,
    };
    if let Some(port) = port {
        let ip = config.listen_ip.as_ref().map(|ip| ip.value);
        let span = config.port.as_ref().map(|port| port.span);
        others.push((Listen { ip, port }, "the gateway", span));
    }
    if let Some(extra) = config.extra("auth/revoker") {
        let (revoker, _) = revoker::read(&extra.value);
        let listen = Listen {
            ip: Some(revoker.address()),
            port: revoker.port,
        };
        let span = extra.value.get("port").map(|port| port.span);
        others.push((listen, "the revoker", span));
    }
    others
}

/// One static, which is started and listens.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    // Let pass by its author: what is not to be told is not told.
    if flag(node, "endpoint_disabled") {
        return;
    }
    let (metrics, _) = read(node);
    let listen = other(&format!(":{PORT}"), Some(metrics.listen.text()));
    let value = Chain::new("Metrics::new", [])
        .maybe("listen", listen.map(Arg::Text))
        .flag("no_requests", !metrics.requests)
        .flag("no_upstreams", !metrics.upstreams);
    let place = to.add(Static {
        file: "telemetry",
        name: "METRICS".to_owned(),
        kind: "Metrics",
        doc: "`telemetry/metrics`: what is counted, and where it is scraped.".to_owned(),
        value,
    });
    to.part_that(place, says(&metrics));
    to.feature("metrics");
}

/// For a person.
fn says(metrics: &Metrics) -> String {
    let Listen { ip, port } = metrics.listen;
    let port = match port {
        0 => "any free port".to_owned(),
        port => format!("port {port}"),
    };
    let place = match ip {
        None => format!("{port} of every address"),
        Some(ip) => format!("{port} of {ip}"),
    };
    let what = match (metrics.requests, metrics.upstreams) {
        (true, true) => "requests by route, connections to upstreams by host",
        (true, false) => "requests by route, nothing about connections to upstreams",
        (false, true) => "connections to upstreams by host, nothing about requests",
        (false, false) => "nothing about requests and upstreams",
    };
    format!(
        "Metrics are told at /metrics on {place}, to whoever reaches it: {what}, and what the parts of the gateway \
         count. They are text for Prometheus, and JSON at /__stats. GATEWAY_METRICS_LISTEN moves them."
    )
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn addresses() {
        for (text, expected) in [
            (":8090", Some(":8090")),
            (":0", Some(":0")),
            ("127.0.0.1:9000", Some("127.0.0.1:9000")),
            ("[::1]:9000", Some("[::1]:9000")),
            ("0.0.0.0:9000", Some("0.0.0.0:9000")),
            ("8090", None),
            ("", None),
            (":", None),
            (":http", None),
            (":65536", None),
            ("127.0.0.1", None),
            ("localhost:9000", None),
            ("::1:9000", None),
        ] {
            let listen = Listen::parse(text).map(Listen::text);
            assert_eq!(listen.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn one_port_is_had_once() {
        for (one, other, expected) in [
            (":80", ":80", true),
            (":80", ":81", false),
            (":80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "127.0.0.2:80", true),
            (":0", ":0", false),
        ] {
            let [one, other] = [one, other].map(|text| Listen::parse(text).expect("an address"));
            assert_eq!(one.clashes(other), expected, "{one:?} {other:?}");
        }
    }
}
