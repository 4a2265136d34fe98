//! Medians and ratios, as a table in Markdown.

use super::row::Row;

/// Prints what each row costs, and how that compares with its base, round by round: what a busy machine does to one round
/// it does to both. Where there is one round only, nothing is said of how far rounds are apart.
pub fn print(unit: &str, rows: &[Row], figures: &[Vec<f64>]) {
    if figures.iter().all(|rounds| rounds.len() == 1) {
        println!("| request | {unit} | ratio | compared with |");
        println!("|---|--:|--:|---|");
    } else {
        println!("| request | {unit} | min..max | ratio | min..max | compared with |");
        println!("|---|--:|--:|--:|--:|---|");
    }
    for (row, mine) in rows.iter().zip(figures) {
        let base = rows.iter().position(|other| other.name == row.base);
        let base = base.filter(|_| row.base != row.name);
        let cost = cells(mine.clone(), 1);
        let (ratio, name) = match base {
            Some(base) => {
                let ratios = mine.iter().zip(&figures[base]).map(|(a, b)| a / b);
                (cells(ratios.collect(), 3), &*row.base)
            }
            None if mine.len() == 1 => (String::new(), ""),
            None => ("|".to_owned(), ""),
        };
        println!("| {} | {cost} | {ratio} | {name} |", row.name);
    }
}

/// The median, and how far the others are from it, if there are any; with so many decimals.
fn cells(mut figures: Vec<f64>, decimals: usize) -> String {
    figures.sort_by(f64::total_cmp);
    match &*figures {
        [one] => format!("{one:.decimals$}"),
        [min, .., max] => {
            let median = figures[figures.len() / 2];
            format!("{median:.decimals$} | {min:.decimals$}..{max:.decimals$}")
        }
        [] => String::new(),
    }
}
