//! The texts that flags and variables take, as values. What is not understood is refused, never guessed at.

use crate::{
    client_ip::Trusted,
    gateway::LogLevel,
    settings::{ANY, Resolve},
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// More workers than any machine has cores is a mistake, and each costs a thread.
const MAX_WORKERS: usize = 1024;

/// Why a text is not the value that a flag or a variable takes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Invalid {
    #[error("`{0}` is no address to listen on: give PORT, :PORT, IPV4:PORT or [IPV6]:PORT")]
    Listen(String),
    #[error("`{0}` is no port: give a number from 0 (any free port) to 65535")]
    Port(String),
    #[error("`{0}` is no number of workers: give 1 to {MAX_WORKERS}")]
    Workers(String),
    #[error("`{0}` is not HOST:PORT=ADDR: give for instance api.internal:8000=127.0.0.1:9000")]
    Resolve(String),
    #[error("`{0}` is no duration: give for instance 500ms, 10s or 1m30s")]
    Duration(String),
    #[error("`{0}` is no log level: give DEBUG, INFO, WARNING, ERROR or CRITICAL")]
    LogLevel(String),
    #[error("`{0}` is no log format: give text or json")]
    LogFormat(String),
    #[error("`{0}` is no lane: give fast or hyper")]
    Lane(String),
    #[error("{0}; give addresses or CIDR ranges with commas between them, or `none`")]
    TrustedProxies(String),
    #[cfg(feature = "dns")]
    #[error("`{0}` is no DNS server: give an address such as 10.0.0.10, or 127.0.0.1:5353")]
    DnsServer(String),
    #[error("the value is not UTF-8")]
    NotUtf8,
    #[cfg(feature = "zap")]
    #[error("`{0}` is no header: give NAME: VALUE")]
    Header(String),
    #[cfg(not(feature = "mock"))]
    #[error("this binary has no mock: build it with the cargo feature `mock`")]
    NoMock,
}

pub(super) fn port(text: &str) -> Result<u16, Invalid> {
    text.parse().map_err(|_| Invalid::Port(text.to_owned()))
}

pub(super) fn workers(text: &str) -> Result<usize, Invalid> {
    let in_range = |n: &usize| (1..=MAX_WORKERS).contains(n);
    text.parse()
        .ok()
        .filter(in_range)
        .ok_or_else(|| Invalid::Workers(text.to_owned()))
}

/// `8080` and `:8080` are that port at every address, as in Go.
pub(super) fn listen(text: &str) -> Result<SocketAddr, Invalid> {
    let any = || {
        text.strip_prefix(':')
            .unwrap_or(text)
            .parse()
            .map(|port| SocketAddr::new(ANY, port))
    };
    text.parse()
        .or_else(|_| any())
        .map_err(|_| Invalid::Listen(text.to_owned()))
}

pub(super) fn listen_list(text: &str) -> Result<Vec<SocketAddr>, Invalid> {
    text.split(',')
        .map(|address| listen(address.trim()))
        .collect()
}

/// `10.0.0.10`, `127.0.0.1:5353`, `[::1]:53`, with commas between them.
#[cfg(feature = "dns")]
pub(super) fn dns_servers(text: &str) -> Result<Vec<SocketAddr>, Invalid> {
    const PORT: u16 = 53;
    let server = |text: &str| {
        let plain = |_| text.parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
        text.parse().or_else(plain)
    };
    let items = text.split(',').map(str::trim);
    items
        .map(|item| server(item).map_err(|_| Invalid::DnsServer(item.to_owned())))
        .collect()
}

/// `HOST:PORT=ADDR`, where ADDR is `IP:PORT`, or an IP for the same port.
pub(super) fn resolve(text: &str) -> Result<Resolve, Invalid> {
    let parse = || {
        let (from, to) = text.split_once('=')?;
        let (host, port) = from.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let to = match to.parse::<IpAddr>() {
            Ok(ip) => SocketAddr::new(ip, port),
            Err(_) => to.parse().ok()?,
        };
        (!host.is_empty()).then(|| Resolve {
            host: host.to_ascii_lowercase(),
            port,
            to,
        })
    };
    parse().ok_or_else(|| Invalid::Resolve(text.to_owned()))
}

/// A duration as Go writes it: `300ms`, `1.5h`, `2h45m`, or a bare `0`.
pub(super) fn duration(text: &str) -> Result<Duration, Invalid> {
    let invalid = || Invalid::Duration(text.to_owned());
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(invalid)?;
        let (number, unit) = rest.split_at(end);
        let unit = &unit[..unit
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(unit.len())];
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(invalid()),
        };
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| invalid())?;
        total = total.checked_add(part).ok_or_else(invalid)?;
        rest = &rest[end + unit.len()..];
    }
    if text.is_empty() {
        Err(invalid())
    } else {
        Ok(total)
    }
}

/// In any case, as `telemetry/logging` takes it.
pub(super) fn log_level(text: &str) -> Result<LogLevel, Invalid> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "DEBUG" => LogLevel::Debug,
        "INFO" => LogLevel::Info,
        "WARNING" | "WARN" => LogLevel::Warning,
        "ERROR" => LogLevel::Error,
        "CRITICAL" => LogLevel::Critical,
        _ => return Err(Invalid::LogLevel(text.to_owned())),
    })
}

/// Whether it is JSON.
pub(super) fn log_format(text: &str) -> Result<bool, Invalid> {
    match text {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err(Invalid::LogFormat(text.to_owned())),
    }
}

/// Whether it is the fast one.
pub(super) fn lane(text: &str) -> Result<bool, Invalid> {
    match text {
        "fast" => Ok(true),
        "hyper" => Ok(false),
        _ => Err(Invalid::Lane(text.to_owned())),
    }
}

/// `none` believes nobody's headers.
pub(super) fn trusted_proxies(text: &str) -> Result<Trusted, Invalid> {
    let ranges = text
        .split(',')
        .map(str::trim)
        .filter(|range| *range != "none");
    Trusted::parse(ranges).map_err(|error| Invalid::TrustedProxies(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_on() {
        for (text, expected) in [
            ("8080", Some("[::]:8080")),
            (":8080", Some("[::]:8080")),
            ("127.0.0.1:0", Some("127.0.0.1:0")),
            ("[::1]:8080", Some("[::1]:8080")),
            ("0.0.0.0:80", Some("0.0.0.0:80")),
            ("", None),
            (":", None),
            ("::8080", None),
            ("65536", None),
            ("127.0.0.1", None),
            ("localhost:8080", None),
        ] {
            let expected = expected.map(|address| address.parse().expect("an address"));
            assert_eq!(listen(text).ok(), expected, "for `{text}`");
        }
    }

    #[test]
    fn names_and_where_they_lead() {
        for (text, expected) in [
            (
                "api.internal:8000=127.0.0.1:9000",
                Some(("api.internal", 8000, "127.0.0.1:9000")),
            ),
            (
                "API.internal:80=10.0.0.1",
                Some(("api.internal", 80, "10.0.0.1:80")),
            ),
            ("api:443=[::1]:9", Some(("api", 443, "[::1]:9"))),
            ("api:443=::1", Some(("api", 443, "[::1]:443"))),
            ("[::2]:443=::1", Some(("::2", 443, "[::1]:443"))),
            ("api=127.0.0.1:9000", None),
            ("api:80=", None),
            ("api:80=other:80", None),
            (":80=127.0.0.1", None),
            ("api:http=127.0.0.1", None),
        ] {
            let expected = expected.map(|(host, port, to)| Resolve {
                host: host.to_owned(),
                port,
                to: to.parse().expect("an address"),
            });
            assert_eq!(resolve(text).ok(), expected, "for `{text}`");
        }
    }

    #[test]
    fn durations_as_go_writes_them() {
        for (text, expected) in [
            ("0", Some(Duration::ZERO)),
            ("0s", Some(Duration::ZERO)),
            ("10s", Some(Duration::from_secs(10))),
            ("1.5s", Some(Duration::from_millis(1500))),
            ("1m30s", Some(Duration::from_secs(90))),
            ("2h45m", Some(Duration::from_mins(165))),
            ("250ms", Some(Duration::from_millis(250))),
            ("7µs", Some(Duration::from_micros(7))),
            ("", None),
            ("10", None),
            ("s", None),
            ("-5s", None),
            ("1..5s", None),
            ("5 s", None),
            ("5S", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(duration(text).ok(), expected, "for `{text}`");
        }
    }

    #[test]
    fn numbers_within_their_bounds() {
        for (text, as_port, as_workers) in [
            ("0", Some(0), None),
            ("1", Some(1), Some(1)),
            ("1024", Some(1024), Some(1024)),
            ("65535", Some(65535), None),
            ("65536", None, None),
            ("-1", None, None),
            ("", None, None),
            ("x", None, None),
        ] {
            assert_eq!(port(text).ok(), as_port, "port `{text}`");
            assert_eq!(workers(text).ok(), as_workers, "workers `{text}`");
        }
    }
}
