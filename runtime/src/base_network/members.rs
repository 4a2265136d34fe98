//! The members of a network at one moment, and which of them a request goes to (BN-6).

use super::{
    hash::Hash,
    subset::{Number, Prefixes, Ring},
};
use crate::upstream::Target;

/// One member.
pub(super) struct Member {
    pub id: Box<str>,
    /// Where it says that it is.
    pub url: Box<str>,
    /// The prefixes of the keys that it has.
    pub shards: Box<[Box<[u8]>]>,
    /// None: its URL is no host that can be called. It has its keys all the same, for another gateway may reach it.
    pub target: Option<&'static Target>,
}

/// By what it says of itself.
impl PartialEq for Member {
    fn eq(&self, other: &Member) -> bool {
        (&self.id, &self.url, &self.shards) == (&other.id, &other.url, &other.shards)
    }
}

/// The members, and what is derived from them once.
#[derive(Default)]
pub(super) struct Members {
    /// Sorted by id.
    list: Vec<Member>,
    prefixes: Prefixes,
    ring: Ring,
}

/// What a request does with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    /// By the `nth` of those that may answer it, from the one that should.
    Read {
        nth: usize,
    },
}

impl Members {
    pub fn new(mut list: Vec<Member>) -> Members {
        list.sort_by(|a, b| a.id.cmp(&b.id));
        let prefixes = Prefixes::new(list.iter().map(|member| &*member.shards));
        let ring = Ring::new(list.iter().map(|member| (&*member.id, &*member.shards)));
        Members {
            list,
            prefixes,
            ring,
        }
    }

    pub fn list(&self) -> &[Member] {
        &self.list
    }

    /// Who is to have a request about `key`; None: there is no member.
    pub fn place(&self, key: &[u8], access: Access) -> Option<&Member> {
        let hash = Hash::of(key);
        let subset = self.subset(key, hash);
        let number = match access {
            Access::Write => winner(subset, |number| {
                hash.and(b"|")
                    .and(self.list[usize::from(number)].id.as_bytes())
            })?,
            Access::Read { nth } => {
                let first = hash.and(b"|r").value() as usize;
                *subset.get(first.wrapping_add(nth).checked_rem(subset.len())?)?
            }
        };
        self.list.get(usize::from(number))
    }

    fn subset(&self, key: &[u8], hash: Hash) -> &[Number] {
        match self.prefixes.of(key) {
            [] => self.ring.owner(hash),
            subset => subset,
        }
    }
}

/// Rendezvous: everybody draws for the key, the smallest number wins, of equal ones that of the lower id. When a member
/// comes or goes, only its own keys move.
fn winner(subset: &[Number], draw: impl Fn(Number) -> Hash) -> Option<Number> {
    subset
        .iter()
        .copied()
        .min_by_key(|number| draw(*number).value())
}

#[cfg(test)]
mod tests {
    use super::{Access, Hash, Member, Members};

    fn network(members: &[(&str, &[&str])]) -> Members {
        let member = |(id, shards): &(&str, &[&str])| Member {
            id: (*id).into(),
            url: format!("http://{id}.test").into(),
            shards: shards.iter().map(|shard| shard.as_bytes().into()).collect(),
            target: None,
        };
        Members::new(members.iter().map(member).collect())
    }

    fn readers(members: &Members, key: &str) -> usize {
        members
            .subset(key.as_bytes(), Hash::of(key.as_bytes()))
            .len()
    }

    fn write<'a>(members: &'a Members, key: &str) -> &'a str {
        &members
            .place(key.as_bytes(), Access::Write)
            .expect("a member")
            .id
    }

    /// The order of an answer means nothing, and whoever comes or goes takes its own keys along and no others.
    #[test]
    fn bn_6_only_keys_of_who_comes_or_goes_move() {
        let some: &[(&str, &[&str])] = &[("a", &[""]), ("b", &[""]), ("c", &[""])];
        let more: &[(&str, &[&str])] = &[("d", &[""]), ("c", &[""]), ("a", &[""]), ("b", &[""])];
        let (some, more) = (network(some), network(more));
        let mut moved = 0;
        for n in 0..10_000 {
            let key = format!("user-{n}");
            let (before, after) = (write(&some, &key), write(&more, &key));
            assert!(
                before == after || after == "d",
                "{key}: {before}, then {after}"
            );
            moved += usize::from(before != after);
        }
        // A quarter of them, with four members.
        assert!((1_500..3_500).contains(&moved), "{moved} keys moved");
    }

    #[test]
    fn bn_6_reads_of_a_key_stick_to_one_and_go_round_when_it_fails() {
        let members = network(&[("a", &["k"]), ("b", &["k"]), ("c", &["k"]), ("d", &["x"])]);
        let mut first = [0; 3];
        for n in 0..300 {
            let key = format!("k{n}");
            assert_eq!(readers(&members, &key), 3);
            let read = |nth| {
                let member = members.place(key.as_bytes(), Access::Read { nth });
                member.expect("a member").id.as_bytes()[0] - b'a'
            };
            first[usize::from(read(0))] += 1;
            assert_eq!(
                [read(1), read(2), read(3)],
                [(read(0) + 1) % 3, (read(0) + 2) % 3, read(0)]
            );
        }
        assert!(first.iter().all(|reads| *reads > 50), "{first:?}");
    }

    #[test]
    fn bn_5_who_has_a_key_alone_has_it_all() {
        let members = network(&[("b", &["x"]), ("a", &["y", "xy"]), ("c", &["z"])]);
        for (key, owner) in [("x", "b"), ("y", "a"), ("yy", "a"), ("z1", "c")] {
            assert_eq!(write(&members, key), owner, "{key}");
            assert_eq!(readers(&members, key), 1, "{key}");
        }
        assert_eq!(readers(&members, "xy"), 2);
        // On the ring.
        assert_eq!(readers(&members, "q"), 1);
        assert!(Members::default().place(b"x", Access::Write).is_none());
        assert!(
            Members::default()
                .place(b"x", Access::Read { nth: 0 })
                .is_none()
        );
    }
}
