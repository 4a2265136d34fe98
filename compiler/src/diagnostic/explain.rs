//! `gwc explain CODE`: a page per kind of finding, in `explain/<code>.md`.
//!
//! A page is a few paragraphs of Markdown, then a bad and a good example as fenced code. ```` ```json bad ```` is a whole
//! file; ```` ```json bad endpoints ```` are the items of `endpoints`, for which [`Example::config`] supplies the rest.
//! The tests hold examples to their word. What `--allow` and `--deny` do follows from the class, and is not in the pages.

mod pages;
mod render;

use super::{Class, Code, codes};
use std::{fmt::Write as _, iter};

pub use pages::page;
pub use render::render;

/// A fenced block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example<'a> {
    /// Gets the finding; a good one has no findings at all.
    pub bad: bool,
    /// Items of `endpoints`, not a whole file.
    pub endpoints: bool,
    /// As in the page, with the last newline.
    pub text: &'a str,
}

impl Example<'_> {
    /// A whole config that has the example in it.
    pub fn config(&self) -> String {
        if !self.endpoints {
            return self.text.to_owned();
        }
        format!(
            "{{ \"version\": 3, \"output_encoding\": \"no-op\", \"host\": [\"http://users:8080\"], \"endpoints\": [\n{}] }}\n",
            self.text
        )
    }
}

/// A page, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block<'a> {
    Paragraph(&'a str),
    Example(Example<'a>),
}

/// The examples of a page, in its order.
pub fn examples(page: &str) -> impl Iterator<Item = Example<'_>> {
    blocks(page).filter_map(|block| match block {
        Block::Example(example) => Some(example),
        Block::Paragraph(_) => None,
    })
}

fn blocks(page: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = page.trim_start();
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (block, after) = if let Some(fenced) = rest.strip_prefix("```json ") {
            let (info, body) = fenced.split_once('\n').unwrap_or((fenced, ""));
            let (text, after) = body.split_once("```").unwrap_or((body, ""));
            let example = Example {
                bad: info.contains("bad"),
                endpoints: info.contains("endpoints"),
                text,
            };
            (Block::Example(example), after)
        } else {
            let (text, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
            (Block::Paragraph(text.trim_end()), after)
        };
        rest = after.trim_start();
        Some(block)
    })
}

/// Every code with its summary, by class.
pub fn list(colour: bool) -> String {
    let width = codes::ALL.iter().map(|code| code.name.len()).max();
    let width = width.unwrap_or_default();
    let mut out = String::new();
    for class in Class::ALL {
        let mut codes = codes::ALL
            .iter()
            .filter(|code| code.class == class)
            .peekable();
        if codes.peek().is_none() {
            continue;
        }
        let heading = format!("{} ({})", class.name(), class.level().name());
        let _ = writeln!(out, "{}", render::heading(&heading, colour));
        for code in codes {
            let _ = writeln!(out, "  {:width$}  {}", code.name, code.summary);
        }
        out.push('\n');
    }
    out.push_str("`gwc explain CODE` tells more about one.\n");
    out
}

/// What people can make of a finding of this kind.
fn choices(code: &Code) -> String {
    let name = code.name;
    match code.class {
        Class::Invalid => {
            "An error that `--allow` cannot take: no gateway could be built from such a config."
                .to_owned()
        }
        Class::Unsupported => format!(
            "An error. `--allow {name}` builds without it: the gateway then says at every start what was left out, and \
             an endpoint whose guard was left out answers 501, never openly."
        ),
        Class::Surprising => format!(
            "A warning. `--deny {name}` (or `--deny warnings`) makes it an error, `--allow {name}` hides it."
        ),
        Class::Unsafe => format!(
            "A warning. `--deny {name}` (or `--deny unsafe`, which belongs into every CI) makes it an error, \
             `--allow {name}` hides it."
        ),
        Class::Difference => {
            format!("A note. `--allow {name}` hides it, `--deny {name}` makes it an error.")
        }
    }
}

#[cfg(test)]
mod tests;
