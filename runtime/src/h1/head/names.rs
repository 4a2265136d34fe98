//! Names of headers that this core has seen.
//!
//! For the names that it does not know by heart, `x-…` and `traceparent` among them, a [`HeaderName`] takes memory of its
//! own every time it is made. Traffic has few of them, again and again.

use http::HeaderName;
use std::cell::RefCell;

/// Places, a power of two. Two names that want the same one take turns.
const PLACES: usize = 128;
/// What is longer is made anew.
const LONGEST: usize = 64;

/// The name that is written so, in whatever case.
pub(super) fn known(name: &[u8]) -> Option<HeaderName> {
    thread_local! {
        static SEEN: RefCell<[Option<HeaderName>; PLACES]> =
            const { RefCell::new([const { None }; PLACES]) };
    }
    let Some(place) = place(name) else {
        return HeaderName::from_bytes(name).ok();
    };
    SEEN.with_borrow_mut(|seen| {
        let seen = &mut seen[place];
        if let Some(known) = seen
            && known.as_str().as_bytes().eq_ignore_ascii_case(name)
        {
            return Some(known.clone());
        }
        let new = HeaderName::from_bytes(name).ok()?;
        Some(seen.insert(new).clone())
    })
}

fn place(name: &[u8]) -> Option<usize> {
    let (first, last) = (name.first()?, name.last()?);
    let middle = name.get(name.len() / 2)?;
    let bytes = [first, middle, last].map(|byte| usize::from(byte | 0x20));
    let mixed = bytes.iter().fold(name.len(), |sum, byte| sum * 31 + byte);
    (name.len() <= LONGEST).then_some(mixed % PLACES)
}

#[cfg(test)]
mod tests {
    use super::known;
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
                assert_eq!(
                    known(name.as_bytes()),
                    name.parse::<HeaderName>().ok(),
                    "{name}"
                );
            }
        }
    }
}
