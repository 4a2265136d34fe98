//! "Did you mean": the known word that a misspelt one was probably meant to be.

/// The nearest of `known`, if it is near enough to be worth saying: at most a third of its letters differ, or the word is
/// its beginning.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = |word: &str| word.to_ascii_lowercase().replace('_', "-");
    let word = normal(word);
    known
        .into_iter()
        .filter_map(|candidate| {
            let known = normal(candidate);
            let distance = strsim::damerau_levenshtein(&word, &known);
            let begins = word.len() >= 3 && known.starts_with(&word);
            (begins || distance <= known.len().max(3) / 3).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggestions() {
        let known = ["timeout", "cache_ttl", "auth/validator", "host"];
        for (word, expected) in [
            ("tiemout", Some("timeout")),
            ("Timeout", Some("timeout")),
            ("cache-ttl", Some("cache_ttl")),
            ("auth/validatr", Some("auth/validator")),
            ("hots", Some("host")),
            ("auth/val", Some("auth/validator")),
            ("ca", None),
            ("retries", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
