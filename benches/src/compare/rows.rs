//! Which requests go to which systems: each workload to everybody who can do it, and the gateway's own variants side by
//! side.

use super::Run;
use crate::{
    results::Layout,
    systems::{GATEWAY, Kind, System},
    workload::{WORKLOADS, Workload, by_key},
};
use std::path::PathBuf;

/// Systems that are compared with each other: they take turns.
pub struct Row {
    pub key: &'static str,
    pub layout: Layout,
    pub turns: Vec<Turn>,
}

/// One of them.
pub struct Turn {
    /// What it is called in the row.
    pub label: String,
    pub system: &'static str,
    pub workload: Workload,
    pub tokens: Option<PathBuf>,
    pub seconds: f64,
}

/// The rows of gateways among themselves: what a part costs, what a token costs, what a number of routes costs.
pub const PRICES: &str = "prices";
pub const TOKENS: &str = "tokens";
pub const ROUTES: &str = "routes";
/// The variants that speak TLS, and ask for tokens.
const TLS: &str = "tls";
const TOKEN: &str = "token";

impl Row {
    pub fn systems(&self) -> impl Iterator<Item = &'static str> {
        self.turns.iter().map(|turn| turn.system)
    }
}

pub fn rows(run: &Run<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in WORKLOADS {
        let layouts = [Layout::Pinned, Layout::Unpinned];
        let count = if workload.unpinned { 2 } else { 1 };
        for layout in layouts.into_iter().take(count) {
            rows.push(Row {
                key: workload.key,
                layout,
                turns: beside_peers(run, workload, layout),
            });
        }
    }
    rows.extend(among_themselves(run));
    rows.retain(|row| run.wants(row.key) && row.turns.len() > 1);
    rows
}

fn beside_peers(run: &Run<'_>, workload: &Workload, layout: Layout) -> Vec<Turn> {
    let pace = run.plan.pace;
    let wanted = |system: &&System| match system.kind {
        Kind::Gateway(_) if workload.tls => system.name == TLS,
        Kind::Gateway(_) => system.name == GATEWAY,
        Kind::Relay => workload.relay,
        Kind::Peer(peer) => {
            let far = workload.far
                && (layout == Layout::Pinned || workload.key == "get")
                && (pace.far_everywhere || matches!(workload.key, "get" | "post"));
            (peer.close || far) && (peer.tls || !workload.tls)
        }
    };
    let turn = |system: &System| Turn {
        // The gateway is one, though it was built twice.
        label: if system.name == TLS {
            GATEWAY
        } else {
            system.name
        }
        .to_owned(),
        system: system.name,
        workload: *workload,
        tokens: None,
        seconds: if !system.is_close() {
            pace.far
        } else if workload.wrk {
            pace.far.max(1.0)
        } else {
            pace.close
        },
    };
    run.systems.iter().filter(wanted).map(turn).collect()
}

fn among_themselves(run: &Run<'_>) -> Vec<Row> {
    let has = |name: &str| run.systems.iter().any(|system| system.name == name);
    let turn = |label: &str, system, workload, tokens| Turn {
        label: label.to_owned(),
        system,
        workload,
        tokens,
        seconds: run.plan.pace.own,
    };
    let get = by_key("get");
    let row = |key, turns: Vec<Turn>| Row {
        key,
        layout: Layout::Pinned,
        turns: turns.into_iter().filter(|turn| has(turn.system)).collect(),
    };
    let plain = |label, system| turn(label, system, get, None);
    let asked = Workload {
        path: "/v1/token/42",
        ..get
    };
    let (users, strangers) = (&run.secrets.users, &run.secrets.strangers);
    vec![
        row(
            PRICES,
            vec![
                plain("full", GATEWAY),
                plain("no limit", "no-limit"),
                plain("no metrics", "no-metrics"),
                plain("neither", "bare"),
                plain("access log", "access-log"),
            ],
        ),
        row(
            TOKENS,
            vec![
                turn("open", TOKEN, get, Some(users.clone())),
                turn("remembered", TOKEN, asked, Some(users.clone())),
                turn("checked", TOKEN, asked, Some(strangers.clone())),
            ],
        ),
        row(
            ROUTES,
            vec![
                plain("150 routes", GATEWAY),
                plain("10 routes", "routes-10"),
                plain("5,000 routes", "routes-5000"),
            ],
        ),
    ]
}
