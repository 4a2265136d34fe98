//! What was aimed at, and how far it is.

use super::{
    figures::{CPU, Figure, Figures, P99, RATE},
    series::Series,
};
use crate::{
    compare::{ROUTES, TOKENS},
    results::{Layout, Load, Step, count},
    systems::{GATEWAY, RELAY},
};
use Layout::{Pinned, Unpinned};
use serde::Serialize;

/// The peers that come close; "the best peer" is the better of them.
const CLOSE: &[&str] = &["nginx", "haproxy"];
const SECURE: &[&str] = &["nginx", "haproxy", "envoy"];
/// Of its core, by a system that could not do more.
const USED_UP: f64 = 0.9;
const MEGABYTE: f64 = 1024.0 * 1024.0;

#[derive(Debug, Serialize)]
pub struct Target {
    pub what: String,
    /// Whether less is better, and what is enough.
    pub at_most: bool,
    pub limit: f64,
    pub unit: &'static str,
    pub figure: Option<Series>,
    /// The peer that it was compared with.
    pub against: Option<String>,
    /// What makes the figure doubtful.
    pub doubt: Option<String>,
}

impl Target {
    /// By its median; `None` if it was not measured.
    pub fn is_met(&self) -> Option<bool> {
        self.margin().map(|margin| margin >= 0.0)
    }

    /// How far it is met, as a share of the limit; negative if it is missed.
    pub fn margin(&self) -> Option<f64> {
        let share = self.figure?.median / self.limit;
        Some(if self.at_most {
            1.0 - share
        } else {
            share - 1.0
        })
    }
}

/// All of them.
pub fn targets(figures: &Figures) -> Vec<Target> {
    let mut all = List {
        figures,
        targets: Vec::new(),
    };
    for (row, name) in [("get", "1 KB GET"), ("post", "1 KB POST")] {
        all.cost(row, name, CLOSE, 0.80);
        for far in ["pingora", "envoy"] {
            all.cost(row, name, &[far], 0.33);
        }
        all.cost(row, name, &[RELAY], 1.25);
    }
    all.gain(Pinned, "get", "1 KB GET", CLOSE, 1.20);
    all.gain(Unpinned, "get", "1 KB GET", CLOSE, 1.10);
    for far in ["pingora", "envoy", "krakend"] {
        all.gain(Pinned, "get", "1 KB GET", &[far], 3.0);
    }
    for (row, name, gain) in [("k100", "100 KB", 1.05), ("m1", "1 MB", 1.0)] {
        all.cost(row, name, CLOSE, 0.92);
        all.gain(Pinned, row, name, CLOSE, gain);
    }
    all.cost("sse", "SSE", CLOSE, 0.95);
    all.flushed();
    all.cost("close", "no keep-alive", CLOSE, 0.95);
    all.gain(Pinned, "close", "no keep-alive", CLOSE, 1.0);
    all.memory();
    all.start();
    all.size();
    let remembered = figures.ratio(Pinned, TOKENS, ("remembered", "open"), CPU);
    all.most(
        "a token that is remembered: CPU, to the open route",
        1.05,
        "×",
        remembered,
    );
    let p99 = "p99 at a fixed rate";
    all.beside((Pinned, "rate"), p99, CLOSE, P99, (true, 1.1));
    for (row, name) in [
        ("h2", "HTTP/2"),
        ("tls", "TLS 1.3"),
        ("handshake", "TLS 1.3, no keep-alive"),
    ] {
        all.cost(row, name, SECURE, 1.0);
    }
    for routes in ["10 routes", "5,000 routes"] {
        let apart = figures
            .ratio(Pinned, ROUTES, (routes, "150 routes"), CPU)
            .map(apart);
        all.most(
            &format!("{routes}: CPU, how far from 150 routes"),
            0.03,
            "",
            apart,
        );
    }
    all.compiler();
    for &(connections, share) in &figures.balance {
        // One connection more than half, and what clocks are off.
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let even = 0.5 + 1.0 / connections as f64 + 0.02;
        let what = format!("{connections} connections over 2 workers: share of the busier");
        all.most(&what, even, "", Series::of([share]));
    }
    all.targets
}

/// How far ratios are from 1.
fn apart(ratio: Series) -> Series {
    let far = |figure: f64| (figure - 1.0).abs();
    let (a, b) = (far(ratio.min), far(ratio.max));
    let within = (ratio.min..=ratio.max).contains(&1.0);
    Series {
        median: far(ratio.median),
        min: if within { 0.0 } else { a.min(b) },
        max: a.max(b),
        rounds: ratio.rounds,
    }
}

struct List<'a> {
    figures: &'a Figures,
    targets: Vec<Target>,
}

impl List<'_> {
    fn most(&mut self, what: &str, limit: f64, unit: &'static str, figure: Option<Series>) {
        self.targets.push(Target {
            what: what.to_owned(),
            at_most: true,
            limit,
            unit,
            figure,
            against: None,
            doubt: None,
        });
    }

    fn cost(&mut self, row: &str, name: &str, among: &[&str], limit: f64) {
        let what = format!("{name}: CPU");
        self.beside((Pinned, row), &what, among, CPU, (true, limit));
    }

    fn gain(&mut self, layout: Layout, row: &str, name: &str, among: &[&str], limit: f64) {
        let layout_name = match layout {
            Pinned => "pinned",
            Unpinned => "unpinned",
        };
        let what = format!("{name}: throughput, {layout_name}");
        self.beside((layout, row), &what, among, RATE, (false, limit));
        let used = self.figures.series(layout, row, GATEWAY, Load::used);
        if let (Pinned, Some(used), Some(target)) = (layout, used, self.targets.last_mut())
            && used.median < USED_UP
        {
            target.doubt = Some(format!(
                "the load was the limit: {:.2} of its core used",
                used.median
            ));
        }
    }

    /// The gateway's to that of the best among these.
    fn beside(
        &mut self,
        (layout, row): (Layout, &str),
        what: &str,
        among: &[&str],
        figure: Figure,
        (at_most, limit): (bool, f64),
    ) {
        let best = self.figures.best(layout, row, among, figure, !at_most);
        let ratio = best.and_then(|best| self.figures.ratio(layout, row, (GATEWAY, best), figure));
        let whom = match (best, among) {
            (Some(best), _) => best,
            (None, [one]) => one,
            (None, _) => "the best peer",
        };
        self.targets.push(Target {
            what: format!("{what}, to {whom}"),
            at_most,
            limit,
            unit: "×",
            figure: ratio,
            against: best.map(str::to_owned),
            doubt: None,
        });
    }

    /// An event that waits for another comes with it, in one read: at the client there are then fewer than there are
    /// behind the relay, which cannot hold anything back.
    fn flushed(&mut self) {
        let reads = |load: &Load| count(load.outcome.reads) / count(load.outcome.requests);
        let what = "SSE: reads that an answer takes the client";
        self.beside((Pinned, "sse"), what, &[RELAY], reads, (false, 0.97));
    }

    fn memory(&mut self) {
        let of = |system, connections| self.figures.memory(system, connections);
        let held = of(GATEWAY, 1_000);
        let ratio = held.zip(of("nginx", 1_000)).map(|(own, peer)| own / peer);
        let each = held
            .zip(of(GATEWAY, 10))
            .map(|(many, few)| (many - few) / 990.0 / 1024.0);
        let one = |figure: Option<f64>| Series::of(figure);
        self.most(
            "memory with 1,000 idle connections, to nginx",
            0.5,
            "×",
            one(ratio),
        );
        self.most(
            "memory for each of 1,000 idle connections",
            3.0,
            " KB",
            one(each),
        );
    }

    fn start(&mut self) {
        let of = |system| self.figures.starts(system);
        let ratio = Series::ratio(&of(GATEWAY), &of("nginx"));
        self.most("start to first answer, to nginx", 0.5, "×", ratio);
    }

    fn size(&mut self) {
        let own = self
            .figures
            .systems
            .iter()
            .find(|(name, ..)| name == GATEWAY);
        let size = own.map(|(_, _, bytes)| count(*bytes) / MEGABYTE);
        self.most("the binary", 8.0, " MB", Series::of(size));
    }

    fn compiler(&mut self) {
        let of = |routes, step| self.figures.compiler(routes, step, false);
        let (small, large) = (of(150, Step::Edit), of(5_000, Step::Edit));
        let emit = of(5_000, Step::Emit);
        let cpu = |routes| Some(self.figures.compiler(routes, Step::First, true)?.median);
        let each = cpu(5_000)
            .zip(cpu(150))
            .map(|(many, few)| (many - few) / 4_850.0 * 1e3);
        self.most(
            "one endpoint of 150 edited, to the new binary",
            2.0,
            " s",
            small,
        );
        self.most(
            "one endpoint of 5,000 edited, to the new binary",
            4.0,
            " s",
            large,
        );
        self.most("5,000 endpoints emitted", 0.5, " s", emit);
        self.most("CPU to compile an endpoint", 2.0, " ms", Series::of(each));
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, apart, targets};
    use crate::report::{figures::Figures, series::Series};

    fn series(min: f64, median: f64, max: f64) -> Series {
        Series {
            median,
            min,
            max,
            rounds: 5,
        }
    }

    #[test]
    fn a_target_is_met_by_its_median() {
        for (at_most, limit, median, met) in [
            (true, 0.8, 0.72, true),
            (true, 0.8, 0.8, true),
            (true, 0.8, 0.81, false),
            (false, 1.2, 1.3, true),
            (false, 1.2, 1.19, false),
        ] {
            let target = Target {
                what: String::new(),
                at_most,
                limit,
                unit: "",
                figure: Some(series(0.0, median, 9.0)),
                against: None,
                doubt: None,
            };
            assert_eq!(target.is_met(), Some(met), "{median} of {limit}");
        }
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let all = targets(&Figures::default());
        assert!(all.len() > 30, "{}", all.len());
        assert!(all.iter().all(|target| target.is_met().is_none()));
    }

    #[test]
    fn distances_from_one_have_no_sign() {
        let far = apart(series(0.97, 1.01, 1.02));
        assert!(
            (far.median - 0.01).abs() < 1e-9 && far.min == 0.0 && (far.max - 0.03).abs() < 1e-9
        );
    }
}
