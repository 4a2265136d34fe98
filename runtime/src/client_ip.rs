//! Who the client is (WID-10): the peer, or, behind trusted proxies, the first untrusted hop from the right.
//!
//! One address, used alike for limits, logs and `X-Forwarded-For`.

use crate::request::{Headers, text};
use http::HeaderName;
use std::net::{IpAddr, Ipv6Addr};

/// Loopback, private, carrier-grade NAT, link-local and unique-local ranges.
const DEFAULT: &[&str] = &[
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fe80::/10",
    "fc00::/7",
];

/// Peers whose forwarding headers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trusted {
    ranges: Vec<Range>,
}

/// An entry that is neither an address nor a CIDR range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a CIDR range")]
pub(crate) struct BadRange(pub String);

/// A network. IPv4 is kept as IPv4-mapped IPv6, so that there is one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    network: u128,
    mask: u128,
}

impl Default for Trusted {
    /// The ranges of WID-10.
    fn default() -> Trusted {
        Trusted {
            ranges: DEFAULT
                .iter()
                .filter_map(|text| Range::parse(text).ok())
                .collect(),
        }
    }
}

impl Trusted {
    /// Exactly these addresses and CIDR ranges; the first bad one is the error.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Trusted, BadRange> {
        let ranges = entries
            .into_iter()
            .map(Range::parse)
            .collect::<Result<_, _>>()?;
        Ok(Trusted { ranges })
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = bits(ip);
        self.ranges
            .iter()
            .any(|range| bits & range.mask == range.network)
    }

    /// The client of a request that came from `peer`. The first of the headers `names` that is there and well-formed
    /// decides; if there is none, the client is the peer.
    pub fn client(&self, peer: IpAddr, headers: &Headers, names: &[&str]) -> IpAddr {
        if !self.contains(peer) {
            return peer;
        }
        // Most requests have none of them, and looking is cheaper than asking for each.
        let is_one = |key: &HeaderName| {
            names
                .iter()
                .any(|name| key.as_str().eq_ignore_ascii_case(name))
        };
        if !headers.names().any(is_one) {
            return peer;
        }
        names
            .iter()
            .find_map(|name| self.hop(headers, name))
            .unwrap_or(peer)
    }

    /// The first untrusted hop from the right, or the leftmost if all are trusted. A malformed hop before that voids
    /// the header: what stands left of it was written by nobody that is known.
    pub fn hop(&self, headers: &Headers, name: &str) -> Option<IpAddr> {
        let mut leftmost = None;
        let lines = headers.iter().rev();
        for (_, value) in lines.filter(|(other, _)| other.as_str().eq_ignore_ascii_case(name)) {
            for hop in text(value)?.rsplit(',') {
                let ip = hop.trim().parse::<IpAddr>().ok()?.to_canonical();
                if !self.contains(ip) {
                    return Some(ip);
                }
                leftmost = Some(ip);
            }
        }
        leftmost
    }
}

impl Range {
    fn parse(text: &str) -> Result<Range, BadRange> {
        let bad = || BadRange(text.to_owned());
        let trimmed = text.trim();
        let (ip, len) = match trimmed.split_once('/') {
            Some((ip, len)) => (ip, Some(len.parse::<u32>().map_err(|_| bad())?)),
            None => (trimmed, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| bad())?;
        let (width, offset) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let len = len.unwrap_or(width);
        if len > width {
            return Err(bad());
        }
        let mask = u128::MAX.checked_shl(128 - offset - len).unwrap_or(0);
        Ok(Range {
            network: bits(ip) & mask,
            mask,
        })
    }
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
    .to_bits()
}

/// IPv4-mapped addresses, which a dual-stack socket gives its IPv4 peers, as plain IPv4.
pub(crate) fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) if v6 != Ipv6Addr::UNSPECIFIED => ip.to_canonical(),
        _ => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::{BadRange, Trusted};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use std::net::IpAddr;

    const NAMES: &[&str] = &["x-forwarded-for", "x-real-ip"];

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        Trusted::default()
            .client(peer.parse().unwrap(), &map.into(), NAMES)
            .to_string()
    }

    #[test]
    fn vectors_of_wid_10() {
        let table = [
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
            ("10.1.1.1", "203.0.113.9, 198.51.100.4", "198.51.100.4"),
            ("10.1.1.1", "203.0.113.9, 10.4.5.6, 10.7.8.9", "203.0.113.9"),
            ("10.1.1.1", "10.1.2.3, 10.4.5.6", "10.1.2.3"),
            ("10.1.1.1", "203.0.113.9, garbage", "10.1.1.1"),
            ("10.1.1.1", "garbage, 203.0.113.9", "203.0.113.9"),
            ("10.1.1.1", "garbage, 10.4.5.6", "10.1.1.1"),
            ("10.1.1.1", "", "10.1.1.1"),
            ("10.1.1.1", "::ffff:203.0.113.9", "203.0.113.9"),
            ("10.1.1.1", "2001:db8::1", "2001:db8::1"),
            ("::1", "203.0.113.9", "203.0.113.9"),
            ("fd00::1", "203.0.113.9", "203.0.113.9"),
            ("100.64.0.1", "203.0.113.9", "203.0.113.9"),
            ("100.128.0.1", "203.0.113.9", "100.128.0.1"),
        ];
        for (peer, forwarded, expected) in table {
            assert_eq!(
                client(peer, &[(NAMES[0], forwarded)]),
                expected,
                "{peer} for {forwarded:?}"
            );
        }
        assert_eq!(client("10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn several_headers_and_several_lines() {
        let xff = NAMES[0];
        let real = NAMES[1];
        assert_eq!(
            client("10.0.0.1", &[(xff, "1.1.1.1"), (xff, "2.2.2.2, 10.0.0.2")]),
            "2.2.2.2"
        );
        assert_eq!(
            client("10.0.0.1", &[(xff, "junk"), (real, "3.3.3.3")]),
            "3.3.3.3"
        );
        assert_eq!(
            client("10.0.0.1", &[(real, "3.3.3.3"), (xff, "4.4.4.4")]),
            "4.4.4.4"
        );
    }

    #[test]
    fn ranges() {
        let trusted = Trusted::parse(["192.0.2.0/24", " 2001:db8::/32", "198.51.100.7"]).unwrap();
        let table = [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
        ];
        for (ip, trusts) in table {
            assert_eq!(
                trusted.contains(ip.parse::<IpAddr>().unwrap()),
                trusts,
                "{ip}"
            );
        }
        let everyone = Trusted::parse(["0.0.0.0/0"]).unwrap();
        assert!(everyone.contains("8.8.8.8".parse().unwrap()));
        assert!(!everyone.contains("2001:db8::1".parse().unwrap()));
        for bad in [
            "",
            "nonsense",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10/8",
        ] {
            assert_eq!(
                Trusted::parse([bad]),
                Err(BadRange(bad.to_owned())),
                "{bad}"
            );
        }
    }
}
