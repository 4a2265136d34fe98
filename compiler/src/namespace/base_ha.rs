//! `github.com/hanzoai/gateway/base_ha`: a cluster with one writer (HA-1 to HA-14).

mod way;

use super::words::{items, other, other_than};
use crate::{
    config::{Backend, Config, Extra, duration, host, method, slot},
    describe::units,
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Does, Host, Method, Slotted, Static, Text},
};
use std::{collections::HashMap, time::Duration};

/// The namespace.
pub const KEY: &str = "github.com/hanzoai/gateway/base_ha";

/// What was asked for. `None`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// `service_dns` and `port`: `base.svc:8090`.
    pub service: Option<Text>,
    /// The same as a host that can be called, if it is one.
    pub host: Option<Host>,
    /// How often it is asked who leads.
    pub leader_poll_interval: Option<Duration>,
    /// Upper case, sorted.
    pub write_methods: Option<Vec<String>>,
    /// How long a client reads from the writer after it wrote.
    pub read_your_writes_ttl: Option<Duration>,
    /// Bytes of a body that are held.
    pub replay_buffer: Option<u64>,
}

/// What the runtime's `BaseHa` does by itself.
const INTERVAL: Duration = Duration::from_secs(1);
const TTL: Duration = Duration::from_secs(5);
const WRITES: [&str; 4] = ["DELETE", "PATCH", "POST", "PUT"];
const REPLAY: u64 = 64 * 1024;

/// Nodes are not asked more often.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);

/// The schema has checked types and ranges; texts are looked into here.
pub fn read(node: &Node) -> (Cluster, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let port = node.get("port").and_then(Node::as_u64);
    let port = port.and_then(|port| port.try_into().ok()).unwrap_or(0);
    let name = node.get("service_dns");
    let service = name
        .and_then(|name| slot::something(name, &mut findings))
        .map(|name| with_port(&name, port));
    let host = name.and_then(|name| host_of(name, port, &mut findings));
    let mut time = |key| {
        let node = node.get(key)?;
        let time = duration::read(node, &mut findings)?;
        Some((node, time))
    };
    let interval = time("leader_poll_interval");
    let ttl = time("read_your_writes_ttl").map(|(_, ttl)| ttl);
    if let Some((node, _)) = interval.filter(|(_, time)| *time < LEAST_INTERVAL) {
        let message = "a cluster is asked every 100ms at most";
        findings.push(
            Diagnostic::new(&codes::BAD_DURATION, message, node.span, "").help(
                "\"1s\" is the default; after a failure it is asked ten times as often anyway",
            ),
        );
    }
    let cluster = Cluster {
        service,
        host,
        leader_poll_interval: other(&INTERVAL, interval.map(|(_, interval)| interval)),
        write_methods: other_than(&WRITES, write_methods(node, &mut findings)),
        read_your_writes_ttl: other(&TTL, ttl),
        replay_buffer: other(&REPLAY, node.get("replay_buffer").and_then(Node::as_u64)),
    };
    (cluster, findings)
}

fn with_port(name: &Text, port: u16) -> Text {
    let text = format!("{}:{port}", name.written());
    Text::from(match name.text {
        Slotted::Fixed(_) => Slotted::Fixed(text),
        Slotted::Slots(_) => Slotted::Slots(text),
    })
}

/// Judged as the host that it becomes with its port.
fn host_of(node: &Node, port: u16, findings: &mut Vec<Diagnostic>) -> Option<Host> {
    let name = node.as_str().filter(|name| !name.is_empty())?;
    let text = format!("http://{name}:{port}");
    // A malformed slot has been told by the schema pass.
    let pieces = slot::parse(&text).ok()?;
    match host::parse(&text, &pieces) {
        Ok(found) => Some(found),
        Err(_) if port == 0 => None,
        Err(_) => {
            let message = "this is not the name or the address of a service";
            findings.push(
                Diagnostic::new(&codes::BAD_HOST, message, node.span, "")
                    .help("write it like \"base.default.svc\", without scheme, path and port: `port` is a key of its own"),
            );
            None
        }
    }
}

fn write_methods(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    node.get("write_methods")?;
    let mut methods: Vec<String> = Vec::new();
    for (item, text) in items(node, "write_methods") {
        let Some(found) = method::parse(text.trim()) else {
            findings.push(
                Diagnostic::new(
                    &codes::BAD_METHOD,
                    format!("`{text}` is not a method that a route can have"),
                    item.span,
                    "",
                )
                .help("one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"),
            );
            continue;
        };
        let found = found.as_str().to_owned();
        if methods.contains(&found) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_ENTRY,
                    format!("`{found}` stands here twice"),
                    item.span,
                    "again here",
                )
                .help("remove one of the two"),
            );
        } else {
            methods.push(found);
        }
    }
    methods.sort();
    Some(methods)
}

/// Where a backend without a `host` reads: from whichever node the service leads to.
pub fn default_host(backend: &Backend) -> Option<Host> {
    let extra = backend.extra(KEY)?;
    read(&extra.value).0.host
}

/// Whether a call of this method is always for the node that leads.
pub fn writes(backend: &Backend, method: Method) -> bool {
    let extra = backend.extra(KEY);
    extra.is_some_and(|extra| read(&extra.value).0.writes(method))
}

/// A cluster is watched once, whoever asks for it: blocks that name the same service must agree about how (HA-2).
pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, (&Extra, Cluster)> = HashMap::new();
    let backends = config
        .endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.backends);
    for extra in backends.filter_map(|backend| backend.extra(KEY)) {
        let (cluster, _) = read(&extra.value);
        let Some(service) = &cluster.service else {
            continue;
        };
        let service = service.written().to_ascii_lowercase();
        let Some((first, known)) = seen.get(&service) else {
            seen.insert(service, (extra, cluster));
            continue;
        };
        for (key, same) in [
            (
                "leader_poll_interval",
                known.leader_poll_interval == cluster.leader_poll_interval,
            ),
            (
                "read_your_writes_ttl",
                known.read_your_writes_ttl == cluster.read_your_writes_ttl,
            ),
        ] {
            if same {
                continue;
            }
            let place = |extra: &Extra| {
                let member = extra.value.member(key);
                member.map_or(extra.key.span, |member| member.value.span)
            };
            findings.push(
                Diagnostic::new(
                    &codes::CLUSTER_SETTINGS,
                    format!("`{key}` differs from that of another block for the same cluster"),
                    place(extra),
                    "this one",
                )
                .label(place(first), "from this one")
                .help("give both the same; what all blocks share stands well in `$define`"),
            );
        }
    }
}

/// A static of `bases.rs`, and the end of the handler.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (cluster, _) = read(node);
    let (Some(service), Some(endpoint)) = (&cluster.service, to.endpoint) else {
        return;
    };
    // An endpoint of several is closed before.
    let [backend] = endpoint.backends.as_slice() else {
        return;
    };
    let value = Chain::new("BaseHa::new", [service.into()])
        .maybe(
            "leader_poll_interval",
            cluster.leader_poll_interval.map(Arg::Duration),
        )
        .maybe(
            "write_methods",
            cluster.write_methods.clone().map(Arg::Texts),
        )
        .maybe(
            "read_your_writes_ttl",
            cluster.read_your_writes_ttl.map(Arg::Duration),
        )
        .maybe("replay_buffer", cluster.replay_buffer.map(Arg::Number));
    let place = to.add(Static {
        file: "bases",
        name: constant(&slot::likely(service.written())),
        kind: "BaseHa",
        doc: doc(&cluster, service),
        value,
    });
    to.texts([service]);
    to.part(place);
    to.feature("base-ha");
    let way = way::of(&cluster, service, endpoint, backend);
    to.ending("forward_by_role", place, Does::Sends(way));
}

/// What tells it from others of the same cluster.
fn doc(cluster: &Cluster, service: &Text) -> String {
    let methods = cluster.write_methods.as_ref().map(|methods| {
        let verb = if methods.len() == 1 {
            "writes"
        } else {
            "write"
        };
        format!(", where {} {verb}", units::listed(methods))
    });
    let held = cluster
        .replay_buffer
        .map(|held| format!(", with {} of a body held", units::bytes(held)));
    format!(
        "The cluster behind `{}`{}{}.",
        service.written(),
        methods.unwrap_or_default(),
        held.unwrap_or_default()
    )
}

impl Cluster {
    fn writes(&self, method: Method) -> bool {
        match &self.write_methods {
            None => WRITES.contains(&method.as_str()),
            Some(methods) => methods.iter().any(|known| known == method.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_has_the_same() {
        let runtime = include_str!("../../../runtime/src/base_ha.rs");
        for line in [
            format!(
                "leader_poll_interval: Duration::from_secs({}),",
                INTERVAL.as_secs()
            ),
            format!(
                "read_your_writes_ttl: Duration::from_secs({}),",
                TTL.as_secs()
            ),
            format!("write_methods: &{WRITES:?},"),
            format!("replay_buffer: {} * 1024,", REPLAY / 1024),
        ] {
            assert!(
                runtime.contains(&line),
                "runtime/src/base_ha.rs has no `{line}`"
            );
        }
    }
}
