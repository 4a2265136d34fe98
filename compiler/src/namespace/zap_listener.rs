//! `github.com/hanzoai/gateway/zap-listener`: requests that arrive by ZAP (ZAP-6 to ZAP-8).

use super::{
    listen::Listen,
    words::{duration, flag, inert, other, text},
};
use crate::{
    describe::units::{bytes, duration as spoken, grouped},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Static},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// `None`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Unless the environment says otherwise.
    pub enabled: bool,
    /// `None`: every address, or this machine's own without TLS.
    pub ip: Option<IpAddr>,
    /// Of the listener.
    pub port: Option<u16>,
    /// Otherwise in the clear.
    pub tls: bool,
    /// Path of the chain.
    pub certificate: Option<String>,
    /// Path of its key.
    pub key: Option<String>,
    /// Only clients that know X25519MLKEM768.
    pub hybrid_only: bool,
    /// Where bytes are passed on to, unless requests are answered here.
    pub tunnel: Option<SocketAddr>,
    /// What we say that we are called.
    pub node_id: Option<String>,
    /// Of all clients.
    pub max_connections: Option<u64>,
    /// Of one connection.
    pub max_requests: Option<u64>,
    /// Of one request.
    pub max_body: Option<u64>,
    /// How long nothing may come.
    pub idle_timeout: Option<Duration>,
    /// Calls of cloud services become requests.
    pub cloud_calls: bool,
}

impl Listener {
    /// Where it is, unless the environment says otherwise.
    pub fn listen(&self) -> Listen {
        Listen {
            ip: Some(self.ip.unwrap_or(if self.tls { ANY } else { LOCAL })),
            port: self.port.unwrap_or(PORT),
        }
    }
}

const PORT: u16 = 9651;
const CERTIFICATE: &str = "/etc/tls/tls.crt";
const KEY: &str = "/etc/tls/tls.key";
const INNER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9652);
const NODE_ID: &str = "gateway";
const MAX_CONNECTIONS: u64 = 1024;
const MAX_REQUESTS: u64 = 64;
const MAX_BODY: u64 = 10_420_224;
const IDLE: Duration = Duration::from_mins(5);

/// The schema has checked types, ranges and patterns.
pub fn read(node: &Node) -> (Listener, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64);
    let tls = node.get("tls").and_then(Node::as_bool).unwrap_or(true);
    let port = number("port").and_then(|port| u16::try_from(port).ok());
    let tunnel = flag(node, "tunnel").then(|| {
        let inner = node.get("internal_addr");
        inner.map_or(INNER, |inner| address_of_node(inner, port, &mut findings))
    });
    let listener = Listener {
        enabled: node.get("enabled").and_then(Node::as_bool).unwrap_or(true),
        ip: node
            .get("listen_ip")
            .and_then(|ip| address(ip, tls, &mut findings))
            .filter(|ip| *ip != if tls { ANY } else { LOCAL }),
        port: other(&PORT, port),
        tls,
        certificate: other(&CERTIFICATE, text(node, "tls_cert")).map(str::to_owned),
        key: other(&KEY, text(node, "tls_key")).map(str::to_owned),
        hybrid_only: flag(node, "hybrid_only"),
        tunnel,
        node_id: other(&NODE_ID, text(node, "node_id")).map(str::to_owned),
        max_connections: other(&MAX_CONNECTIONS, number("max_connections")),
        max_requests: other(&MAX_REQUESTS, number("max_requests")),
        max_body: other(&MAX_BODY, number("max_body")),
        idle_timeout: other(&IDLE, patience(node, &mut findings)),
        cloud_calls: flag(node, "cloud_calls"),
    };
    beside(node, &listener, &mut findings);
    (listener, findings)
}

fn patience(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    let patience = duration(node, "idle_timeout", findings)?;
    if patience.is_zero()
        && let Some(node) = node.get("idle_timeout")
    {
        let message = "every connection would be closed at once";
        findings.push(
            Diagnostic::new(&codes::BAD_DURATION, message, node.span, "")
                .help("for example \"5m\""),
        );
    }
    Some(patience)
}

const ANY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn address(node: &Node, tls: bool, findings: &mut Vec<Diagnostic>) -> Option<IpAddr> {
    let text = node.as_str()?;
    let Ok(ip) = text.parse::<IpAddr>() else {
        let message = format!("`{text}` is not an IP address");
        findings.push(
            Diagnostic::new(&codes::BAD_ADDRESS, message, node.span, "").help(
                "for example \"127.0.0.1\", \"0.0.0.0\" or \"::\"; names are not resolved here",
            ),
        );
        return None;
    };
    if !tls && !ip.is_loopback() {
        let message =
            "without TLS, requests and their tokens would go through the network in the clear";
        findings.push(
            Diagnostic::new(
                &codes::BAD_ADDRESS,
                message,
                node.span,
                "not this machine only",
            )
            .help("use 127.0.0.1 or ::1; or TLS"),
        );
    }
    Some(ip)
}

/// What is behind a tunnel must not be reachable beside it (ZAP-10), and must not be its own beginning.
fn address_of_node(node: &Node, port: Option<u16>, findings: &mut Vec<Diagnostic>) -> SocketAddr {
    let parsed = node
        .as_str()
        .and_then(|text| text.parse::<SocketAddr>().ok());
    let (message, help) = match parsed {
        None => (
            "this is no address of a node",
            "for example \"127.0.0.1:9652\"",
        ),
        Some(address) if !address.ip().is_loopback() => (
            "the node behind the tunnel is not on this machine: its bytes would go in the clear",
            "use 127.0.0.1 or ::1",
        ),
        Some(address) if address.port() == port.unwrap_or(PORT) => (
            "the tunnel would lead to its own beginning",
            "give the node another port",
        ),
        Some(address) => return address,
    };
    findings.push(Diagnostic::new(&codes::BAD_ADDRESS, message, node.span, "").help(help));
    INNER
}

/// Keys that say something, where nobody listens to it.
fn beside(node: &Node, listener: &Listener, findings: &mut Vec<Diagnostic>) {
    let of_tls = [
        ("tls_cert", listener.certificate.is_some()),
        ("tls_key", listener.key.is_some()),
        ("hybrid_only", listener.hybrid_only),
    ];
    let of_requests = [
        ("node_id", listener.node_id.is_some()),
        ("max_requests", listener.max_requests.is_some()),
        ("max_body", listener.max_body.is_some()),
        ("cloud_calls", listener.cloud_calls),
    ];
    let inner = node.get("internal_addr").and_then(Node::as_str);
    let of_tunnels = [(
        "internal_addr",
        inner.is_some_and(|inner| inner != INNER.to_string()),
    )];
    let mut say = |keys: &[(&str, bool)], unheard: bool, why, help| {
        let said = keys.iter().filter(|(_, said)| unheard && *said);
        findings.extend(said.filter_map(|(key, _)| inert(node, key, why, help)));
    };
    say(
        &of_tls,
        !listener.tls,
        "`tls` is false",
        "remove it, or `tls`",
    );
    say(
        &of_requests,
        listener.tunnel.is_some(),
        "a tunnel looks at no request",
        "remove it, or `tunnel`",
    );
    say(
        &of_tunnels,
        listener.tunnel.is_none(),
        "requests are answered here",
        "remove it; or add `\"tunnel\": true`, and nothing is looked at",
    );
}

/// One static, which is started and listens.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (listener, _) = read(node);
    let text = |text: &Option<String>| text.as_deref().map(Arg::from);
    let of_requests = listener.tunnel.is_none();
    let keys = listener.certificate.is_some() || listener.key.is_some();
    let mut value = Chain::new("ZapListener::new", [])
        .flag("disabled", !listener.enabled)
        .maybe(
            "listen_ip",
            listener.ip.map(|ip| Arg::from(ip.to_string().as_str())),
        )
        .maybe("port", listener.port.map(|port| Arg::Number(port.into())))
        .flag("plain", !listener.tls);
    if listener.tls && keys {
        let path = |path: &Option<String>, default| Arg::from(path.as_deref().unwrap_or(default));
        value = value.set(
            "keys",
            [
                path(&listener.certificate, CERTIFICATE),
                path(&listener.key, KEY),
            ],
        );
    }
    let inner = listener
        .tunnel
        .map(|inner| Arg::from(inner.to_string().as_str()));
    value = value
        .flag("hybrid_only", listener.tls && listener.hybrid_only)
        .maybe("tunnel", inner)
        .maybe("max_connections", listener.max_connections.map(Arg::Number))
        .maybe("idle_timeout", listener.idle_timeout.map(Arg::Duration));
    if of_requests {
        value = value
            .maybe("node_id", text(&listener.node_id))
            .maybe("max_requests", listener.max_requests.map(Arg::Number))
            .maybe("max_body", listener.max_body.map(Arg::Number))
            .flag("cloud_calls", listener.cloud_calls);
    }
    let place = to.add(Static {
        file: "edge",
        name: "ZAP_LISTENER".to_owned(),
        kind: "ZapListener",
        doc: doc(&listener),
        value,
    });
    to.part_that(place, says(&listener));
    to.feature("zap-listener");
}

fn doc(listener: &Listener) -> String {
    match listener.tunnel {
        None => "Requests that arrive by ZAP.".to_owned(),
        Some(inner) => format!("A way through TLS to the ZAP node at {inner}."),
    }
}

/// For a person.
fn says(listener: &Listener) -> String {
    let place = match listener.listen() {
        Listen { port: 0, ip } => format!("any free port of {}", ip.unwrap_or(ANY)),
        listen => listen.text(),
    };
    let how = match (listener.tls, listener.hybrid_only) {
        (false, _) => "in the clear",
        (true, false) => "over TLS 1.3 with X25519MLKEM768 or else X25519",
        (true, true) => "over TLS 1.3 with X25519MLKEM768 only",
    };
    let start = if listener.enabled {
        format!("ZAP is listened for at {place}, {how}, unless ZAP_LISTENER_ENABLED is false.")
    } else {
        format!("If ZAP_LISTENER_ENABLED is true, ZAP is listened for at {place}, {how}.")
    };
    let connections = grouped(listener.max_connections.unwrap_or(MAX_CONNECTIONS));
    let idle = spoken(listener.idle_timeout.unwrap_or(IDLE));
    let bounds = format!(
        "Of {connections} connections one more is closed, and one on which nothing comes for {idle}."
    );
    if let Some(inner) = listener.tunnel {
        return format!(
            "{start} Bytes are passed on to the node at {inner}, and nothing of them is looked at: no identity, no route, \
             no limit. {bounds}"
        );
    }
    let cloud = if listener.cloud_calls {
        " A call such as `chat.completions` becomes a POST of `/v1/chat/completions`."
    } else {
        ""
    };
    format!(
        "{start} What arrives takes the way of every request, with a body of {} at most (413 over it); {} of one connection \
         may be under way.{cloud} {bounds}",
        bytes(listener.max_body.unwrap_or(MAX_BODY)),
        grouped(listener.max_requests.unwrap_or(MAX_REQUESTS)),
    )
}
