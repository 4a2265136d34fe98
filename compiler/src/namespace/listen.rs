//! Where a listener beside the gateway's own is.

use std::net::{IpAddr, SocketAddr};

/// Where a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// None: at every address.
    pub ip: Option<IpAddr>,
    /// 0: any free one.
    pub port: u16,
}

impl Listen {
    /// As Go writes it: `:8090`, `127.0.0.1:9000`, `[::1]:9000`.
    pub fn parse(text: &str) -> Option<Listen> {
        if let Some(port) = text.strip_prefix(':') {
            let port = port.parse().ok()?;
            return Some(Listen { ip: None, port });
        }
        let address: SocketAddr = text.parse().ok()?;
        Some(Listen {
            ip: Some(address.ip()),
            port: address.port(),
        })
    }

    /// Whether only one of them can be had.
    pub fn clashes(self, other: Listen) -> bool {
        let every = |ip: Option<IpAddr>| ip.is_none_or(|ip| ip.is_unspecified());
        let meets = every(self.ip) || every(other.ip) || self.ip == other.ip;
        self.port == other.port && self.port != 0 && meets
    }

    /// As it is parsed.
    pub fn text(self) -> String {
        match self.ip {
            None => format!(":{}", self.port),
            Some(ip) => SocketAddr::new(ip, self.port).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn addresses() {
        for (text, expected) in [
            (":8090", Some(":8090")),
            (":0", Some(":0")),
            ("127.0.0.1:9000", Some("127.0.0.1:9000")),
            ("[::1]:9000", Some("[::1]:9000")),
            ("0.0.0.0:9000", Some("0.0.0.0:9000")),
            ("8090", None),
            ("", None),
            (":", None),
            (":http", None),
            (":65536", None),
            ("127.0.0.1", None),
            ("localhost:9000", None),
            ("::1:9000", None),
        ] {
            let listen = Listen::parse(text).map(Listen::text);
            assert_eq!(listen.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn one_port_is_had_once() {
        for (one, other, expected) in [
            (":80", ":80", true),
            (":80", ":81", false),
            (":80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "127.0.0.2:80", true),
            (":0", ":0", false),
        ] {
            let [one, other] = [one, other].map(|text| Listen::parse(text).expect("an address"));
            assert_eq!(one.clashes(other), expected, "{one:?} {other:?}");
        }
    }
}
