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
mod metrics;
mod network;
mod subset;
mod told;

pub use key::ShardKey;
pub(crate) use network::{Report, probe_all};

use crate::{
    call::Call,
    cx::Cx,
    endpoint::Decision,
    forward::forward,
    gate::{Part, Start},
    measure::Measures,
    upstream::Upstream,
};
use network::{Network, Opened};
use std::{sync::OnceLock, time::Duration};

/// How requests find their member of a network. Every setter documents its default.
pub struct BaseNetwork {
    upstream: &'static Upstream,
    key: ShardKey,
    label: Option<&'static str>,
    member_poll_interval: Duration,
    replay_buffer: u64,
    opened: OnceLock<Opened>,
}

impl BaseNetwork {
    /// The network whose members are asked for at the hosts of `upstream`; `key` says what of a request is its key.
    pub const fn new(upstream: &'static Upstream, key: ShardKey) -> BaseNetwork {
        BaseNetwork {
            upstream,
            key,
            label: None,
            member_poll_interval: Duration::from_secs(5),
            replay_buffer: 64 * 1024,
            opened: OnceLock::new(),
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
    pub const fn member_poll_interval(mut self, interval: Duration) -> BaseNetwork {
        self.member_poll_interval = interval;
        self
    }

    /// Bytes of a request body that are held, so that it can be sent to another member; a longer one goes to the first
    /// only. Default 64 KiB.
    #[must_use]
    pub const fn replay_buffer(mut self, bytes: u64) -> BaseNetwork {
        self.replay_buffer = bytes;
        self
    }

    /// # Panics
    /// If it was not started: gwc lists every one among the gateway's parts.
    fn network(&self) -> &'static Network {
        let opened = self.opened.get();
        opened.expect("a part is started before it is used").network
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
        "github.com/hanzoai/gateway/base-network"
    }

    fn start(&'static self, start: &mut Start) {
        let opened = Network::open(self.upstream, self.member_poll_interval, start);
        // A second start would bring the same.
        drop(self.opened.set(opened));
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        // Of those that share a network, the one that opened it tells.
        if let Some(Opened {
            network,
            first: true,
        }) = self.opened.get()
        {
            network.counts.tell(network, to);
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
