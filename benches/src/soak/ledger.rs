//! What clients saw, by the route that they asked for.

use std::{cell::RefCell, collections::BTreeMap, fmt::Write as _};

/// How a request ended, as its client saw it. The words are those of the gateway's metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A whole answer, by the hundreds of its status.
    Answered(u16),
    /// An answer that broke off.
    Broken,
    /// The client left.
    Left,
    /// The connection ended without a word.
    Unanswered,
}

/// Requests whose heads were sent whole.
#[derive(Default)]
pub struct Ledger {
    counts: RefCell<BTreeMap<(Route, End), u64>>,
}

/// Method and template, as in the config.
pub type Route = (&'static str, &'static str);

impl Ledger {
    pub fn add(&self, route: Route, end: End) {
        *self.counts.borrow_mut().entry((route, end)).or_default() += 1;
    }

    pub fn count(&self, route: Route, end: End) -> u64 {
        self.counts
            .borrow()
            .get(&(route, end))
            .copied()
            .unwrap_or_default()
    }

    pub fn of(&self, route: Route) -> u64 {
        let counts = self.counts.borrow();
        let of = counts.iter().filter(|((other, _), _)| *other == route);
        of.map(|(_, count)| count).sum()
    }

    pub fn total(&self) -> u64 {
        self.counts.borrow().values().sum()
    }

    pub fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<_> = self
            .counts
            .borrow()
            .keys()
            .map(|(route, _)| *route)
            .collect();
        routes.dedup();
        routes
    }

    /// In Markdown.
    pub fn table(&self) -> String {
        let mut out = String::from("| what clients saw | | |\n|---|---|--:|\n");
        for (((method, path), end), count) in &*self.counts.borrow() {
            let _ = writeln!(out, "| {method} {path} | {} | {count} |", end.words());
        }
        out
    }
}

impl End {
    pub fn words(self) -> String {
        match self {
            End::Answered(hundreds) => format!("{hundreds}xx"),
            End::Broken => "broken".to_owned(),
            End::Left => "cancelled".to_owned(),
            End::Unanswered => "unanswered".to_owned(),
        }
    }
}
