use super::{super::rate::Clock, Clients, FEWEST, PLACES, Rate, Row, SHARDS};
use governor::clock::FakeRelativeClock;
use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::Duration,
};

/// Hashes are spread evenly, and so are these (the finalizer of splitmix64).
fn spread(n: u64) -> u64 {
    let mixed = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn clients(rate: Rate, most: usize) -> (Clients<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    // A bucket that is used up until 0 is a full one.
    clock.advance(Duration::from_nanos(1));
    let clients = Clients::new(rate, most, clock.clone()).expect("a rate");
    (clients, clock)
}

fn admitted(clients: &Clients<FakeRelativeClock>, client: u64, asked: usize) -> usize {
    (0..asked).filter(|_| clients.take(client).is_ok()).count()
}

fn bytes(clients: &Clients<FakeRelativeClock>) -> usize {
    let shards = clients.table.0.all.iter();
    let rows: usize = shards.map(|shard| shard.lock().rows.capacity()).sum();
    rows * size_of::<Row>()
}

#[test]
fn every_client_has_a_bucket_of_its_own() {
    let (clients, clock) = clients(Rate::new(10, Duration::from_secs(10)), 1 << 16);
    for client in 0..1_000 {
        assert_eq!(
            admitted(&clients, spread(client), 15),
            10,
            "client {client}"
        );
    }
    assert_eq!(clients.count(), 1_000);
    let refused = clients.take(spread(7)).expect_err("used up");
    assert_eq!((refused.limit, refused.time), (10, Duration::from_secs(1)));
    clock.advance(Duration::from_secs(1));
    assert_eq!(admitted(&clients, spread(7), 5), 1);
    clock.advance(Duration::from_secs(10));
    assert_eq!(clients.count(), 0, "all buckets are full again");
    assert_eq!(admitted(&clients, spread(7), 15), 10);
}

#[test]
fn memory_follows_the_clients_that_are_there() {
    let (clients, clock) = clients(Rate::new(10, Duration::from_secs(10)), 1 << 18);
    assert_eq!(bytes(&clients), 0);
    for client in 0..20_000 {
        assert!(clients.take(spread(client)).is_ok());
    }
    let peak = bytes(&clients);
    assert!(peak <= 20_000 * 16 * 4, "{peak} bytes for 20,000 clients");
    clock.advance(Duration::from_millis(1_001));
    for client in 0..500 {
        assert!(clients.take(spread(client)).is_ok());
    }
    clients.shrink();
    assert!(bytes(&clients) <= peak / 4, "{} of {peak}", bytes(&clients));
    assert_eq!(clients.count(), 500);
    assert_eq!(admitted(&clients, spread(3), 15), 9, "nothing is forgotten");
    clock.advance(Duration::from_mins(1));
    clients.shrink();
    assert_eq!(bytes(&clients), 0);
}

/// A million addresses, in a table for 4,096: what is kept is bounded, and who was held back stays held back.
#[test]
fn a_flood_of_addresses_frees_nobody_who_is_held_back() {
    let most = 4_096;
    let (clients, _) = clients(Rate::new(10, Duration::from_hours(1)), most);
    let victim = spread(u64::MAX / 2);
    assert_eq!(admitted(&clients, victim, 20), 10);
    let mut refused = 0;
    for n in 0..1_000_000 {
        refused += usize::from(clients.take(spread(n)).is_err());
    }
    assert_eq!(refused, 0, "nobody is refused for lack of room");
    assert_eq!(bytes(&clients), most * 16);
    assert!(clients.count() <= most);
    assert!(clients.forgotten() >= 1_000_000 - most as u64);
    assert_eq!(admitted(&clients, victim, 20), 0);
}

#[test]
fn the_smallest_table_and_odd_sizes() {
    for (asked, room) in [
        (1, FEWEST),
        (FEWEST, FEWEST),
        (FEWEST + 1, 2 * FEWEST),
        (1_000, 1_024),
    ] {
        let (clients, _) = clients(Rate::new(10, Duration::from_hours(1)), asked);
        let rows = clients.table.0.most_rows;
        assert_eq!(rows * PLACES * SHARDS, room, "for {asked}");
    }
}

#[test]
fn one_limit_is_one_limit_across_cores() {
    let rate = Rate::new(1_000, Duration::from_hours(1));
    let clients = Clients::new(rate, 1 << 12, Clock::start()).expect("a rate");
    let one: HashSet<u64> = (0..8).map(spread).collect();
    let taken = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for client in &one {
                    let n = (0..600).filter(|_| clients.take(*client).is_ok()).count();
                    taken.fetch_add(n, Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 8 * 1_000);
}
