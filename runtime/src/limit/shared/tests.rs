use super::{Ledger, MOST, PAGES, Store, Which, seed};
use crate::limit::RateLimit;
use std::collections::HashSet;

fn ledger(is_up: bool) -> Ledger {
    let store = Store::new("redis://:secret@store.test:6379/1", &[]).expect("a URL");
    store.set_up(is_up);
    Ledger::new(Box::leak(Box::new(store)))
}

#[test]
fn what_is_noted_is_taken_once() {
    let ledger = ledger(true);
    let (one, other) = (Which::Clients(1), Which::Clients(2));
    for which in [Which::Everybodys, one, one, other] {
        ledger.note(which);
    }
    let taken: HashSet<_> = ledger.take().into_iter().collect();
    let expected = [(Which::Everybodys, 1), (one, 2), (other, 1)];
    assert_eq!(taken, HashSet::from(expected));
    ledger.note(one);
    assert_eq!((ledger.since(one), ledger.since(other)), (1, 0));
    assert_eq!(ledger.take(), [(one, 1)]);
    assert_eq!(ledger.take(), []);
}

#[test]
fn while_the_store_is_away_nothing_is_noted() {
    let ledger = ledger(false);
    ledger.note(Which::Everybodys);
    ledger.note(Which::Clients(1));
    assert_eq!(ledger.take(), []);
}

#[test]
fn a_ledger_is_bounded() {
    let ledger = ledger(true);
    let most = (MOST * PAGES) as u64;
    for n in 0..2 * most {
        // Even over the pages.
        ledger.note(Which::Clients(n << 32 | n));
    }
    assert_eq!(ledger.take().len() as u64, most);
    assert_eq!(ledger.unheard.get(), most);
}

#[test]
fn clients_are_known_to_who_knows_the_store() {
    static ONE: RateLimit = RateLimit::new("GET /one");
    static OTHER: RateLimit = RateLimit::new("GET /other");
    let seeds = [
        seed("gateway", &ONE, "redis://:a@store"),
        seed("gateway", &ONE, "redis://:b@store"),
        seed("gateway", &OTHER, "redis://:a@store"),
        seed("other", &ONE, "redis://:a@store"),
    ];
    let distinct: HashSet<u64> = seeds.iter().map(|seed| seed.mix(1)).collect();
    assert_eq!(distinct.len(), seeds.len());
    let again = seed("gateway", &ONE, "redis://:a@store");
    assert_eq!(again.mix(1), seeds[0].mix(1));
}

#[test]
fn a_store_is_called_without_its_password() {
    for (url, name) in [
        (
            "redis://:secret@store.test:6379/1",
            "redis://store.test:6379",
        ),
        (
            "valkey://user:secret@store.test",
            "valkey://store.test:6379",
        ),
    ] {
        assert_eq!(Store::new(url, &[]).expect(url).name, name);
    }
    assert!(Store::new("http://store.test", &[]).is_err());
}
