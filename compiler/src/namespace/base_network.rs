//! `github.com/hanzoai/gateway/base-network`: a backend that is a Base network, whose members each have their keys.

mod lower;

pub use lower::lower;

use super::words;
use crate::{
    config::header,
    diagnostic::{Diagnostic, codes},
    json::Node,
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
