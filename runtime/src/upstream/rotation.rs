//! Whose turn it is, among the hosts of an upstream.

use super::Target;
use std::{
    ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Instant,
};

/// The next of `targets`, by `next`. A host that is left out gives its turn to the one behind it; where all are, it is the
/// one whose time is up first: health alone refuses nobody.
pub(super) fn next(targets: &[&'static Target], next: &AtomicUsize) -> &'static Target {
    let start = next.fetch_add(1, Relaxed);
    let mut soonest = None;
    for step in 0..targets.len() {
        let target = targets[start.wrapping_add(step) % targets.len()];
        match turn(target) {
            Ok(()) => {
                // The turns that were given away are used up: otherwise whoever stands behind a host that is left out
                // would get twice what the others do.
                next.fetch_add(step, Relaxed);
                return target;
            }
            Err(due) => keep_soonest(&mut soonest, due, target),
        }
    }
    soonest.map_or(targets[start % targets.len()], |(_, target)| target)
}

/// Another one than those that were `tried`; None: all were.
pub(super) fn another(
    targets: &[&'static Target],
    next: &AtomicUsize,
    tried: &[&'static Target],
) -> Option<&'static Target> {
    let start = next.load(Relaxed);
    let mut soonest = None;
    for step in 0..targets.len() {
        let target = targets[start.wrapping_add(step) % targets.len()];
        if is_among(tried, target) {
            continue;
        }
        match turn(target) {
            Ok(()) => return Some(target),
            Err(due) => keep_soonest(&mut soonest, due, target),
        }
    }
    soonest.map(|(_, target)| target)
}

/// Whether there is one that is not among those that were `tried`.
pub(super) fn has_another(targets: &[&'static Target], tried: &[&'static Target]) -> bool {
    targets.iter().any(|target| !is_among(tried, target))
}

fn is_among(list: &[&'static Target], target: &'static Target) -> bool {
    list.iter().any(|one| ptr::eq(*one, target))
}

fn turn(target: &Target) -> Result<(), Instant> {
    if target.health.is_out() {
        target.health.turn(Instant::now())
    } else {
        Ok(())
    }
}

fn keep_soonest(
    soonest: &mut Option<(Instant, &'static Target)>,
    due: Instant,
    target: &'static Target,
) {
    if soonest.is_none_or(|(known, _)| due < known) {
        *soonest = Some((due, target));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Address;

    /// Hosts of a name that no other test has.
    fn targets<const N: usize>(name: &'static str) -> [&'static Target; N] {
        std::array::from_fn(|n| {
            let target = Target::of(Address {
                name,
                port: u16::try_from(n).expect("few") + 1,
                secure: false,
            });
            target.health.rotates();
            target
        })
    }

    fn leave_out(target: &Target) {
        for _ in 0..super::super::health::BORNE {
            target.health.failed(Instant::now(), 0.5);
        }
        assert!(target.health.is_out());
    }

    /// The ports of `n` turns.
    fn turns(targets: &[&'static Target], counter: &AtomicUsize, n: usize) -> Vec<u16> {
        (0..n).map(|_| next(targets, counter).host.port).collect()
    }

    #[test]
    fn hosts_take_turns_and_those_left_out_burden_nobody_more() {
        let targets = targets::<3>("turns.test");
        let counter = AtomicUsize::new(usize::MAX);
        assert_eq!(turns(&targets, &counter, 1), [1], "the count may wrap");
        let counter = AtomicUsize::new(0);
        assert_eq!(turns(&targets, &counter, 6), [1, 2, 3, 1, 2, 3]);
        leave_out(targets[1]);
        assert_eq!(turns(&targets, &counter, 6), [1, 3, 1, 3, 1, 3]);
        leave_out(targets[0]);
        assert_eq!(turns(&targets, &counter, 3), [3, 3, 3]);
        // All of them: the one whose time is up first, and that was first.
        leave_out(targets[2]);
        assert!(turns(&targets, &counter, 5).iter().all(|port| *port < 3));
        assert_eq!(
            targets[1].health.connected(),
            super::super::health::Change::Back
        );
        assert_eq!(turns(&targets, &counter, 3), [2, 2, 2]);
    }

    #[test]
    fn each_is_tried_once_those_that_are_well_first() {
        let targets = targets::<4>("tried.test");
        let counter = AtomicUsize::new(0);
        leave_out(targets[1]);
        let mut tried = vec![targets[0]];
        let mut ports = Vec::new();
        while let Some(target) = another(&targets, &counter, &tried) {
            ports.push(target.host.port);
            tried.push(target);
        }
        assert_eq!(ports, [3, 4, 2]);
        assert!(!has_another(&targets, &tried));
        assert!(has_another(&targets, &tried[..3]));
        // A host that stands twice has two turns, and is tried once.
        let doubled = [targets[0], targets[0]];
        assert!(!has_another(&doubled, &[targets[0]]));
        assert!(another(&doubled, &counter, &[targets[0]]).is_none());
    }
}
