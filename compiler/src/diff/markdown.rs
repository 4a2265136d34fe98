//! Changes as a comment on a pull request: what needs a reviewer first, what is long folded away.
//!
//! Names and values come from the configs, so whoever opens the pull request writes them: they stand in code spans, in
//! which nothing is markup.

use super::{
    Change, Tag,
    fold::{self, Told},
};
use std::fmt::Write as _;

/// A table with more rows is folded, unless it is the one that must be read.
const LONG: usize = 12;
/// Routes of one row that are shown at once.
const ROUTES: usize = 3;

/// `old` and `new` are what the sides are called: paths, or `git:REV:PATH`.
pub fn render_markdown(changes: &[Change], old: &str, new: &str) -> String {
    let mut text = format!(
        "### Gateway: {}\n\nFrom {} to {}. Order, layout and comments do not count.\n",
        fold::counts(changes),
        code(old),
        code(new),
    );
    for tag in Tag::ALL {
        let rows = fold::fold(changes, tag);
        if rows.is_empty() {
            continue;
        }
        let places: usize = rows.iter().map(|row| row.routes.len()).sum();
        let title = format!("{} ({places})", title(tag));
        let folded = tag == Tag::Cosmetic || tag != Tag::SecurityRelaxing && rows.len() > LONG;
        if folded {
            let _ = write!(text, "\n<details>\n<summary>{title}</summary>\n\n");
        } else {
            let _ = write!(text, "\n#### {title}\n\n");
        }
        text.push_str("| where | what | was | now | why it matters |\n|---|---|---|---|---|\n");
        for row in &rows {
            text.push_str(&line(row));
        }
        if folded {
            text.push_str("\n</details>\n");
        }
    }
    text
}

fn title(tag: Tag) -> &'static str {
    match tag {
        Tag::SecurityRelaxing => "Security-relaxing",
        Tag::Breaking => "Breaking",
        Tag::Behaviour => "Behaviour",
        Tag::Cosmetic => "Cosmetic",
    }
}

fn line(row: &Told<'_>) -> String {
    let routes = row.routes.iter().map(|route| code(route));
    let mut routes: Vec<String> = routes.collect();
    // One more is no longer than the words that would stand for it.
    if routes.len() > ROUTES + 1 {
        let more = routes.split_off(ROUTES);
        routes.push(format!(
            "<details><summary>and {} more</summary>{}</details>",
            more.len(),
            more.join("<br>")
        ));
    }
    format!(
        "| {} | {} {} | {} | {} | {} |\n",
        routes.join("<br>"),
        code(&row.first.field.to_string()),
        row.first.kind.name(),
        side(&row.old),
        side(&row.new),
        row.first.why
    )
}

fn side(words: &str) -> String {
    if words == "–" {
        words.to_owned()
    } else {
        code(words)
    }
}

/// A code span in a table: no line ends, no pipe that ends the cell, a fence longer than any run of backticks inside.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.replace('|', "\\|");
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn nothing_in_a_value_is_markup() {
        for (text, expected) in [
            ("/v1/a", "`/v1/a`"),
            ("a|b", "`a\\|b`"),
            ("a\nb", "`a b`"),
            ("`x`", "`` `x` ``"),
            ("a``b", "```a``b```"),
            ("<b>", "`<b>`"),
        ] {
            assert_eq!(code(text), expected);
        }
    }
}
