//! What came of a run, from the lines that it left: for people, as a picture, and for programs.

mod chart;
mod figures;
mod markdown;
mod series;
mod targets;

use crate::{
    results::{self, Layout},
    systems::GATEWAY,
    workload::WORKLOADS,
};
pub use series::Series;

use chart::{Bar, Group};
use figures::{CPU, Figures, P50, P99, RATE};
use serde_json::{Value, json};
use std::{error::Error, fs, path::Path};

const CHART: &str = "report.svg";
/// What costs are drawn beside: the first of these that took part.
const BASES: [&str; 2] = ["nginx", "haproxy"];

/// Writes `report.md`, `report.svg` and `report.json` of the results in `run` into `dir`.
pub fn write(run: &Path, dir: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    let figures = Figures::new(results::read(run)?);
    let targets = targets::targets(&figures);
    fs::write(
        dir.join("report.md"),
        markdown::report(&figures, &targets, CHART)?,
    )?;
    let title = "CPU per request, nginx = 1 (one worker, one core)";
    fs::write(dir.join(CHART), chart::draw(title, &groups(&figures)))?;
    let told: Vec<Value> = targets
        .iter()
        .map(|target| {
            let mut told = json!(target);
            told["met"] = json!(target.is_met());
            told["margin"] = json!(target.margin());
            told
        })
        .collect();
    let all = json!({
        "machine": figures.machine,
        "systems": figures.systems,
        "targets": told,
        "rows": rows(&figures),
        "memory": figures.memory,
        "starts": figures.starts,
        "balance": figures.balance,
        "compiler": figures.compiler,
        "sizes": figures.sizes,
        "left_out": figures.left_out,
    });
    fs::write(dir.join("report.json"), serde_json::to_string_pretty(&all)?)?;
    Ok(())
}

/// The costs of each workload to those of a close peer.
fn groups(figures: &Figures) -> Vec<Group> {
    let pinned = Layout::Pinned;
    let drawn = WORKLOADS
        .iter()
        .filter(|workload| !workload.wrk && workload.rate.is_none());
    let group = |workload: &crate::workload::Workload| {
        let labels = figures.labels(pinned, workload.key);
        let base = BASES.into_iter().find(|base| labels.contains(base))?;
        let bar = |label: &&str| {
            let ratio = figures.ratio(pinned, workload.key, (label, base), CPU)?;
            Some(Bar {
                name: (*label).to_owned(),
                value: ratio.median,
                ours: *label == GATEWAY,
            })
        };
        let mut bars: Vec<Bar> = labels.iter().filter_map(bar).collect();
        bars.sort_by(|a, b| a.value.total_cmp(&b.value));
        let name = workload.name.to_owned();
        Some(Group { name, bars })
    };
    drawn.filter_map(group).collect()
}

/// Every row, system by system.
fn rows(figures: &Figures) -> Vec<Value> {
    let mut rows: Vec<(Layout, &str)> = Vec::new();
    for load in &figures.loads {
        if !rows.contains(&(load.layout, &load.row)) {
            rows.push((load.layout, &load.row));
        }
    }
    let one = |(layout, row): &(Layout, &str)| {
        let of = |label: &&str| {
            let series = |figure| figures.series(*layout, row, label, figure);
            json!({
                "system": label,
                "cpu_us": series(CPU), "requests_per_second": series(RATE), "p50_us": series(P50), "p99_us": series(P99),
                "cores_used": series(results::Load::used),
                "cpu_ratio": figures.ratio(*layout, row, (GATEWAY, label), CPU),
                "throughput_ratio": figures.ratio(*layout, row, (GATEWAY, label), RATE),
            })
        };
        let systems: Vec<Value> = figures.labels(*layout, row).iter().map(of).collect();
        json!({ "row": row, "layout": layout, "systems": systems })
    };
    rows.iter().map(one).collect()
}
