//! What the system says about this process, under the names that every Prometheus client uses. Nothing where there is no
//! `/proc`.

use super::samples::Samples;
use crate::measure::{Family, Measures};
use std::fs;

/// Ticks of `/proc/*/stat` per second: part of Linux' interface to programs, whatever the kernel's own clock.
const TICKS: f64 = 100.0;

static CPU: Family = Family {
    name: "process_cpu_seconds_total",
    help: "User and system time of the process",
};
static STARTED: Family = Family {
    name: "process_start_time_seconds",
    help: "When the process started, since 1970",
};
static RESIDENT: Family = Family {
    name: "process_resident_memory_bytes",
    help: "Resident memory",
};
static VIRTUAL: Family = Family {
    name: "process_virtual_memory_bytes",
    help: "Virtual memory",
};
static OPEN: Family = Family {
    name: "process_open_fds",
    help: "Open file descriptors",
};
static MOST: Family = Family {
    name: "process_max_fds",
    help: "File descriptors that may be open",
};
static THREADS: Family = Family {
    name: "process_threads",
    help: "Threads",
};

pub(super) fn measure(to: &mut Samples) {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let stat = Stat::of(&text("/proc/self/stat"));
    if let Some(stat) = &stat {
        to.total(&CPU, stat.cpu);
    }
    if let (Some(stat), Some(boot)) = (stat, boot(&text("/proc/stat"))) {
        to.gauge(&STARTED, &[], boot + stat.started);
    }
    let status = text("/proc/self/status");
    for (family, name, unit) in [
        (&RESIDENT, "VmRSS:", 1024.0),
        (&VIRTUAL, "VmSize:", 1024.0),
        (&THREADS, "Threads:", 1.0),
    ] {
        if let Some(value) = line(&status, name).and_then(first) {
            to.gauge(family, &[], value * unit);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // Without the one that counts.
        let open = u32::try_from(open.count().saturating_sub(1)).unwrap_or(u32::MAX);
        to.gauge(&OPEN, &[], open.into());
    }
    if let Some(most) = line(&text("/proc/self/limits"), "Max open files").and_then(first) {
        to.gauge(&MOST, &[], most);
    }
}

/// What is of interest in `/proc/self/stat`, in seconds.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu: f64,
    /// Since the machine started.
    started: f64,
}

impl Stat {
    /// The name of the program stands in parentheses, and may have any character in it.
    fn of(text: &str) -> Option<Stat> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        // proc(5) counts from 1, and the first one here is its third.
        let field = |n: usize| fields.get(n - 3)?.parse::<f64>().ok();
        Some(Stat {
            cpu: (field(14)? + field(15)?) / TICKS,
            started: field(22)? / TICKS,
        })
    }
}

/// When the machine started, since 1970.
fn boot(text: &str) -> Option<f64> {
    first(line(text, "btime")?)
}

/// What follows `name`.
fn line<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

fn first(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Stat, boot, first, line};

    #[test]
    fn proc_is_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 1 0 250 50 0 0 20 0 4 0 12345 1000000 300 18446744073709551615";
        assert_eq!(
            Stat::of(stat),
            Some(Stat {
                cpu: 3.0,
                started: 123.45
            })
        );
        assert_eq!(Stat::of("7 (short) S 1"), None);
        assert_eq!(boot("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(line(limits, "Max open files").and_then(first), Some(1024.0));
        let unlimited =
            "Max open files            unlimited            unlimited            files\n";
        assert_eq!(line(unlimited, "Max open files").and_then(first), None);
    }
}
