//! A few long-lived connections, which is what an ingress keeps, are spread over the cores as evenly as they can be.
//!
//! Which core has which connection is what the kernel knows of the gateway: each core waits with an epoll of its own, and
//! `/proc` tells of every epoll what it waits for.
#![cfg(target_os = "linux")]

use harness::{Client, Gateway, Launch, Origin, PATIENCE, gateway::ORIGIN, wire::Wire, within};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::TcpStream,
};

const LANES: [&str; 2] = ["fast", "hyper"];

fn start(origin: &Origin, lane: &str, workers: usize) -> Gateway {
    Launch::golden("forward")
        .resolve(ORIGIN, origin.address)
        .env("GATEWAY_LANE", lane)
        .args(&["--workers", &workers.to_string()])
        .start()
}

/// The ports of the clients that each core serves, as soon as all cores together serve `connections`.
fn cores(gateway: &Gateway, connections: usize) -> BTreeSet<BTreeSet<u16>> {
    within(PATIENCE, "the connections to be there", || {
        let cores = served(gateway);
        let all: usize = cores.iter().map(BTreeSet::len).sum();
        (all == connections).then_some(cores)
    })
}

/// A core that serves nobody is not among them. An epoll that has two descriptors is there once.
fn served(gateway: &Gateway) -> BTreeSet<BTreeSet<u16>> {
    let proc = format!("/proc/{}", gateway.pid());
    let clients = clients(&proc, gateway.address.port());
    let mut cores = BTreeSet::new();
    for entry in fs::read_dir(format!("{proc}/fdinfo")).expect("its descriptors") {
        // What is gone by now was none.
        let info = fs::read_to_string(entry.expect("a descriptor").path()).unwrap_or_default();
        let waits_for = info.lines().filter_map(|line| line.strip_prefix("tfd:"));
        let core: BTreeSet<_> = waits_for
            .filter_map(|line| {
                let descriptor = line.split_whitespace().next()?;
                let link = fs::read_link(format!("{proc}/fd/{descriptor}")).ok()?;
                let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
                clients.get(inode).copied()
            })
            .collect();
        if !core.is_empty() {
            cores.insert(core);
        }
    }
    cores
}

/// The ports of those that are connected to `port`, by the inodes of our ends.
fn clients(proc: &str, port: u16) -> BTreeMap<String, u16> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string(format!("{proc}/net/tcp")).expect("its sockets");
    let port_of = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    let rows = table.lines().skip(1).filter_map(|row| {
        let fields: Vec<_> = row.split_whitespace().collect();
        let (ours, theirs) = (port_of(fields[1])?, port_of(fields[2])?);
        (ours == port && fields[3] == ESTABLISHED).then(|| (fields[9].to_owned(), theirs))
    });
    rows.collect()
}

/// A client that was served, and its port.
fn connect(gateway: &Gateway) -> (Client, u16) {
    let stream = TcpStream::connect(gateway.address).expect("connect");
    let port = stream.local_addr().expect("its address").port();
    let wire = Wire::new(stream);
    let mut client = Client { wire };
    assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    (client, port)
}

#[test]
fn few_connections_are_spread_evenly() {
    let origin = Origin::ok();
    for lane in LANES {
        for workers in [2, 3] {
            for connections in [4, 8, 64] {
                let gateway = start(&origin, lane, workers);
                let held: Vec<_> = (0..connections).map(|_| connect(&gateway)).collect();
                let cores = cores(&gateway, connections);
                let counts: Vec<_> = cores.iter().map(BTreeSet::len).collect();
                let fair = connections / workers..=connections.div_ceil(workers);
                assert!(
                    counts.len() == workers && counts.iter().all(|count| fair.contains(count)),
                    "{lane}: {connections} over {workers}: {counts:?}"
                );
                drop(held);
            }
        }
    }
}

#[test]
fn a_core_that_is_busy_with_streams_gets_fewer_new_connections() {
    let origin = Origin::start(|x| {
        if x.target() == "/all/stream" {
            x.begin_stream();
            x.chunk(b"first");
            x.closed(PATIENCE);
        } else {
            x.reply("200 OK", &[], b"ok");
        }
    });
    for lane in LANES {
        let gateway = start(&origin, lane, 2);
        let mut clients: Vec<_> = (0..8).map(|_| connect(&gateway)).collect();
        let before = cores(&gateway, 8);
        let busy = before.iter().find(|core| core.len() == 4).expect("a core");
        // One core's clients stay and stream, the other's leave.
        clients.retain(|(_, port)| busy.contains(port));
        for (client, _) in &mut clients {
            client.request("GET /all/stream", &[]);
            assert_eq!(client.head().status(), 200);
        }
        cores(&gateway, 4);
        let fresh: Vec<_> = (0..6).map(|_| connect(&gateway)).collect();
        let after = cores(&gateway, 10);
        let busy = after.iter().find(|core| !core.is_disjoint(busy));
        let busy = busy.expect("the core of the streams");
        let to_busy = fresh.iter().filter(|(_, port)| busy.contains(port)).count();
        assert_eq!(to_busy, 1, "{lane}: four streams and one more against five");
    }
}
