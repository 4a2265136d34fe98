//! Where calls go, and the connections they go over.
//!
//! Everything here belongs to one core: a connection is opened, used and kept by the core whose client it serves, so
//! that nothing is locked and nothing moves between threads.

mod connect;
mod connection;
mod dns;
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
pub(crate) use feed::Feed;
#[cfg(any(feature = "edge", feature = "zap"))]
pub(crate) use feed::Upload;
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
    targets: OnceLock<Vec<&'static Target>>,
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

    /// The text, where it has slots.
    pub(crate) fn text(self) -> Option<Text> {
        match self.0 {
            Written::Known(_) => None,
            Written::Slots(text) => Some(text),
        }
    }

    /// What is called.
    ///
    /// # Panics
    /// If it has slots whose value is no host: the gateway refuses to start with one.
    pub(crate) fn address(self) -> Address {
        match self.0 {
            Written::Known(address) => address,
            Written::Slots(text) => {
                let found = host::parse(text.get());
                let found = found.unwrap_or_else(|_| panic!("{text:?} came to no host"));
                Address {
                    name: found.name.leak(),
                    port: found.port,
                    secure: found.tls,
                }
            }
        }
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
        match self.targets() {
            [only] => only,
            several => rotation::next(several, &self.next),
        }
    }

    /// A host that was not tried yet, for another attempt of a call; None: all were.
    pub(crate) fn another(&self, tried: &[&'static Target]) -> Option<&'static Target> {
        rotation::another(self.targets(), &self.next, tried)
    }

    /// Whether [`Upstream::another`] would find one.
    pub(crate) fn has_another(&self, tried: &[&'static Target]) -> bool {
        rotation::has_another(self.targets(), tried)
    }

    /// All of its hosts.
    pub(crate) fn targets(&self) -> &[&'static Target] {
        self.targets.get_or_init(|| {
            let hosts = self.hosts.iter().map(|host| host.address());
            let targets: Vec<_> = hosts.map(Target::of).collect();
            if let [_, _, ..] = *targets {
                for target in &targets {
                    target.health.rotates();
                }
            }
            // Gateways that start together should not all begin with the same host.
            self.next.store(fastrand::usize(..), Relaxed);
            targets
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
    #[error("the exchange failed: {}", with_causes(.0))]
    Exchange(#[source] hyper::Error),
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

/// hyper's errors keep what happened in their sources.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
