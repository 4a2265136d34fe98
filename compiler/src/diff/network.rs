//! Networks: whether one lies inside another (`10.0.0.0/16` in `10.0.0.0/8`).

use std::net::IpAddr;

/// A prefix of addresses.
#[derive(Debug, Clone, Copy)]
struct Network {
    /// As 128 bits, of which an IPv4 address fills the upper 32.
    bits: u128,
    length: u8,
    v4: bool,
}

/// Whether every address of `inner` is in `outer`. What is no network is only in itself.
pub fn contains(outer: &str, inner: &str) -> bool {
    match (parse(outer), parse(inner)) {
        (Some(outer), Some(inner)) => {
            outer.v4 == inner.v4
                && outer.length <= inner.length
                && prefix(outer.bits, outer.length) == prefix(inner.bits, outer.length)
        }
        _ => outer == inner,
    }
}

fn parse(text: &str) -> Option<Network> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let (bits, most, v4) = match address.parse().ok()? {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()) << 96, 32, true),
        IpAddr::V6(ip) => (ip.to_bits(), 128, false),
    };
    let length = length.unwrap_or(most);
    (length <= most).then_some(Network { bits, length, v4 })
}

fn prefix(bits: u128, length: u8) -> u128 {
    bits.checked_shr(128 - u32::from(length))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside() {
        for (outer, inner, expected) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "10.9.9.9", true),
            ("10.0.0.0/8", "11.0.0.0/8", false),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "::1", false),
            ("fc00::/7", "fd00::/8", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("nothing", "nothing", true),
        ] {
            assert_eq!(contains(outer, inner), expected, "{inner} in {outer}");
        }
    }
}
