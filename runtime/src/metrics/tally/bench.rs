//! What counting costs: the price of a request's counters, their memory, and the time of a scrape. It asserts nothing.

use super::Tally;
use crate::{
    endpoint::{Route, get},
    gateway::Gateway,
    metrics::{TALLIES, gather, tallies, text},
    record::{Ended, Fate, Record},
    reject::Reject,
};
use std::{hint::black_box, time::Duration};

const REQUESTS: u32 = 2_000_000;
const ROUTES: u32 = 5_000;

fn each(what: &str, mut once: impl FnMut(u32)) {
    let start = on_cpu();
    for n in 0..REQUESTS {
        once(n);
    }
    let each = on_cpu().saturating_sub(start) / u64::from(REQUESTS);
    println!("{what:<52} {each:>8} ns");
}

/// Nanoseconds that this thread has had of a processor: what else the machine does does not count. Linux tells.
fn on_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or_default()
}

#[test]
#[ignore = "measures: benches/metrics.sh"]
fn what_counting_costs() {
    let tally = |routes: u32| -> &'static Tally {
        Box::leak(Box::new(Tally::new(routes as usize, 0, true, true)))
    };
    let end = |n: u32| Ended {
        fate: Fate::Answered(200),
        duration: Duration::from_micros(u64::from(n % 4096) * 37),
        first_byte: Some(Duration::from_micros(u64::from(n % 4096) * 31)),
        bytes_in: 10,
        bytes_out: 1000,
    };
    for routes in [1, 150, ROUTES] {
        let tally = tally(routes);
        each(
            &format!("the counters of a request, {routes} routes in turn"),
            |n| {
                let mut request = tally.arrived().expect("it is counted");
                request.routed(black_box(n % routes));
                request.ended(black_box(&end(n)));
            },
        );
    }
    let one = tally(1);
    each("with the record and two looks at the clock", |_| {
        let mut record = Record::of(None, one.arrived()).expect("it is counted");
        record.routed(black_box(0), "/");
        record.status = 200;
        record.outcome = Some(crate::access_log::Outcome::Complete);
        drop(black_box(record));
    });

    // Whatever the first look costs is not of the counters.
    resident();
    let before = resident();
    let idle = tally(ROUTES);
    let with = resident();
    for route in 0..ROUTES {
        let mut request = idle.arrived().expect("it is counted");
        request.routed(route);
        request.ended(&end(route));
    }
    let used = resident();
    println!(
        "{:<52} {:>8} KiB",
        "5,000 routes that nobody asked for, one core",
        with - before
    );
    println!(
        "{:<52} {:>8} KiB",
        "5,000 routes in use, one core, beside that",
        used - with
    );

    let paths: &'static [String] = (0..ROUTES)
        .map(|n| format!("/v1/route/{n}"))
        .collect::<Vec<_>>()
        .leak();
    let routes = paths
        .iter()
        .map(|path| get(path, |_| Err(Reject::NotFound.into())));
    let routes: &'static [Route] = routes.collect::<Vec<_>>().leak();
    TALLIES.get_or_init(|| {
        (0..3)
            .map(|_| Tally::new(routes.len(), 0, true, true))
            .collect()
    });
    for used in [0, 150, ROUTES] {
        for tally in tallies() {
            for route in 0..used {
                let mut request = tally.arrived().expect("it is counted");
                request.routed(route);
                request.ended(&end(route));
            }
        }
        let gateway: &'static Gateway =
            Box::leak(Box::new(Gateway::new("bench", "{}").routes(routes)));
        let start = on_cpu();
        let text = text::render(&gather::snapshot(gateway), text::Format::OpenMetrics);
        println!(
            "{:<52} {:>8} us, {} KiB",
            format!("a scrape of three cores, {used} routes in use"),
            on_cpu().saturating_sub(start) / 1000,
            text.len() / 1024
        );
    }
}
