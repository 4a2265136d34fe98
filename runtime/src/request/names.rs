//! Names of headers that this core has seen.
//!
//! For the names that it does not know by heart, `x-…` and `traceparent` among them, a [`HeaderName`] takes memory of its
//! own every time it is made. Traffic has few of them, again and again.

use super::Kind;
use http::HeaderName;
use std::cell::RefCell;

/// Places, a power of two. Two names that want the same one take turns.
const PLACES: usize = 128;
/// What is longer is made anew.
const LONGEST: usize = 32;

/// The names that were seen.
pub(crate) struct Names([Option<Seen>; PLACES]);

/// A name, and how it was spelt.
struct Seen {
    spelt: [u8; LONGEST],
    len: usize,
    name: HeaderName,
    kind: Kind,
}

/// Lends this core's names to `then`.
pub(crate) fn with<T>(then: impl FnOnce(&mut Names) -> T) -> T {
    thread_local! {
        static SEEN: RefCell<Names> = const { RefCell::new(Names([const { None }; PLACES])) };
    }
    SEEN.with_borrow_mut(then)
}

impl Names {
    /// The name that is spelt so, and what its header is to a gateway.
    pub fn known(&mut self, spelt: &[u8]) -> Option<(HeaderName, Kind)> {
        let Some(place) = place(spelt) else {
            let name = HeaderName::from_bytes(spelt).ok()?;
            let kind = Kind::of(&name);
            return Some((name, kind));
        };
        match &mut self.0[place] {
            Some(seen) if seen.spelt[..seen.len] == *spelt => Some((seen.name.clone(), seen.kind)),
            seen => {
                let name = HeaderName::from_bytes(spelt).ok()?;
                let new = seen.insert(Seen {
                    spelt: [0; LONGEST],
                    len: spelt.len(),
                    kind: Kind::of(&name),
                    name: name.clone(),
                });
                new.spelt[..spelt.len()].copy_from_slice(spelt);
                Some((name, new.kind))
            }
        }
    }

    /// What a header of this name is to a gateway.
    pub fn kind(&mut self, name: &HeaderName) -> Kind {
        let known = self.known(name.as_str().as_bytes());
        known.map_or_else(|| Kind::of(name), |(_, kind)| kind)
    }
}

fn place(spelt: &[u8]) -> Option<usize> {
    let (first, last) = (spelt.first()?, spelt.last()?);
    let middle = spelt.get(spelt.len() / 2)?;
    let bytes = [first, middle, last].map(|byte| usize::from(*byte));
    let mixed = bytes.iter().fold(spelt.len(), |sum, byte| sum * 31 + byte);
    (spelt.len() <= LONGEST).then_some(mixed % PLACES)
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, with};
    use http::HeaderName;

    #[test]
    fn a_name_is_the_name_it_is() {
        let long = "x".repeat(100);
        let names = [
            "host",
            "x-a",
            "X-A",
            "x-b",
            "X-Request-Id",
            "traceparent",
            "@",
            "a b",
            "",
            &long,
        ];
        let many: Vec<_> = (0..1000).map(|n| format!("X-{n}")).collect();
        for name in names.into_iter().chain(many.iter().map(String::as_str)) {
            for _ in 0..2 {
                let parsed = name.parse::<HeaderName>().ok();
                let parsed = parsed.map(|name| (name.clone(), Kind::of(&name)));
                let known = with(|names| names.known(name.as_bytes()));
                assert_eq!(known, parsed, "{name}");
            }
        }
    }
}
