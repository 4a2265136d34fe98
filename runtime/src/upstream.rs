//! Where calls go, and the connections they go over.
//!
//! Everything here belongs to one core: a connection is opened, used and kept by the core whose client it serves, so
//! that nothing is locked and nothing moves between threads.

mod connect;
mod connection;
#[cfg(feature = "dns")]
pub(crate) mod discover;
mod dns;
mod download;
mod exchange;
mod feed;
pub(crate) mod head;
mod health;
#[cfg(feature = "metrics")]
mod measure;
mod pool;
mod rotation;
mod silence;
mod target;
#[cfg(feature = "tls")]
pub(crate) mod tls;
mod wire;

#[cfg(feature = "zap")]
pub(crate) use connect::dial;
#[cfg(feature = "fetch")]
pub(crate) use connect::dial_any;
pub(crate) use connection::Connection;
pub(crate) use download::Download;
pub(crate) use exchange::Exchange;
pub use exchange::ExchangeError;
pub(crate) use feed::Feed;
#[cfg(feature = "zap")]
pub(crate) use feed::{Length, Upload};
pub(crate) use head::Aim;
#[cfg(feature = "metrics")]
pub(crate) use measure::measure;
pub(crate) use pool::{Pools, Slot};
pub(crate) use silence::Silence;
pub(crate) use target::{Address, Target};
pub(crate) use wire::Traffic;

use crate::{host, measure::Counter, text::Text};
use std::{
    io,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// A group of hosts that serve the same thing; calls take them in turn.
pub struct Upstream {
    pub(crate) label: &'static str,
    pub(crate) hosts: &'static [Host],
    pub(crate) retries: Retries,
    next: AtomicUsize,
    targets: OnceLock<Targets>,
}

/// The hosts of an upstream as the process knows them; never none.
enum Targets {
    Fixed(Vec<&'static Target>),
    #[cfg(feature = "dns")]
    Found(discover::Service),
}

/// Attempts after the first, of all calls of an upstream.
pub(crate) struct Retries {
    pub made: Counter,
    /// Those that were wanted, and over the budget.
    pub unaffordable: Counter,
}

/// One place to call, as the config says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(Written);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Known(Address),
    Slots(Text),
    /// A service, and whether its hosts are called with TLS.
    #[cfg(feature = "dns")]
    Service(Text, bool),
}

impl Host {
    /// `http://name:port`; `name` is a host name or an address (IPv6 in brackets).
    pub const fn http(name: &'static str, port: u16) -> Host {
        Host(Written::Known(Address {
            name,
            port,
            secure: false,
        }))
    }

    /// `https://name:port`. Needs the feature `tls`.
    pub const fn https(name: &'static str, port: u16) -> Host {
        Host(Written::Known(Address {
            name,
            port,
            secure: true,
        }))
    }

    /// A text with slots that is a host once they are filled: `http://${env:CLOUD_HOST:-cloud-api}:8000`.
    pub const fn slots(text: &'static str) -> Host {
        Host(Written::Slots(Text::new(text)))
    }

    /// The hosts that the SRV records of `name` name, called by `http://`; it may have slots. It is the only host of its
    /// upstream.
    #[cfg(feature = "dns")]
    pub const fn srv(name: &'static str) -> Host {
        Host(Written::Service(Text::new(name), false))
    }

    /// As [`Host::srv`], called by `https://`. Needs the feature `tls`.
    #[cfg(feature = "dns")]
    pub const fn srv_tls(name: &'static str) -> Host {
        Host(Written::Service(Text::new(name), true))
    }

    /// The text, where it may have slots.
    pub(crate) fn text(self) -> Option<Text> {
        match self.0 {
            Written::Known(_) => None,
            Written::Slots(text) => Some(text),
            #[cfg(feature = "dns")]
            Written::Service(text, _) => Some(text),
        }
    }

    /// What is called; of a service, its name and the port of the scheme.
    ///
    /// # Panics
    /// If it has slots whose value is no host: the gateway refuses to start with one.
    pub(crate) fn address(self) -> Address {
        match self.0 {
            Written::Known(address) => address,
            Written::Slots(text) => parsed(text),
            #[cfg(feature = "dns")]
            Written::Service(text, secure) => Address {
                port: if secure { 443 } else { 80 },
                secure,
                ..parsed(text)
            },
        }
    }
}

fn parsed(text: Text) -> Address {
    let found = host::parse(text.get());
    let found = found.unwrap_or_else(|_| panic!("{text:?} came to no host"));
    Address {
        name: found.name.leak(),
        port: found.port,
        secure: found.tls,
    }
}

impl Upstream {
    /// An upstream that logs and errors call `label`.
    ///
    /// # Panics
    /// When the gateway is compiled, if there is no host.
    pub const fn new(label: &'static str, hosts: &'static [Host]) -> Upstream {
        assert!(!hosts.is_empty(), "an upstream has at least one host");
        Upstream {
            label,
            hosts,
            retries: Retries {
                made: Counter::new(),
                unaffordable: Counter::new(),
            },
            next: AtomicUsize::new(0),
            targets: OnceLock::new(),
        }
    }

    /// The host whose turn it is; those that refuse connections are left out for a while.
    pub(crate) fn next_target(&self) -> &'static Target {
        self.with_targets(|targets| match targets {
            [only] => only,
            several => rotation::next(several, &self.next),
        })
    }

    /// A host that was not tried yet, for another attempt of a call; None: all were.
    pub(crate) fn another(&self, tried: &[&'static Target]) -> Option<&'static Target> {
        self.with_targets(|targets| rotation::another(targets, &self.next, tried))
    }

    /// Whether [`Upstream::another`] would find one.
    pub(crate) fn has_another(&self, tried: &[&'static Target]) -> bool {
        self.with_targets(|targets| rotation::has_another(targets, tried))
    }

    /// How its hosts are found, if they are looked up.
    #[cfg(feature = "dns")]
    fn service(&self) -> Option<&discover::Service> {
        match self.targets() {
            Targets::Found(service) => Some(service),
            Targets::Fixed(_) => None,
        }
    }

    /// All of its hosts, of which there is at least one.
    pub(crate) fn with_targets<T>(&self, act: impl FnOnce(&[&'static Target]) -> T) -> T {
        match self.targets() {
            Targets::Fixed(targets) => act(targets),
            #[cfg(feature = "dns")]
            Targets::Found(service) => service.with_hosts(act),
        }
    }

    fn targets(&self) -> &Targets {
        self.targets.get_or_init(|| {
            // Gateways that start together should not all begin with the same host.
            self.next.store(fastrand::usize(..), Relaxed);
            #[cfg(feature = "dns")]
            if let [Host(Written::Service(..))] = self.hosts {
                return Targets::Found(discover::Service::new(self.hosts[0].address()));
            }
            let hosts = self.hosts.iter().map(|host| host.address());
            let targets: Vec<_> = hosts.map(Target::of).collect();
            if let [_, _, ..] = *targets {
                for target in &targets {
                    target.health.rotates();
                }
            }
            Targets::Fixed(targets)
        })
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    #[error("cannot resolve `{0}`: {1}")]
    Resolve(&'static str, #[source] io::Error),
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] io::Error),
    #[error("`https` is not built in")]
    NoTls,
    #[error(transparent)]
    Exchange(ExchangeError),
    #[error("it switched protocols without being asked to")]
    Switched,
    #[error("no answer and no progress for {0:?}")]
    Silent(Duration),
    #[cfg(feature = "zap")]
    #[error("by ZAP: {0}")]
    Zap(#[source] crate::zap::PeerError),
}

impl UpstreamError {
    /// Whether the client gets a 504 rather than a 502.
    pub fn is_timeout(&self) -> bool {
        #[cfg(feature = "zap")]
        if let UpstreamError::Zap(error) = self {
            return error.is_timeout();
        }
        matches!(
            self,
            UpstreamError::ConnectTimeout(_) | UpstreamError::Silent(_)
        )
    }

    /// Whether there was no connection: no byte of the request can have reached the upstream.
    pub(crate) fn is_untouched(&self) -> bool {
        matches!(
            self,
            UpstreamError::Resolve(..)
                | UpstreamError::Connect(_)
                | UpstreamError::ConnectTimeout(_)
                | UpstreamError::Tls(_)
                | UpstreamError::NoTls
        )
    }
}
