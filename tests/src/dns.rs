//! A DNS server with the records that the test gives it, over UDP: written by hand, so that it is not the library under
//! test that is believed.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

const A: u16 = 1;
const SRV: u16 = 33;
const SERVFAIL: u16 = 2;
const NXDOMAIN: u16 = 3;

/// A running server. Stops when dropped.
pub struct Dns {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    stop: Arc<AtomicBool>,
}

/// What it says, and what it was asked.
#[derive(Default)]
struct Zone {
    /// By name and type.
    records: HashMap<(String, u16), Records>,
    broken: bool,
    asked: Vec<(String, u16)>,
}

#[derive(Clone, Default)]
struct Records {
    ttl: u32,
    data: Vec<Vec<u8>>,
}

/// Priority, weight, port, target.
pub type Service<'a> = (u16, u16, u16, &'a str);

impl Dns {
    pub fn start() -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bind a DNS server");
        let dns = Dns {
            address: socket.local_addr().expect("its address"),
            zone: Arc::default(),
            stop: Arc::default(),
        };
        let (zone, stop) = (dns.zone.clone(), dns.stop.clone());
        thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answer = zone.lock().expect("the zone").answer(&packet[..length]);
                // Whoever asked may be gone, which some tests want.
                let _ = socket.send_to(&answer, from);
            }
        });
        dns
    }

    /// The SRV records of a name, in the place of those before.
    pub fn services(&self, name: &str, ttl: u32, services: &[Service<'_>]) {
        let data = services.iter().map(|(priority, weight, port, target)| {
            let mut data = Vec::new();
            for number in [priority, weight, port] {
                data.extend_from_slice(&number.to_be_bytes());
            }
            data.extend(encoded(target));
            data
        });
        self.set(name, SRV, ttl, data.collect());
    }

    /// The addresses of a name, in the place of those before.
    pub fn addresses(&self, name: &str, ttl: u32, addresses: &[Ipv4Addr]) {
        let data = addresses.iter().map(|ip| ip.octets().to_vec());
        self.set(name, A, ttl, data.collect());
    }

    fn set(&self, name: &str, kind: u16, ttl: u32, data: Vec<Vec<u8>>) {
        let mut zone = self.zone.lock().expect("the zone");
        let records = Records { ttl, data };
        zone.records.insert((name.to_owned(), kind), records);
    }

    /// From now on it answers SERVFAIL to everything, or no longer does.
    pub fn be_broken(&self, broken: bool) {
        self.zone.lock().expect("the zone").broken = broken;
    }

    /// How often the SRV records of a name were asked for.
    pub fn asked(&self, name: &str) -> usize {
        let zone = self.zone.lock().expect("the zone");
        let of = |(asked, kind): &&(String, u16)| asked == name && *kind == SRV;
        zone.asked.iter().filter(of).count()
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the loop; if that fails, it has ended.
        if let Ok(socket) = UdpSocket::bind("127.0.0.1:0") {
            let _ = socket.send_to(&[], self.address);
        }
    }
}

impl Zone {
    /// The question goes back with the answer; what a resolver says behind it (EDNS) is not looked at.
    fn answer(&mut self, packet: &[u8]) -> Vec<u8> {
        let Some((name, kind, question)) = question(packet) else {
            return Vec::new();
        };
        self.asked.push((name.clone(), kind));
        let found = self.records.get(&(name.clone(), kind));
        let Records { ttl, data } = found.cloned().unwrap_or_default();
        let is_known = self.records.keys().any(|(known, _)| *known == name);
        let code = match (self.broken, is_known) {
            (true, _) => SERVFAIL,
            (false, false) => NXDOMAIN,
            (false, true) => 0,
        };
        let data = if code == 0 { data } else { Vec::new() };
        let mut answer = packet[..2].to_vec();
        let count = u16::try_from(data.len()).expect("few records");
        for number in [0x8180 | code, 1, count, 0, 0] {
            answer.extend_from_slice(&number.to_be_bytes());
        }
        answer.extend_from_slice(question);
        for data in data {
            answer.extend(encoded(&name));
            answer.extend_from_slice(&kind.to_be_bytes());
            answer.extend_from_slice(&1_u16.to_be_bytes());
            answer.extend_from_slice(&ttl.to_be_bytes());
            let length = u16::try_from(data.len()).expect("short data");
            answer.extend_from_slice(&length.to_be_bytes());
            answer.extend(data);
        }
        answer
    }
}

/// Name, type and bytes of the question.
fn question(packet: &[u8]) -> Option<(String, u16, &[u8])> {
    let rest = packet.get(12..)?;
    let (mut labels, mut at) = (Vec::new(), 0);
    loop {
        let length = usize::from(*rest.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = rest.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).into_owned());
        at += length;
    }
    let kind = rest.get(at..at + 2)?;
    let question = rest.get(..at + 4)?;
    Some((
        labels.join("."),
        u16::from_be_bytes([kind[0], kind[1]]),
        question,
    ))
}

/// Labels with their lengths; an empty name is the root.
fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).expect("a short label"));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
