//! Hosts that SRV records name: looked up before anything listens, and again when what was found does not hold any more.
//!
//! The control thread asks, the cores read a snapshot. A lookup that fails changes nothing: a DNS server that is down must
//! not take the gateway with it. Until the first one succeeds there is one host, of the service's own name, which cannot
//! be reached.

mod resolver;
mod turns;

use super::{Address, Target, Upstream};
use crate::{expected::Expected, gate::Task, host, settings::Settings};
use arc_swap::ArcSwap;
use resolver::{NotFound, Resolver};
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

/// Answers that hold for less are believed for so long.
const SHORTEST: Duration = Duration::from_secs(1);
/// After a lookup that failed; twice as long each time, up to the second.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// The hosts of a service, as they are known now: each as often as it has turns. Never empty.
pub(crate) struct Service {
    name: Address,
    found: ArcSwap<Vec<&'static Target>>,
}

/// What a lookup came to.
pub(crate) struct Lookup {
    /// In the order of their turns.
    pub hosts: Vec<&'static Target>,
    /// How long that holds.
    ttl: Duration,
}

impl Service {
    /// `name` is the service's, with the port of the scheme.
    pub fn new(name: Address) -> Service {
        let nobody = Target::of(name);
        Service {
            name,
            found: ArcSwap::from_pointee(vec![nobody]),
        }
    }

    pub fn with_hosts<T>(&self, act: impl FnOnce(&[&'static Target]) -> T) -> T {
        act(&self.found.load())
    }

    /// Not where somebody else answers for it: `--mock`, or `--resolve` with its name and the port of the scheme.
    fn is_looked_up(&self, settings: &Settings) -> bool {
        let Address { name, port, .. } = self.name;
        let mut pins = settings.resolve.iter();
        let is_pinned = pins.any(|pin| pin.port == port && pin.host == name);
        !is_pinned && settings.mock.is_none()
    }

    /// Looks it up again and again.
    async fn keep(&'static self, settings: &'static Settings, first: Expected) {
        let mut first = Some(first);
        let (mut failures, longest) = (0_u32, settings.gateway.dns_ttl);
        loop {
            let pause = match self.look_up(settings).await {
                Ok(lookup) => {
                    if failures > 0 {
                        tracing::info!("`{}` is found again", self.name.name);
                    }
                    failures = 0;
                    let pause = lookup.ttl.clamp(SHORTEST, longest.max(SHORTEST));
                    self.publish(lookup.hosts);
                    pause
                }
                Err(why) => {
                    if failures == 0 {
                        tracing::warn!(
                            "cannot look up the SRV records of `{}`, going on with the hosts that are known: {why}",
                            self.name.name
                        );
                    }
                    failures += 1;
                    let (shortest, longest) = AGAIN;
                    shortest
                        .saturating_mul(1 << (failures - 1).min(16))
                        .min(longest)
                }
            };
            first.take();
            tokio::time::sleep(pause).await;
        }
    }

    /// What the records say now, with the addresses of every host.
    async fn look_up(&self, settings: &Settings) -> Result<Lookup, NotFound> {
        let resolver = Resolver::new(&settings.dns_servers);
        let records = resolver.services(self.name.name).await?;
        let mut lookup = Lookup {
            hosts: Vec::new(),
            ttl: records.ttl,
        };
        for (name, port) in turns::turns(records.what) {
            // What is no host name could not be called, and would not be safe in a `Host` header.
            let Ok(mut authority) = host::parse(&format!("http://{name}:{port}")) else {
                tracing::warn!(
                    "`{name}:{port}`, of the SRV records of `{}`, is no host",
                    self.name.name
                );
                continue;
            };
            authority.tls = self.name.secure;
            if let Some(target) = Target::found(&authority) {
                lookup.hosts.push(target);
            } else {
                tracing::error!(
                    "`{name}:{port}` is not called: this process has come to know too many hosts"
                );
            }
        }
        if lookup.hosts.is_empty() {
            return Err(NotFound::Nothing);
        }
        let names: BTreeSet<&str> = lookup.hosts.iter().map(|target| target.host.name).collect();
        for name in names {
            // The system may know what the server does not.
            let Ok(found) = resolver.addresses(name).await else {
                continue;
            };
            lookup.ttl = lookup.ttl.min(found.ttl);
            for target in lookup
                .hosts
                .iter()
                .filter(|target| target.host.name == name)
            {
                let at = |ip: &_| SocketAddr::new(*ip, target.host.port);
                target.at(found.what.iter().map(at).collect());
            }
        }
        Ok(lookup)
    }

    fn publish(&self, hosts: Vec<&'static Target>) {
        let numbers = |hosts: &[&'static Target]| -> BTreeSet<usize> {
            hosts.iter().map(|target| target.number).collect()
        };
        let after = numbers(&hosts);
        if after.len() > 1 {
            for target in &hosts {
                target.health.rotates();
            }
        }
        if numbers(&self.found.load()) != after {
            let mut names: Vec<String> = hosts.iter().map(|t| t.host.to_string()).collect();
            names.sort();
            names.dedup();
            tracing::info!("hosts of `{}`: {}", self.name.name, names.join(", "));
        }
        self.found.store(Arc::new(hosts));
    }
}

/// What keeps the services of the gateway: for the control thread. None where somebody else answers for them.
pub(crate) fn tasks(settings: &'static Settings) -> Vec<Task> {
    let services = settings.gateway.upstreams.iter();
    let services = services.filter_map(|upstream| upstream.service());
    services
        .filter(|service| service.is_looked_up(settings))
        .map(|service| Box::pin(service.keep(settings, Expected::new())) as Task)
        .collect()
}

/// The hosts of `upstream`, if they are looked up.
pub(crate) async fn look_up(
    upstream: &'static Upstream,
    settings: &Settings,
) -> Option<Result<Vec<&'static Target>, String>> {
    let service = upstream.service();
    let service = service.filter(|service| service.is_looked_up(settings))?;
    let lookup = service.look_up(settings).await;
    Some(
        lookup
            .map(|lookup| lookup.hosts)
            .map_err(|why| why.to_string()),
    )
}
