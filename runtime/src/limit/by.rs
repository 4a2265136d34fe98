//! What a limit tells clients apart by.

use crate::{credential, cx::Cx, path, request::Headers};
use http::HeaderName;
use siphasher::sip::SipHasher13;
use std::{hash::Hasher, net::IpAddr};

/// What a client is known by. Who lacks it is known by its address (RL-5 would refuse it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its address; an IPv6 one counts by its /64, which is what one customer has.
    Address,
    /// The address that a trusted proxy says in this header, in lower case; else the client's.
    AddressIn(&'static str),
    /// The first value of this header, in lower case.
    Header(&'static str),
    /// The parameter of this name of the route.
    Param(&'static str),
    /// A claim of the token that was checked; dots lead inside.
    Claim(&'static str),
    /// The token or API key that it sends, checked or not.
    Credential,
}

/// A [`By`] that was made ready.
#[derive(Debug)]
pub(super) enum Key {
    Address,
    AddressIn(HeaderName),
    Header(HeaderName),
    Param(&'static str),
    /// Its number among the claims that are asked for.
    #[cfg(feature = "auth")]
    Claim(usize),
    Credential,
}

/// The keys of the hash: nobody can look for two clients that are taken for one another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(pub u64, pub u64);

impl Seed {
    /// Of this process alone.
    pub fn random() -> Seed {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        Seed(state.hash_one(0), state.hash_one(1))
    }

    /// Another number for the same client, by other keys.
    #[cfg(feature = "limit-shared")]
    pub fn mix(self, client: u64) -> u64 {
        let mut hash = self.hasher();
        hash.write_u64(client);
        hash.finish()
    }

    fn hasher(self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0, self.1)
    }
}

impl By {
    /// Asks for what it needs, before anything listens; the name if it is no header's.
    pub(super) fn ready(self) -> Result<Key, &'static str> {
        let header = |name| HeaderName::from_bytes(str::as_bytes(name)).map_err(|_| name);
        Ok(match self {
            By::Address => Key::Address,
            By::AddressIn(name) => Key::AddressIn(header(name)?),
            By::Header(name) => Key::Header(header(name)?),
            By::Param(name) => Key::Param(name),
            #[cfg(feature = "auth")]
            By::Claim(name) => Key::Claim(crate::asked::ask(name)),
            // Nobody checks tokens, so nobody has claims.
            #[cfg(not(feature = "auth"))]
            By::Claim(_) => Key::Address,
            By::Credential => Key::Credential,
        })
    }
}

impl Key {
    /// Whose bucket it is, as a number that says nothing about them.
    pub fn of(&self, cx: &Cx, seed: Seed) -> u64 {
        let mut hash = seed.hasher();
        // A value of one kind is never taken for one of another.
        let told = match self {
            Key::Address | Key::AddressIn(_) => false,
            Key::Header(name) => header(&cx.head.headers, name, &mut hash),
            Key::Param(name) => param(cx.param(name), &mut hash),
            #[cfg(feature = "auth")]
            Key::Claim(number) => {
                let claim = cx.claims.as_ref().and_then(|claims| claims.get(*number));
                write(1, claim.map(str::as_bytes), &mut hash)
            }
            Key::Credential => write(1, credential::any(&cx.head.headers), &mut hash),
        };
        if !told {
            address(self.address(cx), &mut hash);
        }
        hash.finish()
    }

    fn address(&self, cx: &Cx) -> IpAddr {
        if let Key::AddressIn(name) = self
            && cx.trusted
        {
            let proxies = &cx.core.settings.trusted_proxies;
            return proxies
                .hop(&cx.head.headers, name.as_str())
                .unwrap_or(cx.client);
        }
        cx.client
    }
}

/// Whether there is something; an empty text is nothing.
fn write(kind: u8, bytes: Option<&[u8]>, hash: &mut SipHasher13) -> bool {
    match bytes {
        Some(bytes) if !bytes.is_empty() => {
            hash.write_u8(kind);
            hash.write(bytes);
            true
        }
        _ => false,
    }
}

fn header(headers: &Headers, name: &HeaderName, hash: &mut SipHasher13) -> bool {
    write(1, headers.first(name), hash)
}

/// However it is spelt: `%61cme` is `acme`.
fn param(value: Option<&str>, hash: &mut SipHasher13) -> bool {
    match value {
        Some(value) if value.contains('%') => match path::decode(value.as_bytes()) {
            Ok(decoded) => write(1, Some(&decoded), hash),
            Err(_) => false,
        },
        value => write(1, value.map(str::as_bytes), hash),
    }
}

fn address(ip: IpAddr, hash: &mut SipHasher13) {
    match ip {
        IpAddr::V4(ip) => {
            hash.write_u8(4);
            hash.write(&ip.octets());
        }
        IpAddr::V6(ip) => {
            hash.write_u8(6);
            hash.write(&ip.octets()[..8]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, address, header, param};
    use crate::request::Headers;
    use http::{HeaderName, HeaderValue};
    use std::hash::Hasher;

    fn hash(write: impl FnOnce(&mut siphasher::sip::SipHasher13)) -> u64 {
        let mut hash = Seed(1, 2).hasher();
        write(&mut hash);
        hash.finish()
    }

    #[test]
    fn an_address_counts_as_its_network() {
        let of = |text: &str| hash(|h| address(text.parse().expect("an address"), h));
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            assert_eq!(of(one) == of(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn spellings_of_a_parameter_are_one() {
        let of = |text: &str| hash(|h| assert!(param(Some(text), h)));
        assert_eq!(of("acme"), of("%61c%6De"));
        assert_eq!(of("%c3%a4"), of("%C3%A4"));
        assert_ne!(of("acme"), of("Acme"));
        let mut nothing = Seed(1, 2).hasher();
        assert!(!param(None, &mut nothing) && !param(Some(""), &mut nothing));
    }

    #[test]
    fn a_value_is_never_taken_for_an_address() {
        let name = HeaderName::from_static("x-key");
        let mut headers = Headers::default();
        headers.append(&name, HeaderValue::from_static("192.0.2.1"));
        let ip = hash(|h| address("192.0.2.1".parse().expect("an address"), h));
        assert_ne!(hash(|h| assert!(header(&headers, &name, h))), ip);
    }
}
