//! What has to hold when it is over.

use super::{
    ledger::{End, Ledger, Route},
    scrape::Scrape,
    traffic::{EXACT, LOST_STREAMS, SUMS},
};
use crate::{report::Series, results::count, systems::Running};
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// How much more memory may be in use at rest at the end than early on: what an allocator keeps depends on what it was
/// last asked for. A leak of one byte a request is more than that.
const GROWTH: f64 = 1.1;
const GROWTH_KB: f64 = 1_536.0;
/// How long files may take to be closed that nobody uses.
const CLOSING: Duration = Duration::from_secs(10);

pub struct Before {
    pub open: BTreeMap<String, usize>,
    pub scrape: Option<Scrape>,
}

pub struct Check {
    pub what: String,
    pub holds: bool,
    pub told: String,
}

pub fn judge(
    running: &Running,
    before: &Before,
    after: Option<&Scrape>,
    ledger: &Ledger,
    memory: &[u64],
) -> Vec<Check> {
    let mut checks = vec![flat(memory)];
    let left = sockets(running.site.listen, Side::Local);
    checks.push(check(
        "clients' connections in the kernel",
        left == 0,
        format!("{left} left"),
    ));
    let (Some(start), Some(end)) = (&before.scrape, after) else {
        let told = "the gateway has no /metrics: nothing that it counts could be checked";
        checks.push(check("counters", false, told.to_owned()));
        return checks;
    };
    for (what, left) in [
        ("requests in flight", end.in_flight()),
        ("clients' connections", end.open()),
        ("busy connections to the upstream", end.upstream("busy")),
    ] {
        checks.push(check(what, left == 0, format!("{left} left")));
    }
    checks.push(files(running, &before.open));
    for route in ledger.routes() {
        checks.push(added_up(route, ledger, start, end));
    }
    checks
}

fn check(what: &str, holds: bool, told: String) -> Check {
    let what = what.to_owned();
    Check { what, holds, told }
}

/// At rest: the last quarter of the time beside the second.
fn flat(memory: &[u64]) -> Check {
    let quarter = memory.len() / 4;
    let median = |part: &[u64]| Series::of(part.iter().map(|bytes| count(*bytes) / 1024.0));
    let early = median(&memory[quarter..2 * quarter]);
    let late = median(&memory[memory.len() - quarter..]);
    let (Some(early), Some(late)) = (early, late) else {
        return check("memory", false, "too short to say".to_owned());
    };
    let told = format!("{} KB early, {} KB late", early.show(0), late.show(0));
    let holds = late.median <= early.median * GROWTH + GROWTH_KB;
    check("memory at rest is flat", holds, told)
}

/// What the gateway has open, without the connections to the upstream that are kept for the next request.
pub fn open(running: &Running) -> BTreeMap<String, usize> {
    let mut open = running.process.descriptors().unwrap_or_default();
    let kept = sockets(running.site.origin, Side::Remote);
    open.entry("socket".to_owned())
        .and_modify(|n| *n = n.saturating_sub(kept));
    open
}

fn files(running: &Running, before: &BTreeMap<String, usize>) -> Check {
    let deadline = Instant::now() + CLOSING;
    loop {
        let now = open(running);
        let more = |(kind, n): (&String, &usize)| *n > before.get(kind).copied().unwrap_or(0);
        let holds = !now.iter().any(more);
        if holds || Instant::now() > deadline {
            return check(
                "open files",
                holds,
                format!("{before:?} before, {now:?} now"),
            );
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Whether the gateway counted what its clients saw: each end on routes where nobody leaves, else the sum.
fn added_up(route: Route, ledger: &Ledger, start: &Scrape, end: &Scrape) -> Check {
    let counted =
        |status: Option<&str>| end.requests(route, status) - start.requests(route, status);
    let (seen, total) = (ledger.of(route).cast_signed(), counted(None));
    let what = format!("requests of {} {}", route.0, route.1);
    let seen_as = |end| ledger.count(route, end).cast_signed();
    if EXACT.contains(&route) {
        let ends = [
            End::Answered(2),
            End::Answered(4),
            End::Answered(5),
            End::Broken,
            End::Left,
        ];
        let differ: Vec<String> = ends
            .into_iter()
            .filter_map(|one| {
                let words = one.words();
                let (here, there) = (seen_as(one), counted(Some(&words)));
                (here != there).then(|| format!("{words}: seen {here}, counted {there}"))
            })
            .collect();
        let unanswered = seen_as(End::Unanswered);
        let holds = differ.is_empty() && total == seen && unanswered == 0;
        let told = format!(
            "{seen} seen, {total} counted, {unanswered} unanswered {}",
            differ.join(", ")
        );
        return check(&what, holds, told);
    }
    let told = format!("{seen} sent, {total} counted");
    // What was still on its way when its connection ended never came.
    let lost = route == LOST_STREAMS;
    debug_assert!(lost || SUMS.contains(&route), "every route is one of them");
    check(
        &what,
        if lost { total <= seen } else { total == seen },
        told,
    )
}

/// Which end of a connection has an address.
#[derive(Clone, Copy)]
enum Side {
    Local,
    Remote,
}

/// Connections that the kernel has with that address, those that only linger not counted.
fn sockets(at: SocketAddr, side: Side) -> usize {
    /// `ESTABLISHED` and `CLOSE_WAIT` of `include/net/tcp_states.h`: somebody holds them.
    const HELD: [&str; 2] = ["01", "08"];
    let port = format!(":{:04X}", at.port());
    let text = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let held = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, remote, state) = (words.next(), words.next(), words.next());
        let end = match side {
            Side::Local => local,
            Side::Remote => remote,
        };
        end.is_some_and(|end| end.ends_with(&port))
            && state.is_some_and(|state| HELD.contains(&state))
    };
    text.lines().filter(held).count()
}
