//! The lines of a run, and what is asked of them.

use super::series::{Rounds, Series};
use crate::results::{Compiler, Layout, Line, Load, Step};

/// What is wanted of a turn of load.
pub type Figure = fn(&Load) -> f64;

pub const CPU: Figure = Load::micros;
pub const RATE: Figure = Load::rate;
pub const P50: Figure = |load| load.outcome.p50;
pub const P99: Figure = |load| load.outcome.p99;

#[derive(Default)]
pub struct Figures {
    pub machine: Vec<(String, String)>,
    /// Name, version, bytes of the binary.
    pub systems: Vec<(String, String, u64)>,
    pub left_out: Vec<String>,
    /// A system, and for what it returned the right bytes.
    pub same: Vec<(String, Vec<String>)>,
    pub loads: Vec<Load>,
    pub memory: Vec<(String, usize, u64)>,
    pub starts: Vec<(String, f64)>,
    pub balance: Vec<(usize, f64)>,
    pub compiler: Vec<Compiler>,
    pub sizes: Vec<(String, u64)>,
}

impl Figures {
    pub fn new(lines: Vec<Line>) -> Figures {
        let mut figures = Figures::default();
        for line in lines {
            figures.add(line);
        }
        figures.left_out.dedup();
        figures
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Machine { name, value } => self.machine.push((name, value)),
            Line::System {
                name,
                version,
                bytes,
            } => self.systems.push((name, version, bytes)),
            Line::LeftOut { what } => self.left_out.push(what),
            Line::Same { system, paths } => self.same.push((system, paths)),
            Line::Load(load) => self.loads.push(load),
            Line::Memory {
                system,
                connections,
                bytes,
            } => self.memory.push((system, connections, bytes)),
            Line::Start { system, seconds } => self.starts.push((system, seconds)),
            Line::Balance { connections, share } => self.balance.push((connections, share)),
            Line::Compiler(step) => self.compiler.push(step),
            Line::Size { name, bytes } => self.sizes.push((name, bytes)),
        }
    }

    /// The turns of a row.
    pub fn row(&self, layout: Layout, row: &str) -> impl Iterator<Item = &Load> {
        let row = row.to_owned();
        self.loads
            .iter()
            .filter(move |load| load.layout == layout && load.row == row)
    }

    /// Who took part in a row, in the order of the first round.
    pub fn labels(&self, layout: Layout, row: &str) -> Vec<&str> {
        let mut labels = Vec::new();
        for load in self.row(layout, row) {
            if !labels.contains(&&*load.label) {
                labels.push(&*load.label);
            }
        }
        labels
    }

    pub fn rounds(&self, layout: Layout, row: &str, label: &str, figure: Figure) -> Rounds {
        let loads = self.row(layout, row).filter(|load| load.label == label);
        loads.map(|load| (load.round, figure(load))).collect()
    }

    pub fn series(&self, layout: Layout, row: &str, label: &str, figure: Figure) -> Option<Series> {
        Series::of(self.rounds(layout, row, label, figure).into_values())
    }

    /// What `one` was to `other`.
    pub fn ratio(
        &self,
        layout: Layout,
        row: &str,
        (one, other): (&str, &str),
        figure: Figure,
    ) -> Option<Series> {
        let of = |label| self.rounds(layout, row, label, figure);
        Series::ratio(&of(one), &of(other))
    }

    /// The best of these by its median: the least of a cost, the most of a `gain`.
    pub fn best<'a>(
        &self,
        layout: Layout,
        row: &str,
        among: &[&'a str],
        figure: Figure,
        gain: bool,
    ) -> Option<&'a str> {
        let medians = among.iter().filter_map(|label| {
            let median = self.series(layout, row, label, figure)?.median;
            Some((*label, if gain { -median } else { median }))
        });
        medians
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(label, _)| label)
    }

    /// Bytes of memory.
    pub fn memory(&self, system: &str, connections: usize) -> Option<f64> {
        let found = self
            .memory
            .iter()
            .find(|(name, n, _)| name == system && *n == connections);
        found.map(|(_, _, bytes)| crate::results::count(*bytes))
    }

    /// Seconds from a start to the first answer, by the number of the start.
    pub fn starts(&self, system: &str) -> Rounds {
        let of = self.starts.iter().filter(|(name, _)| name == system);
        of.map(|(_, seconds)| *seconds).enumerate().collect()
    }

    pub fn compiler(&self, routes: usize, step: Step, cpu: bool) -> Option<Series> {
        let steps = self
            .compiler
            .iter()
            .filter(|one| one.routes == routes && one.step == step);
        Series::of(steps.map(|one| if cpu { one.cpu } else { one.seconds }))
    }

    /// Cores that others kept busy, at the median and at worst.
    pub fn foreign(&self) -> Option<Series> {
        Series::of(self.loads.iter().map(|load| load.foreign))
    }
}
