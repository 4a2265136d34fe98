//! `github.com/hanzoai/gateway/zap`: a backend that is called by ZAP, and by HTTP where its peer cannot be reached.

use super::words::{flag, inert, other, text};
use crate::{
    config::{Backend, Config, host, slot},
    describe::units::duration,
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Does, Static, Text, Way},
};
use std::time::Duration;

/// `None` and `false`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zap {
    /// Where the peer is; `None`: it is looked for.
    pub address: Option<Text>,
    /// What is looked for.
    pub service: String,
    /// What the peer must say that it is called.
    pub peer_id: Option<String>,
    /// What we say.
    pub node_id: Option<String>,
    /// How long an answer may take to begin.
    pub timeout: Option<Duration>,
    /// Of one core.
    pub connections: Option<u64>,
    /// Requests as the Go gateway writes them.
    pub legacy: bool,
    /// Answers may come in pieces.
    pub streams: bool,
    /// Over TLS.
    pub tls: bool,
}

const KEY: &str = "github.com/hanzoai/gateway/zap";
const SERVICE: &str = "_hanzo._tcp";
const NODE_ID: &str = "gateway";
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BODY: u64 = 10_420_224;
const CONNECTIONS: u64 = 1;

/// The schema has checked types, ranges and enumerations.
pub fn read(node: &Node) -> (Zap, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64);
    let zap = Zap {
        address: node
            .get("peer_addr")
            .and_then(|address| peer(address, &mut findings)),
        service: text(node, "service_type").unwrap_or(SERVICE).to_owned(),
        peer_id: text(node, "peer_id").map(str::to_owned),
        node_id: other(&NODE_ID, text(node, "node_id")).map(str::to_owned),
        timeout: other(&TIMEOUT, number("timeout_ms").map(Duration::from_millis)),
        connections: other(&CONNECTIONS, number("connections")),
        legacy: text(node, "wire") == Some("legacy"),
        streams: flag(node, "stream"),
        tls: flag(node, "tls"),
    };
    beside(node, &zap, &mut findings);
    (zap, findings)
}

/// The address, or what it can come to; a scheme has no place in it.
fn peer(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Text> {
    const HELP: &str = "a name or address and a port, such as \"cloud-api:9651\"";
    let address = slot::something(node, findings)?;
    let pieces = slot::parse(node.as_str()?).ok()?;
    let why = match host::parse(address.written(), &pieces) {
        Ok(_) if slot::likely(address.written()).contains("://") => {
            "a peer has no scheme: it is called by ZAP".to_owned()
        }
        Ok(_) => return Some(address),
        Err(misfit) => misfit.error.to_string(),
    };
    findings.push(Diagnostic::new(&codes::BAD_HOST, why, node.span, "").help(HELP));
    None
}

/// Keys that are right alone.
fn beside(node: &Node, zap: &Zap, findings: &mut Vec<Diagnostic>) {
    let says_where = node.get("peer_addr").is_some();
    if let Some(member) = node.member("no_discovery")
        && flag(node, "no_discovery")
        && !says_where
    {
        findings.push(
            Diagnostic::new(
                &codes::NO_HOST,
                "the peer is not looked for, and `peer_addr` does not say where it is",
                member.key.span,
                "nobody could be called",
            )
            .help("add `peer_addr`, such as \"cloud-api:9651\"; or remove `no_discovery`"),
        );
    }
    if says_where
        && node
            .get("no_discovery")
            .is_some_and(|no| no.as_bool() == Some(false))
    {
        findings.extend(inert(
            node,
            "no_discovery",
            "`peer_addr` says where the peer is: it is not looked for",
            "remove it; or remove `peer_addr`, and the peer is looked for",
        ));
    }
    if says_where && zap.service != SERVICE {
        findings.extend(inert(
            node,
            "service_type",
            "`peer_addr` says where the peer is",
            "remove it; or remove `peer_addr`, and the peer is looked for",
        ));
    }
    findings.extend(inert(
        node,
        "port",
        "who only calls need not listen",
        "remove it; `github.com/hanzoai/gateway/zap-listener` at the root listens for ZAP",
    ));
    if zap.legacy && zap.streams {
        findings.extend(inert(
            node,
            "stream",
            "a peer that reads `legacy` does not answer in pieces",
            "remove it, or `wire`",
        ));
    }
}

/// Whether some peer is called over TLS.
pub fn over_tls(config: &Config) -> bool {
    let backends = config
        .endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.backends);
    let mut extras = backends.flat_map(|backend| &backend.extra);
    extras.any(|extra| extra.namespace.key == KEY && flag(&extra.value, "tls"))
}

/// What a request body may have, which goes into one frame; it is the call's to say.
pub fn max_body(backend: &Backend) -> Option<u64> {
    let extra = backend
        .extra
        .iter()
        .find(|extra| extra.namespace.key == KEY)?;
    let stated = extra.value.get("max_body").and_then(Node::as_u64);
    Some(stated.unwrap_or(MAX_BODY))
}

/// A static of `peers.rs`, and the end of the handler.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (zap, _) = read(node);
    let text = |text: &Option<String>| text.as_deref().map(Arg::from);
    let start = match &zap.address {
        Some(address) => Chain::new("Zap::at", [Arg::from(address)]),
        None => Chain::new("Zap::discovered", [zap.service.as_str().into()]),
    };
    let value = start
        .maybe("peer_id", text(&zap.peer_id))
        .maybe("node_id", text(&zap.node_id))
        .maybe("timeout", zap.timeout.map(Arg::Duration))
        .maybe("connections", zap.connections.map(Arg::Number))
        .flag("legacy", zap.legacy)
        .flag("streams", zap.streams && !zap.legacy)
        .flag("tls", zap.tls);
    let place = to.add(Static {
        file: "peers",
        name: constant(&name(&zap)),
        kind: "Zap",
        doc: format!("Called by ZAP: {}.", found(&zap)),
        value,
    });
    to.texts(&zap.address);
    to.part(place);
    to.feature("zap");
    if zap.address.is_none() {
        to.feature("zap-discovery");
    }
    if zap.tls {
        to.feature("tls");
    }
    to.ending("by_zap", place, Does::Sends(way(&zap, to)));
}

/// What people call it: the first label of its name.
fn name(zap: &Zap) -> String {
    let Some(address) = &zap.address else {
        return zap.peer_id.clone().unwrap_or_else(|| zap.service.clone());
    };
    let likely = slot::likely(address.written());
    let host = likely.rsplit_once(':').map_or(&*likely, |(host, _)| host);
    let label = host.split('.').next().unwrap_or_default();
    let is_address = label.parse::<u8>().is_ok() || host.starts_with('[');
    if is_address { host } else { label }.to_owned()
}

/// Where it is, in words.
fn found(zap: &Zap) -> String {
    let place = match &zap.address {
        Some(address) => format!("`{}`", address.written()),
        None => format!(
            "a node of `{}` that the local network tells of",
            zap.service
        ),
    };
    match &zap.peer_id {
        Some(id) => format!("{place}, if it says that it is `{id}`"),
        None => place,
    }
}

/// For a person.
fn way(zap: &Zap, to: &Lowering<'_>) -> Way {
    let layout = if zap.legacy {
        ", laid out as the Go gateway does"
    } else {
        ""
    };
    let secure = if zap.tls { " over TLS" } else { "" };
    let timeout = zap.timeout.unwrap_or(TIMEOUT);
    let own = to.endpoint.and_then(|endpoint| endpoint.timeout);
    let own = own.or(to.config.timeout).map(|timeout| timeout.value);
    let until = match own.filter(|own| *own < timeout && !own.is_zero()) {
        Some(own) => format!("{} (of the endpoint)", duration(own)),
        None => format!("{} (`timeout_ms`)", duration(timeout)),
    };
    let pieces = if zap.streams && !zap.legacy {
        "may come in pieces, each of which is sent on at once"
    } else {
        "is one frame of 10 MiB at most, sent on when it has come whole"
    };
    Way {
        to: format!(
            "The request goes by ZAP{secure} to {}{layout}. Where that peer cannot be reached, and for a WebSocket, it goes \
             by HTTP to {}, and by ZAP again as soon as that is possible.",
            found(zap),
            Way::HOSTS,
        ),
        node: None,
        body: Some("By ZAP it is held as a whole and sent as one frame; by HTTP it is streamed as it comes."),
        hosts: true,
        fails: vec![format!(
            "By ZAP, the answer must begin within {until} after the request was sent: 504. It {pieces}. One that cannot be \
             read is a 502."
        )],
        twice: vec![
            "By HTTP, after the connection to the peer broke without an answer: if nothing of the request was sent, or it \
             may be repeated (GET, HEAD, OPTIONS, PUT, DELETE). Others are a 502 then."
                .to_owned(),
        ],
    }
}
