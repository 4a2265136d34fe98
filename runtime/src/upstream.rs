//! Where calls go, and the connections they go over.
//!
//! Everything here belongs to one core: a connection is opened, used and kept by the core whose client it serves, so
//! that nothing is locked and nothing moves between threads.

mod connect;
mod connection;
mod dns;
mod feed;
pub(crate) mod head;
mod pool;
mod silence;
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
pub(crate) use pool::{Pools, Slot};
pub(crate) use silence::Silence;
pub(crate) use wire::Traffic;

use crate::{host, text::Text};
use http::HeaderValue;
use std::{
    fmt, io,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// Hosts that a process may come to know. A target lives as long as the process, for cores keep connections by its number.
const MAX_TARGETS: usize = 16_384;

/// A group of hosts that serve the same thing; calls take them in turn.
pub struct Upstream {
    pub(crate) label: &'static str,
    pub(crate) hosts: &'static [Host],
    next: AtomicUsize,
    targets: OnceLock<Vec<&'static Target>>,
}

/// One place to call, as the config says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(Written);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Known(Address),
    Slots(Text),
}

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
            next: AtomicUsize::new(0),
            targets: OnceLock::new(),
        }
    }

    /// The host whose turn it is.
    pub(crate) fn next_target(&self) -> &'static Target {
        let targets = self.targets.get_or_init(|| {
            self.hosts
                .iter()
                .map(|host| Target::of(host.address()))
                .collect()
        });
        match targets.as_slice() {
            [only] => only,
            several => several[self.next.fetch_add(1, Relaxed) % several.len()],
        }
    }
}

/// An [`Address`] as the process knows it: numbered, so that a core finds its connections without hashing. Upstreams that
/// name the same host share it.
pub(crate) struct Target {
    pub host: Address,
    pub number: usize,
    /// The authority, as in `Host`: without the scheme's default port.
    pub authority: HeaderValue,
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
    #[allow(dead_code, reason = "for upstreams that are found out")]
    pub fn found(host: &host::Authority) -> Option<&'static Target> {
        let mut all = Target::all();
        let same = |target: &&&Target| {
            let Address { name, port, secure } = target.host;
            (name, port, secure) == (host.name.as_str(), host.port, host.tls)
        };
        if let Some(known) = all.iter().find(same) {
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
        }));
        all.push(target);
        target
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
    #[allow(dead_code, reason = "for what sends a request again")]
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
