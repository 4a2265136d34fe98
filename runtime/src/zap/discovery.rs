//! Peers that the local network tells of (mDNS, DNS-SD).
//!
//! One thread for each kind of service listens for as long as the process lives. What it hears is a hint and no proof:
//! nobody is believed to be who he says because of it.

use super::codec::NodeId;
use crate::{host::Authority, upstream::Target};
use mdns_sd::{ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// Peers of one kind of service: more are not remembered.
const MAX_PEERS: usize = 256;

/// The peers of one kind of service that are there now, by the name that they are announced under.
#[derive(Default)]
pub(super) struct Book(Mutex<BTreeMap<String, Found>>);

/// One peer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    id: String,
    address: SocketAddr,
}

impl Book {
    /// The book of `service_type` (`_hanzo._tcp`), which is kept from here on.
    pub fn open(service_type: &'static str) -> Result<&'static Book, String> {
        static BOOKS: Mutex<BTreeMap<&str, &Book>> = Mutex::new(BTreeMap::new());
        let mut books = BOOKS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(book) = books.get(service_type) {
            return Ok(book);
        }
        let daemon = ServiceDaemon::new().map_err(|why| why.to_string())?;
        let events = daemon.browse(&format!("{service_type}.local."));
        let events = events.map_err(|why| why.to_string())?;
        let book: &'static Book = Box::leak(Box::default());
        let listen = move || {
            // Dropped, it would stop listening.
            let _daemon = daemon;
            while let Ok(event) = events.recv() {
                book.hear(event);
            }
        };
        thread::Builder::new()
            .name("zap-discovery".to_owned())
            .spawn(listen)
            .map_err(|why| why.to_string())?;
        books.insert(service_type, book);
        Ok(book)
    }

    /// The peer that says it is `id`, or any; after a failure the next of several.
    pub fn find(&self, id: &str, failures: u64) -> Option<&'static Target> {
        let peers = self.peers();
        let fit: Vec<&Found> = peers
            .values()
            .filter(|found| id.is_empty() || found.id == id)
            .collect();
        let turn = usize::try_from(failures).unwrap_or(0);
        let found = fit.get(turn.checked_rem(fit.len())?)?;
        Target::found(&Authority {
            tls: false,
            name: match found.address.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            },
            port: found.address.port(),
        })
    }

    fn hear(&self, event: ServiceEvent) {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let Some(found) = peer(&service) else { return };
                let mut peers = self.peers();
                if peers.len() < MAX_PEERS || peers.contains_key(&service.fullname) {
                    tracing::debug!("zap: `{}` is announced at {}", found.id, found.address);
                    peers.insert(service.fullname, found);
                }
            }
            ServiceEvent::ServiceRemoved(_, name) => {
                self.peers().remove(&name);
            }
            _ => {}
        }
    }

    fn peers(&self) -> MutexGuard<'_, BTreeMap<String, Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node of this protocol: others announce themselves under the same service, and speak something else.
fn peer(service: &ResolvedService) -> Option<Found> {
    let text = |key: &str| service.txt_properties.get_property_val_str(key);
    let id = NodeId::new(text("id")?)?;
    if text("proto").is_some_and(|proto| proto == "zap/1" || proto.starts_with("http/")) {
        return None;
    }
    let mut addresses: Vec<IpAddr> = service
        .addresses
        .iter()
        .map(ScopedIp::to_ip_addr)
        .filter(|ip| is_reachable(*ip))
        .collect();
    // IPv4 before IPv6, others before this machine's own: what most can reach.
    addresses.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    Some(Found {
        id: id.as_str().to_owned(),
        address: SocketAddr::new(*addresses.first()?, service.port),
    })
    .filter(|found| found.address.port() != 0)
}

/// An address of one link only means nothing without that link.
fn is_reachable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Book, Found, peer};
    use mdns_sd::{ResolvedService, ServiceEvent, ServiceInfo};

    fn service(name: &str, addresses: &str, port: u16, text: &[(&str, &str)]) -> ResolvedService {
        let service = ServiceInfo::new(
            "_hanzo._tcp.local.",
            name,
            "host.local.",
            addresses,
            port,
            text,
        );
        service.expect("a service").as_resolved_service()
    }

    #[test]
    fn only_nodes_are_peers() {
        let node = &[("id", "cloud-api")][..];
        for (service, expected) in [
            (
                service("a", "192.0.2.7", 9651, node),
                Some("192.0.2.7:9651"),
            ),
            (
                service("a", "fd00::2,192.0.2.7,127.0.0.1", 1, node),
                Some("192.0.2.7:1"),
            ),
            (
                service("a", "fd00::2,fe80::1", 1, node),
                Some("[fd00::2]:1"),
            ),
            (service("a", "127.0.0.1", 1, node), Some("127.0.0.1:1")),
            (service("a", "fe80::1", 1, node), None),
            (service("a", "192.0.2.7", 0, node), None),
            (service("cloud-api", "192.0.2.7", 1, &[]), None),
            (service("a", "192.0.2.7", 1, &[("id", "")]), None),
            (
                service("a", "192.0.2.7", 1, &[("id", "x"), ("proto", "zap/1")]),
                None,
            ),
            (
                service("a", "192.0.2.7", 1, &[("id", "x"), ("proto", "http/1.1")]),
                None,
            ),
            (
                service("a", "192.0.2.7", 1, &[("id", "x"), ("transport", "node/1")]),
                Some("192.0.2.7:1"),
            ),
        ] {
            let found = peer(&service).map(|Found { address, .. }| address.to_string());
            assert_eq!(found.as_deref(), expected, "{service:?}");
        }
    }

    #[test]
    fn peers_come_and_go() {
        let book = Book::default();
        let find = |id, failures| {
            let found = book.find(id, failures)?;
            Some(format!("{}:{}", found.host.name, found.host.port))
        };
        assert_eq!(find("", 0), None);
        let resolved = |service| ServiceEvent::ServiceResolved(Box::new(service));
        book.hear(resolved(service("a", "192.0.2.7", 1, &[("id", "one")])));
        book.hear(resolved(service("b", "192.0.2.8", 2, &[("id", "two")])));
        let (one, two) = (
            Some("192.0.2.7:1".to_owned()),
            Some("192.0.2.8:2".to_owned()),
        );
        assert_eq!(
            [find("", 0), find("", 1), find("", 2)],
            [one.clone(), two.clone(), one]
        );
        assert_eq!(
            [find("two", 0), find("two", 9), find("three", 0)],
            [two.clone(), two.clone(), None]
        );
        book.hear(resolved(service("b", "192.0.2.9", 3, &[("id", "two")])));
        assert_eq!(find("two", 0).as_deref(), Some("192.0.2.9:3"));
        let name = "b._hanzo._tcp.local.".to_owned();
        book.hear(ServiceEvent::ServiceRemoved(
            "_hanzo._tcp.local.".to_owned(),
            name,
        ));
        assert_eq!(find("two", 0), None);
    }
}
