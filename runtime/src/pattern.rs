//! The regular expressions of a config. gwc builds this file too, so that what it took is what a gateway takes.
//!
//! They never backtrack: the time of a search grows with the text alone, whatever the expression and whoever wrote the
//! text.

use regex::bytes::RegexSetBuilder;

/// Bytes that the expressions of one list may take in memory.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Whether one of the expressions matches.
pub(crate) type Search = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// How a list becomes a [`Search`]. Only the setter of a list names one of the two below, so that a gateway without such
/// a list is linked without the engine.
pub(crate) type Compile = fn(&[&str]) -> Result<Search, String>;

/// An expression may match anywhere in the text.
pub(crate) fn any_of(patterns: &[&str]) -> Result<Search, String> {
    build(&mut RegexSetBuilder::new(patterns))
}

/// For host names: an expression must match all of it, and letters count in either case.
pub(crate) fn any_host(patterns: &[&str]) -> Result<Search, String> {
    let whole = patterns.iter().map(|pattern| format!("^(?:{pattern})$"));
    build(RegexSetBuilder::new(whole).case_insensitive(true))
}

fn build(builder: &mut RegexSetBuilder) -> Result<Search, String> {
    let set = builder.size_limit(MAX_BYTES).build();
    let set = set.map_err(|error| error.to_string())?;
    Ok(Box::new(move |text| set.is_match(text)))
}

#[cfg(test)]
mod tests {
    use super::{any_host, any_of};

    #[test]
    fn a_pattern_is_searched_for() {
        let set = any_of(&["(Pingdom.com_bot_version_).*", "(facebookexternalhit)/.*"])
            .expect("both are sound");
        for (text, found) in [
            ("Pingdom.com_bot_version_1.2", true),
            ("x facebookexternalhit/1.1", true),
            ("facebookexternalhit", false),
            ("", false),
        ] {
            assert_eq!(set(text.as_bytes()), found, "{text:?}");
        }
        assert!(set(b"\xff Pingdom.com_bot_version_9"));
    }

    #[test]
    fn a_host_is_matched_whole() {
        let set = any_host(&["api\\.example\\.com", "a|b"]).expect("both are sound");
        for (host, found) in [
            ("api.example.com", true),
            ("API.Example.com", true),
            ("a", true),
            ("b", true),
            ("api.example.com.evil.com", false),
            ("xapi.example.com", false),
            ("ax", false),
            ("xb", false),
            ("api.example.com\n", false),
        ] {
            assert_eq!(set(host.as_bytes()), found, "{host:?}");
        }
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused() {
        assert!(any_of(&["(?:\\w{1000}){100}"]).is_err());
    }
}
