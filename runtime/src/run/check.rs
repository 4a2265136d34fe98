//! `check`: would the gateway start here, can every upstream be reached, every key set fetched, and does every cluster
//! have a leader, or members?
//!
//! Reads the files of TLS as a start does; asks the system for hosts as the gateway would, all at once, and sends no
//! request to them.

#[cfg(feature = "auth")]
mod key_sets;
#[cfg(feature = "base-ha")]
mod leaders;
#[cfg(feature = "limit-shared")]
mod limit_stores;
#[cfg(feature = "base-network")]
mod members;

#[cfg(feature = "dns")]
use crate::upstream::{Target, discover};
use crate::{
    gate,
    settings::{Resolve, Settings},
    upstream::{Address, Upstream},
};
use serde_json::{Value, json};
use std::{
    io,
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::net::{TcpStream, lookup_host};

/// What was found out about one host.
struct Finding {
    upstream: &'static str,
    host: Address,
    took: Duration,
    result: Result<SocketAddr, Unreachable>,
}

/// Why a host cannot be reached.
#[derive(Debug, thiserror::Error)]
enum Unreachable {
    #[error("cannot resolve the name: {0}")]
    Resolve(#[source] io::Error),
    #[cfg(feature = "dns")]
    #[error("cannot look up its SRV records: {0}")]
    Service(String),
    #[error("the name has no address")]
    NoAddress,
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, #[source] io::Error),
    #[error("no connection within {0:?}")]
    Timeout(Duration),
}

/// One line for each fault in the files of TLS, each host of each upstream, each key set, cluster and store; the exit code
/// is 1 if there is a fault, something that cannot be reached, or a cluster without a leader or members.
pub(super) fn run(settings: &'static Settings, as_json: bool) -> ExitCode {
    // What would go on beside the requests is not needed here.
    if let Err(failures) = gate::Start::rehearse(settings) {
        super::complain(&failures);
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&format_args!("cannot start: {error}")),
    };
    let findings = runtime.block_on(probe_all(settings));
    #[cfg(feature = "auth")]
    let key_sets = runtime.block_on(key_sets::probe_all(settings));
    #[cfg(feature = "base-ha")]
    let leaders = runtime.block_on(crate::base_ha::probe_all(settings));
    #[cfg(feature = "base-network")]
    let members = runtime.block_on(crate::base_network::probe_all(settings));
    #[cfg(feature = "limit-shared")]
    let stores = runtime.block_on(limit_stores::probe_all());
    // A name that the system is still looking up is not waited for.
    runtime.shutdown_background();

    let faults = faults(settings);
    let faults = faults.iter().map(|fault| {
        let line = format!("failed  tls  {fault}\n");
        (false, line, json!({ "tls": fault, "ok": false }))
    });
    let lines = faults.chain(
        findings
            .iter()
            .map(|finding| (finding.result.is_ok(), finding.line(), finding.json())),
    );
    #[cfg(feature = "auth")]
    let lines = lines.chain(key_sets.iter().map(key_sets::line));
    #[cfg(feature = "base-ha")]
    let lines = lines.chain(leaders.iter().map(leaders::line));
    #[cfg(feature = "base-network")]
    let lines = lines.chain(members.iter().map(members::line));
    #[cfg(feature = "limit-shared")]
    let lines = lines.chain(stores.iter().map(limit_stores::line));
    let lines: Vec<(bool, String, Value)> = lines.collect();
    let printed = if as_json {
        super::print_json(&lines.iter().map(|(_, _, json)| json.clone()).collect())
    } else {
        super::print(&lines.iter().map(|(_, text, _)| &**text).collect::<String>())
    };
    if lines.iter().all(|(good, ..)| *good) {
        printed
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(any(feature = "tls", feature = "tls-listener"))]
fn faults(settings: &Settings) -> Vec<String> {
    let faults = crate::tls::check(settings.gateway);
    faults.iter().map(ToString::to_string).collect()
}

#[cfg(not(any(feature = "tls", feature = "tls-listener")))]
fn faults(_: &Settings) -> Vec<String> {
    Vec::new()
}

/// Something to probe: whose it is, and where its name leads, if that is known without asking the system.
struct Probe {
    upstream: &'static str,
    host: Address,
    known: Option<Vec<SocketAddr>>,
}

async fn probe_all(settings: &Settings) -> Vec<Finding> {
    let limit = settings.gateway.connect_timeout;
    let mut findings = Vec::new();
    let mut probes = Vec::new();
    for upstream in settings.gateway.upstreams {
        match hosts(upstream, settings).await {
            Ok(hosts) => probes.extend(hosts),
            Err(finding) => findings.push(*finding),
        }
    }
    let probes: Vec<_> = probes
        .into_iter()
        .map(
            |Probe {
                 upstream,
                 host,
                 known,
             }| { (upstream, host, tokio::spawn(probe(host, known, limit))) },
        )
        .collect();
    for (upstream, host, probe) in probes {
        let (result, took) = probe.await.unwrap_or_else(|panic| {
            (
                Err(Unreachable::Resolve(io::Error::other(panic))),
                Duration::ZERO,
            )
        });
        findings.push(Finding {
            upstream,
            host,
            took,
            result,
        });
    }
    findings
}

/// The hosts of an upstream, looked up where the config names a service.
#[cfg_attr(
    not(feature = "dns"),
    expect(clippy::unused_async, reason = "nothing is looked up")
)]
async fn hosts(
    upstream: &'static Upstream,
    settings: &Settings,
) -> Result<Vec<Probe>, Box<Finding>> {
    let pinned = |host| fixed_address(&settings.resolve, host).map(|address| vec![address]);
    #[cfg(feature = "dns")]
    {
        let start = Instant::now();
        match discover::look_up(upstream, settings).await {
            Some(Ok(mut targets)) => {
                targets.sort_by_key(|target| target.number);
                targets.dedup_by_key(|target| target.number);
                let probe = |target: &'static Target| Probe {
                    upstream: upstream.label,
                    host: target.host,
                    known: pinned(target.host).or_else(|| target.known()),
                };
                return Ok(targets.into_iter().map(probe).collect());
            }
            Some(Err(why)) => {
                return Err(Box::new(Finding {
                    upstream: upstream.label,
                    host: upstream.hosts[0].address(),
                    took: start.elapsed(),
                    result: Err(Unreachable::Service(why)),
                }));
            }
            None => {}
        }
    }
    let probe = |host: Address| Probe {
        upstream: upstream.label,
        host,
        known: pinned(host),
    };
    let hosts = upstream.hosts.iter().map(|host| host.address());
    Ok(hosts.map(probe).collect())
}

async fn probe(
    host: Address,
    known: Option<Vec<SocketAddr>>,
    limit: Duration,
) -> (Result<SocketAddr, Unreachable>, Duration) {
    let start = Instant::now();
    let result = tokio::time::timeout(limit, connect(host, known)).await;
    (
        result.unwrap_or(Err(Unreachable::Timeout(limit))),
        start.elapsed(),
    )
}

/// Tries one address after the other, as a call does.
async fn connect(host: Address, known: Option<Vec<SocketAddr>>) -> Result<SocketAddr, Unreachable> {
    let addresses = match known {
        Some(addresses) => addresses,
        None => lookup_host((bare(host.name), host.port))
            .await
            .map_err(Unreachable::Resolve)?
            .collect(),
    };
    let mut failure = Unreachable::NoAddress;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(address),
            Err(error) => failure = Unreachable::Connect(address, error),
        }
    }
    Err(failure)
}

fn fixed_address(resolve: &[Resolve], host: Address) -> Option<SocketAddr> {
    let name = bare(host.name);
    let hit = |r: &&Resolve| r.port == host.port && r.host.eq_ignore_ascii_case(name);
    resolve.iter().find(hit).map(|r| r.to)
}

/// An IPv6 address has brackets in a URL, and none anywhere else.
fn bare(name: &str) -> &str {
    name.strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name)
}

impl Finding {
    fn line(&self) -> String {
        let Finding {
            upstream,
            host: Address { name, port, .. },
            took,
            result,
        } = self;
        let milliseconds = took.as_millis();
        match result {
            Ok(to) => format!("ok      {upstream}  {name}:{port} at {to}, {milliseconds} ms\n"),
            Err(why) => format!("failed  {upstream}  {name}:{port}: {why} ({milliseconds} ms)\n"),
        }
    }

    fn json(&self) -> Value {
        json!({
            "upstream": self.upstream,
            "host": self.host.name,
            "port": self.host.port,
            "ok": self.result.is_ok(),
            "address": self.result.as_ref().ok().map(SocketAddr::to_string),
            "error": self.result.as_ref().err().map(Unreachable::to_string),
            "milliseconds": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}
