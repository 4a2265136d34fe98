//! The environment variables that a gateway reads: one table for reading them, for `env` and for `--help`.

use super::value::{self, Invalid};
use crate::{
    gateway::{Gateway, LogLevel},
    settings::{ANY, Overrides, default_workers},
};
use std::net::SocketAddr;

/// One environment variable. An empty one counts as not set.
pub(super) struct Variable {
    pub name: &'static str,
    /// Another name that is read where `name` is not set (CLI-2).
    pub alias: Option<&'static str>,
    pub what: &'static str,
    /// What is in effect if nothing is set.
    pub default: fn(&Gateway) -> String,
    /// Whether that default stands in the config.
    pub configured: bool,
    pub read: fn(&mut Overrides, &str) -> Result<(), Invalid>,
    /// What a flag says instead.
    pub flag: fn(&Overrides) -> Option<String>,
}

/// Every variable that a gateway reads.
pub(super) const VARIABLES: &[Variable] = &[
    Variable {
        name: "GATEWAY_LISTEN",
        alias: None,
        what: "Addresses to listen on, with commas between them: PORT, :PORT, IPV4:PORT or [IPV6]:PORT.",
        default: |gateway| format!("{} at GATEWAY_PORT", gateway.listen_ip.unwrap_or(ANY)),
        configured: true,
        read: |to, text| value::listen_list(text).map(|v| to.listen = Some(v)),
        flag: |flags| {
            let addresses = |listen: &Vec<_>| {
                listen
                    .iter()
                    .map(SocketAddr::to_string)
                    .collect::<Vec<_>>()
                    .join(",")
            };
            let by_port = || flags.port.map(|_| "at GATEWAY_PORT".to_owned());
            flags.listen.as_ref().map(addresses).or_else(by_port)
        },
    },
    Variable {
        name: "GATEWAY_PORT",
        alias: Some("KRAKEND_PORT"),
        what: "Port to listen on, at the address of the config. GATEWAY_LISTEN goes before it.",
        default: |gateway| match gateway.port_slots {
            Some(text) => text.written().to_owned(),
            None => gateway.port.to_string(),
        },
        configured: true,
        read: |to, text| value::port(text).map(|v| to.port = Some(v)),
        flag: |flags| flags.port.map(|port| port.to_string()),
    },
    Variable {
        name: "GATEWAY_TRUSTED_PROXIES",
        alias: None,
        what: "Peers whose forwarding headers tell the client's address: addresses or CIDR ranges with commas \
               between them, or `none`.",
        default: |gateway| match gateway.trusted_proxies {
            None => "loopback, private, link-local and carrier-grade NAT ranges".to_owned(),
            Some([]) => "none".to_owned(),
            Some(ranges) => ranges.join(","),
        },
        configured: true,
        read: |to, text| value::trusted_proxies(text).map(|v| to.trusted_proxies = Some(v)),
        flag: |_| None,
    },
    Variable {
        name: "GATEWAY_LOG_LEVEL",
        alias: None,
        what: "Least level that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL. The access log is INFO.",
        default: |gateway| match gateway.log_level_slots {
            Some(text) => text.written().to_owned(),
            None => level_name(gateway.log_level).to_owned(),
        },
        configured: true,
        read: |to, text| value::log_level(text).map(|v| to.log_level = Some(v)),
        flag: |_| None,
    },
    Variable {
        name: "GATEWAY_LOG_FORMAT",
        alias: None,
        what: "Log lines as text or json.",
        default: |gateway| if gateway.log_json { "json" } else { "text" }.to_owned(),
        configured: true,
        read: |to, text| value::log_format(text).map(|v| to.log_json = Some(v)),
        flag: |_| None,
    },
    Variable {
        name: "GATEWAY_LAME_DUCK",
        alias: None,
        what: "From SIGTERM to the close of the listeners, with /readyz at 503: the time balancers need to look \
               elsewhere, such as 5s.",
        default: |_| "0s".to_owned(),
        configured: false,
        read: |to, text| value::duration(text).map(|v| to.lame_duck = Some(v)),
        flag: |_| None,
    },
    Variable {
        name: "GATEWAY_WORKERS",
        alias: None,
        what: "Cores to serve with. By default those that the process may use: affinity and cgroup quota count.",
        default: |_| default_workers().to_string(),
        configured: false,
        read: |to, text| value::workers(text).map(|v| to.workers = Some(v)),
        flag: |flags| flags.workers.map(|workers| workers.to_string()),
    },
    Variable {
        name: "GATEWAY_LANE",
        alias: None,
        what: "Who serves HTTP/1.1: fast, the gateway's own lane, or hyper, to tell whether something depends on it.",
        default: |_| "fast".to_owned(),
        configured: false,
        read: |to, text| value::lane(text).map(|v| to.fast_lane = Some(v)),
        flag: |_| None,
    },
    Variable {
        name: "NO_COLOR",
        alias: None,
        what: "Any value: no colours in the log, even on a terminal.",
        default: |_| String::new(),
        configured: false,
        read: |to, _| {
            to.no_colour = Some(true);
            Ok(())
        },
        flag: |_| None,
    },
    #[cfg(feature = "dns")]
    Variable {
        name: "GATEWAY_DNS",
        alias: None,
        what: "DNS servers that services (`\"sd\": \"dns\"`) are looked up at, with commas between them: IP or IP:PORT.",
        default: |_| "those of /etc/resolv.conf".to_owned(),
        configured: false,
        read: |to, text| value::dns_servers(text).map(|v| to.dns_servers = Some(v)),
        flag: |_| None,
    },
    #[cfg(feature = "tls")]
    by_the_tls_library(
        "SSL_CERT_FILE",
        "PEM file of the certificate authorities that https upstreams are checked with.",
    ),
    #[cfg(feature = "tls")]
    by_the_tls_library(
        "SSL_CERT_DIR",
        "Directory of certificate authorities, beside or instead of SSL_CERT_FILE.",
    ),
];

/// A variable that is read elsewhere in this process; it stands in the table so that `env` tells all.
#[cfg(feature = "tls")]
const fn by_the_tls_library(name: &'static str, what: &'static str) -> Variable {
    Variable {
        name,
        alias: None,
        what,
        default: |_| "where the system has them".to_owned(),
        configured: false,
        read: |_, _| Ok(()),
        flag: |_| None,
    }
}

fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warning => "WARNING",
        LogLevel::Error => "ERROR",
        LogLevel::Critical => "CRITICAL",
    }
}
