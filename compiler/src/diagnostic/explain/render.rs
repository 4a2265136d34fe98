//! A page on a terminal, or as plain text.

use super::{Block, blocks, choices, page};
use crate::diagnostic::Code;
use std::fmt::Write as _;

/// Columns of a paragraph.
const WIDTH: usize = 100;

const BOLD: &str = "\x1b[1m";
const CODE: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// The page of a code: what it is, why it matters, an example each of wrong and right, what can be done about it.
pub fn render(code: &Code, colour: bool) -> String {
    let mut out = String::new();
    let title = format!("{} ({})", code.name, code.class.name());
    let _ = writeln!(out, "{}", heading(&title, colour));
    let _ = writeln!(out, "{}\n", code.summary);
    for block in blocks(page(code).unwrap_or_default()) {
        match block {
            Block::Paragraph(text) => paragraph(&mut out, text, colour),
            Block::Example(example) => {
                let words = if example.bad {
                    "A config that gets it:"
                } else {
                    "One that does not:"
                };
                let _ = writeln!(out, "{}\n", heading(words, colour));
                for line in example.text.lines() {
                    let _ = writeln!(out, "    {}", paint(CODE, line, colour));
                }
                out.push('\n');
            }
        }
    }
    paragraph(&mut out, &choices(code), colour);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

pub fn heading(text: &str, colour: bool) -> String {
    paint(BOLD, text, colour)
}

fn paint(style: &str, text: &str, colour: bool) -> String {
    if colour {
        format!("{style}{text}{RESET}")
    } else {
        text.to_owned()
    }
}

/// Wrapped anew, with the code in it coloured, and an empty line behind it.
fn paragraph(out: &mut String, text: &str, colour: bool) {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let text = lines.join("\n");
    if colour {
        // Every other part stands between backticks.
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 0 {
                out.push_str(part);
            } else {
                let _ = write!(out, "{CODE}{part}{RESET}");
            }
        }
    } else {
        out.push_str(&text);
    }
    out.push_str("\n\n");
}
