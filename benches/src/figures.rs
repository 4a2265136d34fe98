//! Medians and ratios, as a table in Markdown.

use crate::row::Row;

/// Prints what each row costs, and how that compares with its base, round by round: what a busy machine does to one round
/// it does to both.
pub fn print(unit: &str, rows: &[Row], figures: &[Vec<f64>]) {
    println!("| request | {unit} | min..max | ratio | min..max | compared with |");
    println!("|---|--:|--:|--:|--:|---|");
    for (row, mine) in rows.iter().zip(figures) {
        let spread = Spread::of(mine.clone());
        let (low, middle, high) = (plain(spread.min), plain(spread.median), plain(spread.max));
        print!("| {} | {middle} | {low}..{high} | ", row.name);
        let base = rows.iter().position(|other| other.name == row.base);
        match base.filter(|_| row.base != row.name) {
            Some(base) => {
                let ratios = mine.iter().zip(&figures[base]).map(|(a, b)| a / b);
                let Spread { min, median, max } = Spread::of(ratios.collect());
                println!("{median:.2} | {min:.2}..{max:.2} | {} |", row.base);
            }
            None => println!("| | |"),
        }
    }
}

struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    /// At least one figure.
    fn of(mut figures: Vec<f64>) -> Spread {
        figures.sort_by(f64::total_cmp);
        Spread {
            min: figures[0],
            median: figures[figures.len() / 2],
            max: figures[figures.len() - 1],
        }
    }
}

/// One decimal where that says something.
fn plain(figure: f64) -> String {
    if figure < 1_000.0 {
        format!("{figure:.1}")
    } else {
        format!("{figure:.0}")
    }
}
