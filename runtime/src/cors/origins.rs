//! The origins of `security/cors`: exact ones, and those with a `*` in them.

/// What `allow_origins` stands for.
pub(super) struct Origins {
    /// `None`: every origin.
    listed: Option<Vec<Pattern>>,
}

/// In lower case.
enum Pattern {
    Exact(String),
    /// Any text, none too, between the two.
    Between(String, String),
}

impl Origins {
    /// An empty list, or one with `*` in it, is every origin.
    pub fn new(entries: &[&str]) -> Origins {
        let everyone = entries.is_empty() || entries.contains(&"*");
        let pattern = |entry: &&str| {
            let entry = entry.to_ascii_lowercase();
            match entry.split_once('*') {
                Some((before, after)) => Pattern::Between(before.to_owned(), after.to_owned()),
                None => Pattern::Exact(entry),
            }
        };
        Origins {
            listed: (!everyone).then(|| entries.iter().map(pattern).collect()),
        }
    }

    pub fn is_everyone(&self) -> bool {
        self.listed.is_none()
    }

    /// Whether a page of `origin` may call.
    pub fn holds(&self, origin: &[u8]) -> bool {
        let Some(listed) = &self.listed else {
            return true;
        };
        listed.iter().any(|pattern| match pattern {
            Pattern::Exact(text) => origin.eq_ignore_ascii_case(text.as_bytes()),
            Pattern::Between(before, after) => is_between(origin, before, after),
        })
    }
}

fn is_between(origin: &[u8], before: &str, after: &str) -> bool {
    let (start, end) = (before.len(), after.len());
    // The two must not overlap: `ab*ba` does not take `aba`.
    origin.len() >= start + end
        && origin[..start].eq_ignore_ascii_case(before.as_bytes())
        && origin[origin.len() - end..].eq_ignore_ascii_case(after.as_bytes())
        // A host ends where a path begins: what follows a `/` or `@` is no part of one.
        && !origin[start..origin.len() - end]
            .iter()
            .any(|byte| matches!(byte, b'/' | b'\\' | b'@' | b'?' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn whose_pages_may_call() {
        let listed = [
            "https://app.example.com",
            "https://*.Example.com",
            "http://localhost:*",
            "null",
        ];
        let table = [
            ("https://app.example.com", true),
            ("HTTPS://APP.example.COM", true),
            ("https://a.b.example.com", true),
            ("https://.example.com", true),
            ("http://localhost:3000", true),
            ("null", true),
            ("https://example.com", false),
            ("http://app.example.com", false),
            ("https://app.example.com:8443", false),
            ("https://evilexample.com", false),
            ("https://app.example.com.evil.com", false),
            ("https://evil.com/.example.com", false),
            ("https://evil.com#.example.com", false),
            ("https://evil.com@a.example.com", false),
            ("", false),
        ];
        let origins = Origins::new(&listed);
        for (origin, allowed) in table {
            assert_eq!(origins.holds(origin.as_bytes()), allowed, "{origin:?}");
        }
    }

    #[test]
    fn the_ends_of_a_wildcard_do_not_overlap() {
        let origins = Origins::new(&["ab*ba"]);
        for (origin, allowed) in [
            ("aba", false),
            ("abba", true),
            ("abxba", true),
            ("ab", false),
        ] {
            assert_eq!(origins.holds(origin.as_bytes()), allowed, "{origin}");
        }
    }

    #[test]
    fn no_list_and_a_star_are_everyone() {
        for list in [&[] as &[&str], &["*"], &["https://a.example.com", "*"]] {
            let origins = Origins::new(list);
            assert!(origins.is_everyone() && origins.holds(b"https://x.example"));
        }
        assert!(!Origins::new(&["https://*"]).is_everyone());
    }
}
