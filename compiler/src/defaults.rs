//! What the runtime does where the plan says nothing: its documented defaults, in one table.
//!
//! The compiler never sees the runtime, so the values stand here a second time; the test below holds each to the text of
//! the runtime, and fails when one of them moves.

use crate::plan::{LogLevel, TlsGroup};
use std::time::Duration;

macro_rules! defaults {
    ($($(#[$doc:meta])* $id:ident: $type:ty = $value:expr, $field:literal;)*) => {
        $($(#[$doc])* pub const $id: $type = $value;)*

        /// Field of the runtime's `Gateway`, and the expression that its `new` gives it.
        #[cfg(test)]
        const FIELDS: &[(&str, &str)] = &[$(($field, stringify!($value))),*];
    };
}

defaults! {
    /// HTTP/2 with prior knowledge.
    H2C: bool = true, "h2c";
    /// For a whole request head.
    READ_HEADER_TIMEOUT: Duration = Duration::from_secs(10), "read_header_timeout";
    /// Of a client connection between requests.
    IDLE_TIMEOUT: Duration = Duration::from_mins(10), "idle_timeout";
    /// For requests in flight after SIGTERM.
    DRAIN_TIMEOUT: Duration = Duration::from_secs(30), "drain_timeout";
    /// Of a request head.
    MAX_HEADER_BYTES: u64 = 64 * 1024, "max_header_bytes";
    /// Of a request head.
    MAX_HEADERS: u64 = 100, "max_headers";
    /// Of path and query.
    MAX_URI_BYTES: u64 = 16 * 1024, "max_uri_bytes";
    /// Of clients.
    MAX_CONNECTIONS: u64 = 65_536, "max_connections";
    /// To an established upstream connection.
    CONNECT_TIMEOUT: Duration = Duration::from_secs(5), "connect_timeout";
    /// Of an unused upstream connection.
    UPSTREAM_IDLE_TIMEOUT: Duration = Duration::from_mins(1), "upstream_idle_timeout";
    /// Unused connections kept, per host and core.
    MAX_IDLE_PER_HOST: u64 = 250, "max_idle_per_host";
    /// How long a resolved name is believed.
    DNS_TTL: Duration = Duration::from_secs(30), "dns_ttl";
    /// Where the JSON health answer is.
    HEALTH_PATH: Option<&str> = Some("/__health"), "health_path";
    /// Who may tell the client's address, in this order.
    CLIENT_IP_HEADERS: &[&str] = &["x-forwarded-for", "x-real-ip"], "client_ip_headers";
    /// The least that is written.
    LOG_LEVEL: LogLevel = LogLevel::Info, "log_level";
}

/// Groups of a TLS key exchange, the most wanted first.
pub const TLS_GROUPS: &[TlsGroup] = &[
    TlsGroup::X25519MlKem768,
    TlsGroup::X25519,
    TlsGroup::P256,
    TlsGroup::P384,
];

/// Alive: always there.
pub const LIVE: &str = "/healthz";
/// Ready to be sent requests: always there.
pub const READY: &str = "/readyz";
/// Bytes of a client's request id; a longer one is replaced.
pub const MAX_REQUEST_ID: usize = 128;

#[cfg(test)]
mod tests {
    use super::{FIELDS, LIVE, MAX_REQUEST_ID, READY, TLS_GROUPS};

    fn dense(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    #[test]
    fn the_runtime_has_the_same() {
        let gateway = dense(include_str!("../../runtime/src/gateway.rs"));
        for (field, value) in FIELDS {
            let line = format!(",{field}:{},", dense(value));
            assert!(
                gateway.contains(&line),
                "`{field}` is not `{value}` in runtime/src/gateway.rs: change \
                 compiler/src/defaults.rs with it"
            );
        }
        let tls = dense(include_str!("../../runtime/src/tls/config.rs"));
        let groups: Vec<_> = TLS_GROUPS.iter().map(|group| group.variant()).collect();
        let groups = format!("groups:&[TlsGroup::{},],", groups.join(",TlsGroup::"));
        assert!(tls.contains(&groups), "TLS has no `{groups}`");
        let health = include_str!("../../runtime/src/health.rs");
        let request_id = include_str!("../../runtime/src/request_id.rs");
        for (text, line) in [
            (health, format!("const LIVE: &str = \"{LIVE}\";")),
            (health, format!("const READY: &str = \"{READY}\";")),
            (
                request_id,
                format!("const MAX_LEN: usize = {MAX_REQUEST_ID};"),
            ),
        ] {
            assert!(text.contains(&line), "the runtime has no `{line}`");
        }
    }
}
