//! The report for people.

use super::{
    figures::{CPU, Figures, P50, P99, RATE},
    series::Series,
    targets::Target,
};
use crate::{
    compare::{PRICES, ROUTES, TOKENS},
    results::{Layout, Step, count},
    systems::GATEWAY,
    workload::{WORKLOADS, Workload},
};
use std::fmt::{self, Write as _};

/// More than that is a machine on which something else runs.
const QUIET: f64 = 0.15;

pub fn report(figures: &Figures, targets: &[Target], chart: &str) -> Result<String, fmt::Error> {
    let mut out = String::from("# The gateway beside its peers\n\n");
    writeln!(
        out,
        "`make bench` wrote this. benches/README.md says how each figure is taken. Medians; in parentheses where the rounds lie.\n"
    )?;
    machine(&mut out, figures)?;
    writeln!(out, "## Targets\n")?;
    table_of_targets(&mut out, targets)?;
    writeln!(out, "\n![CPU per request]({chart})\n\n## Workloads\n")?;
    writeln!(
        out,
        "Ratios are the gateway's to the system's, made within rounds: of CPU less than 1 is better, of throughput more. A core that is not used up means that the load was the limit, and throughput says little.\n"
    )?;
    for layout in [Layout::Pinned, Layout::Unpinned] {
        for workload in WORKLOADS {
            table_of_workload(&mut out, figures, layout, workload)?;
        }
    }
    among_themselves(&mut out, figures)?;
    alone(&mut out, figures)?;
    compiler(&mut out, figures)?;
    same(&mut out, figures)?;
    writeln!(out, "\n## Left out\n")?;
    for what in &figures.left_out {
        writeln!(out, "- {what}")?;
    }
    if figures.left_out.is_empty() {
        writeln!(out, "Nothing.")?;
    }
    Ok(out)
}

/// Systems by what they were asked for.
fn same(out: &mut String, figures: &Figures) -> fmt::Result {
    writeln!(
        out,
        "## The same bytes\n\nByte by byte what the upstream sends, through:\n"
    )?;
    let mut groups: Vec<(&Vec<String>, Vec<&str>)> = Vec::new();
    for (system, paths) in &figures.same {
        match groups.iter_mut().find(|(other, _)| *other == paths) {
            Some((_, systems)) => systems.push(system),
            None => groups.push((paths, vec![system])),
        }
    }
    for (paths, systems) in groups {
        writeln!(out, "- {}: {}", systems.join(", "), paths.join(", "))?;
    }
    Ok(())
}

fn machine(out: &mut String, figures: &Figures) -> fmt::Result {
    writeln!(out, "## Machine\n")?;
    for (name, value) in &figures.machine {
        writeln!(out, "- {name}: {value}")?;
    }
    if let Some(foreign) = figures.foreign() {
        write!(
            out,
            "- others kept {} cores busy meanwhile",
            foreign.show(2)
        )?;
        let loud = foreign.median > QUIET;
        writeln!(
            out,
            "{}\n",
            if loud {
                ". **That is too much: do not believe these figures**"
            } else {
                ""
            }
        )?;
    }
    writeln!(out, "| system | version | binary, MB |\n|---|---|--:|")?;
    for (name, version, bytes) in &figures.systems {
        writeln!(out, "| {name} | {version} | {:.1} |", megabytes(*bytes))?;
    }
    writeln!(out)
}

fn table_of_targets(out: &mut String, targets: &[Target]) -> fmt::Result {
    writeln!(
        out,
        "| | target | measured | min..max | met |\n|---|--:|--:|--:|---|"
    )?;
    for target in targets {
        let (limit, unit) = (target.limit, target.unit);
        let sign = if target.at_most { '≤' } else { '≥' };
        write!(out, "| {} | {sign} {limit}{unit} | ", target.what)?;
        let Some(Series {
            median,
            min,
            max,
            rounds,
        }) = target.figure
        else {
            writeln!(out, "| | not measured |")?;
            continue;
        };
        let span = if rounds > 1 {
            format!("{min:.3}..{max:.3}")
        } else {
            String::new()
        };
        let by = target.margin().unwrap_or_default() * 100.0;
        let met = if by >= 0.0 {
            format!("yes, by {by:.0} %")
        } else {
            format!("**no**, by {:.0} %", -by)
        };
        let doubt = target
            .doubt
            .as_ref()
            .map_or_else(String::new, |doubt| format!(" ({doubt})"));
        writeln!(out, "{median:.3}{unit} | {span} | {met}{doubt} |")?;
    }
    Ok(())
}

fn table_of_workload(
    out: &mut String,
    figures: &Figures,
    layout: Layout,
    workload: &Workload,
) -> fmt::Result {
    let labels = figures.labels(layout, workload.key);
    if labels.is_empty() {
        return Ok(());
    }
    let pinned = match layout {
        Layout::Pinned => "one worker, with a core to itself",
        Layout::Unpinned => "two workers, nobody pinned",
    };
    writeln!(out, "### {}: {pinned}\n", workload.name)?;
    writeln!(
        out,
        "| system | CPU µs | CPU ratio | requests/s | throughput ratio | p50 µs | p99 µs | cores used |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|")?;
    for label in labels {
        let show = |figure, decimals| {
            let series = figures.series(layout, workload.key, label, figure);
            series.map_or_else(String::new, |series| series.show(decimals))
        };
        let ratio = |figure| {
            let ratio = figures.ratio(layout, workload.key, (GATEWAY, label), figure);
            let ratio = ratio.filter(|_| label != GATEWAY);
            ratio.map_or_else(String::new, |ratio| ratio.show(2))
        };
        let latency = |figure| {
            if workload.wrk {
                String::new()
            } else {
                show(figure, 0)
            }
        };
        let used = figures.series(layout, workload.key, label, crate::results::Load::used);
        let used = used.map_or_else(String::new, |used| format!("{:.2}", used.median));
        writeln!(
            out,
            "| {label} | {} | {} | {} | {} | {} | {} | {used} |",
            show(CPU, 1),
            ratio(CPU),
            show(RATE, 0),
            ratio(RATE),
            latency(P50),
            latency(P99)
        )?;
    }
    writeln!(out)
}

/// What parts, tokens and routes cost.
fn among_themselves(out: &mut String, figures: &Figures) -> fmt::Result {
    writeln!(out, "## What it costs\n")?;
    writeln!(
        out,
        "1 KB GETs, by what the gateway has to do; ratios to the first of each group.\n"
    )?;
    writeln!(out, "| | CPU µs | ratio | µs more |\n|---|--:|--:|--:|")?;
    for row in [PRICES, TOKENS, ROUTES] {
        let labels = figures.labels(Layout::Pinned, row);
        // Rounds take turns; the base is the one that the row is about.
        let base = ["full", "open", "150 routes"]
            .into_iter()
            .find(|base| labels.contains(base));
        for label in &labels {
            let Some(cost) = figures.series(Layout::Pinned, row, label, CPU) else {
                continue;
            };
            write!(out, "| {label} | {} | ", cost.show(2))?;
            match base.filter(|base| base != label) {
                Some(base) => {
                    let ratio = figures.ratio(Layout::Pinned, row, (label, base), CPU);
                    let first = figures.series(Layout::Pinned, row, base, CPU);
                    let more = first.map_or(0.0, |first| cost.median - first.median);
                    let ratio = ratio.map_or_else(String::new, |ratio| ratio.show(3));
                    writeln!(out, "{ratio} | {more:+.2} |")?;
                }
                None => writeln!(out, "| |")?,
            }
        }
    }
    writeln!(out, "\n| gateway, as shipped | MB |\n|---|--:|")?;
    for (name, bytes) in &figures.sizes {
        writeln!(out, "| {name} | {:.2} |", megabytes(*bytes))?;
    }
    writeln!(out)
}

fn alone(out: &mut String, figures: &Figures) -> fmt::Result {
    let mut counts: Vec<usize> = figures.memory.iter().map(|(_, n, _)| *n).collect();
    counts.sort_unstable();
    counts.dedup();
    let mut systems: Vec<&str> = figures.memory.iter().map(|(name, ..)| &**name).collect();
    systems.dedup();
    writeln!(
        out,
        "## Memory and start\n\nResident, in MB, by idle connections; what processes share is counted once.\n"
    )?;
    let heads: Vec<String> = counts.iter().map(|n| format!("{n} |")).collect();
    writeln!(
        out,
        "| system | {} start to first answer, ms |",
        heads.join(" ")
    )?;
    writeln!(out, "|---|{}--:|", "--:|".repeat(counts.len()))?;
    for system in systems {
        write!(out, "| {system} |")?;
        for &connections in &counts {
            match figures.memory(system, connections) {
                Some(bytes) => write!(out, " {:.1} |", bytes / 1024.0 / 1024.0)?,
                None => write!(out, " |")?,
            }
        }
        let start = Series::of(
            figures
                .starts(system)
                .into_values()
                .map(|seconds| seconds * 1e3),
        );
        writeln!(
            out,
            " {} |",
            start.map_or_else(String::new, |start| start.show(1))
        )?;
    }
    writeln!(out)
}

fn compiler(out: &mut String, figures: &Figures) -> fmt::Result {
    let mut sizes: Vec<usize> = figures.compiler.iter().map(|one| one.routes).collect();
    sizes.dedup();
    if sizes.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## The compiler\n\nSeconds of wall time; the dependencies are compiled already, as they are after the first build on a machine.\n"
    )?;
    writeln!(
        out,
        "| endpoints | validate | emit | first binary | binary after an edit |\n|--:|--:|--:|--:|--:|"
    )?;
    for routes in sizes {
        let show = |step| {
            let series = figures.compiler(routes, step, false);
            series.map_or_else(String::new, |series| series.show(3))
        };
        let [validate, emit, first, edit] =
            [Step::Validate, Step::Emit, Step::First, Step::Edit].map(show);
        writeln!(out, "| {routes} | {validate} | {emit} | {first} | {edit} |")?;
    }
    writeln!(out)
}

fn megabytes(bytes: u64) -> f64 {
    count(bytes) / 1024.0 / 1024.0
}
