//! Secrets in the query string of a request, for the access log.

use super::{MASK, words};
use std::borrow::Cow;

/// A parameter with one of these words in its name is masked.
const SECRET: &[&str] = &[
    "accesskey",
    "apikey",
    "assertion",
    "auth",
    "authorization",
    "bearer",
    "code",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "nonce",
    "otp",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "sso",
    "ticket",
    "token",
    "tokens",
    "verifier",
];

/// `path_and_query` with the values of secret-looking parameters as `***`; borrowed if there are none.
///
/// Names are compared after percent-decoding, for the upstream will decode them too.
pub(crate) fn query(path_and_query: &str) -> Cow<'_, str> {
    let Some((path, query)) = path_and_query.split_once('?') else {
        return path_and_query.into();
    };
    if !query.split(['&', ';']).any(is_secret) {
        return path_and_query.into();
    }
    let mut masked = String::with_capacity(path_and_query.len());
    masked.push_str(path);
    masked.push('?');
    for piece in query.split_inclusive(['&', ';']) {
        let pair = piece.trim_end_matches(['&', ';']);
        match pair.split_once('=') {
            Some((name, _)) if is_secret(pair) => {
                masked.push_str(name);
                masked.push('=');
                masked.push_str(MASK);
            }
            _ => masked.push_str(pair),
        }
        masked.push_str(&piece[pair.len()..]);
    }
    masked.into()
}

fn is_secret(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(name, value)| {
        !value.is_empty() && words(&decode(name)).iter().any(|word| is_secret_word(word))
    })
}

/// Endings count too: `accesstoken` and `idtoken` have no border between their words.
fn is_secret_word(word: &str) -> bool {
    const ENDINGS: &[&str] = &["token", "secret", "password", "apikey", "signature", "jwt"];
    SECRET.binary_search(&word).is_ok() || ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Percent-decoded; what is no UTF-8 after it is no name of the table either.
fn decode(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return name.into();
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escape {
            bytes.push(high << 4 | low);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(SECRET.is_sorted());
    }

    #[test]
    fn secret_values_are_masked_and_nothing_else_moves() {
        for (input, expected) in [
            ("/plain", "/plain"),
            ("/plain?", "/plain?"),
            ("/token=abc", "/token=abc"), // a path is not a query
            ("/?limit=10&cursor=abc", "/?limit=10&cursor=abc"),
            ("/?key=abc", "/?key=***"),
            ("/?KEY=abc&a=1", "/?KEY=***&a=1"),
            ("/?a=1&api_key=abc&b=2", "/?a=1&api_key=***&b=2"),
            ("/?apiKey=abc", "/?apiKey=***"),
            ("/?x-api-key=abc", "/?x-api-key=***"),
            ("/?accessToken=a=b", "/?accessToken=***"),
            ("/?accesstoken=abc", "/?accesstoken=***"),
            ("/?id_token_hint=abc", "/?id_token_hint=***"),
            (
                "/?X-Amz-Signature=abc&X-Amz-Date=1",
                "/?X-Amz-Signature=***&X-Amz-Date=1",
            ),
            ("/?code=abc&state=1", "/?code=***&state=1"),
            ("/?session_id=abc", "/?session_id=***"),
            ("/?user[password]=abc", "/?user[password]=***"),
            ("/?%74oken=abc", "/?%74oken=***"),
            ("/?api%5Fkey=abc", "/?api%5Fkey=***"),
            ("/?token=abc;b=2", "/?token=***;b=2"),
            ("/?token=a&token=b", "/?token=***&token=***"),
            ("/?token=", "/?token="),
            ("/?token", "/?token"),
            ("/?a&&token=b&", "/?a&&token=***&"),
            ("/?%=1&%zz=2&token=c", "/?%=1&%zz=2&token=***"),
            (
                "/?monkey=abc&encode=1&design=2",
                "/?monkey=abc&encode=1&design=2",
            ),
        ] {
            assert_eq!(query(input), expected);
        }
    }
}
