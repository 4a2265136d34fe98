//! What secrets look like: prefixes that their issuers chose so that they can be found, and few others.

use std::ops::Range;

/// A prefix, how many characters follow at least, and what such a text is.
struct Prefix {
    text: &'static str,
    least: usize,
    what: &'static str,
}

const fn prefix(text: &'static str, least: usize, what: &'static str) -> Prefix {
    Prefix { text, least, what }
}

/// Longer ones first where one begins like another.
static PREFIXES: [Prefix; 22] = [
    prefix("sk_live_", 16, "a Stripe key"),
    prefix("sk_test_", 16, "a Stripe key"),
    prefix("rk_live_", 16, "a Stripe key"),
    prefix("sk-", 20, "an API key as OpenAI and Anthropic issue them"),
    prefix("hk_live_", 12, "a Hanzo API key"),
    prefix("hk_test_", 12, "a Hanzo API key"),
    prefix("hk-", 16, "a Hanzo API key"),
    prefix("hz_", 16, "a Hanzo widget key"),
    prefix("fw_", 20, "a Fireworks API key"),
    prefix("github_pat_", 30, "a GitHub token"),
    prefix("ghp_", 30, "a GitHub token"),
    prefix("gho_", 30, "a GitHub token"),
    prefix("ghs_", 30, "a GitHub token"),
    prefix("ghu_", 30, "a GitHub token"),
    prefix("glpat-", 18, "a GitLab token"),
    prefix("xoxb-", 16, "a Slack token"),
    prefix("xoxp-", 16, "a Slack token"),
    prefix("AIza", 35, "a Google API key"),
    prefix("AKIA", 16, "an AWS access key"),
    prefix("ASIA", 16, "an AWS access key"),
    prefix("npm_", 36, "an npm token"),
    prefix("base64key://", 20, "a key, written out"),
];

/// Where a text has one, and what it is.
type Found = Option<(Range<usize>, &'static str)>;

/// A byte that each of a kind has, and how to find one.
type Kind = (u8, fn(&str) -> Found);

/// Every text of a config is asked, and few have these bytes.
static KINDS: [Kind; 5] = [
    (b'.', jwt),
    (b' ', bearer),
    (b' ', private_key),
    (b'"', private_jwk),
    (b'@', user_info),
];

/// The first secret of a text.
pub fn find(text: &str) -> Found {
    let marked = KINDS
        .iter()
        .filter(|(mark, _)| text.as_bytes().contains(mark))
        .filter_map(|(_, kind)| kind(text));
    prefixed(text)
        .into_iter()
        .chain(marked)
        .min_by_key(|(range, _)| range.start)
}

/// All of them.
pub fn all(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (range, _) = find(&text[from..])?;
        let range = range.start + from..range.end + from;
        from = range.end;
        Some(range)
    })
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte)
}

/// How many bytes of a token there are from `start` on.
fn run(text: &str, start: usize) -> usize {
    let rest = &text.as_bytes()[start..];
    rest.iter().take_while(|&&byte| is_token(byte)).count()
}

/// Whether a word could begin here.
fn begins(text: &str, at: usize) -> bool {
    at == 0
        || !(text.as_bytes()[at - 1].is_ascii_alphanumeric()
            || b"-_.".contains(&text.as_bytes()[at - 1]))
}

/// What people and URLs write has words; what a machine draws has digits among its letters.
fn is_drawn(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2 && !text.contains('/')
}

/// Only where a word begins can one stand, and few of those begin like any: one pass, whatever number of prefixes.
fn prefixed(text: &str) -> Found {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        if !begins(text, at) {
            return None;
        }
        PREFIXES.iter().find_map(|prefix| {
            let known = prefix.text.as_bytes();
            if bytes[at] != known[0] || !bytes[at..].starts_with(known) {
                return None;
            }
            let start = at + prefix.text.len();
            let end = start + run(text, start);
            let rest = &text[start..end];
            let fits = rest.len() >= prefix.least && is_drawn(rest);
            fits.then_some((at..end, prefix.what))
        })
    })
}

/// Three parts of base64url, the first of them `{"…` (RFC 7519, 3).
fn jwt(text: &str) -> Found {
    text.match_indices("eyJ").find_map(|(at, _)| {
        let end = at + run(text, at);
        let parts: Vec<&str> = text[at..end].split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return None;
        };
        let fits =
            begins(text, at) && header.len() >= 10 && claims.len() >= 10 && signature.len() >= 20;
        fits.then_some((at..end, "a signed token (JWT)"))
    })
}

/// `Bearer` and what follows it (RFC 6750, 2.1).
fn bearer(text: &str) -> Found {
    text.match_indices("earer ").find_map(|(at, word)| {
        let start = at + word.len();
        let end = start + run(text, start);
        let token = &text[start..end];
        (token.len() >= 16 && is_drawn(token)).then_some((start..end, "a bearer token"))
    })
}

/// From the first line to the last, or to the end of the text (RFC 7468).
fn private_key(text: &str) -> Found {
    let at = text.match_indices("-----BEGIN ").find_map(|(at, _)| {
        let line = text[at..].get(..64).unwrap_or(&text[at..]);
        line.contains("PRIVATE KEY-----").then_some(at)
    })?;
    let tail = &text[at..];
    let end = tail
        .find("-----END ")
        .and_then(|end| Some(end + tail[end..].find("KEY-----")? + "KEY-----".len()))
        .unwrap_or(tail.find('"').unwrap_or(tail.len()));
    Some((at..at + end, "a private key"))
}

/// The members of a JWK that its owner alone has (RFC 7518, 6), also inside a text.
fn private_jwk(text: &str) -> Found {
    const MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
    let member = |name: &str, quote: &str| {
        let key = format!("{quote}{name}{quote}");
        text.match_indices(&key).find_map(|(at, _)| {
            let value = text[at + key.len()..].trim_start().strip_prefix(':')?;
            let value = value.trim_start().strip_prefix(quote)?;
            let start = text.len() - value.len();
            let end = start + run(text, start);
            let fits = end - start >= 20 && is_drawn(&text[start..end]);
            fits.then_some((start..end, "a private key (JWK)"))
        })
    };
    let quotes = ["\"", "\\\""].into_iter();
    quotes
        .flat_map(|quote| MEMBERS.iter().filter_map(move |name| member(name, quote)))
        .min_by_key(|(range, _)| range.start)
}

/// `https://user:password@host` (RFC 3986, 3.2.1: "deprecated").
fn user_info(text: &str) -> Found {
    text.match_indices("://").find_map(|(at, mark)| {
        let start = at + mark.len();
        let authority = &text[start..];
        let end = authority
            .find(['/', '?', '#', '"', '\'', ' ', '\n', ','])
            .unwrap_or(authority.len());
        let user = &authority[..authority[..end].rfind('@')?];
        let (_, password) = user.split_once(':')?;
        let literal = !password.is_empty() && !password.contains(['{', '$', '<', '*']);
        literal.then(|| {
            (
                start + user.len() - password.len()..start + user.len(),
                "a password in a URL",
            )
        })
    })
}
