//! `Vary`: what an answer depends on, so that a cache does not give one page's answer to another.

use http::{HeaderMap, HeaderValue, header::VARY};

/// The answer depends on these headers of the request too. What the backend said stays; nothing is said twice, and all
/// of it in one line.
pub(super) fn on(headers: &mut HeaderMap, names: &'static [&'static str]) {
    let mut said: Vec<&str> = Vec::new();
    for value in headers.get_all(VARY) {
        // What is no text names no header.
        let parts = value.to_str().unwrap_or_default().split(',').map(str::trim);
        said.extend(parts.filter(|name| !name.is_empty()));
    }
    if said.contains(&"*") {
        return;
    }
    let count = said.len();
    for name in names {
        if !said.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            said.push(name);
        }
    }
    if said.len() == count {
        return;
    }
    let value = if let (0, [only]) = (count, names) {
        Ok(HeaderValue::from_static(only))
    } else {
        HeaderValue::try_from(said.join(", "))
    };
    // Parts of header values, and commas.
    if let Ok(value) = value {
        headers.insert(VARY, value);
    }
}

#[cfg(test)]
mod tests {
    use super::on;
    use http::{HeaderMap, HeaderValue, header::VARY};

    #[test]
    fn what_is_said_is_kept_and_said_once() {
        for (before, names, after) in [
            (vec![], &["Origin"] as &[&str], vec!["Origin"]),
            (vec!["Accept"], &["Origin"], vec!["Accept, Origin"]),
            (
                vec!["Accept", "X-A"],
                &["Origin"],
                vec!["Accept, X-A, Origin"],
            ),
            (vec!["origin"], &["Origin"], vec!["origin"]),
            (vec!["Accept, ORIGIN"], &["Origin"], vec!["Accept, ORIGIN"]),
            (vec!["*"], &["Origin"], vec!["*"]),
            (vec!["Accept, *"], &["Origin"], vec!["Accept, *"]),
            (vec![""], &["Origin"], vec!["Origin"]),
            (vec!["b"], &["Origin", "B", "C"], vec!["b, Origin, C"]),
            (vec![], &["Origin", "B"], vec!["Origin, B"]),
        ] {
            let mut headers = HeaderMap::new();
            for value in &before {
                headers.append(VARY, HeaderValue::from_static(value));
            }
            on(&mut headers, names);
            let got: Vec<_> = headers.get_all(VARY).iter().collect();
            assert_eq!(got, after, "{before:?} + {names:?}");
        }
    }
}
