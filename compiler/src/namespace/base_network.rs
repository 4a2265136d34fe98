//! `github.com/hanzoai/gateway/base-network`: a backend that is a Base network, whose members each have their keys.

use super::words;
use crate::{
    config::header,
    describe::units::{bytes, duration, listed},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Static},
};
use std::{fmt, time::Duration};

/// As it stands in a config.
pub const KEY: &str = "github.com/hanzoai/gateway/base-network";
/// What every member is told, in the place of whatever a client says there (BN-8).
pub const SHARD_HEADER: &str = "X-Base-Shard";

const POLL_INTERVAL: Duration = Duration::from_secs(5);
const REPLAY_BUFFER: u64 = 65_536;
/// A network that is asked more often has less time for its clients.
const SHORTEST: Duration = Duration::from_millis(100);

/// What was asked for, with its defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// What the log calls the key.
    pub label: Option<String>,
    /// `None`: it cannot be read, and a finding says so.
    pub source: Option<Source>,
    /// From one poll of the members to the next.
    pub poll_interval: Duration,
    /// Bytes of a body that can be sent again.
    pub replay_buffer: u64,
}

/// What of a request is its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `jwt.sub`
    User,
    /// `jwt.owner`
    Organization,
    /// `header:<Name>`, as written.
    Header(String),
    /// `cookie:<name>`
    Cookie(String),
}

impl Source {
    /// The request header that it stands in.
    pub fn header(&self) -> &str {
        match self {
            Source::User => "X-User-Id",
            Source::Organization => "X-Org-Id",
            Source::Header(name) => name,
            Source::Cookie(_) => "Cookie",
        }
    }

    /// For the name of a static.
    fn short(&self) -> &str {
        match self {
            Source::User => "user",
            Source::Organization => "organization",
            Source::Header(name) | Source::Cookie(name) => name,
        }
    }

    fn arg(&self) -> Arg {
        match self {
            Source::User => Arg::Call("ShardKey::user", Vec::new()),
            Source::Organization => Arg::Call("ShardKey::organization", Vec::new()),
            Source::Header(name) => {
                let name = name.to_ascii_lowercase();
                Arg::Call("ShardKey::header", vec![name.as_str().into()])
            }
            Source::Cookie(name) => Arg::Call("ShardKey::cookie", vec![name.as_str().into()]),
        }
    }
}

/// For a person.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::User => f.write_str("the user that the gateway knows (`X-User-Id`)"),
            Source::Organization => {
                f.write_str("the organization that the gateway knows (`X-Org-Id`)")
            }
            Source::Header(name) => write!(f, "the header `{name}`"),
            Source::Cookie(name) => write!(f, "the cookie `{name}`"),
        }
    }
}

/// The schema has checked types and ranges; what the texts hold is looked into here.
pub fn read(node: &Node) -> (Network, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let network = Network {
        label: words::text(node, "shard_key").map(str::to_owned),
        source: node
            .get("shard_key_source")
            .and_then(|node| source(node, &mut findings)),
        poll_interval: node
            .get("member_poll_interval_ms")
            .and_then(|node| interval(node, &mut findings))
            .unwrap_or(POLL_INTERVAL),
        replay_buffer: node
            .get("replay_buffer")
            .and_then(Node::as_u64)
            .unwrap_or(REPLAY_BUFFER),
    };
    (network, findings)
}

fn source(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Source> {
    let text = node.as_str()?;
    match text.split_once(':') {
        None if text == "jwt.sub" => return Some(Source::User),
        None if text == "jwt.owner" => return Some(Source::Organization),
        Some(("header", name)) => match words::header_name(node, name) {
            None => return Some(Source::Header(name.to_owned())),
            Some(finding) => findings.push(finding),
        },
        Some(("cookie", name)) if header::is_token(name) => {
            return Some(Source::Cookie(name.to_owned()));
        }
        _ => findings.push(no_source(node, text)),
    }
    None
}

fn no_source(node: &Node, text: &str) -> Diagnostic {
    let finding =
        |message: String, why| Diagnostic::new(&codes::SHARD_KEY, message, node.span, why);
    if let Some(name) = text.strip_prefix("cookie:") {
        return finding(format!("`{name}` is not the name of a cookie"), "")
            .help("for example \"cookie:tenant\"");
    }
    let message = format!("`{text}` is not what a shard is chosen by");
    match text.strip_prefix("jwt.") {
        Some(claim) if !claim.is_empty() => finding(message, "no request has it")
            .note("of a token's claims the gateway passes on two by itself: the user and the organization")
            .help(format!(
                "\"jwt.sub\" or \"jwt.owner\"; for another claim, put `{claim}` into a header by `propagate_claims`, \
                 and name that one: \"header:X-Tenant\""
            )),
        _ => finding(message, "")
            .help("\"jwt.sub\", \"jwt.owner\", \"header:X-Tenant\" or \"cookie:tenant\""),
    }
}

fn interval(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Duration> {
    let interval = Duration::from_millis(node.as_u64()?);
    if interval.is_zero() {
        findings.push(
            Diagnostic::new(
                &codes::ZERO_DEFAULT,
                "`member_poll_interval_ms` of zero counts as none given",
                node.span,
                "5000 is used",
            )
            .help("remove it, or write the number that is meant"),
        );
        return None;
    }
    if interval < SHORTEST {
        findings.push(
            Diagnostic::new(
                &codes::BAD_DURATION,
                "the members are asked too often",
                node.span,
                "in milliseconds, at least 100",
            )
            .help("5000 is usual: a key that has moved brings the next poll forward anyway"),
        );
    }
    Some(interval)
}

/// A static of `bases.rs`, and the end of the handler.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (network, _) = read(node);
    let Some(source) = &network.source else {
        unreachable!("a config with errors is not lowered")
    };
    let hosts = to.hosts();
    let at: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
    let at = listed(&at);
    let name = hosts.first().map_or("", |host| host.name.as_str());
    let name = format!(
        "{} by {}",
        name.split('.').next().unwrap_or(name),
        source.short()
    );
    let says = says(&network, source, &at);
    let number = |n, default| (n != default).then_some(Arg::Number(n));
    let interval = Some(network.poll_interval).filter(|interval| *interval != POLL_INTERVAL);
    let value = Chain::new("BaseNetwork::new", [Arg::Upstream(hosts), source.arg()])
        .maybe("label", network.label.as_deref().map(Arg::from))
        .maybe("member_poll_interval", interval.map(Arg::Duration))
        .maybe(
            "replay_buffer",
            number(network.replay_buffer, REPLAY_BUFFER),
        );
    let place = to.add(Static {
        file: "bases",
        name: constant(&name),
        kind: "BaseNetwork",
        doc: format!("The Base network at {at}, sharded by {source}."),
        value,
    });
    to.part(place);
    to.feature("base-network");
    to.ending("forward_to_member", place, says);
}

/// For a person.
fn says(network: &Network, source: &Source, at: &str) -> String {
    let held = match network.replay_buffer {
        0 => "no body is held, so that one with a body gets a 503 instead".to_owned(),
        most => format!(
            "a body of up to {} is held for that, a longer one gets a 503 instead",
            bytes(most)
        ),
    };
    format!(
        "It goes to one member of a Base network, by its key: {source}. Without a key, 400. The members are asked for \
         every {} at {at}; while none is known, 502. A write goes to the member that the key belongs to, \
         a read to one that has it; each is told the key as `{SHARD_HEADER}`. A member that cannot be reached is passed \
         over once: for reads by the next that has the key, for writes if a fresh poll says that the key is another's. \
         A 307 or 308 is followed once, to a known member ({held}), and never reaches the client. The answer comes back \
         as it is.",
        duration(network.poll_interval)
    )
}
