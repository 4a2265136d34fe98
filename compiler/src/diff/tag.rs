//! How much a change matters: one table, read from the top; the first row that fits decides.
//!
//! Where the text does not tell whether a guard lets more through than before (another issuer, another expression), it
//! is taken to: a reviewer who looks once too often loses less than one who did not look.

use super::{
    facts::Field,
    order::{
        Side, When, added, admits_more, always, gained, gained_only, is_public, is_route,
        left_to_clients, loses_guard, loses_tls, lost, lost_only, lowered, opened, raised, removed,
        shorter, trusts_more, turned_off, turned_on, was_off,
    },
};
use On::{Guard, In, Key, Rest, Space, Whole, WholeGuard};
use Tag::{Behaviour, Breaking, Cosmetic, SecurityRelaxing};

/// The weight of a change, the heaviest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// Something is let through, trusted or shown that was not.
    SecurityRelaxing,
    /// A request that was answered may now be refused, cut or answered with less.
    Breaking,
    /// Something else happens.
    Behaviour,
    /// Nothing that a client or an upstream could notice.
    Cosmetic,
}

impl Tag {
    /// In the order in which they are shown.
    pub const ALL: [Tag; 4] = [SecurityRelaxing, Breaking, Behaviour, Cosmetic];

    /// What `--fail-on` takes.
    pub const fn name(self) -> &'static str {
        match self {
            SecurityRelaxing => "security-relaxing",
            Breaking => "breaking",
            Behaviour => "behaviour",
            Cosmetic => "cosmetic",
        }
    }
}

/// What a row is about. A namespace is meant by the beginning of its name.
enum On {
    /// A key outside all namespaces.
    Key(&'static str),
    /// A key of a namespace.
    In(&'static str, &'static str),
    /// A namespace that comes or goes.
    Whole(&'static str),
    /// Anything of a namespace.
    Space(&'static str),
    /// Any guard that comes or goes.
    WholeGuard,
    /// Anything of any guard.
    Guard,
    /// Anything.
    Rest,
}

impl On {
    fn is(&self, field: &Field) -> bool {
        let inside = |begin: &str| field.namespace.is_some_and(|name| name.starts_with(begin));
        match self {
            Key(key) => field.namespace.is_none() && field.key == *key,
            In(namespace, key) => inside(namespace) && field.key == *key,
            Whole(namespace) => inside(namespace) && field.key.is_empty(),
            Space(namespace) => inside(namespace),
            WholeGuard => field.guard && field.key.is_empty(),
            Guard => field.guard,
            Rest => true,
        }
    }
}

const LIMIT: &str = "qos/ratelimit/";
const BREAKER: &str = "qos/circuit-breaker";
const RETRY: &str = "github.com/hanzoai/gateway/retry";
const CORS: &str = "security/cors";
const HTTP: &str = "security/http";
const BOTS: &str = "security/bot-detector";
const HANZO_CORS: &str = "github.com/hanzoai/gateway/cors";
const NETWORK: &str = "github.com/hanzoai/gateway/base-network";
const VALIDATOR: &str = "auth/validator";
const SIGNER: &str = "auth/signer";
const BASE_HA: &str = "github.com/hanzoai/gateway/base_ha";

#[rustfmt::skip] // A table: one row per rule.
static TABLE: &[(On, When, Tag, &str)] = &[
    // Routes.
    (Key("endpoint"), loses_guard, SecurityRelaxing, "its requests now pass without a guard that they had"),
    (Key("endpoint"), is_public, SecurityRelaxing, "a new route that anyone may call"),
    (Key("endpoint"), is_route, Behaviour, "a new route"),
    (Key("endpoint"), always, Breaking, "who calls this route gets another answer, or none"),
    (Key("path"), always, Cosmetic, "only the name of a placeholder"),
    (Space("auth/public"), turned_on, SecurityRelaxing, "anyone may call this endpoint"),
    (Space("auth/public"), was_off, SecurityRelaxing, "no identity is asked for any more"),
    (Space("auth/public"), turned_off, Breaking, "callers without an identity are refused"),
    (Space("auth/public"), always, Behaviour, "no longer marked as open on purpose"),

    // Who may call.
    (In(VALIDATOR, "disable_jwk_security"), turned_on, SecurityRelaxing, "keys may be fetched over plain HTTP"),
    (In(VALIDATOR, "disable_jwk_security"), always, Breaking, "keys must be fetched over TLS"),
    (In(VALIDATOR, "cache"), always, Behaviour, "how long keys are kept"),
    (In(VALIDATOR, "cache_duration"), always, Behaviour, "how long keys are kept"),
    (In(VALIDATOR, "issuer"), added, Breaking, "tokens of other issuers are refused"),
    (In(VALIDATOR, "audience"), added, Breaking, "tokens for other audiences are refused"),
    (In(VALIDATOR, "roles"), added, Breaking, "tokens without these roles are refused"),
    (In(VALIDATOR, "scopes"), added, Breaking, "tokens without these scopes are refused"),
    (In(VALIDATOR, "roles"), lost_only, Breaking, "fewer roles are let in"),
    (In(SIGNER, "disable_jwk_security"), turned_on, SecurityRelaxing, "the private key may be fetched over plain HTTP"),
    (In(SIGNER, "disable_jwk_security"), always, Breaking, "the private key must be fetched over TLS"),
    (WholeGuard, added, Breaking, "a guard that was not there may refuse requests"),
    (In(HTTP, "allowed_hosts"), added, Breaking, "requests for other hosts are refused"),
    (In(HTTP, "allowed_hosts"), lost_only, Breaking, "requests for some hosts are refused"),
    (In(HTTP, "ssl_redirect"), turned_on, Breaking, "what does not come by https is redirected"),
    (In(HTTP, "ssl_host"), always, Behaviour, "redirects lead to another host"),
    (In(HTTP, "is_development"), turned_on, SecurityRelaxing, "hosts and https are no longer checked"),
    (In(HTTP, "is_development"), always, Breaking, "hosts and https are checked"),
    (In(HTTP, "sts_seconds"), added, Breaking, "browsers will call by https only"),
    (In(HTTP, "frame_deny"), turned_on, Breaking, "pages may not show answers in a frame"),
    (In(HTTP, "content_security_policy"), added, Breaking, "pages may load less"),
    (In(HTTP, "hpkp_public_key"), always, Cosmetic, "nothing reads it"),
    (In(BOTS, "allow"), gained, SecurityRelaxing, "more clients pass as no bots"),
    (In(BOTS, "allow"), always, Breaking, "clients that were let in may be refused"),
    (In(BOTS, "deny"), gained_only, Breaking, "more clients are refused"),
    (In(BOTS, "patterns"), gained_only, Breaking, "more clients are refused"),
    (In(BOTS, "empty_user_agent_is_bot"), turned_on, Breaking, "clients without a User-Agent are refused"),
    (In(BOTS, "cache_size"), always, Cosmetic, "nothing reads it"),

    // How much.
    (Whole(LIMIT), removed, SecurityRelaxing, "a rate limit is gone"),
    (Whole(LIMIT), added, Breaking, "a rate limit that was not there may refuse requests"),
    (In(LIMIT, "max_rate"), raised, SecurityRelaxing, "a rate limit lets more through"),
    (In(LIMIT, "max_rate"), lowered, Breaking, "a rate limit lets less through"),
    (In(LIMIT, "client_max_rate"), raised, SecurityRelaxing, "a rate limit lets more through"),
    (In(LIMIT, "client_max_rate"), lowered, Breaking, "a rate limit lets less through"),
    (In(LIMIT, "capacity"), raised, SecurityRelaxing, "bursts may be larger"),
    (In(LIMIT, "capacity"), lowered, Breaking, "bursts must be smaller"),
    (In(LIMIT, "client_capacity"), raised, SecurityRelaxing, "bursts may be larger"),
    (In(LIMIT, "client_capacity"), lowered, Breaking, "bursts must be smaller"),
    (In(LIMIT, "store"), added, Breaking, "gateways count together, so that several let less through"),
    (In(LIMIT, "store"), removed, SecurityRelaxing, "each gateway counts alone, so that several let more through"),
    (In(LIMIT, "store"), always, Behaviour, "the limit is kept in another store"),
    (In(LIMIT, "max_clients"), always, Behaviour, "how the limit is kept in memory"),
    (In(LIMIT, "num_shards"), always, Behaviour, "how the limit is kept in memory"),
    (In(LIMIT, "cleanup_period"), always, Behaviour, "how the limit is kept in memory"),
    (In(LIMIT, "cleanup_threads"), always, Behaviour, "how the limit is kept in memory"),
    (Space(LIMIT), always, SecurityRelaxing, "the limit counts otherwise, perhaps more mildly"),
    (Space("governance/"), added, Breaking, "a quota that was not there may refuse requests"),
    (Space("governance/"), always, SecurityRelaxing, "a quota is gone or another, perhaps a milder one"),
    (Whole(BREAKER), added, Breaking, "calls of a backend that keeps failing are refused for a while"),
    (In(BREAKER, "max_errors"), lowered, Breaking, "fewer failures of the backend are borne"),
    (In(BREAKER, "name"), always, Behaviour, "what logs and metrics call the breaker"),
    (In(BREAKER, "log_status_change"), always, Behaviour, "what is logged"),
    (Space(RETRY), always, Behaviour, "what is asked for again, and how often"),
    (Key("max_payload"), raised, SecurityRelaxing, "larger request bodies get through"),
    (Key("max_payload"), lowered, Breaking, "large request bodies are refused"),
    (Key("max_connections"), raised, SecurityRelaxing, "a bound of the listener is raised or gone"),
    (Key("max_connections"), lowered, Breaking, "a bound of the listener is lower"),
    (Key("max_header_bytes"), raised, SecurityRelaxing, "a bound of the listener is raised or back to its default"),
    (Key("max_header_bytes"), lowered, Breaking, "a bound of the listener is lower, or no longer its default"),
    (Key("max_headers"), raised, SecurityRelaxing, "a bound of the listener is raised or back to its default"),
    (Key("max_headers"), lowered, Breaking, "a bound of the listener is lower, or no longer its default"),
    (Key("max_uri_bytes"), raised, SecurityRelaxing, "a bound of the listener is raised or back to its default"),
    (Key("max_uri_bytes"), lowered, Breaking, "a bound of the listener is lower, or no longer its default"),

    // Who is believed.
    (Whole(CORS), added, SecurityRelaxing, "pages of other origins may call"),
    (Whole(CORS), always, Breaking, "pages of other origins may no longer call"),
    (In(CORS, "allow_origins"), admits_more, SecurityRelaxing, "pages of more origins may call"),
    (In(CORS, "allow_credentials"), turned_on, SecurityRelaxing, "pages of other origins may send credentials"),
    (In(CORS, "allow_methods"), gained, SecurityRelaxing, "pages of other origins may use more methods"),
    (In(CORS, "allow_headers"), gained, SecurityRelaxing, "pages of other origins may send more headers"),
    (In(CORS, "expose_headers"), gained, SecurityRelaxing, "pages of other origins may read more headers"),
    (In(CORS, "max_age"), always, Behaviour, "how long browsers remember"),
    (In(CORS, "debug"), always, Behaviour, "what is logged"),
    (In(CORS, "allow_private_network"), turned_on, SecurityRelaxing, "pages of public origins may call a private network"),
    (Space(CORS), always, Breaking, "pages of other origins may do less"),
    (Whole(HANZO_CORS), removed, Breaking, "pages of other origins may no longer call"),
    (In(HANZO_CORS, "https_only"), turned_on, Breaking, "pages that came by http may no longer call"),
    (In(HANZO_CORS, "allow_hosts"), lost_only, Breaking, "pages of some hosts may no longer call"),
    (In(HANZO_CORS, "allow_origins"), lost_only, Breaking, "pages of some origins may no longer call"),
    (In(HANZO_CORS, "allow_headers"), lost_only, Breaking, "pages may send fewer headers"),
    (In(HANZO_CORS, "expose_headers"), lost, Breaking, "pages may read fewer headers"),
    (In(HANZO_CORS, "max_age"), always, Behaviour, "how long browsers remember"),
    (Space(HANZO_CORS), always, SecurityRelaxing, "other origins may call, perhaps more than before"),
    (Key("trusted_proxies"), trusts_more, SecurityRelaxing, "more peers may name the client's address"),
    (Key("trusted_proxies"), always, Behaviour, "fewer peers may name the client's address"),
    (Key("forwarded_by_client_ip"), turned_on, SecurityRelaxing, "headers of trusted proxies name the client's address"),
    (Key("remote_ip_headers"), gained, SecurityRelaxing, "another header may name the client's address"),
    (Key("listen_ip"), removed, SecurityRelaxing, "every address is listened on"),
    (Key("listen_ip"), always, Breaking, "another address is listened on"),

    // What passes.
    (Key("identity headers"), gained, SecurityRelaxing, "clients would say who they are"),
    (Key("headers"), opened, SecurityRelaxing, "every header of a client reaches the upstream"),
    (Key("headers"), lost, Breaking, "the upstream no longer sees a header that it saw"),
    (Key("headers"), always, Behaviour, "the upstream sees more headers"),
    (Key("query"), lost, Breaking, "the upstream no longer sees a parameter that it saw"),
    (Key("query"), always, Behaviour, "the upstream sees more parameters"),
    (Key("deny"), added, Breaking, "fields of the answer are hidden"),
    (Key("deny"), always, SecurityRelaxing, "clients may see fields that were hidden"),
    (Key("allow"), added, Breaking, "fields of the answer are hidden"),
    (Key("allow"), always, SecurityRelaxing, "clients may see fields that were hidden"),
    (Key("target"), always, Breaking, "the answer has another shape"),
    (Key("mapping"), always, Breaking, "the answer has another shape"),
    (Key("group"), always, Breaking, "the answer has another shape"),
    (Key("is_collection"), always, Breaking, "the answer has another shape"),
    (Key("output_encoding"), always, Breaking, "the answer has another shape"),

    // The way there.
    (Key("upstream"), loses_tls, SecurityRelaxing, "the way to the upstream is no longer encrypted"),
    (Key("upstream"), always, Behaviour, "another upstream answers"),
    (In(BASE_HA, "read_your_writes_ttl"), shorter, Breaking, "clients may read what was there before they wrote"),
    (In(BASE_HA, "write_methods"), lost, Breaking, "writes may go to a node that does not take them"),
    (Space(BASE_HA), always, Behaviour, "which node of a cluster gets a request"),
    (Whole(NETWORK), added, Breaking, "requests go to a member by their key, and those without one nowhere"),
    (Whole(NETWORK), removed, Breaking, "requests go to whose turn it is, whether or not that member has their key"),
    (In(NETWORK, "shard_key"), always, Cosmetic, "only a name in the log"),
    (In(NETWORK, "shard_key_source"), left_to_clients, SecurityRelaxing, "clients choose the key that the gateway knew"),
    (In(NETWORK, "shard_key_source"), always, Breaking, "requests go to members by another key, and those without it nowhere"),
    (Key("template"), always, Behaviour, "the upstream is asked for another path"),
    (Key("method"), always, Behaviour, "the upstream is asked with another method"),
    (Key("timeout"), shorter, Breaking, "slow answers are cut off"),
    (Key("timeout"), always, Behaviour, "slow answers are waited for longer"),
    (Key("log level"), always, Behaviour, "more or less is logged"),
    (Key("log prefix"), always, Behaviour, "lines of the log look otherwise"),
    (Key("log as JSON"), always, Behaviour, "lines of the log look otherwise"),
    (Space("telemetry/"), always, Behaviour, "what is logged or measured"),
    (Key("port"), always, Breaking, "clients and probes must call another port"),
    (Key("health_path"), always, Breaking, "probes must call another path"),
    (Key("read_header_timeout"), shorter, Breaking, "slow clients are cut off"),
    (Key("allow_insecure_connections"), turned_on, SecurityRelaxing, "certificates of upstreams are not checked"),
    (Key("allow_insecure_connections"), always, Breaking, "upstreams whose certificates nobody vouches for are refused"),
    (Key("tls"), added, Breaking, "clients must speak TLS"),
    (Key("tls"), removed, SecurityRelaxing, "clients are no longer answered over TLS"),
    (Key("tls: keys"), always, Behaviour, "clients are shown other certificates"),
    (Key("tls: min_version"), added, SecurityRelaxing, "an older version of TLS is spoken"),
    (Key("tls: min_version"), always, Breaking, "an older version of TLS is no longer spoken"),
    (Key("tls: max_version"), added, SecurityRelaxing, "TLS 1.3 is no longer spoken"),
    (Key("tls: max_version"), always, Behaviour, "TLS 1.3 is spoken"),
    (Key("tls: curve_preferences"), always, SecurityRelaxing, "other groups of the key exchange, perhaps weaker ones"),
    (Key("tls: cipher_suites"), always, SecurityRelaxing, "other cipher suites, perhaps weaker ones"),
    (Key("tls: enable_mtls"), added, Breaking, "clients without a certificate are refused"),
    (Key("tls: enable_mtls"), always, SecurityRelaxing, "clients without a certificate are let in"),
    (Key("tls: ca_certs"), gained, SecurityRelaxing, "clients of another authority are let in"),
    (Key("tls: ca_certs"), always, Breaking, "clients of an authority are no longer let in"),
    (Key("tls: disable_system_ca_pool"), turned_off, SecurityRelaxing, "clients of every public authority are let in"),
    (Key("tls: disable_system_ca_pool"), always, Breaking, "clients of public authorities are no longer let in"),
    (Key("client_tls: min_version"), added, Breaking, "upstreams that only speak TLS 1.2 are refused"),
    (Key("client_tls: min_version"), always, SecurityRelaxing, "upstreams may speak TLS 1.2"),
    (Key("client_tls: max_version"), added, SecurityRelaxing, "TLS 1.3 is no longer spoken to upstreams"),
    (Key("client_tls: max_version"), always, Behaviour, "TLS 1.3 is spoken to upstreams"),
    (Key("client_tls: curve_preferences"), always, SecurityRelaxing, "other groups of the key exchange, perhaps weaker ones"),
    (Key("client_tls: cipher_suites"), always, SecurityRelaxing, "other cipher suites, perhaps weaker ones"),
    (Key("client_tls: ca_certs"), gained, SecurityRelaxing, "upstreams of another authority are believed"),
    (Key("client_tls: ca_certs"), always, Breaking, "upstreams of an authority are no longer believed"),
    (Key("client_tls: disable_system_ca_pool"), turned_on, Breaking, "upstreams of public authorities are no longer believed"),
    (Key("client_tls: disable_system_ca_pool"), always, SecurityRelaxing, "upstreams of every public authority are believed"),
    (Key("client_tls: client_certs"), always, Behaviour, "upstreams are shown other certificates, or none"),
    (In("backend/http/client", "client_tls"), always, SecurityRelaxing, "how upstreams are authenticated, perhaps more mildly"),
    (Key("name"), always, Cosmetic, "only a name"),
    (Space("documentation/"), always, Cosmetic, "only documentation"),

    // All that is left.
    (WholeGuard, removed, SecurityRelaxing, "a guard is gone"),
    (Guard, always, SecurityRelaxing, "a guard is another, perhaps a milder one"),
    (Rest, always, Behaviour, "the gateway behaves otherwise"),
];

/// The tag of a change and the reason.
pub fn judge(field: &Field, old: Side<'_>, new: Side<'_>) -> (Tag, &'static str) {
    let row = TABLE
        .iter()
        .find(|(on, when, ..)| on.is(field) && when(old, new));
    row.map_or((Behaviour, ""), |(.., tag, why)| (*tag, *why))
}

#[cfg(test)]
mod tests;
