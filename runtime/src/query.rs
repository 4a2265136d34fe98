//! Which query parameters go upstream: pairs are kept or dropped byte for byte, never taken apart and put together.
//!
//! It names [`super::path`] and not the crate, for the compiler includes both to answer `gwc match`.

use super::path::escape;

/// Appends to `out` the pairs of `raw` whose name is listed, in the client's order, each after `separator`, which is
/// `&` from the second on. Names are compared decoded, `+` being a space.
pub(crate) fn append_listed(out: &mut String, raw: &str, names: &[&str], mut separator: char) {
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        if names
            .iter()
            .any(|listed| same(name.as_bytes(), listed.as_bytes()))
        {
            out.push(separator);
            out.push_str(pair);
            separator = '&';
        }
    }
}

/// Appends a segment of a path as the value of a parameter. What ends a value there, or is a space, is a plain character of
/// a path: `/users/7&admin=1` must not become a parameter more.
pub(crate) fn append_value(out: &mut String, segment: &str) {
    for c in segment.chars() {
        match c {
            '&' => out.push_str("%26"),
            ';' => out.push_str("%3B"),
            '=' => out.push_str("%3D"),
            '+' => out.push_str("%2B"),
            c => out.push(c),
        }
    }
}

/// Whether `encoded` decodes to `plain`. A malformed escape stands for itself.
fn same(mut encoded: &[u8], plain: &[u8]) -> bool {
    let mut plain = plain.iter();
    while let Some((&byte, tail)) = encoded.split_first() {
        let (decoded, rest) = match byte {
            b'+' => (b' ', tail),
            b'%' => escape(tail).map_or((b'%', tail), |byte| (byte, &tail[2..])),
            _ => (byte, tail),
        };
        if plain.next() != Some(&decoded) {
            return false;
        }
        encoded = rest;
    }
    plain.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{append_listed, append_value};

    #[test]
    fn a_segment_is_one_value() {
        for (segment, value) in [
            ("", ""),
            ("7", "7"),
            ("a%2Fb%26", "a%2Fb%26"),
            ("7&admin=1", "7%26admin%3D1"),
            ("7;admin=1", "7%3Badmin%3D1"),
            ("1+1", "1%2B1"),
            ("\u{e9}:@!$'()*,", "\u{e9}:@!$'()*,"),
        ] {
            let mut out = "/?id=".to_owned();
            append_value(&mut out, segment);
            assert_eq!(out, format!("/?id={value}"));
        }
    }

    #[test]
    fn listed_pairs_are_kept_byte_for_byte() {
        let names = &["a", "limit", "x y", "f[]"];
        let table = [
            ("", ""),
            ("a=1", "?a=1"),
            ("a=1&b=2&limit=3", "?a=1&limit=3"),
            ("limit=3&a=1&a=2", "?limit=3&a=1&a=2"),
            ("a", "?a"),
            ("a=", "?a="),
            ("A=1", ""),
            ("aa=1&=a", ""),
            ("a=%2f+%zz", "?a=%2f+%zz"),
            ("%61=1", "?%61=1"),
            ("x+y=1&x%20y=2", "?x+y=1&x%20y=2"),
            ("f%5B%5D=1&f[]=2", "?f%5B%5D=1&f[]=2"),
            ("&&a=1&&", "?a=1"),
            ("a=1;b=2", "?a=1;b=2"),
            ("%=1&%6=1", ""),
        ];
        for (raw, expected) in table {
            let mut out = String::new();
            append_listed(&mut out, raw, names, '?');
            assert_eq!(out, expected, "{raw}");
        }
    }
}
