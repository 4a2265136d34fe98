//! `auth/revoker`: tokens that are refused before they expire, and the API that names them.

use crate::{
    config::{Config, slot},
    describe::units::{duration, grouped},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Kind, Static, Text},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

/// What was asked for. `None`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq)]
pub struct Revoker {
    /// `N`: how many elements are revoked at one time.
    pub elements: u64,
    /// `P`: how many of all good tokens may be taken for revoked ones.
    pub odds: f64,
    /// `TTL`: what is revoked is known for two to three times as long.
    pub ttl: Duration,
    /// Of the API.
    pub port: u16,
    /// Of the API.
    pub listen_ip: Option<IpAddr>,
    /// `token_keys`: the claims by whose values tokens are revoked, sorted.
    pub claims: Vec<String>,
    /// What the API asks for.
    pub api_token: Option<Text>,
}

/// The size of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Of one of the three.
    pub bits: u64,
    /// Bits that one element sets.
    pub hashes: u64,
}

impl Revoker {
    /// As the Go engine computes it (`krakend-namespaces` 8): m = ⌈-N ln P / (ln 2)²⌉, k = ⌈m/N ln 2⌉.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the schema bounds N and P"
    )]
    pub fn size(&self) -> Size {
        let ln2 = std::f64::consts::LN_2;
        let elements = self.elements as f64;
        let bits = (-elements * self.odds.ln() / (ln2 * ln2)).ceil().max(1.0);
        Size {
            bits: bits as u64,
            hashes: (bits / elements * ln2).ceil().max(1.0) as u64,
        }
    }

    /// Where its API listens.
    pub fn address(&self) -> IpAddr {
        self.listen_ip.unwrap_or(Ipv4Addr::LOCALHOST.into())
    }

    /// One of so many good tokens is taken for a revoked one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema bounds P"
    )]
    fn others(&self) -> u64 {
        (1.0 / self.odds).round() as u64
    }
}

/// The schema has checked types and ranges.
pub fn read(node: &Node) -> (Revoker, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let number = |key| node.get(key).and_then(Node::as_u64).unwrap_or_default();
    let revoker = Revoker {
        elements: number("N").max(1),
        odds: node.get("P").and_then(float).unwrap_or(1e-6),
        ttl: Duration::from_secs(number("TTL").max(1)),
        port: number("port").try_into().unwrap_or_default(),
        listen_ip: node
            .get("listen_ip")
            .and_then(|ip| address(ip, &mut findings))
            .filter(|ip| *ip != Ipv4Addr::LOCALHOST),
        claims: claims(node, &mut findings),
        api_token: node
            .get("api_token")
            .and_then(|token| slot::something(token, &mut findings))
            .map(|token| token.of(Kind::Secret)),
    };
    (revoker, findings)
}

fn float(node: &Node) -> Option<f64> {
    node.to_value().as_f64()
}

fn address(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<IpAddr> {
    let text = node.as_str()?;
    let address = text.parse().ok();
    if address.is_none() {
        findings.push(
            Diagnostic::new(
                &codes::BAD_ADDRESS,
                format!("`{text}` is not an IP address"),
                node.span,
                "",
            )
            .help("for example \"127.0.0.1\", \"0.0.0.0\" or \"::\"; names are not resolved here"),
        );
    }
    address
}

fn claims(node: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut claims: Vec<String> = Vec::new();
    for item in node.get("token_keys").map(Node::items).unwrap_or_default() {
        let Some(claim) = item.as_str() else { continue };
        if claims.iter().any(|known| known == claim) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_ENTRY,
                    format!("`{claim}` stands here twice"),
                    item.span,
                    "again here",
                )
                .help("remove one of the two"),
            );
        } else {
            claims.push(claim.to_owned());
        }
    }
    claims.sort();
    claims
}

/// Revoked tokens are looked for where tokens are asked for.
pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let asks = ["auth/validator", "github.com/hanzoai/gateway/auth"];
    let mut extras = config
        .extra
        .iter()
        .filter(|extra| extra.namespace.key != "auth/validator")
        .chain(config.endpoints.iter().flat_map(|endpoint| &endpoint.extra));
    let revoker = config
        .extra
        .iter()
        .find(|extra| extra.namespace.key == "auth/revoker");
    if let Some(revoker) = revoker
        && !extras.any(|extra| asks.contains(&extra.namespace.key))
    {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "`auth/revoker` does nothing here",
                revoker.key.span,
                "no endpoint asks for a token",
            )
            .help("give endpoints an `auth/validator`, or remove the block"),
        );
    }
}

/// One static, which is started and listens.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (revoker, _) = read(node);
    let Size { bits, hashes } = revoker.size();
    let ip = revoker
        .listen_ip
        .map(|ip| Arg::from(ip.to_string().as_str()));
    let value = Chain::new("Revoker::new", [Arg::Texts(revoker.claims.clone())])
        .set("filter", [revoker.elements, bits, hashes].map(Arg::Number))
        .set("ttl", [Arg::Duration(revoker.ttl)])
        .set("port", [Arg::Number(revoker.port.into())])
        .maybe("listen_ip", ip)
        .maybe("api_token", revoker.api_token.as_ref().map(Arg::from));
    to.texts(&revoker.api_token);
    let place = to.add(Static {
        file: "edge",
        name: "REVOKER".to_owned(),
        kind: "Revoker",
        doc: doc(&revoker),
        value,
    });
    to.part_that(place, says(&revoker));
    to.feature("revoker");
}

fn doc(revoker: &Revoker) -> String {
    let claims: Vec<String> = revoker.claims.iter().map(|c| format!("`{c}`")).collect();
    let kibibytes = (3 * revoker.size().bits).div_ceil(8 * 1024);
    let memory = match kibibytes {
        0..10_240 => format!("{} KiB", grouped(kibibytes)),
        _ => format!("{} MiB", grouped(kibibytes / 1024)),
    };
    format!(
        "Tokens revoked by {}: one good token in {} is taken for one of {}. {memory}.",
        claims.join(" or "),
        grouped(revoker.others()),
        grouped(revoker.elements),
    )
}

/// For a person.
fn says(revoker: &Revoker) -> String {
    let claims: Vec<String> = revoker.claims.iter().map(|c| format!("`{c}`")).collect();
    let ip = revoker.address();
    let address = match revoker.port {
        0 => format!("any free port of {ip}"),
        port => SocketAddr::new(ip, port).to_string(),
    };
    format!(
        "Whoever has the API's token revokes others by the values of {}, at {address}: from then on each of them is \
         refused with 401, wherever tokens are asked for. What is revoked is known for two to three times {}, in this \
         process only. Once {} values are revoked, one good token in {} is refused too.",
        claims.join(" or "),
        duration(revoker.ttl),
        grouped(revoker.elements),
        grouped(revoker.others()),
    )
}

#[cfg(test)]
mod tests {
    use super::{Revoker, Size};
    use std::time::Duration;

    #[test]
    fn sizes_are_those_of_the_go_engine() {
        for (elements, odds, bits, hashes) in [
            (1, 0.01, 10, 7),
            (1000, 0.001, 14_378, 10),
            (1_000_000, 1e-6, 28_755_176, 20),
            (10_000_000, 1e-7, 335_477_044, 24),
            (100_000_000, 1e-12, 5_751_035_027, 40),
        ] {
            let revoker = Revoker {
                elements,
                odds,
                ttl: Duration::from_secs(1),
                port: 1,
                listen_ip: None,
                claims: Vec::new(),
                api_token: None,
            };
            assert_eq!(
                revoker.size(),
                Size { bits, hashes },
                "{elements} at {odds}"
            );
        }
    }
}
