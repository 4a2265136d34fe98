//! One place to call, as the process knows it.

use super::health::Health;
use crate::host;
use http::HeaderValue;
use std::{
    fmt,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Hosts that a process may come to know. A target lives as long as the process, for cores keep connections by its number.
const MAX_TARGETS: usize = 16_384;

/// One `scheme://name:port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub name: &'static str,
    pub port: u16,
    pub secure: bool,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { name, port, secure } = self;
        let scheme = if *secure { "https" } else { "http" };
        write!(f, "{scheme}://{name}:{port}")
    }
}

/// An [`Address`] with a number, so that a core finds its connections without hashing. Upstreams that name the same host
/// share it.
pub(crate) struct Target {
    pub host: Address,
    pub number: usize,
    /// The authority, as in `Host`: without the scheme's default port.
    pub authority: HeaderValue,
    pub health: Health,
    /// Where its name was found to lead, if it is asked for here and not by the system's resolver.
    #[cfg(feature = "dns")]
    found: arc_swap::ArcSwapOption<Vec<SocketAddr>>,
}

impl Target {
    /// Of this host, whoever names it.
    pub fn of(host: Address) -> &'static Target {
        let mut all = Target::all();
        let known = all.iter().find(|target| target.host == host).copied();
        known.unwrap_or_else(|| Target::new(host, &mut all))
    }

    /// Of a host that the config does not name: it was found out while the gateway runs. None: so many have been found
    /// that something must be wrong with whoever tells of them.
    #[allow(dead_code, reason = "not every gateway finds hosts out")]
    pub fn found(host: &host::Authority) -> Option<&'static Target> {
        let mut all = Target::all();
        if let Some(known) = all.iter().find(|target| target.is(host)) {
            return Some(known);
        }
        (all.len() < MAX_TARGETS).then(|| {
            let host = Address {
                name: host.name.clone().leak(),
                port: host.port,
                secure: host.tls,
            };
            Target::new(host, &mut all)
        })
    }

    /// Its name leads here.
    #[cfg(feature = "dns")]
    pub fn at(&self, addresses: Vec<SocketAddr>) {
        self.found.store(Some(addresses.into()));
    }

    /// Where its name leads, if that is known without asking: each call begins with another address.
    #[cfg_attr(
        not(feature = "dns"),
        expect(clippy::unused_self, reason = "only services are looked up here")
    )]
    pub fn known(&self) -> Option<Vec<SocketAddr>> {
        #[cfg(feature = "dns")]
        if let Some(found) = self.found.load_full() {
            let mut addresses = found.to_vec();
            addresses.rotate_left(fastrand::usize(..found.len().max(1)));
            return Some(addresses);
        }
        None
    }

    /// Whether it is of this host.
    #[allow(dead_code, reason = "not every gateway finds hosts out")]
    pub fn is(&self, host: &host::Authority) -> bool {
        let Address { name, port, secure } = self.host;
        (name, port, secure) == (host.name.as_str(), host.port, host.tls)
    }

    fn all() -> MutexGuard<'static, Vec<&'static Target>> {
        static ALL: Mutex<Vec<&'static Target>> = Mutex::new(Vec::new());
        ALL.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new(host: Address, all: &mut Vec<&'static Target>) -> &'static Target {
        let default_port = if host.secure { 443 } else { 80 };
        let authority = if host.port == default_port {
            host.name.to_owned()
        } else {
            format!("{}:{}", host.name, host.port)
        };
        // gwc checked the name; were it no header value, the upstream would see an empty `Host` and refuse.
        let authority = HeaderValue::try_from(authority).unwrap_or(HeaderValue::from_static(""));
        let target = Box::leak(Box::new(Target {
            host,
            number: all.len(),
            authority,
            health: Health::default(),
            #[cfg(feature = "dns")]
            found: arc_swap::ArcSwapOption::empty(),
        }));
        all.push(target);
        target
    }
}
