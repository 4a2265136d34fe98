//! Plain text for a terminal: a title, sections, points that wrap.

/// Columns; a terminal of 100 shows all of it.
const WIDTH: usize = 100;

/// A text that grows downwards.
#[derive(Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// The first line, and what it is about.
    pub fn titled(title: &str) -> Page {
        let mut page = Page::default();
        page.wrapped("", title);
        page
    }

    /// A section's heading, after an empty line.
    pub fn section(&mut self, heading: &str) {
        self.text.push('\n');
        self.text.push_str(heading);
        self.text.push('\n');
    }

    /// One point of a section.
    pub fn point(&mut self, text: &str) {
        self.wrapped("  - ", text);
    }

    /// One numbered step of a section.
    pub fn step(&mut self, number: usize, text: &str) {
        self.wrapped(&format!("  {number}. "), text);
    }

    /// One word and what is said of it, in two columns.
    pub fn row(&mut self, width: usize, word: &str, text: &str) {
        self.wrapped(&format!("  {word:width$}  "), text);
    }

    /// All of it.
    pub fn finish(self) -> String {
        self.text
    }

    fn wrapped(&mut self, lead: &str, text: &str) {
        let indent = lead.chars().count();
        let mut line = lead.to_owned();
        let mut empty = true;
        for word in text.split(' ') {
            let full = line.chars().count() + 1 + word.chars().count() > WIDTH;
            if !empty && full {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
                line = " ".repeat(indent);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn points_wrap_under_themselves() {
        let mut page = Page::titled("title");
        page.section("Section");
        page.point(&"word ".repeat(25));
        page.row(4, "a", "b");
        let expected = format!(
            "title\n\nSection\n  - {}word\n    {}word\n  a     b\n",
            "word ".repeat(18),
            "word ".repeat(5)
        );
        assert_eq!(page.finish(), expected);
    }
}
