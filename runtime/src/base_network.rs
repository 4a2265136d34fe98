//! `github.com/hanzoai/gateway/base-network`: a Base network, in which each key has its member, and each request goes to
//! the member that has its key.
//!
//! [`network`] keeps the list of members fresh on the control thread ([`answer`]), [`members`] is what the cores read of
//! it: which member is to have which key, by [`subset`] and [`hash`]. [`key`] takes the key from a request; [`ending`] is
//! the future that goes there, and once more where a member says that the key is another's.

mod answer;
mod ending;
mod hash;
mod key;
mod members;
mod network;
mod subset;

pub use key::ShardKey;

use crate::{
    call::Call,
    cx::Cx,
    endpoint::Decision,
    expected::Expected,
    forward::forward,
    gate::{Part, Start},
    measure::Measures,
    upstream::Upstream,
};
use network::Network;
use std::{sync::OnceLock, time::Duration};

const KEY: &str = "github.com/hanzoai/gateway/base-network";

/// How requests find their member of a network. Every setter documents its default.
pub struct BaseNetwork {
    upstream: &'static Upstream,
    key: ShardKey,
    label: Option<&'static str>,
    poll_interval: Duration,
    replay_buffer: u64,
    /// And whether it was opened for this one.
    network: OnceLock<(&'static Network, bool)>,
}

impl BaseNetwork {
    /// The network whose members are asked for at the hosts of `upstream`; `key` says what of a request is its key.
    pub const fn new(upstream: &'static Upstream, key: ShardKey) -> BaseNetwork {
        BaseNetwork {
            upstream,
            key,
            label: None,
            poll_interval: Duration::from_secs(5),
            replay_buffer: 64 * 1024,
            network: OnceLock::new(),
        }
    }

    /// What the log calls the key. Default: its source.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> BaseNetwork {
        self.label = Some(label);
        self
    }

    /// From one poll of the members to the next (BN-2). Default 5 s.
    #[must_use]
    pub const fn poll_interval(mut self, interval: Duration) -> BaseNetwork {
        self.poll_interval = interval;
        self
    }

    /// Bytes of a request body that are held, so that it can be sent to another member; a longer one goes to the first
    /// only. Default 64 KiB.
    #[must_use]
    pub const fn replay_buffer(mut self, bytes: u64) -> BaseNetwork {
        self.replay_buffer = bytes;
        self
    }

    /// None: it was not started.
    fn network(&self) -> Option<&'static Network> {
        self.network.get().map(|(network, _)| *network)
    }

    /// For the log.
    fn key_name(&self) -> String {
        match self.label {
            Some(label) => format!("{label} ({})", self.key),
            None => self.key.to_string(),
        }
    }
}

impl Part for BaseNetwork {
    fn key(&self) -> &'static str {
        KEY
    }

    fn start(&'static self, start: &mut Start) {
        let opened = match Network::open(self.upstream, self.poll_interval) {
            Ok(opened) => opened,
            Err(why) => {
                let label = self.upstream.label;
                return start.fail(format!("{KEY}: a host of {label} cannot be asked: {why}"));
            }
        };
        // A second start would bring the same.
        let _ = self.network.set(opened);
        match (opened, start.settings.mock) {
            ((network, true), None) => {
                start.spawn(network.keep(start.settings, Expected::new()));
            }
            ((network, true), Some(_)) => network.pretend(self.upstream.hosts[0]),
            ((_, false), _) => {}
        }
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        if let Some((network, true)) = self.network.get() {
            network.measure(to);
        }
    }
}

/// Ends a handler: the request goes to the member of `network` that has its key, and the answer is streamed back as it is.
///
/// # Errors
/// Those of [`crate::forward`].
pub fn forward_to_member(
    cx: &mut Cx,
    call: &'static Call,
    network: &'static BaseNetwork,
) -> Decision {
    let mut next = forward(cx, call)?;
    next.then = Some(network);
    Ok(next)
}
