//! Figures of several rounds: their median, and how far they lie apart.

use serde::Serialize;
use std::collections::BTreeMap;

/// A figure of each round.
pub type Rounds = BTreeMap<usize, f64>;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Series {
    pub median: f64,
    pub min: f64,
    pub max: f64,
    pub rounds: usize,
}

impl Series {
    /// `None` of nothing.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Series> {
        let mut all: Vec<f64> = figures
            .into_iter()
            .filter(|figure| figure.is_finite())
            .collect();
        all.sort_by(f64::total_cmp);
        let (min, max) = (*all.first()?, *all.last()?);
        let (low, high) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
        Some(Series {
            median: f64::midpoint(low, high),
            min,
            max,
            rounds: all.len(),
        })
    }

    /// What the one was to the other, in each round that has both: what else the machine did meets both alike.
    pub fn ratio(one: &Rounds, other: &Rounds) -> Option<Series> {
        let pairs = one
            .iter()
            .filter_map(|(round, a)| other.get(round).map(|b| a / b));
        Series::of(pairs)
    }

    /// The median, and in parentheses where the rounds lie if there is more than one.
    pub fn show(&self, decimals: usize) -> String {
        let Series {
            median, min, max, ..
        } = self;
        if self.rounds == 1 {
            format!("{median:.decimals$}")
        } else {
            format!("{median:.decimals$} ({min:.decimals$}..{max:.decimals$})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rounds, Series};

    #[test]
    fn ratios_are_made_within_rounds() {
        let one = Rounds::from([(0, 1.0), (1, 20.0), (2, 3.0)]);
        let other = Rounds::from([(0, 2.0), (1, 10.0), (3, 1.0)]);
        let ratio = Series::ratio(&one, &other).expect("two rounds");
        assert_eq!(
            (ratio.min, ratio.median, ratio.max, ratio.rounds),
            (0.5, 1.25, 2.0, 2)
        );
        assert_eq!(Series::ratio(&one, &Rounds::new()), None);
    }
}
