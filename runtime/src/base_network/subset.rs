//! Which members have a key: those with a prefix of it (BN-5), else the one that owns its place on the ring (BN-4).
//!
//! Members are numbers here, in the order of their ids.

use super::hash::Hash;
use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

/// The number of a member.
pub(super) type Number = u16;

/// The members that have a prefix, and whoever has a shorter one of the same keys: looked up by the longest prefix that
/// fits, so that a request walks no list of prefixes.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    /// Sorted by the prefix.
    table: Vec<Entry>,
    /// The lengths that occur, the longest first.
    lengths: Vec<usize>,
}

/// A prefix, and who has some prefix of it.
type Entry = (Box<[u8]>, Box<[Number]>);

impl Prefixes {
    /// `shards`: the prefixes of each member, by number.
    pub fn new<'a>(shards: impl Iterator<Item = &'a [Box<[u8]>]>) -> Prefixes {
        let mut own: BTreeMap<&[u8], BTreeSet<Number>> = BTreeMap::new();
        for (number, prefixes) in (0..).zip(shards) {
            for prefix in prefixes {
                own.entry(prefix).or_default().insert(number);
            }
        }
        let lengths: BTreeSet<usize> = own.keys().map(|prefix| prefix.len()).collect();
        let mut table: Vec<Entry> = Vec::with_capacity(own.len());
        // What the prefix at hand begins with, from the shortest to the longest: in this order they come before it.
        let mut shorter: Vec<usize> = Vec::new();
        for (prefix, mut members) in own {
            while shorter
                .last()
                .is_some_and(|at| !prefix.starts_with(&table[*at].0))
            {
                shorter.pop();
            }
            if let Some(at) = shorter.last() {
                members.extend(table[*at].1.iter());
            }
            shorter.push(table.len());
            table.push((prefix.into(), members.into_iter().collect()));
        }
        Prefixes {
            table,
            lengths: lengths.into_iter().rev().collect(),
        }
    }

    /// The members with a prefix of `key`, in order; none has one: empty.
    pub fn of(&self, key: &[u8]) -> &[Number] {
        let found = self.lengths.iter().find_map(|length| {
            let start = key.get(..*length)?;
            let at = self
                .table
                .binary_search_by(|(prefix, _)| (**prefix).cmp(start));
            at.ok().map(|at| &*self.table[at].1)
        });
        found.unwrap_or_default()
    }
}

/// Points on a circle of hashes; a key belongs to the next one.
#[derive(Debug, Default)]
pub(super) struct Ring(Vec<(u32, Number)>);

impl Ring {
    /// A point for each prefix of each member, and one for a member without: that of its id.
    pub fn new<'a>(members: impl Iterator<Item = (&'a str, &'a [Box<[u8]>])>) -> Ring {
        let mut points = Vec::new();
        for (number, (id, prefixes)) in (0..).zip(members) {
            if prefixes.is_empty() {
                points.push((Hash::of(id.as_bytes()).value(), number));
            }
            points.extend(
                prefixes
                    .iter()
                    .map(|prefix| (Hash::of(prefix).value(), number)),
            );
        }
        // Of two at one place the lower id is the owner, as everywhere.
        points.sort_unstable();
        Ring(points)
    }

    /// Whose point is the first at or behind `hash`; behind the last comes the first. One member, or none where there is
    /// none.
    pub fn owner(&self, hash: Hash) -> &[Number] {
        let behind = self.0.partition_point(|(point, _)| *point < hash.value());
        let found = self.0.get(behind).or_else(|| self.0.first());
        found.map_or(&[], |(_, number)| slice::from_ref(number))
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, Prefixes, Ring};
    use crate::base_network::hash::Hash;

    fn shards(list: &[&[&str]]) -> Vec<Vec<Box<[u8]>>> {
        let bytes = |prefix: &&str| prefix.as_bytes().into();
        list.iter()
            .map(|prefixes| prefixes.iter().map(bytes).collect())
            .collect()
    }

    #[test]
    fn bn_5_whoever_has_some_prefix_of_the_key() {
        let shards = shards(&[
            &["a", "b"],
            &["ab", "abc", "ab"],
            &[],
            &["b", "abd"],
            &["", "z"],
        ]);
        let prefixes = Prefixes::new(shards.iter().map(Vec::as_slice));
        for (key, members) in [
            ("", &[4][..]),
            ("a", &[0, 4]),
            ("ab", &[0, 1, 4]),
            ("abcd", &[0, 1, 4]),
            ("abd", &[0, 1, 3, 4]),
            ("ac", &[0, 4]),
            ("b", &[0, 3, 4]),
            ("c", &[4]),
            ("zz", &[4]),
        ] {
            assert_eq!(prefixes.of(key.as_bytes()), members, "{key:?}");
        }
        let none: [&[Box<[u8]>]; 0] = [];
        assert_eq!(Prefixes::new(none.into_iter()).of(b"a"), [0; 0]);
    }

    /// By the words of the rule, every member and prefix looked at.
    #[test]
    fn bn_5_as_by_looking_at_every_prefix() {
        for seed in 0..50 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut text = |longest| -> Vec<u8> {
                let length = random.usize(..=longest);
                (0..length).map(|_| random.u8(b'a'..b'd')).collect()
            };
            let members: Vec<Vec<Box<[u8]>>> = (0..8)
                .map(|n| (0..n).map(|_| text(4).into()).collect())
                .collect();
            let prefixes = Prefixes::new(members.iter().map(Vec::as_slice));
            for key in (0..100).map(|_| text(6)) {
                let with = |(_, own): &(Number, &Vec<Box<[u8]>>)| {
                    own.iter().any(|prefix| key.starts_with(prefix))
                };
                let expected: Vec<Number> = (0..)
                    .zip(&members)
                    .filter(with)
                    .map(|(number, _)| number)
                    .collect();
                assert_eq!(
                    prefixes.of(&key),
                    expected,
                    "seed {seed}, {key:?} of {members:?}"
                );
            }
        }
    }

    #[test]
    fn bn_4_the_next_point_owns() {
        let shards = shards(&[&["a", "m"], &[], &["q"]]);
        let members = ["one", "two", "three"].into_iter();
        let ring = Ring::new(members.zip(shards.iter().map(Vec::as_slice)));
        let mut points: Vec<(u32, Number)> = [("a", 0), ("m", 0), ("two", 1), ("q", 2)]
            .map(|(text, number)| (Hash::of(text.as_bytes()).value(), number))
            .to_vec();
        points.sort_unstable();
        let mut wrapped = 0;
        for n in 0..1000 {
            let hash = Hash::of(format!("key-{n}").as_bytes());
            let next = points.iter().find(|(point, _)| *point >= hash.value());
            wrapped += usize::from(next.is_none());
            let expected = next.unwrap_or(&points[0]).1;
            assert_eq!(ring.owner(hash), [expected], "key-{n}");
        }
        assert!(wrapped > 0, "no key lies behind the last point");
        // A point owns its own place.
        assert_eq!(ring.owner(Hash::of(b"q")), [2]);
        assert_eq!(Ring::default().owner(Hash::of(b"q")), [0; 0]);
    }
}
